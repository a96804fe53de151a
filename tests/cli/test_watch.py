"""How a run is told: plain lines with a heartbeat, lines for programs, and what is left where drawing fails."""

import json
import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TextIO

import pytest

from reign.cli.forms import Objects
from reign.cli.progress import Progress
from reign.cli.session import Session
from reign.cli.watch import Watch
from reign.model.address import parse_address
from reign.model.event import Event, EventKind
from reign.model.plan import Rollback
from tests.api.conftest import plan_of
from tests.api.published import faults

AT = "2026-11-21T10:00:00.000000"
STARTED = Event(EventKind.RUN_STARTED, "r1", AT, data={"command": "apply"})
A = parse_address("value.a")
INTENT = Event(EventKind.INTENT, "r1", AT, address="value.a", data={"verb": "create", "action": "create"})


@contextmanager
def telling(monkeypatch: pytest.MonkeyPatch, name: str) -> Iterator[tuple[TextIO, TextIO]]:
    """A stream of this process as a pipe: the end that is read, and the stream itself."""
    reading, writing = os.pipe()
    with os.fdopen(reading, newline="\n") as told, os.fdopen(writing, "w") as stream:
        monkeypatch.setattr(f"sys.{name}", stream)
        yield told, stream


def test_heartbeat(monkeypatch: pytest.MonkeyPatch) -> None:
    with telling(monkeypatch, "stderr") as (told, _):
        watch = Watch(Session(), heartbeat_s=0.001)
        watch.begin(plan_of("run"))
        watch([STARTED, INTENT])
        lines = [told.readline() for _ in range(3)]
        watch.end()
    assert lines == [
        "Applying: 5 operations. Run r1, lock held by this process.\n",
        "value.a: Creating...\n",
        "Still running after 0s, 0 of 5 done: value.a 0s\n",
    ]


def test_what_was_pushed_aside_goes_under_its_own_id() -> None:
    (change,) = [change for change in plan_of("shapes").changes if change.deposed]
    about = {"verb": "delete", "action": change.action.value}
    gone = {**about, "outcome": "done", "duration_s": 0.0, "deposed": None}
    events = [
        Event(EventKind.INTENT, "r1", AT, address="value.twice", data=about),
        Event(EventKind.RESULT, "r1", AT, address="value.twice", data=gone),
    ]
    assert [*Progress(plan_of("shapes")).lines(events, 0.0)] == [
        "value.twice (deposed object 3f2a): Destroying... [id=3f2a]",
        "value.twice (deposed object 3f2a): Destruction complete after 0s",
    ]


def test_a_stream_says_from_time_to_time_what_still_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Objects, "period_s", 0.001)
    with telling(monkeypatch, "stdout") as (told, _):
        watch = Watch(Session(wants_json=True, version_told=True), progress_s=0.01)
        watch.begin(plan_of("run"))
        watch([STARTED, INTENT])
        lines = [json.loads(told.readline()) for _ in range(3)]
        watch.end()
    assert [line["type"] for line in lines] == ["apply_start", "apply_progress", "apply_progress"]
    assert lines[1]["@message"].startswith("value.a: Still creating... [")
    assert (lines[1]["hook"]["action"], lines[1]["hook"]["resource"]["addr"]) == ("create", "value.a")


def test_what_a_provider_says_stands_in_the_heartbeat_until_it_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    heartbeat = r"Still running after \w+, 0 of 5 done: value.a \w+"
    with telling(monkeypatch, "stderr") as (told, _):
        watch = Watch(Session(), heartbeat_s=0.001)
        watch.begin(plan_of("run"))
        watch.hear(A, "nobody runs", "")
        watch([STARTED, INTENT])
        watch.hear(A, "\x1b[32m61 %\x1b[0m,\t48 of 79 MB\r\n", "pulling")
        assert any(re.fullmatch(heartbeat + r" \(pulling: 61 %, 48 of 79 MB\)\n", line) for line in told)
        watch.hear(A, "compiling foo.c", "")
        assert any(re.fullmatch(heartbeat + r" \(compiling foo.c\)\n", line) for line in told)
        watch([INTENT])
        assert any(re.fullmatch(heartbeat + "\n", line) for line in told)
        watch.end()


def test_what_a_provider_says_goes_into_the_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Objects, "period_s", 0.001)
    with telling(monkeypatch, "stdout") as (told, _):
        watch = Watch(Session(wants_json=True, version_told=True), progress_s=0.01)
        watch.begin(plan_of("run"))
        watch([STARTED, INTENT])
        watch.hear(A, "48 of 79 MB", "pulling")
        lines = map(json.loads, told)
        line = next(line for line in lines if "x_reign" in line.get("hook", {}))
        watch.end()
    assert line["hook"]["x_reign"] == {"doing": "pulling", "said": "48 of 79 MB"}
    assert faults("stream", line) == []


def test_a_stream_that_takes_nothing_more_is_an_error_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("reign.cli.machine.stream", full)
    watch = Watch(Session(wants_json=True))
    assert watch.error is None
    watch.begin(plan_of("run"))
    watch([STARTED, INTENT])
    watch.end()
    assert str(watch.error) == "[Errno 28] No space left on device"


def test_live_lines_that_fail_become_plain_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(Session, "is_live", lambda _: True)
    monkeypatch.setattr("reign.cli.frame.Frame.lines", broken)
    with telling(monkeypatch, "stderr") as (told, _):
        watch = Watch(Session(), heartbeat_s=0.001)
        watch.begin(plan_of("run"))
        watch([STARTED])
        first = told.readline()
        watch([INTENT])
        lines = [told.readline() for _ in range(2)]
        watch.end()
    assert first.endswith("Applying: 5 operations. Run r1, lock held by this process.\n")
    assert lines[1] == "Still running after 0s, 0 of 5 done: value.a 0s\n"


def test_what_goes_back_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    with telling(monkeypatch, "stderr") as (told, _):
        watch = Watch(Session(), "back.plan")
        watch.begin(replace(plan_of("run"), rollback=Rollback("checkpoint first", 1, 1)))
        watch([STARTED])
        line = told.readline()
        watch.end()
    assert line == "Rolling back by back.plan: 5 operations. Run r1, lock held by this process.\n"


def test_a_job_of_ci_holds_the_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    with telling(monkeypatch, "stderr") as (told, _):
        watch = Watch(Session(environ={"CI": "true"}), "all.plan")
        watch.begin(plan_of("run"), at_once=8)
        watch([STARTED])
        line = told.readline()
        watch.end()
    assert line == "Applying all.plan: 5 operations, 8 at once. Run r1, lock held by this job.\n"


def test_drawing_never_holds_up_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal that takes nothing (Ctrl-S): events are taken all the same."""
    monkeypatch.setattr(Session, "is_live", lambda _: True)
    with telling(monkeypatch, "stderr") as (told, stream):
        os.set_blocking(stream.fileno(), True)
        watch = Watch(Session())
        watch.begin(plan_of("run"))
        intents = [replace(INTENT, address=f"value.{'x' * 200}{number}") for number in range(20_000)]
        results = [
            replace(each, kind=EventKind.RESULT, data={"verb": "create", "outcome": "no-op", "duration_s": 0.0})
            for each in intents
        ]
        watch([STARTED, *intents, *results])  # far more than a pipe holds
        reader = threading.Thread(target=told.read, daemon=True)
        reader.start()
        watch.end()
        stream.close()
        reader.join()
