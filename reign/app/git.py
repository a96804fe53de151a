"""What git says about the project's folder, read from its files alone: nothing of the project is run.

A link out of the work tree is followed by nobody who does not trust the folder: reading goes on inside of it alone.
"""

from __future__ import annotations

import mmap
import os
import re
import stat
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_SHA = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_SHORT_BYTES = 1 << 20
"""The most that is read of a HEAD, a ref or a configuration."""


@dataclass(frozen=True, slots=True)
class Head:
    """What is checked out; both empty where there is no git, `branch` empty where the head is detached."""

    sha: str = ""
    branch: str = ""


@dataclass(frozen=True, slots=True)
class _Tree:
    """A work tree: where it stands, its own part of git's files and, of several on one repository, the common one."""

    top: Path
    own: Path
    common: Path


def head(folder: Path, *, trusted: bool) -> Head:
    """The commit and the branch that are checked out in the work tree that holds `folder`."""
    tree = _tree(folder, trusted=trusted)
    if tree is None:
        return Head()
    text = _text(tree.own, "HEAD")
    if not text.startswith("ref:"):
        return Head(text if _SHA.fullmatch(text) else "")
    ref = text.removeprefix("ref:").strip()
    sha = _text(tree.common, ref) if ref.startswith("refs/") else ""
    for line in () if sha else _text(tree.common, "packed-refs").splitlines():
        if line.endswith(f" {ref}"):
            sha = line.split(" ")[0]
    return Head(sha if _SHA.fullmatch(sha) else "", ref.removeprefix("refs/heads/"))


def tracks(folder: Path, name: str, *, trusted: bool) -> bool:
    """Whether the index of the work tree that holds `folder` has `name`, or something in it."""
    tree = _tree(folder, trusted=trusted)
    if tree is None:
        return False
    wanted = os.fsencode((folder / name).relative_to(tree.top).as_posix())
    return any(_has(data, wanted, tree) for data in _indexes(tree))


def _tree(folder: Path, *, trusted: bool) -> _Tree | None:
    for place in (folder, *folder.parents):
        git = place / ".git"
        if git.is_dir() and (trusted or not git.is_symlink()):
            return _Tree(place, git, git)
        if git.is_file():  # a worktree or a submodule: its own HEAD and index, refs in the common folder
            if not trusted:
                return None
            own = place / _text(place, ".git").removeprefix("gitdir:").strip()
            common = _text(own, "commondir")
            return _Tree(place, own, own / common if common else own)
    return None


def _text(above: Path, name: str) -> str:
    """The text of the file `name` in `above`; empty where it is none, or is not in there but somewhere else."""
    path = above / name
    try:
        if not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(above)):
            return ""
        with open(_opened(path), "rb") as file:
            return file.read(_SHORT_BYTES).decode().strip()
    except (OSError, ValueError):
        return ""


def _opened(path: Path) -> int:
    """A descriptor of a regular file: a pipe would hang, a link may lead anywhere. Raises OSError."""
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise FileNotFoundError(2, "no regular file", str(path))
    return fd


# The index (gitformat-index) -------------------------------------------------------------------------------------------


def _indexes(tree: _Tree) -> Iterator[bytes | mmap.mmap]:
    """The index, and what it shares with others where it is split in two."""
    shared = sorted(path.name for path in tree.own.glob("sharedindex.*")) if tree.own.is_dir() else []
    for name in ("index", *shared):
        try:
            fd = _opened(tree.own / name)
        except OSError:
            continue
        try:
            yield mmap.mmap(fd, 0, prot=mmap.PROT_READ)
        except (OSError, ValueError):  # empty
            continue
        finally:
            os.close(fd)


def _has(data: bytes | mmap.mmap, wanted: bytes, tree: _Tree) -> bool:
    """Whether an entry is `wanted` or lies under it. Entries are only read where the bytes say that it may be so."""
    if data[:4] != b"DIRC" or len(data) < 12:
        return False
    version, count = struct.unpack_from(">II", data, 4)
    if version not in (2, 3, 4) or (version < 4 and data.find(wanted) < 0):
        return False
    try:
        names = _names(data, version, count, 32 if _is_sha256(tree) else 20)
        return any(name == wanted or name.startswith(wanted + b"/") for name in names)
    except (IndexError, struct.error):
        return data.find(wanted) >= 0  # an index that cannot be read is believed to mean the worse


def _names(data: bytes | mmap.mmap, version: int, count: int, hash_bytes: int) -> Iterator[bytes]:
    at, name = 12, b""
    for _ in range(count):
        flags_at = at + 40 + hash_bytes
        (flags,) = struct.unpack_from(">H", data, flags_at)
        start = flags_at + (4 if flags & 0x4000 else 2)
        if version == 4:  # the name is the last one's, cut by so many bytes, and what follows
            cut, start = _varint(data, start)
            end = data.find(b"\0", start)
            name = name[: len(name) - cut] + data[start:end]
            at = end + 1
        else:
            end = data.find(b"\0", start)
            name = data[start:end]
            at += (end - at + 8) // 8 * 8
        if end < 0:
            raise IndexError(start)
        yield name


def _varint(data: bytes | mmap.mmap, at: int) -> tuple[int, int]:
    """A number as packs write offsets, and where it ends."""
    byte = data[at]
    value = byte & 0x7F
    while byte & 0x80:
        at += 1
        byte = data[at]
        value = ((value + 1) << 7) | (byte & 0x7F)
    return value, at + 1


def _is_sha256(tree: _Tree) -> bool:
    return bool(re.search(r"(?im)^\s*objectformat\s*=\s*sha256\s*$", _text(tree.common, "config")))
