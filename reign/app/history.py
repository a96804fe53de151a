"""Runs that call nothing: written down as a whole, in one batch, so that after a kill all of it is there or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from secrets import token_hex
from typing import Any

from reign.app.clock import event_time
from reign.app.origin import origin
from reign.app.workspace import Workspace
from reign.config import Project
from reign.execution.figures import COUNTED, counts_as
from reign.execution.job import operation_id
from reign.model.address import Address
from reign.model.event import Event, EventKind
from reign.state.writer import Writer


class Recording:
    """One run in the making. `run` is its id, `now` its only time."""

    def __init__(self) -> None:
        self.run = token_hex(5)
        self.now = event_time()

    def recorded(self, address: Address, data: dict[str, Any]) -> Event:
        """That the state says something else of `address` from now on; `data` as RECORDED has it."""
        return self.fact(EventKind.RECORDED, data, address)

    def fact(self, kind: EventKind, data: dict[str, Any], address: Address | None = None) -> Event:
        """Something that happened in this run, to what stands at `address` where it is about a resource."""
        if address is None:
            return Event(kind, self.run, self.now, data=data)
        return Event(kind, self.run, self.now, operation_id(self.run, address), str(address), data=data)

    def write(
        self,
        space: Workspace,
        writer: Writer,
        command: str,
        records: Sequence[Event] = (),
        project: Project | None = None,
        message: str = "",
        told: Sequence[Event] = (),
        serial: int = 0,
    ) -> None:
        """Put it into the history, with the next serial where there are `records`, which is `serial` at least; `told` are
        facts that leave the state as it is. Raises Failed.
        """
        whose = origin(space, self.run, command)
        beginning = {
            "project": project.name if project else "",
            "env": space.env,
            "command": whose.command,
            "actor": whose.actor,
            "host": whose.host,
            "ci_url": whose.ci_url,
            "git_sha": whose.git_sha,
            "git_branch": whose.git_branch,
            "config_digest": project.digest if project else "",
        }
        first = [replace(record, serial=max(writer.state.serial + 1, serial)) for record in records[:1]]
        counts = dict.fromkeys(COUNTED, 0)
        for record in records:
            if figure := counts_as(record):
                counts[figure] += 1
        end = {"status": "completed", "message": message, "duration_s": 0.0, **counts}
        writer.journal.append(
            [
                self.fact(EventKind.RUN_STARTED, beginning),
                *first,
                *records[1:],
                *told,
                self.fact(EventKind.RUN_ENDED, end),
            ]
        )
