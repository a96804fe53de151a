"""The folder that a context is put into for one build. Of one that a kill left behind, the next build takes the rest away."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path

_FRONT = "reign-build-"
_NEW_S = 60.0
"""For so long one may stand that is not locked yet."""


@contextmanager
def folder_on_the_way() -> Iterator[str]:
    """One for this process alone, locked for as long as it is needed. Raises OSError."""
    for each in Path(tempfile.gettempdir()).glob(f"{_FRONT}*"):
        with suppress(OSError):
            _remove_abandoned(each)
    with tempfile.TemporaryDirectory(prefix=_FRONT) as folder:
        held = _opened(folder)
        try:
            flock(held, LOCK_EX)
            yield folder
        finally:
            os.close(held)


def _remove_abandoned(folder: Path) -> None:
    """Raises OSError where somebody uses it."""
    there = folder.lstat()
    if there.st_uid != os.geteuid() or time.time() - there.st_mtime < _NEW_S:
        return
    held = _opened(folder)
    try:
        flock(held, LOCK_EX | LOCK_NB)
        shutil.rmtree(folder)
    finally:
        os.close(held)


def _opened(folder: str | Path) -> int:
    return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
