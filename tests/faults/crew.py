"""Many trials at once, each in a process that has all that commands load, and an outside system of its own beside it."""

from __future__ import annotations

import atexit
import multiprocessing
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.faults.command import warm_up
from tests.faults.disk import unmount_below
from tests.faults.outside.room import System
from tests.faults.site import Site

MEMORY = Path("/dev/shm")


@dataclass(frozen=True)
class Trial:
    """How one trial ended. `of` is the row that it belongs to, `fired` how much went wrong in it; `broken` says what did
    not hold, empty where all did; `figures` are added up.
    """

    of: str
    fired: int = 1
    broken: str = ""
    figures: dict[str, int] = field(default_factory=dict)


@dataclass
class _Worker:
    """What a process of the crew has."""

    scratch: Path
    system: System


_worker: _Worker | None = None


def new_site(folder: Path | None = None) -> Site:
    """A project of its own. `folder` is where it shall stand, if not in memory."""
    if _worker is None:
        raise RuntimeError("only a crew has sites")
    top = Path(tempfile.mkdtemp(dir=_worker.scratch))
    site = Site(top, _worker.system.room(), folder or top / "project")
    site.folder.mkdir(exist_ok=True)
    return site


def scratch_folder() -> Path:
    """A new folder, in memory where there is enough: what is durable is not what most trials are about."""
    is_roomy = MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > 1 << 30
    return Path(tempfile.mkdtemp(prefix="reign-faults-", dir=MEMORY if is_roomy else None))


def _begin(scratch: Path) -> None:
    global _worker
    mine = Path(tempfile.mkdtemp(dir=scratch))
    _worker = _Worker(mine, System(mine / "outside.db"))


class Crew:
    """So many processes, for one run of the harness."""

    def __init__(self, jobs: int) -> None:
        self.scratch = scratch_folder()
        warm_up()
        self._pool = ProcessPoolExecutor(jobs, multiprocessing.get_context("fork"), _begin, (self.scratch,))
        atexit.register(self.close)

    def each(
        self, trial: Callable[..., Trial], cases: Sequence[Any], tell: Callable[[int, int], None]
    ) -> Iterator[Trial]:
        """`trial` of every case, as they end. An assertion that fails there is a trial that did not hold."""
        awaited = {self._pool.submit(_tried, trial, case): case for case in cases}
        for number, done in enumerate(as_completed(awaited), 1):
            tell(number, len(cases))
            yield done.result()

    def answers(self, function: Callable[..., Any], cases: Sequence[Any]) -> list[tuple[Any, Any]]:
        """Each case with what `function` answers to it, or how it failed."""
        asked = [(case, self._pool.submit(function, case)) for case in cases]
        return [(case, answer.exception() or answer.result()) for case, answer in asked]

    def close(self) -> None:
        """Let all of them go, and leave nothing behind."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        unmount_below(self.scratch)
        shutil.rmtree(self.scratch, ignore_errors=True)


def _tried(trial: Callable[..., Trial], case: Any) -> Trial:
    began = time.monotonic()
    try:
        return trial(case)
    except (AssertionError, OSError, LookupError, ValueError) as error:
        told = str(error) if isinstance(error, AssertionError) else f"{type(error).__name__}: {error}"
        of = getattr(case, "of", "")
        return Trial(of, broken=f"{case!r} ({time.monotonic() - began:.1f} s): {told}")
