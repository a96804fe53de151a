"""R14: what an interrupt, a second one, SIGTERM and a closed terminal do to calls that are slow to answer."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.faults.command import Started, start
from tests.faults.crew import Trial, new_site
from tests.faults.site import Site
from tests.faults.table import Harness

SLOW_S = 3.0
AT_ONCE_S = 2.0
SPARE_S = 1.5
"""What a loaded machine may add to a promise in seconds."""
WAYS: dict[str, tuple[tuple[int, ...], int, bool]] = {
    "SIGINT": ((signal.SIGINT,), 130, True),
    "SIGINT twice": ((signal.SIGINT, signal.SIGINT), 130, False),
    "SIGTERM": ((signal.SIGTERM,), 8, False),
    "SIGINT, SIGTERM": ((signal.SIGINT, signal.SIGTERM), 130, False),
    "SIGHUP": ((signal.SIGHUP,), 8, True),
    "SIGHUP twice": ((signal.SIGHUP, signal.SIGHUP), 8, True),
}
"""Way -> its signals, the exit code, and whether what runs is let to its end."""


@dataclass(frozen=True)
class Sent:
    """A way, sent so many seconds after the slow call was seen to run."""

    way: str
    of: str
    verb: str
    after_s: float


def try_out(harness: Harness) -> None:
    """Every way, over a slow create and a slow delete."""
    delays = (0.0,) if harness.sample else (0.0, 0.02, 0.1, 0.3, 1.0)
    cases = [Sent(way, of, verb, s) for of in SLOW for way in WAYS for verb in ("create", "delete") for s in delays]
    done = "a signal while a slow call runs: exit code, time, journal closed, and it goes on"
    harness.each("R14", done, at_signal, harness.few(cases, 4), SLOW)


def at_signal(case: Sent) -> Trial:
    """Two resources, of which the second waits for the first; the slow one is whichever is called first."""
    numbers, code, ends = WAYS[case.way]
    site = new_site()
    calls = SLOW[case.of](site, case.verb)
    running = start(site.folder, "apply" if case.verb == "create" else "destroy", "--auto-approve")
    until(running, lambda: len(calls()) == 1)
    time.sleep(case.after_s)
    for place, number in enumerate(numbers):
        if place:
            until(running, lambda: "Interrupt again to stop now" in running.said())
        running.send(number)
    began = time.monotonic()
    ended = running.wait()
    took = time.monotonic() - began
    assert ended.code == code, f"exit {code} was promised: {ended.told}"
    assert len(calls()) == 1, f"something new was started: {calls()}"
    assert ends or took < AT_ONCE_S + SPARE_S, f"it took {took:.1f} s"
    assert "Traceback" not in ended.err, ended.told
    is_closed(site)
    go_on(site, case)
    site.close()
    return Trial(case.of)


def go_on(site: Site, case: Sent) -> None:
    """The next command leads to where this one was to lead."""
    word, wanted = ("apply", {1: 1, 2: 1}) if case.verb == "create" else ("destroy", {})
    site.goes_on({case.of: wanted}, word, "--auto-approve")


def is_closed(site: Site) -> None:
    """The journal ends with the end of a run."""
    last = site.journal.read_bytes()
    assert last.endswith(b"\n"), "the journal has a torn end"
    event = json.loads(last.splitlines()[-1].partition(b" ")[2])
    assert event["kind"] == "run_ended", f"the journal ends with {event['kind']}"


def until(running: Started, is_so: Callable[[], object]) -> None:
    """Wait for it, while the command runs."""
    while not is_so():
        assert running.poll() is None, f"it ended too early: {running.said()[-1000:]}"
        time.sleep(0.005)


def outside(site: Site, verb: str) -> Callable[[], list[object]]:
    """A thing whose system answers late. What was asked of it since."""
    site.declare({"outside": {1: 1, 2: 1}}, follow=1)
    if verb == "delete":
        site.must("apply", "--auto-approve")
    before = len(site.room.calls())
    site.room.break_at("POST" if verb == "create" else "DELETE", 1, "after", "withheld", SLOW_S)
    return lambda: [*site.room.calls()[before:]]


def shell(site: Site, verb: str) -> Callable[[], list[object]]:
    """A command that takes its time, in a file that it makes when it begins. Those that began."""
    lines = []
    for number in (1, 2):
        words = []
        for each in ("create", "delete"):
            slowly = f"touch {site.log}.{each}-{number}; sleep {SLOW_S};" if each == verb else ""
            words.append(f"{each}: [sh, -c, '{slowly} echo {each} {number} 1 >> {site.log}']")
        waits = "depends_on: [shell-1], " if number == 2 else ""
        lines.append(f"  shell-{number}: {{{waits}type: shell.command, spec: {{{', '.join(words)}}}}}")
    site.declare({})
    path = site.folder / "reign.yaml"
    path.write_text(path.read_text().replace("resources: {}", "\n".join(["resources:", *lines])))
    site.declared = {"shell": {1: 1, 2: 1}}
    if verb == "delete":
        site.must("apply", "--auto-approve")
    return lambda: [*site.top.glob(f"log.{verb}-*")]


SLOW: dict[str, Callable[[Site, str], Callable[[], list[object]]]] = {"outside": outside, "shell": shell}
