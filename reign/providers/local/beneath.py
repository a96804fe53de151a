"""Folders reached one name at a time, so that no link and no race leads out of the one that may be written to."""

from __future__ import annotations

import errno
import os
import stat
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass

from reign.model.errors import ErrorKind, ProviderError
from reign.providers.durable import sync

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_MOST_LINKS = 40
_PARENT_MODE = 0o755

Making = Callable[[str], AbstractContextManager[None]]
"""What surrounds the making of a folder, by its path."""


@dataclass(slots=True)
class _Walk:
    """Where the walk stands: open folders from the base down, and the names still to go with their declared path."""

    base: str
    held: list[int]
    todo: deque[tuple[str, str]]
    links: int = 0


@contextmanager
def parent_of(base: str, path: str, making: Making | None = None) -> Iterator[tuple[int, str]]:
    """(folder descriptor, name) of the declared `path` below `base`. Parents that are missing are made when `making` is given.

    Links are followed as long as they stay below `base`; one that leads out is a ProviderError `invalid`. Every name
    is opened relative to the folder before it and never through a link, so what is checked is what is used.
    Raises OSError.
    """
    *parents, name = path.split("/")
    declared = [(part, "/".join(parents[: index + 1])) for index, part in enumerate(parents)]
    walk = _Walk(base, [os.open(base, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)], deque(declared))
    try:
        while walk.todo:
            _step(walk, path, making)
        yield walk.held[-1], name
    finally:
        for descriptor in walk.held:
            os.close(descriptor)


def _step(walk: _Walk, path: str, making: Making | None) -> None:
    part, declared = walk.todo.popleft()
    if part in ("", "."):
        return
    if part == "..":
        if len(walk.held) == 1:
            raise leads_out(path)
        os.close(walk.held.pop())
        return
    try:
        walk.held.append(os.open(part, _FOLDER, dir_fd=walk.held[-1]))
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENOTDIR):
            _follow(walk, part, path, error)
        elif error.errno == errno.ENOENT and making is not None and declared:
            with making(declared):
                _make(walk.held[-1], part)
            walk.todo.appendleft((part, declared))
        else:
            raise


def _follow(walk: _Walk, part: str, path: str, error: OSError) -> None:
    """Go on at what the link `part` names, or raise `error` where it is no link."""
    try:
        target = os.readlink(part, dir_fd=walk.held[-1])
    except OSError:
        raise error from None
    walk.links += 1
    if walk.links > _MOST_LINKS:
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
    if target.startswith("/"):
        inside = os.path.realpath(walk.base)
        if target != inside and not target.startswith(inside.rstrip("/") + "/"):
            raise leads_out(path)
        target = target[len(inside) :]
        while len(walk.held) > 1:
            os.close(walk.held.pop())
    walk.todo.extendleft((name, "") for name in reversed(target.split("/")))


def _make(folder: int, name: str) -> None:
    with suppress(FileExistsError):
        os.mkdir(name, 0o700, dir_fd=folder)
        descriptor = os.open(name, _FOLDER, dir_fd=folder)
        try:
            os.fchmod(descriptor, _PARENT_MODE)
        finally:
            os.close(descriptor)
        sync(folder)


def leads_out(path: str) -> ProviderError:
    """What is said of a path that a link takes elsewhere."""
    return ProviderError(
        ErrorKind.INVALID,
        "Path leads out of the project",
        f"A link on the way to {path} leads out of the folder that may be written to, so nothing was touched.",
        "Remove the link, or name its target as `folder` of a `local` connection.",
    )


def look(folder: int, name: str) -> os.stat_result | None:
    """What stands at `name`, itself and not what it links to; None for nothing. Raises OSError."""
    try:
        return os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None


def kind_of(found: os.stat_result) -> str:
    """What it is, in a word."""
    for test, word in (
        (stat.S_ISREG, "file"),
        (stat.S_ISDIR, "folder"),
        (stat.S_ISLNK, "link"),
        (stat.S_ISFIFO, "pipe"),
        (stat.S_ISSOCK, "socket"),
    ):
        if test(found.st_mode):
            return word
    return "device"


def mode_of(found: os.stat_result) -> str:
    """Permissions as four octal digits."""
    return f"{stat.S_IMODE(found.st_mode):04o}"
