"""States to write to, and runs to write."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from reign.model.address import parse_address
from reign.model.codec import encode
from reign.model.event import Event, EventKind, OutputValue
from reign.model.resource import Snapshot
from reign.state.layout import Layout
from reign.state.lock import Owner
from reign.state.writer import Writer, open_writer

AT = "2026-01-02T03:04:05.000006"

TABLES = (
    "runs",
    "phases",
    "operations",
    "attempts",
    "resources",
    "resource_history",
    "drift",
    "findings",
    "interventions",
    "checkpoints",
    "events",
)
"""What a reader is told."""


def snapshot(address: str, **spec: Any) -> Snapshot:
    """What a provider might have reported."""
    return Snapshot(
        parse_address(address),
        address.partition(".")[0],
        f"id of {address}",
        spec,
        {"out": spec},
        created_run="r1",
        updated_run="r1",
        created_at=AT,
        updated_at=AT,
    )


def event(kind: EventKind, address: str = "", run: str = "r1", serial: int | None = None, **data: Any) -> Event:
    """An event of `run`, with the operation id that goes with the address."""
    return Event(kind, run, AT, f"{run}-{address}" if address else "", address, serial, data)


def started(run: str = "r1") -> Event:
    origin = dict.fromkeys(("ci_url", "git_sha", "git_branch", "config_digest"), "")
    return event(
        EventKind.RUN_STARTED, "", run, project="shop", env="", command="apply", actor="ann", host="h", **origin
    )


def intent(address: str, run: str = "r1", serial: int | None = None, verb: str = "create") -> Event:
    told = {"action": verb, "verb": verb, "attempt": 1, "queued_s": 0.25, "connection": address.partition(".")[0]}
    return event(EventKind.INTENT, address, run, serial, **told)


def result(address: str, run: str = "r1", verb: str = "create", outcome: str = "done", **more: Any) -> Event:
    told = {"action": verb, "verb": verb, "attempt": 1, "outcome": outcome, "duration_s": 0.5, "error": None}
    return event(EventKind.RESULT, address, run, **told, message="", **more)


def made(address: str, run: str = "r1", serial: int | None = None, **spec: Any) -> list[Event]:
    """A create, from intent to result."""
    return [intent(address, run, serial), result(address, run, snapshot=encode(snapshot(address, **spec)))]


def ended(run: str = "r1", status: str = "completed", **counts: int) -> Event:
    figures = dict.fromkeys(("added", "changed", "destroyed", "failed", "skipped"), 0) | counts
    return event(EventKind.RUN_ENDED, "", run, status=status, message="", duration_s=2.5, **figures)


def resumed(run: str = "r1") -> Event:
    return event(EventKind.RUN_RESUMED, "", run, command="runs resume", actor="bea", host="h2", ci_url="")


def checkpoint(name: str, run: str = "r1", *, automatic: bool = False, **more: Any) -> Event:
    told = {"id": f"id of {name}", "name": name, "description": "", "automatic": automatic}
    return Event(EventKind.CHECKPOINT, run, AT, data={**told, "serial": 1, "head": "h", "resources": 2, **more})


def asked(address: str, run: str = "r1", status: str = "open", verb: str = "create", **more: Any) -> Event:
    told = {"reason": f"nobody knows of {address}", "by": "", "note": ""}
    return event(EventKind.INTERVENTION, address, run, verb=verb, status=status, **{**told, **more})


def outputs(**values: Any) -> Event:
    return event(EventKind.OUTPUTS, outputs={name: encode(OutputValue(value)) for name, value in values.items()})


def whole_run(run: str = "r1", serial: int = 1, names: Sequence[str] = ("a", "b")) -> list[list[Event]]:
    """The batches of a run that makes some values."""
    batches = [[started(run), event(EventKind.PHASE_STARTED, "", run, name="execute")]]
    for index, name in enumerate(names):
        first, second = made(f"value.{name}", run, serial if index == 0 else None, value=f"{run} {name}")
        batches += [[first], [second]]
    done = event(EventKind.PHASE_ENDED, "", run, name="execute", status="completed", message="")
    return [*batches, [outputs(first=names[0]), done, ended(run, added=len(names))]]


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path, "")


@pytest.fixture
def writer(layout: Layout) -> Iterator[Callable[..., Writer]]:
    """Opens writers, one after the other, and closes what is left open."""
    opened: list[Writer] = []

    def open_(**more: Any) -> Writer:
        found = open_writer(layout, Owner("apply"), **more)
        opened.append(found)
        return found

    yield open_
    for one in opened:
        one.close()


def write(layout: Layout, batches: Sequence[Sequence[Event]], lineage: str | None = None) -> None:
    """Append whole batches, as one command would."""
    with open_writer(layout, Owner("apply"), lineage=lineage) as opened:
        for batch in batches:
            opened.journal.append(batch)


def ends_of_batches(data: bytes) -> list[int]:
    """Where whole batches end."""
    ends, at = [], 0
    for line in data.splitlines(keepends=True):
        at += len(line)
        if line.endswith(b',"end":true}\n'):
            ends.append(at)
    return ends
