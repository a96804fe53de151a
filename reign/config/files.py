"""Reading files inside the root, and nowhere else: links resolved, regular files only, never more than is asked for."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import BinaryIO

FILE = "reign.yaml"
"""Where a project begins."""

CHUNK_BYTES = 1 << 20
LONGEST_TEXT_BYTES = 1 << 20
"""The most of one file that is taken into a value."""

MOST_FILES = 10_000
"""Names that one `files("...")` gives."""

_STATE = ".reign"
_MAGIC = re.compile(r"[*?\[]")


class Unreachable(Exception):
    """A file that may not or cannot be read. `code` is a finding's last word, `summary` its stable words."""

    def __init__(self, code: str, summary: str, detail: str, fix: str = "") -> None:
        self.code = code
        self.summary = summary
        self.detail = detail
        self.fix = fix
        super().__init__(detail)


def find_root(folder: Path) -> Path:
    """The git work tree that holds `folder`, else `folder`. Nothing is run and no file is opened."""
    for above in (folder, *folder.parents):
        try:
            (above / ".git").lstat()
        except OSError:
            continue
        return above
    return folder


@dataclass
class Files:
    """What a project may read. `folder` and `root` have their links resolved; `pinned` is sha256 -> absolute path."""

    folder: Path
    root: Path
    pinned: dict[str, str] = field(default_factory=dict)
    _hashes: dict[str, str] = field(default_factory=dict)

    def locate(self, written: str) -> Path:
        """The file that `written` names: relative to the project folder, or to the root after `//`. Raises Unreachable."""
        if "\0" in written or not written.strip():
            raise Unreachable("no-file", "No such file", "An empty text, or one with a null character, names no file.")
        if written.startswith("//"):
            wanted = self.root / written.lstrip("/")
        elif written.startswith(("/", "~")):
            raise _outside(written, "it is absolute")
        else:
            wanted = self.folder / written
        real = Path(os.path.realpath(wanted))
        if not real.is_relative_to(self.root):
            raise _outside(written, "it leads out of it")
        if self._is_state(real):
            raise _outside(written, f"it lies in {_STATE}, which holds the state and its key")
        try:
            return Path(os.path.realpath(wanted, strict=True))
        except OSError as error:
            raise _unreadable(written, error) from None

    def _is_state(self, real: Path) -> bool:
        return any(part.casefold() == _STATE for part in real.relative_to(self.root).parts)

    def sha256(self, written: str) -> str:
        """The hash of a file's bytes, read once in a load and in pieces; pins it. Raises Unreachable."""
        real = str(self.locate(written))
        known = self._hashes.get(real)
        if known is None:
            digest = hashlib.sha256()
            with open_regular(written, real) as file:
                while chunk := file.read(CHUNK_BYTES):
                    digest.update(chunk)
            known = self._hashes[real] = digest.hexdigest()
            self.pinned[known] = real
        return known

    def text(self, written: str) -> tuple[str, str]:
        """(UTF-8 text, sha256) of one file of at most a mebibyte, pinned. Raises Unreachable."""
        real = str(self.locate(written))
        with open_regular(written, real) as file:
            data = read_limited(file, written)
        digest = self._hashes[real] = hashlib.sha256(data).hexdigest()
        self.pinned[digest] = real
        return decode(data, written), digest

    def relative(self, written: str) -> str:
        """`written` with `//` replaced by the way from the project folder to the root, so that any reader can follow it."""
        if not written.startswith("//"):
            return written
        return os.path.relpath(self.root / written.lstrip("/"), self.folder)

    def matching(self, pattern: str) -> list[str]:
        """The files that `pattern` matches under the project folder (the root after `//`), sorted, as they would be written.

        Links that lead out are left out. Raises Unreachable for a pattern that is absolute or climbs.
        """
        above = self.root if pattern.startswith("//") else self.folder
        inner = pattern.lstrip("/")
        if (pattern.startswith("/") and above is self.folder) or ".." in Path(inner).parts:
            raise _outside(pattern, "a pattern goes down from where it starts")
        if not inner or "\0" in inner:
            raise Unreachable("no-file", "No such file", "An empty pattern matches no file.")
        front = "//" if above is self.root and pattern.startswith("//") else ""
        names: list[str] = []
        try:
            for found in self._matching(above, Path(inner).parts):
                real = Path(os.path.realpath(found))
                if real.is_relative_to(self.root) and real.is_file() and not self._is_state(real):
                    names.append(front + found.relative_to(above).as_posix())
                if len(names) > MOST_FILES:
                    raise Unreachable(
                        "too-large", "Too many files", f'"{pattern}" matches more than {MOST_FILES:,} files.'
                    )
        except (ValueError, OSError) as error:
            raise Unreachable("no-file", "No such file", f'"{pattern}" is no pattern for files: {error}.') from None
        return sorted(set(names))

    def _matching(self, folder: Path, parts: Sequence[str]) -> Iterator[Path]:
        """What the parts of a pattern match in a folder; into one that a link leads out to nobody looks."""
        if not Path(os.path.realpath(folder)).is_relative_to(self.root) or not folder.is_dir():
            return
        part, rest = parts[0], parts[1:]
        if part == "**":
            if rest:
                yield from self._matching(folder, rest)
            for entry in _entries(folder):
                if entry.is_dir() and not entry.is_symlink():
                    yield from self._matching(entry, parts)
        elif "**" in part:
            raise ValueError("** stands for whole folders, alone between slashes")
        else:
            for entry in _entries(folder) if _MAGIC.search(part) else [folder / part]:
                if fnmatchcase(entry.name, part) or entry.name == part:
                    yield from self._matching(entry, rest) if rest else [entry]


def _entries(folder: Path) -> list[Path]:
    """What stands in a folder, by name; nothing where nobody may look."""
    try:
        return sorted(folder.iterdir())
    except PermissionError:
        return []


def read_limited(file: BinaryIO, written: str) -> bytes:
    """All bytes of an open binary file, refused when there are more than a mebibyte."""
    data = file.read(LONGEST_TEXT_BYTES + 1)
    if len(data) > LONGEST_TEXT_BYTES:
        raise Unreachable(
            "too-large",
            "A file that is too large",
            f'"{written}" is larger than 1 MiB, which is the most that is read into a value or as configuration.',
        )
    return data


def decode(data: bytes, written: str) -> str:
    """UTF-8 bytes as text, without a byte order mark. Raises Unreachable naming the first byte that is not."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Unreachable(
            "not-utf8",
            "Not UTF-8",
            f'"{written}" is not UTF-8: byte 0x{data[error.start]:02x} on line {line} begins no character.',
            "Save the file as UTF-8.",
        ) from None


def open_regular(written: str, real: str) -> BinaryIO:
    """Open what `locate` found, refusing anything but a regular file; a pipe or device would hang or never end."""
    try:
        handle = os.open(real, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError as error:
        raise _unreadable(written, error) from None
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise Unreachable(
            "not-a-file", "Not a regular file", f'"{written}" is a folder, pipe, socket or device; only files are read.'
        )
    return os.fdopen(handle, "rb")


def _outside(written: str, why: str) -> Unreachable:
    return Unreachable(
        "outside-root",
        "A path outside of the root",
        f'"{written}" may not be read: {why}. Files are read inside the git work tree (or the project folder, '
        "where there is none), links followed.",
        "Copy the file into the project, and name it relative to the project folder, or to the root as //path.",
    )


def _unreadable(written: str, error: Exception) -> Unreachable:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return Unreachable("no-file", "No such file", f'"{written}" cannot be read: {reason.lower()}.')
