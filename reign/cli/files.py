"""Files that the user names: plan files and documents."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reign.model.errors import Failed
from reign.model.finding import Finding

if TYPE_CHECKING:
    from reign.cli.session import Session


MOST_BYTES = 1 << 28
"""Of a file that is read whole: more than any plan has."""


def expect_files(session: Session, named: Mapping[str, str | None]) -> None:
    """Look whether what is named by options can be written at the end, before much is done for it. Writes nothing.

    Raises UsageError for a name that two of them have, Failed for a place where nothing can be written.
    """
    seen: dict[Path, str] = {}
    for option, name in named.items():
        if name is None:
            continue
        if name == "-":
            said = f"{option} takes the name of a file. For one that is called so: ./-"
            raise click.UsageError(said)
        path = session.path(name)
        try:
            is_file = path.is_file() or not path.exists()
            other = seen.setdefault(Path(os.path.realpath(path)), option) if is_file else option
            _expect_place(path)
        except (OSError, ValueError) as error:  # a name with a null character is a ValueError
            raise Failed([_unusable("usage/cannot-write", "File cannot be written", path, error)]) from None
        if other != option:
            raise click.UsageError(f"{other} and {option} name the same file, {name}.")


def _expect_place(path: Path) -> None:
    """Raises OSError, as the system would, where nothing could be written."""
    path.parent.stat()
    number = 0
    if path.is_dir():
        number = errno.EISDIR
    elif not path.parent.is_dir():
        number = errno.ENOTDIR
    elif not os.access(path.parent if path.is_file() or not path.exists() else path, os.W_OK):
        number = errno.EACCES
    if number:
        raise OSError(number, os.strerror(number))


def read_file(path: Path) -> bytes:
    """The content of a file that the user named. Raises Failed saying why it cannot be read."""
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
            if len(data) > MOST_BYTES:
                raise OSError(errno.EFBIG, f"It has more than {MOST_BYTES >> 20} MiB")
            return data
    except (OSError, ValueError) as error:  # a name with a null character is a ValueError
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


def _unusable(code: str, summary: str, path: Path, error: OSError | ValueError) -> Finding:
    return Finding(code, summary, f"{path}: {getattr(error, 'strerror', None) or error}.")
