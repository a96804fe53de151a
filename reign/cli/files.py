"""Files that the user names: plan files and documents."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from reign.model.errors import Failed
from reign.model.finding import Finding


def read_file(path: Path) -> bytes:
    """The content of a file that the user named. Raises Failed saying why it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise Failed([_unusable("usage/cannot-read", "File cannot be read", path, error)]) from None


def write_file(path: Path, data: bytes, mode: int = 0o666) -> None:
    """Write all of `data` or nothing: beside the file, then over it. Raises Failed saying why it cannot be written.

    A device or a pipe (`/dev/null`) is written to, not replaced.
    """
    beside = path.parent / f".{path.name}.{os.getpid()}"
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(data)
            return
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
            beside.replace(path)
        except OSError:
            beside.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise Failed([_unusable("usage/cannot-write", "File cannot be written", path, error)]) from None


@contextmanager
def written_on(path: Path) -> Iterator[Callable[[bytes], None]]:
    """What writes to a file that the user named, from its beginning, little by little. Raises Failed where it cannot be."""
    try:
        file = path.open("wb")
    except OSError as error:
        raise Failed([_unusable("usage/cannot-write", "File cannot be written", path, error)]) from None

    def write(data: bytes) -> None:
        file.write(data)
        file.flush()

    with file:
        yield write


def _unusable(code: str, summary: str, path: Path, error: OSError) -> Finding:
    return Finding(code, summary, f"{path}: {error.strerror}.")
