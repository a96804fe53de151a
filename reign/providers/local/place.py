"""Where the `local` provider writes: a connection's folder, and the marks of what is ours below it."""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from reign.model.address import Address
from reign.model.errors import ErrorKind, ProviderError
from reign.model.resource import Observation
from reign.ports import Call
from reign.providers.durable import sync
from reign.providers.faults import from_os
from reign.providers.local.beneath import kind_of, look, parent_of
from reign.providers.local.marks import Marks

_TRIES = 100
_STAYS = frozenset(
    {
        errno.ENOTEMPTY,
        errno.EEXIST,
        errno.ENOTDIR,
        errno.ELOOP,
        errno.EBUSY,
        errno.EACCES,
        errno.EPERM,
        errno.EROFS,
        errno.EINVAL,
    }
)
"""Why a folder that was made for others is left standing: it is in use, is no folder any more, or is not ours to remove."""


@dataclass(frozen=True, slots=True)
class Place:
    """The folder that a call may write below, by its connection (`folder`; the project's own unless given)."""

    base: str
    marks: Marks

    def temporary(self, path: str) -> str:
        """The name of a draft for `path`: always the same, so that what a kill leaves is found and removed."""
        text = f"{self.marks.site.lineage}\0{self.marks.scope}\0{path}"
        return f".reign-{hashlib.sha256(text.encode()).hexdigest()[:20]}.tmp"

    @contextmanager
    def parent(self, path: str) -> Iterator[tuple[int, str]]:
        """(folder, name) of what is there or not; its parents must be. Raises OSError."""
        with parent_of(self.base, path) as found:
            yield found

    def make(self, path: str, act: Callable[[int, str], Observation]) -> Observation:
        """What `act` answers for (folder, name) of `path`, whose parents are made; they go again where it fails.

        Tried again where a parent is removed meanwhile, by the destroy of what stood in it. Raises OSError.
        """
        for _ in range(_TRIES):
            try:
                with parent_of(self.base, path, self._made_for_others) as (folder, name):
                    return act(folder, name)
            except OSError as error:
                if not isinstance(error, Overtaken) and error.errno not in (errno.ENOENT, errno.ESTALE):
                    self._let_go(path)
                    raise
                gone = error
            except ProviderError as error:
                if error.partial is None:
                    self._let_go(path)
                raise
        raise gone

    def _let_go(self, path: str) -> None:
        with suppress(OSError):
            self.prune(path)

    def mark_anew(self, path: str) -> None:
        """Have our mark of `path`, where there is one, name what stands there now. Raises OSError, ProviderError."""
        found, mark = stands(self, path), self.marks.ours(path)
        if found is None or mark is None or mark.names(found):
            return
        if kind_of(found) == mark.kind:
            self.marks.put(path, mark.of(found))

    def prune(self, path: str) -> None:
        """Remove the parents of `path` that were made for what stood in them, as far as they are empty.

        One that is gone already ends nothing: a kill may have come between it and its own parent.
        """
        while "/" in path:
            path = path.rpartition("/")[0]
            with self.marks.alone():
                if self.marks.ours(path) or not self._goes(path):
                    return
                self.marks.remove_parent(path)

    def _goes(self, path: str) -> bool:
        return self._remove_empty(path) if self.marks.is_parent(path) else stands(self, path) is None

    @contextmanager
    def _made_for_others(self, path: str) -> Iterator[None]:
        with self.marks.alone():
            self.marks.put_parent(path)
            yield

    def _remove_empty(self, path: str) -> bool:
        """True when it is gone. False where it holds something or must not go; raises OSError where the system fails."""
        try:
            with self.parent(path) as (folder, name):
                os.rmdir(name, dir_fd=folder)
                sync(folder)
        except OSError as error:
            if error.errno in _STAYS:
                return False
            if error.errno != errno.ENOENT:
                raise
        return True


def place_of(call: Call) -> Place:
    """Where `call` writes. Raises ProviderError: `missing` when the connection's folder is not there, `invalid`."""
    settings = call.connection.settings
    scope = settings.get("folder", "")
    if not isinstance(scope, str) or settings.keys() - {"folder"}:
        raise ProviderError(
            ErrorKind.INVALID,
            "Connection not understood",
            f"The connection {call.connection.name} has {', '.join(sorted(settings))}; a local one takes a text `folder`.",
            "Leave the other settings away.",
        )
    base = Path(call.site.folder, scope)
    if not base.is_dir():
        raise ProviderError(
            ErrorKind.MISSING,
            "Folder of the connection not there",
            f"The connection {call.connection.name} writes below {base}, which is no folder.",
            "Make that folder, or correct `folder` of the connection.",
        )
    return Place(str(base), Marks(call.site, scope))


@contextmanager
def mapped(doing: str) -> Iterator[None]:
    """Every OSError inside becomes a ProviderError that says what was being done."""
    try:
        yield
    except OSError as error:
        raise from_os(error, doing) from error


class Overtaken(OSError):
    """Somebody put something at the path between our look and our move: worth another look."""

    def __init__(self) -> None:
        super().__init__(errno.EEXIST, os.strerror(errno.EEXIST))


def in_the_way(path: str, what: str, address: Address) -> ProviderError:
    """The conflict with something that is there and is not ours."""
    return ProviderError(
        ErrorKind.CONFLICT,
        "Already there, and not made by this project",
        f"At {path} stands a {what} that this project did not make, so it is not overwritten.",
        f"Delete it yourself, or give {address} another path.",
    )


def not_ours(path: str, what: str, doing: str) -> ProviderError:
    """The refusal to touch something that lost its mark or was made anew by somebody else."""
    return ProviderError(
        ErrorKind.CONFLICT,
        "Not made by this project",
        f"At {path} stands a {what} without this project's mark, so Reign does not {doing} it.",
        "Put it back as it was, import it, or remove it from the state (`removed` with destroy: false).",
    )


def stands(place: Place, path: str) -> os.stat_result | None:
    """What is at `path` itself; None where nothing is, or where a parent is missing or no folder. Raises OSError."""
    with suppress(FileNotFoundError, NotADirectoryError), place.parent(path) as (folder, name):
        return look(folder, name)
    return None
