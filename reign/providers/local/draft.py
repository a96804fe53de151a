"""A file that is written beside its place and put there whole, or not at all."""

from __future__ import annotations

import errno
import hashlib
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from reign.providers.durable import sync, write_all

_NO_NAMELESS = (errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL, errno.ENOENT)


@dataclass(slots=True)
class Draft:
    """An open file in `folder` that has no name of its own (`name` is "") or a temporary one."""

    folder: int
    descriptor: int
    name: str
    sha256: str = ""
    size: int = 0

    def fill(self, chunks: Iterable[bytes]) -> None:
        """Write it. Nobody else may read it yet. Raises OSError."""
        digest = hashlib.sha256()
        for chunk in chunks:
            digest.update(chunk)
            self.size += len(chunk)
            write_all(self.descriptor, chunk)
        self.sha256 = digest.hexdigest()

    def settle(self, mode: int) -> None:
        """Let it be read as it will be where it goes, and make it durable. Raises OSError."""
        os.fchmod(self.descriptor, mode)
        sync(self.descriptor)

    def link(self, name: str) -> None:
        """Put it at `name`, where nothing may stand. Raises FileExistsError, OSError."""
        if self.name:
            os.link(self.name, name, src_dir_fd=self.folder, dst_dir_fd=self.folder, follow_symlinks=False)
        else:
            os.link(f"/proc/self/fd/{self.descriptor}", name, dst_dir_fd=self.folder)
        sync(self.folder)

    def rename(self, name: str) -> None:
        """Put a named draft at `name`, over the file that stands there. Raises OSError."""
        os.rename(self.name, name, src_dir_fd=self.folder, dst_dir_fd=self.folder)
        self.name = ""
        sync(self.folder)


@contextmanager
def nameless(folder: int, fallback: str) -> Iterator[Draft]:
    """A draft that vanishes with this process, however that ends; under the name `fallback` where there are none such."""
    descriptor = _open_nameless(folder)
    if descriptor is None:
        with named(folder, fallback) as draft:
            yield draft
        return
    try:
        yield Draft(folder, descriptor, "")
    finally:
        os.close(descriptor)


@contextmanager
def named(folder: int, name: str) -> Iterator[Draft]:
    """A draft under a temporary name; one that a killed run left there goes first."""
    with suppress(FileNotFoundError):
        os.unlink(name, dir_fd=folder)
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    draft = Draft(folder, os.open(name, flags, 0o600, dir_fd=folder), name)
    try:
        yield draft
    finally:
        os.close(draft.descriptor)
        if draft.name:
            with suppress(FileNotFoundError):
                os.unlink(draft.name, dir_fd=folder)


def _open_nameless(folder: int) -> int | None:
    if sys.platform != "linux" or not os.path.isdir("/proc/self/fd"):  # noqa: PTH112
        return None
    try:
        return os.open(".", os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, 0o600, dir_fd=folder)
    except OSError as error:
        if error.errno in _NO_NAMELESS:
            return None
        if error.errno == errno.EPERM and os.fstat(folder).st_nlink == 0:  # ext4's word for a folder that was removed
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT)) from error
        raise
