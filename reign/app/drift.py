"""`drift`: how reality differs from the state, and a line of it in the history.

What is there is looked at as by a plan, without a lock. The lock is only taken to write down what was found, and nothing of
that changes the state: where it cannot be written, that is said, and what was found stays what it is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from reign.app.declared import load_project
from reign.app.history import Recording
from reign.app.nouns import Looking, Planned, Where, nobody
from reign.app.origin import owner
from reign.app.plan import plan_loaded
from reign.app.secrets import Secrets
from reign.app.workspace import Workspace, open_workspace
from reign.config import Project
from reign.execution.drifting import Drifted, drifted
from reign.model.errors import Failed, Locked
from reign.model.event import EventKind
from reign.model.finding import Finding, Severity
from reign.planning import Options
from reign.state.writer import open_writer

_NOT_WRITABLE = "state/not-writable"


@dataclass(frozen=True, slots=True)
class Found:
    """What was found: `planned` is the plan that would take it over, `attributes` what of it is drift.

    run: as the history has it; empty where it was not recorded, and then `unrecorded` says why.
    """

    planned: Planned
    attributes: tuple[Drifted, ...]
    run: str = ""
    unrecorded: Finding | None = None


def find_drift(where: Where, options: Options, looking: Looking = nobody, lock_wait_s: float = 0.0) -> Found:
    """Look at everything that `options` leave, and write down how it differs from the state.

    Raises Failed where something cannot be looked at, as `make_plan` does.
    """
    space = open_workspace(where)
    declared = load_project(space, Secrets(space, lambda: space.held))
    planned = plan_loaded(space, declared, replace(options, refresh_only=True), looking)
    found = Found(planned, tuple(drifted(planned.plan.drift, space.masks)))
    try:
        return replace(found, run=_record(space, found, declared.project, lock_wait_s))
    except _Unrecorded as why:
        return replace(found, unrecorded=_unrecorded(str(why)))
    except Locked as error:
        return replace(found, unrecorded=_unrecorded(error.findings[0].detail.removesuffix(" Nothing was done.")))
    except Failed as error:
        if error.findings[0].code != _NOT_WRITABLE:
            raise
        return replace(found, unrecorded=_unrecorded(error.findings[0].detail.partition(". ")[0] + "."))


class _Unrecorded(Exception):
    """There is nothing to write it to, or it would not be true there."""


def _record(space: Workspace, found: Found, project: Project, lock_wait_s: float) -> str:
    """The run that holds it. Raises _Unrecorded, Locked, Failed."""
    plan = found.planned.plan
    if plan.unseen:
        raise _Unrecorded("The folder is not trusted, so not everything was looked at.")
    if plan.basis.fresh:
        raise _Unrecorded("Nothing was applied yet, so there is no history.")
    recording = Recording()
    with open_writer(space.layout, owner(space.where.environ, "drift"), lock_wait_s) as writer:
        if (writer.state.lineage, writer.state.head) != (plan.basis.lineage, plan.basis.head):
            raise _Unrecorded("Another run has changed the state meanwhile.")
        vault = space.vault(plan.basis.lineage)
        told = [recording.fact(EventKind.DRIFT, each.told(vault), each.address) for each in found.attributes]
        recording.write(space, writer, "drift", project=project, message=_message(found.attributes), told=told)
    return recording.run


def _message(found: tuple[Drifted, ...]) -> str:
    gone = sum(each.is_gone for each in found)
    told = {"attributes changed": len(found) - gone, "resources gone": gone}
    return ", ".join(f"{what}: {number}" for what, number in told.items() if number)


def _unrecorded(why: str) -> Finding:
    return Finding(
        "drift/not-recorded",
        "Not recorded",
        f"{why} What was found is told here, and the history does not have it.",
        severity=Severity.INFO,
    )
