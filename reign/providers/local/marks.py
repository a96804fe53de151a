"""Marks: which files and folders are ours. Kept in the state's `marks/`, one file for each path, never rewritten in place.

A mark is durable before what it names stands at its path. It says which inode it was made for, so that a mark that was
left behind by a kill makes nobody else's file ours. It follows each write of ours that puts another inode there, and then
names both: the new one, and the one that stands there until it is moved over it.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from reign.ports import Call, Site
from reign.providers.durable import sync, write_all


@dataclass(frozen=True, slots=True)
class Mark:
    """Whose it is.

    inode and changed_ns (0 for a folder) are those of the object when the mark was put, old_inode and old_changed_ns those
    of what an update moved it over (0: nothing). found: it was there before.
    """

    lineage: str
    address: str
    key: str
    kind: Literal["file", "folder"]
    inode: int = 0
    changed_ns: int = 0
    found: bool = False
    old_inode: int = 0
    old_changed_ns: int = 0

    def names(self, found: os.stat_result) -> bool:
        """Whether `found` is the very object that the mark was put for, or the one that was there until then."""
        if self.inode == found.st_ino:
            return self.changed_ns in (0, found.st_mtime_ns)
        return (self.old_inode, self.old_changed_ns) == (found.st_ino, found.st_mtime_ns)

    def of(self, found: os.stat_result, over: os.stat_result | None = None) -> Mark:
        """The same mark on `found`, which is about to be moved `over` what stands there."""
        old = (over.st_ino, over.st_mtime_ns) if over is not None else (0, 0)
        inode, changed_ns = found.st_ino, _changed_ns(self.kind, found)
        return replace(self, inode=inode, changed_ns=changed_ns, old_inode=old[0], old_changed_ns=old[1])


@dataclass(frozen=True, slots=True)
class Marks:
    """The marks of one environment, for paths below one connection's folder (`""` is the project's own)."""

    site: Site
    scope: str = ""

    def read(self, path: str) -> Mark | None:
        """The mark of `path`; None where there is none, or none that can be read. Raises OSError."""
        try:
            return Mark(**json.loads(self.file(path).read_bytes()))
        except (FileNotFoundError, ValueError, TypeError):
            return None

    def ours(self, path: str) -> Mark | None:
        """The mark of `path` when it carries our lineage."""
        mark = self.read(path)
        return mark if mark is not None and mark.lineage == self.site.lineage else None

    def put(self, path: str, mark: Mark) -> None:
        """Make `mark` durable, in place of any other. Raises OSError."""
        self._write(self.file(path), asdict(mark))

    def remove(self, path: str) -> None:
        """Let go of `path`. Raises OSError."""
        self.file(path).unlink(missing_ok=True)

    def put_parent(self, path: str) -> None:
        """Note that the folder `path` is made for what stands in it, and goes with the last of that. Raises OSError."""
        if not self.is_parent(path):
            self._write(self._parent(path), {"lineage": self.site.lineage})

    def is_parent(self, path: str) -> bool:
        """Whether `path` was made so, by our lineage. Raises OSError."""
        try:
            return bool(json.loads(self._parent(path).read_bytes()) == {"lineage": self.site.lineage})
        except (FileNotFoundError, ValueError):
            return False

    def remove_parent(self, path: str) -> None:
        """Undo `put_parent`. Raises OSError."""
        self._parent(path).unlink(missing_ok=True)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """One at a time, over all threads and processes: a folder and the note about it change together."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    @property
    def _folder(self) -> Path:
        return Path(self.site.state, "marks")

    def file(self, path: str) -> Path:
        """Where the mark of `path` is kept."""
        whole = f"{self.scope}/{path}" if self.scope else path
        return self._folder / hashlib.sha256(whole.encode()).hexdigest()

    def _parent(self, path: str) -> Path:
        return self.file(path).with_suffix(".parent")

    def _write(self, file: Path, data: dict[str, Any]) -> None:
        """The draft's name is always the same: one that a kill left behind is written over by the next."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = file.with_name(f"{file.name}.tmp")
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(draft, flags, 0o600)
        try:
            write_all(descriptor, json.dumps(data).encode())
            sync(descriptor)
            draft.replace(file)
        except OSError:
            with suppress(OSError):
                draft.unlink()
            raise
        finally:
            os.close(descriptor)
        self._settle()

    def _settle(self) -> None:
        descriptor = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            sync(descriptor)
        finally:
            os.close(descriptor)


def mark_for(call: Call, address: str, kind: Literal["file", "folder"], found: os.stat_result) -> Mark:
    """The mark that a create or an import puts on `found`."""
    return Mark(call.site.lineage, address, call.key, kind, found.st_ino, _changed_ns(kind, found))


def _changed_ns(kind: Literal["file", "folder"], found: os.stat_result) -> int:
    return found.st_mtime_ns if kind == "file" else 0
