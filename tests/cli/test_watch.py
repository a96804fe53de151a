"""The heartbeat comes from a timer, whatever the run does meanwhile."""

import os

import pytest

from reign.cli.session import Session
from reign.cli.watch import Watch
from reign.model.event import Event, EventKind
from tests.api.conftest import plan_of


def test_heartbeat(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading) as told, os.fdopen(writing, "w") as stderr:
        monkeypatch.setattr("sys.stderr", stderr)
        watch = Watch(Session(), "", heartbeat_s=0.001)
        watch.begin(plan_of("run"))
        at = "2026-11-21T10:00:00.000000"
        watch(
            [
                Event(EventKind.RUN_STARTED, "r1", at, data={"command": "apply"}),
                Event(EventKind.INTENT, "r1", at, address="value.a", data={"verb": "create"}),
            ]
        )
        lines = [told.readline() for _ in range(3)]
        watch.end()
    assert lines == [
        "Applying: 5 operations. Run r1, lock held by this process.\n",
        "value.a: Creating...\n",
        "Still running after 0s, 0 of 5 done: value.a 0s\n",
    ]
