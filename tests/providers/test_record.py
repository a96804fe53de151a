"""The record of a command: what it says, whatever became of it, and of those who wrote it."""

from __future__ import annotations

import fcntl
import gc
import json
import os
import signal
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from reign.model.errors import ErrorKind, ProviderError
from reign.model.redact import Masks
from reign.ports import Call, Recall, Recalled
from reign.providers.registry import Registry
from reign.providers.shell.program import boot_id, start_of
from reign.providers.shell.record import look, name_of, path_of, sweep
from reign.providers.shell.watched import Nursery, Task
from tests.providers.conftest import Bench

C = "shell.command.a"
ASKED, ENDED = '{"form": 1}\n', '{"codes": [0], "problem": null}\n'


def begun(**more: object) -> str:
    said = {"pid": os.getpid(), "start": start_of("self"), "boot": boot_id(), "at": 1, **more}
    return json.dumps(said) + "\n"


def recalled(bench: Bench, spec: dict[str, object], call: Call) -> Recalled:
    provider = bench.registry.provider("shell")
    assert isinstance(provider, Recall)
    return provider.recall("create", bench.resource(C, spec), None, call)


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("", "none"),
        ("{", "none"),
        (ASKED, "none"),
        (ASKED + "{", "none"),
        (ASKED + begun(), "lost"),
        (ASKED + begun() + ENDED[:-1], "lost"),
        (ASKED + begun() + ENDED, "ended"),
        (ASKED + begun() + ENDED + '{"outputs"', "ended"),
        ('{"form": 99}\n' + begun() + ENDED, "lost"),
    ],
)
def test_a_record_says_as_much_as_is_whole_of_it(tmp_path: Path, text: str, status: str) -> None:
    path = tmp_path / "record"
    path.write_text(text)
    found = look(path)
    assert found.status == status
    assert found.answer is None or found.answer.ended is None
    path.write_text(text)
    with path.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert look(path).status == "running"


@pytest.mark.parametrize(("who", "status"), [("us", "running"), ("another of our number", "lost"), ("nobody", "lost")])
def test_without_locks_the_process_itself_is_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, who: str, status: str
) -> None:
    def flock(*_: object) -> None:
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(fcntl, "flock", flock)
    more = {"us": {}, "another of our number": {"start": "1"}, "nobody": {"pid": 2**22 + 1}}[who]
    path = tmp_path / "record"
    path.write_text(ASKED + begun(**more))
    assert look(path).status == status


def test_a_record_of_another_machine_or_before_a_restart_runs_no_more(tmp_path: Path) -> None:
    path = tmp_path / "record"
    path.write_text(ASKED + begun(boot="another"))
    assert look(path).rebooted


def test_a_name_is_plain_whatever_the_key() -> None:
    assert name_of("8a7cc2aa90b285c4", "create", 1) == "8a7cc2aa90b285c4-create-1"
    assert "/" not in name_of("../../x", "create", 1)


def test_what_runs_is_not_begun_again_and_what_is_left_of_a_settled_call_is(bench: Bench) -> None:
    path = path_of(bench.call().site, "op-1", "create", 1)
    path.parent.mkdir(parents=True)
    path.write_text(ASKED + begun() + ENDED)
    with path.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(ProviderError) as raised:
            bench.create(C, {"create": "touch made"})
        assert raised.value.kind is ErrorKind.CONFLICT
        assert not (bench.project / "made").exists()
    bench.create(C, {"create": "touch made"})
    assert (bench.project / "made").exists()


def test_what_nobody_waits_for_is_swept_and_what_runs_is_not(tmp_path: Path) -> None:
    for name in ("kept", "left", "running"):
        (tmp_path / name).write_text(ASKED + begun() + ENDED)
    with (tmp_path / "running").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        sweep(tmp_path, ["kept"])
        assert sorted(path.name for path in tmp_path.iterdir()) == ["kept", "running"]


def test_what_is_no_record_is_not_swept(tmp_path: Path) -> None:
    for name, text in (
        ("empty", ""),
        ("begun", ASKED[:4]),
        ("cut", ASKED[:-3]),
        ("foreign", "garbage\n"),
        ("short", "g"),
    ):
        (tmp_path / name).write_text(text)
    sweep(tmp_path, [])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["foreign", "short"]


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ({"create": "echo why >&2; exit 3"}, "exit code 3"),
        ({"create": ["no-such-program"]}, "needs a program"),
        ({"create": "echo slow >&2; sleep 60", "timeout": 0.2}, "still running after 0.2 s"),
        ({"create": "kill -9 $$"}, "killed by signal 9"),
    ],
)
def test_a_failure_is_recalled_as_it_was_told(bench: Bench, spec: dict[str, object], says: str) -> None:
    with pytest.raises(ProviderError) as raised:
        bench.create(C, spec)
    found = recalled(bench, spec, bench.call())
    assert found.status == "failed"
    assert found.error is not None
    assert says in found.error.detail
    assert (found.error.kind, found.error.summary) == (raised.value.kind, raised.value.summary)


def test_what_it_printed_is_recalled_as_it_was_told(bench: Bench) -> None:
    spec: dict[str, object] = {"create": [["echo", "one"], "printf '\\377x\\n'; echo err >&2", "yes | head -c 2000000"]}
    known = bench.create(C, spec)
    found = recalled(bench, spec, bench.call())
    assert found.seen is not None
    assert found.seen.outputs == known.outputs


@pytest.mark.parametrize("spec", [{"create": "echo $A", "env": {"A": "quiet-please"}}, {"create": "cat secret"}])
def test_what_is_private_or_known_to_be_sensitive_is_not_written_down(bench: Bench, spec: dict[str, object]) -> None:
    (bench.project / "secret").write_text("quiet-please")
    bench.registry = Registry(redact=Masks(["quiet-please"]))
    call = replace(bench.call(), is_private="env" in spec)
    bench.registry.provider("shell").create(bench.resource(C, spec), call)
    assert "exit code 0" in recalled(bench, spec, call).reason
    assert b"quiet" not in path_of(call.site, call.key, "create", 1).read_bytes()


def test_a_record_that_cannot_be_written_keeps_the_command_from_running(bench: Bench) -> None:
    state = Path(bench.call().site.state)
    state.mkdir()
    (state / "commands").write_text("in the way")
    with pytest.raises(ProviderError):
        bench.create(C, {"create": "touch made"})
    assert not (bench.project / "made").exists()


def task(cwd: Path, *commands: str) -> Task:
    programs = [(("bash", "-c", command), {"PATH": os.environ["PATH"]}) for command in commands]
    return Task(programs, str(cwd), b"", 30.0, time.monotonic() + 30, keeps=True, hidden=frozenset(), told={})


def test_a_nursery_that_was_ended_is_replaced(tmp_path: Path) -> None:
    nursery = Nursery()
    first = nursery.carry_out(task(tmp_path, "cat /proc/$PPID/stat"), tmp_path / "1", "It")
    assert first.ended
    ended = int(first.ended[0].stdout.rpartition(")")[2].split()[1])
    os.kill(ended, signal.SIGKILL)
    until = time.monotonic() + 20
    while start_of(ended):
        assert time.monotonic() < until
    again = nursery.carry_out(task(tmp_path, "echo made"), tmp_path / "2", "It")
    assert again.ended
    assert again.ended[0].stdout == "made\n"


def test_a_nursery_serves_many_at_once(tmp_path: Path) -> None:
    nursery = Nursery()
    answers: list[str] = []

    def run(number: int) -> None:
        answer = nursery.carry_out(task(tmp_path, f"echo {number} $PPID"), tmp_path / str(number), "It")
        answers.extend(each.stdout.split()[0] for each in answer.ended or ())

    threads = [threading.Thread(target=run, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers, key=int) == [str(number) for number in range(20)]


def test_a_nursery_goes_with_us(tmp_path: Path) -> None:
    nursery = Nursery()
    answer = nursery.carry_out(task(tmp_path, "cat /proc/$PPID/stat"), tmp_path / "last", "It")
    assert answer.ended
    pid = int(answer.ended[0].stdout.rpartition(")")[2].split()[1])
    del nursery
    gc.collect()
    until = time.monotonic() + 20
    while start_of(pid):
        assert time.monotonic() < until


def test_a_command_whose_parent_was_killed_keeps_its_time_and_its_record_until_it_is_over(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "up")
    create = "trap 'sleep 0.1; touch asked' TERM; echo $PPID $$ >up; sleep 1000 & wait; sleep 1000"
    killed = replace(task(tmp_path, create), timeout_s=3.0)
    pids: list[int] = []

    def kill() -> None:
        pids.extend(map(int, (tmp_path / "up").read_text().split()))
        os.kill(pids[0], signal.SIGKILL)

    thread = threading.Thread(target=kill)
    thread.start()
    with pytest.raises(ProviderError) as raised:
        Nursery().carry_out(killed, tmp_path / "record", "It")
    thread.join()
    assert raised.value.is_lost
    assert look(tmp_path / "record").status == "running"
    until = time.monotonic() + 60
    while look(tmp_path / "record").status == "running":
        assert time.monotonic() < until
    assert look(tmp_path / "record").status == "lost"
    assert start_of(pids[1]) == ""
    assert (tmp_path / "asked").exists()
