"""A build context: what of a folder goes to the engine, as a digest at plan and as an archive at apply.

What counts is what could make another image: names, kinds, permissions, contents; no times, no owners, and not whether the
group may write, which is up to the umask of who checked it out. Links are kept
as links and never followed, and everything is opened one name at a time, so that nothing outside of the folder is read.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from reign.model.errors import ErrorKind, ProviderError
from reign.providers.docker.images.ignore import Ignored, Standing
from reign.providers.sources import CHUNK_BYTES, STATE

MOST_ENTRIES = 200_000
MOST_FOLDERS_DEEP = 200
IGNORE_FILE = ".dockerignore"
_BLOCK = tarfile.BLOCKSIZE
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_FOR_BUILDKIT = re.compile(
    r"^\s*#\s*syntax\s*=|^\s*(?:RUN|COPY|ADD)\s+(?:--\S+\s+)*--(?:mount|network|security|link|chmod|exclude|parents)\b"
    r"|^\s*(?:RUN|COPY|ADD)\s.*<<-?['\"]?\w",
    re.IGNORECASE | re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One file, folder or link, by its path below the context."""

    name: str
    kind: bytes
    mode: int
    size: int = 0
    modified: float = 0.0
    target: str = ""


@dataclass(frozen=True, slots=True)
class Dockerfile:
    """What says how to build. `name`: where it stands in the context, and goes along with it; empty where it does not."""

    content: bytes
    name: str = ""

    @property
    def needs_buildkit(self) -> bool:
        """Whether it says something that only BuildKit understands."""
        return bool(_FOR_BUILDKIT.search(self.content.decode(errors="replace")))

    @property
    def sent_as(self) -> str:
        """What it is called in the archive."""
        return self.name or f".reign-{hashlib.sha256(self.content).hexdigest()[:16]}.dockerfile"


@dataclass(frozen=True, slots=True)
class Context:
    """A folder, what of it goes to the engine, and the Dockerfile."""

    top: Path
    ignored: Ignored
    ignore_file: bytes
    dockerfile: Dockerfile

    def digest(self) -> str:
        """sha256 over all that counts. Raises OSError."""
        found = self._begun()
        for entry in self.entries():
            found.update(_told(entry))
            if entry.kind == tarfile.REGTYPE:
                for chunk in self._content(entry):
                    found.update(chunk)
        return found.hexdigest()

    def archive(self, expected: str) -> Iterator[bytes]:
        """All of it as tar, piece by piece. Raises ProviderError `conflict` before the end where it is not what has
        the digest `expected`, so that nothing is built of it; OSError.
        """
        found = self._begun()
        for entry in self.entries():
            found.update(_told(entry))
            yield _header(entry)
            if entry.kind == tarfile.REGTYPE:
                sent = 0
                for chunk in self._content(entry):
                    found.update(chunk)
                    sent += len(chunk)
                    yield chunk
                if sent != entry.size:
                    raise changed(self.top)
                yield bytes(-sent % _BLOCK)
        if found.hexdigest() != expected:
            raise changed(self.top)
        yield from self._beside()
        yield bytes(2 * _BLOCK)

    def entries(self) -> Iterator[Entry]:
        """What goes to the engine, parents first, names in order. Raises OSError, ValueError for what cannot be sent."""
        for number, entry in enumerate(self._below("", self.ignored.top, 0)):
            if number >= MOST_ENTRIES:
                raise ValueError(f"there are more than {MOST_ENTRIES:,} files in it")
            yield entry

    def open(self, name: str) -> int:
        """A descriptor of the file `name` below the context. Raises OSError."""
        *folders, last = name.split("/")
        held = os.open(self.top, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            for folder in folders:
                inner = os.open(folder, _FOLDER, dir_fd=held)
                os.close(held)
                held = inner
            return os.open(last, _FILE, dir_fd=held)
        finally:
            os.close(held)

    def _begun(self) -> hashlib._Hash:
        """The digest with the Dockerfile in it, where that is no part of the context."""
        found = hashlib.sha256(b"reign context 1\n")
        inside = f"in {self.dockerfile.name}\n" if self.dockerfile.name else "beside\n"
        found.update(os.fsencode(inside))
        found.update(hashlib.sha256(self.dockerfile.content).digest())
        return found

    def _below(self, front: str, above: Standing, depth: int) -> Iterator[Entry]:
        if depth > MOST_FOLDERS_DEEP:
            raise ValueError(f"{front[:80]}... lies more than {MOST_FOLDERS_DEEP} folders deep")
        with os.scandir(self.top / front) as found:
            listed = sorted(found, key=lambda item: item.name)
        for item in listed:
            name = front + item.name
            if item.name.casefold() == STATE:
                continue
            standing = self.ignored.at(name, above)
            if not standing.out and (entry := _entry(name, item)) is not None:
                yield entry
            is_folder = item.is_dir(follow_symlinks=False)
            if is_folder and not (standing.out and self.ignored.leaves_out_all_of(name)):
                yield from self._below(f"{name}/", standing, depth + 1)

    def _content(self, entry: Entry) -> Iterator[bytes]:
        with os.fdopen(self.open(entry.name), "rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                yield chunk

    def _beside(self) -> Iterator[bytes]:
        """A Dockerfile that is no part of the context, and a line that takes it out again before anything is copied."""
        if self.dockerfile.name:
            return
        told = self.ignore_file if not self.ignored.leaves_out(IGNORE_FILE) else b""
        lines = [told, os.fsencode(self.dockerfile.sent_as), *([] if told else [IGNORE_FILE.encode()]), b""]
        for name, content in (
            (IGNORE_FILE, b"\n".join(lines)),
            (self.dockerfile.sent_as, self.dockerfile.content),
        ):
            yield _header(Entry(name, tarfile.REGTYPE, 0o644, len(content)))
            yield content + bytes(-len(content) % _BLOCK)


def _entry(name: str, item: os.DirEntry[str]) -> Entry | None:
    found = item.stat(follow_symlinks=False)
    mode = stat.S_IMODE(found.st_mode)
    if stat.S_ISREG(found.st_mode):
        return Entry(name, tarfile.REGTYPE, mode, found.st_size, found.st_mtime)
    if stat.S_ISDIR(found.st_mode):
        return Entry(name, tarfile.DIRTYPE, mode, 0, found.st_mtime)
    if stat.S_ISLNK(found.st_mode):
        return Entry(name, tarfile.SYMTYPE, 0o777, 0, found.st_mtime, str(Path(item.path).readlink()))
    if stat.S_ISSOCK(found.st_mode):
        return None
    raise ValueError(f"{name} is a pipe or a device")


def _told(entry: Entry) -> bytes:
    """What counts of an entry besides its content, no two of which read the same."""
    parts = (entry.kind.decode(), f"{_counted(entry.mode):04o}", str(entry.size), entry.name, entry.target)
    return b"".join(b"%d:%b" % (len(raw), raw) for raw in map(os.fsencode, parts))


def _counted(mode: int) -> int:
    """Without the group's leave to write, where others have none."""
    return mode if mode & stat.S_IWOTH else mode & ~stat.S_IWGRP


def _header(entry: Entry) -> bytes:
    info = tarfile.TarInfo(entry.name)
    info.type, info.mode, info.size, info.mtime = entry.kind, entry.mode, entry.size, max(0, int(entry.modified))
    info.linkname = entry.target
    return info.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")


def changed(top: Path) -> ProviderError:
    """The answer where a context is not what was reviewed."""
    return ProviderError(
        ErrorKind.CONFLICT,
        "Build context changed since the plan",
        f"{top} holds something else than when the plan was made, so what would be built is not what was reviewed.",
        "Plan again.",
    )
