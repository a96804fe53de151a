"""`doctor`: everything that can be wrong with a state, each with what to do. Looks without a lock, and changes nothing."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from reign.app import ailments
from reign.app.marked import left, unmarked
from reign.app.nouns import Where
from reign.app.strays import strays
from reign.app.workspace import Workspace, open_existing, open_workspace
from reign.model.errors import Failed, ReignError, Stale
from reign.model.event import State
from reign.model.finding import Finding, Severity
from reign.state.fold import Fold
from reign.state.layout import Layout
from reign.state.lock import is_held, owner_of
from reign.state.missing import Missing, missing
from reign.state.salvage import Piece, pieces
from reign.state.seal import is_sealed_right, unseal
from reign.state.store import InUse
from reign.state.verify import damaged_blobs, is_no_log, look_through, wrong_store

_ROOM_BYTES, _ROOM_FILES = 64 << 20, 100
_DAMAGE = (Severity.ERROR, Severity.MAJOR)


@dataclass(frozen=True, slots=True)
class Examined:
    """What was found in the state of a project. The figures are sums over its environments.

    repaired: what a repair did, and what may be lost by the damage that it mended.
    """

    findings: tuple[Finding, ...] = ()
    repaired: tuple[Finding, ...] = ()
    environments: tuple[str, ...] = ()
    segments: int = 0
    events: int = 0
    resources: int = 0
    checkpoints: int = 0

    @property
    def is_sound(self) -> bool:
        """Whether nothing is damaged: what is only worth knowing is no damage."""
        return not any(finding.severity in _DAMAGE for finding in self.findings)


def examine(where: Where) -> Examined:
    """Look at the state of one environment, where one is named, else of all. Raises Failed where no project is, or where
    what is there cannot be read or is of a newer Reign.
    """
    spaces = environments(where)
    try:
        root = spaces[0].layout.root
    except Failed as error:
        if error.findings[0].code not in ("project/state-tracked", "project/state-elsewhere"):
            raise
        return Examined(error.findings)
    busy = any(is_held(space.layout) for space in spaces)
    looked = [Examination(space) for space in spaces]
    findings = [finding for each in looked for finding in each.findings()]
    return Examined(
        findings=(*_of_folder(root, busy=busy), *findings),
        environments=tuple(space.env for space in spaces),
        segments=sum(len(each.pieces) for each in looked),
        events=sum(each.fold.last_seq - each.fold.pruned_seq for each in looked),
        resources=sum(len(each.fold.resources) for each in looked),
        checkpoints=sum(len(each.fold.checkpoints) for each in looked),
    )


def environments(where: Where) -> tuple[Workspace, ...]:
    """The workspaces that are meant: of the environment that is named, else of each that has a state."""
    space = open_existing(where)
    if where.env:
        return (open_workspace(where, space.env),)
    layouts = [layout for layout in Layout(space.folder).siblings() if layout.journal.exists()]
    return tuple(open_workspace(where, layout.env) for layout in layouts or [Layout(space.folder)])


class Examination:
    """A look at the state of one environment."""

    def __init__(self, space: Workspace) -> None:
        self._space = space
        self._layout = space.layout
        self._is_busy = is_held(self._layout)
        self.pieces: Sequence[Piece] = tuple(pieces(self._layout.journal))
        self._is_busy |= is_held(self._layout)
        self.fold = self.pieces[-1].fold() if self.pieces else Fold({})

    def findings(self) -> Iterator[Finding]:
        """All that is to be said, the worst first."""
        told = [*self.of_journal(), *self._of_state()]
        order = list(Severity)
        yield from sorted(told, key=lambda finding: order.index(finding.severity))

    def spoilt(self) -> Iterator[Path]:
        """What is damaged and can be had again, or done without: the store, kept content, plans of runs."""
        try:
            is_alone = not self.pieces and self._layout.store.exists()
            if is_alone or (self.pieces and wrong_store(self._layout, self.fold)):
                yield self._layout.store
        except InUse:
            pass
        yield from damaged_blobs(self._layout)
        state = self.fold.state()
        yield from (path for path in sorted(self._layout.runs.glob("*/plan")) if self._is_right(path, state) is False)

    def lost_end(self) -> Missing | None:
        """What the journal has lost at its end, by the store. Raises InUse where that cannot be had now."""
        try:
            return missing(self._layout)
        except Failed:  # it is damaged: that is told
            return None

    def of_journal(self) -> Iterator[Finding]:
        """Damage of the journal, and its torn end."""
        if self._layout.store.exists() and not self.pieces and not self._is_busy:  # which is fed from it alone
            yield ailments.journal_gone(self._layout)
        for piece in self.pieces:
            yield from (ailments.journal(self._layout, damage) for damage in piece.damages)
            if piece.torn and not self._is_busy:
                yield ailments.torn_end(self._layout, piece)

    def _of_state(self) -> Iterator[Finding]:
        try:
            state = self.fold.state()
        except (KeyError, TypeError, ValueError) as error:
            yield ailments.not_understood(self._layout, error)
            return
        yield from self._of_references(state)
        yield from self._of_store()
        yield from self._of_key(state)
        yield from (ailments.blob(path, self._layout) for path in damaged_blobs(self._layout))
        yield from self._of_plans(state)
        if self._is_busy:
            yield ailments.busy(owner_of(self._layout))
            return
        yield from self._of_marks(state)
        yield from self._of_lock()
        yield from self._of_runs(state)

    def _of_references(self, state: State) -> Iterator[Finding]:
        known = {address.text for address in state.resources}
        for address, held in state.resources.items():
            gone = [text for text in held.depends_on if text not in known and not text.startswith("data.")]
            if gone:
                yield ailments.dangling(address, gone)
        yield from self._of_checkpoints(state)

    def _of_checkpoints(self, state: State) -> Iterator[Finding]:
        if not state.checkpoints:
            return
        heads = {0: ("", 0)}
        for piece in self.pieces:
            fold = Fold(piece.state)
            heads[fold.last_seq] = (fold.head, fold.serial)
            for raw, digest in piece.raws:
                fold.apply(raw, digest)
                heads[fold.last_seq] = (fold.head, fold.serial)
        for kept in state.checkpoints.values():
            if heads.get(kept.seq - 1, heads.get(kept.seq)) != (kept.head, kept.serial):
                yield ailments.checkpoint(kept)

    def _of_store(self) -> Iterator[Finding]:
        if self._layout.store.is_dir():
            return  # that is told of all that is misplaced
        if not self.pieces or any(piece.damages for piece in self.pieces):
            return  # it is told anew once the journal is mended
        try:
            lost = None if self._is_busy else self.lost_end()
            wrong = "" if self._is_busy or lost else wrong_store(self._layout, self.fold)
        except InUse:
            yield ailments.store_in_use(self._layout)
            return
        if lost:
            yield ailments.lost_end(self._layout, lost)
        if not wrong and not self._is_busy and is_no_log(self._layout.store_log):
            wrong = f"{self._layout.store_log.name} is no log of what was written to it"
        if wrong:
            yield ailments.store(self._layout, wrong)

    def _of_key(self, state: State) -> Iterator[Finding]:
        """Whether the key is here and is the right one: everything that is encrypted opens."""
        try:
            self._space.opened(state)
        except ReignError as error:
            yield from error.findings

    def _of_plans(self, state: State) -> Iterator[Finding]:
        """Whether every plan is as it was sealed."""
        unchecked = 0
        for path in sorted(self._layout.runs.glob("*/plan")):
            is_right = self._is_right(path, state)
            unchecked += is_right is None
            if is_right is False:
                yield ailments.stored_plan(path, self._layout)
        if unchecked:
            yield ailments.unchecked_plans(unchecked)

    def _is_right(self, path: Path, state: State) -> bool | None:
        environ, is_open = self._space.where.environ, path.parent.name in _runs_that_matter(state)
        try:
            data = path.read_bytes()
            is_right = is_sealed_right(data, self._layout, environ)
            if is_right and is_open:
                unseal(data, self._layout, environ)
        except OSError:
            return None
        except Stale:
            return False
        except Failed as error:
            return None if error.findings[0].code == "state/bad-key" else False
        return is_right

    def _of_marks(self, state: State) -> Iterator[Finding]:
        yield from (ailments.unmarked(each) for each in unmarked(self._space, state))
        lost = left(self._space, state)
        if lost and not state.open_intents:
            yield ailments.marks_left(lost)
        yield from strays(self._space, state, (raw for piece in self.pieces for raw, _ in piece.raws))

    def _of_lock(self) -> Iterator[Finding]:
        owner = owner_of(self._layout)
        if owner is not None or self._layout.lock_json.exists():
            yield ailments.stale_lock(owner)

    def _of_runs(self, state: State) -> Iterator[Finding]:
        for run in state.open_runs:
            yield ailments.open_run(run)
        for event in state.interventions:
            yield ailments.question(event, self._space.env)
        asked = {(event.op, event.data["verb"]) for event in state.interventions}
        for event in state.open_intents:
            if (event.op, event.data["verb"]) not in asked:
                yield ailments.open_call(event)


def _runs_that_matter(state: State) -> frozenset[str]:
    """Those whose plans something may still be told from."""
    return frozenset((*state.open_runs, *(event.run for event in state.open_intents), state.head_run))


def _of_folder(root: Path, *, busy: bool) -> Iterator[Finding]:
    """What is wrong with the files and folders as such."""
    found = look_through(root)
    if found.misplaced:
        yield ailments.misplaced(_named(found.misplaced, root))
    if found.open_:
        yield ailments.modes(_named(found.open_, root))
    if found.strange:
        yield ailments.strangers(_named(found.strange, root))
    if found.links:
        yield ailments.links(_named(found.links, root))
    if found.drafts and not busy:
        yield ailments.drafts(_named(found.drafts, root))
    if found.kept:
        yield ailments.kept(_named(found.kept, root))
    yield from _of_disk(root)


def _of_disk(root: Path) -> Iterator[Finding]:
    try:
        about = os.statvfs(root)
    except OSError:
        return
    if about.f_flag & os.ST_RDONLY or not os.access(root, os.W_OK):
        yield ailments.read_only(root)
    elif about.f_bavail * about.f_frsize < _ROOM_BYTES or (about.f_files and about.f_favail < _ROOM_FILES):
        yield ailments.little_room(root, about.f_bavail * about.f_frsize)


def _named(paths: Iterable[Path], root: Path) -> list[str]:
    return [str(path.relative_to(root.parent)) for path in paths]
