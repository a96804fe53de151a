"""What runs that did not come to their end left behind and nobody needs any more. Never a resource, never the history."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from reign.analytics import ask
from reign.app.drafts import discard, drafts
from reign.app.held import holding
from reign.app.nouns import Where
from reign.app.runs import check_basis_of, unknown_run
from reign.app.workspace import Workspace, open_existing
from reign.config import Settings
from reign.model.errors import Failed, ReignError, Stale
from reign.model.event import State
from reign.model.finding import Finding
from reign.model.lifecycle import RunStatus
from reign.model.plan import Plan
from reign.state import read
from reign.state.seal import unseal

_LEFT = frozenset({RunStatus.FAILED.value, RunStatus.ABORTED.value, RunStatus.PAUSED.value})
_BESIDE = re.compile(r"\..+\.[0-9a-f]{8}")
"""The name of what is being written beside its place in `.reign`."""


@dataclass(frozen=True, slots=True)
class Leftover:
    """A file or folder that can go, from the project's folder on, and why."""

    path: Path
    why: str


@dataclass(frozen=True, slots=True)
class Cleaning:
    """What would go. kept: the runs that can still be resumed, and so keep their plan. warnings: what became of lost calls."""

    leftovers: tuple[Leftover, ...]
    kept: tuple[str, ...] = ()
    settings: Settings = field(default_factory=Settings)
    warnings: tuple[Finding, ...] = ()


def find_leftovers(where: Where, named: str | None, older_s: float | None) -> Cleaning:
    """Look, without a lock. Raises Failed where there is no such run."""
    space = open_existing(where)
    return _found(space, read(space.layout), named, older_s)


def clean_up(
    where: Where, named: str | None, older_s: float | None, approve: Callable[[Cleaning], None], lock_wait_s: float
) -> Cleaning:
    """Remove it under the lock, once `approve` returns; it is not asked where there is nothing. Raises Locked, Failed, or
    what `approve` raises.
    """
    space = open_existing(where)
    if not space.layout.journal.is_dir():  # a lock would make a state where there is none
        return _found(space, State(), named, older_s)
    with holding(space, "runs cleanup", lock_wait_s) as held:
        cleaning = _found(space, held.writer.state, named, older_s, held.settings)
        cleaning = replace(cleaning, warnings=held.told)
        if cleaning.leftovers:
            approve(cleaning)
        for leftover in cleaning.leftovers:
            _remove(space.folder / leftover.path)
        return cleaning


def _remove(path: Path) -> None:
    try:
        discard(path)
    except OSError as error:
        said = f"{path} cannot be removed: {error.strerror}."
        raise Failed([Finding("system/refused", "The system refused", said)]) from None


def _found(
    space: Workspace, state: State, named: str | None, older_s: float | None, settings: Settings | None = None
) -> Cleaning:
    leftovers: list[Leftover] = []
    kept: list[str] = []
    for run, status in _runs(space, named, older_s):
        plan = _plan(space, run)
        if plan is not None:
            cut_off = (
                Leftover(each.path, f"a write of {each.of} that was cut off left it") for each in drafts(space, plan)
            )
            leftovers += (each for each in cut_off if each not in leftovers)  # several runs may write to one path
        if not space.layout.run_plan(run).parent.is_dir():
            continue
        if _is_needed(run, status, plan, state):
            kept.append(run)
        else:
            why = f"run {run} is {status} and cannot be resumed"
            leftovers.append(Leftover(space.layout.run_plan(run).parent, why))
    if named is None and older_s is None:
        leftovers += _beside(space)
    found = [replace(each, path=Path(os.path.relpath(each.path, space.folder))) for each in leftovers]
    return Cleaning(tuple(found), tuple(kept), settings or Settings())


def _runs(space: Workspace, named: str | None, older_s: float | None) -> Iterator[tuple[str, str]]:
    """(id, status) of the runs that are meant."""
    before = None if older_s is None else _ago(older_s)
    if named is None:
        answer = ask(space.layout, "runs")
    else:
        answer = ask(space.layout, "run", run_id=named)
        if len(answer.rows) != 1:
            raise Failed([unknown_run(named, [str(row[answer.columns.index("run_id")]) for row in answer.rows])])
    for row in answer.rows:
        told = dict(zip(answer.columns, row, strict=True))
        is_old = before is None or told["started_at"] < before
        if told["status"] in _LEFT and is_old:
            yield told["run_id"], told["status"]


def _ago(seconds: float) -> datetime:
    """So long ago, in UTC; the beginning of all times where it is before that."""
    try:
        at = datetime.now(UTC) - timedelta(seconds=seconds)
    except OverflowError:
        at = datetime.min.replace(tzinfo=UTC)
    return at.replace(tzinfo=None)


def _plan(space: Workspace, run: str) -> Plan | None:
    try:
        return unseal(space.layout.run_plan(run).read_bytes(), space.layout, space.where.environ)
    except (OSError, ReignError):
        return None


def _is_needed(run: str, status: str, plan: Plan | None, state: State) -> bool:
    """Whether the run may go on, or what became of its calls is still to be told by its plan."""
    if any(event.run == run for event in (*state.open_intents, *state.interventions)):
        return True
    if status == RunStatus.ABORTED:
        return False
    if plan is None:
        return True  # its key may come back
    try:
        check_basis_of(plan, run, state)
    except Stale:
        return False
    return True


def _beside(space: Workspace) -> Iterator[Leftover]:
    """What a write into `.reign` that was killed left beside its place. The lock's holder is the only one who writes."""
    layout = space.layout
    for folder in (layout.state, layout.journal, layout.marks, layout.blobs, *_folders(layout.runs)):
        for path in _files(folder):
            if _BESIDE.fullmatch(path.name) or path.name == ".state.duckdb.new":
                yield Leftover(path, "a write that was cut off left it")


def _folders(path: Path) -> Sequence[Path]:
    with suppress(OSError):
        return sorted(each for each in path.iterdir() if each.is_dir() and not each.is_symlink())
    return ()


def _files(path: Path) -> Sequence[Path]:
    with suppress(OSError):
        return sorted(each for each in path.iterdir() if each.is_file() and not each.is_symlink())
    return ()
