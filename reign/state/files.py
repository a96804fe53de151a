"""What differs between operating systems and file systems, in one place: durable writes, private modes, the kernel's lock."""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700


def fsync(fd: int) -> None:
    """Make what was written to `fd` survive a power loss. macOS has its own call for that."""
    full = getattr(fcntl, "F_FULLFSYNC", None)
    if full is None:
        os.fsync(fd)
    else:
        fcntl.fcntl(fd, full)


def sync_folder(path: Path) -> None:
    """Make the names in a folder survive a power loss."""
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fsync(fd)
    finally:
        os.close(fd)


def make_folder(path: Path) -> None:
    """Make a folder and its parents, 0700 whatever the umask, and their names durable. One that is there stays as it is."""
    if path.is_dir():
        return
    make_folder(path.parent)
    with suppress(FileExistsError):
        path.mkdir(mode=PRIVATE_FOLDER)
        sync_folder(path.parent)
    if not path.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(path))


def write_all(fd: int, data: bytes) -> None:
    """Write all of `data`, however little the system takes at a time."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(fd, rest) :]


def write_file(path: Path, data: bytes) -> None:
    """Put `data` at `path`, 0600: durable, and never seen half written."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    fd = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, PRIVATE_FILE)
    try:
        try:
            write_all(fd, data)
            fsync(fd)
        finally:
            os.close(fd)
        beside.replace(path)
    except OSError:
        with suppress(OSError):
            beside.unlink()
        raise
    sync_folder(path.parent)


def read_file(path: Path, limit: int) -> bytes:
    """The first `limit` bytes of a regular file. A pipe would hang, and a link may lead anywhere. Raises OSError."""
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            raise OSError(errno.EINVAL, "no regular file", str(path))
        return os.read(fd, limit)
    finally:
        os.close(fd)


@contextmanager
def private_umask() -> Iterator[None]:
    """For libraries that make files by themselves: they come out 0600."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


class Flock:
    """The kernel's lock on a file: gone with the process, and held against others in the same process too."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._fd: int | None = None

    @property
    def held(self) -> bool:
        """Whether this one holds it."""
        return self._fd is not None

    def try_acquire(self) -> bool:
        """Take the lock if it is free now. The file is made when it is not there. Raises OSError where it cannot be."""
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        fd = os.open(self._path, flags, PRIVATE_FILE)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if not _names(self._path, fd):
                raise BlockingIOError
        except BlockingIOError:
            os.close(fd)
            return False
        except OSError:
            os.close(fd)
            raise
        self._fd = fd
        return True

    def note(self, text: str) -> None:
        """Have the file say something short, for whoever reads it later. Only while it is held. Raises OSError."""
        if self._fd is not None:
            os.ftruncate(self._fd, 0)
            os.pwrite(self._fd, text.encode(), 0)

    def is_in_place(self) -> bool:
        """Whether it is held, and the path still leads to what is held. The file is opened for that: over a network, only
        then is it looked for anew.
        """
        if self._fd is None:
            return False
        try:
            fd = os.open(self._path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            return os.path.samestat(os.fstat(fd), os.fstat(self._fd))
        except OSError:
            return False
        finally:
            os.close(fd)

    def release(self) -> None:
        """Let go. Doing so twice is nothing."""
        fd, self._fd = self._fd, None
        if fd is not None:
            os.close(fd)


def boot_id() -> str:
    """What tells this run of this kernel, which keeps the locks, from every other; empty where it does not say."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return ""


def is_flocked(path: Path) -> bool:
    """Whether somebody holds the lock now. Makes nothing; asks with a shared lock that is let go at once."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(fd)
    return False


def _names(path: Path, fd: int) -> bool:
    """Whether `path` still is the file behind `fd`: one that was removed meanwhile guards nothing."""
    try:
        there = path.stat(follow_symlinks=False)
    except FileNotFoundError:
        return False
    return os.path.samestat(there, os.fstat(fd))
