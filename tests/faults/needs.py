"""What some bars need of a machine, and what it means where that is not there."""

from __future__ import annotations

import atexit
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

from tests.faults.disk import disk

REQUIRED = frozenset(re.split(r"[\s,]+", os.environ.get("REIGN_TEST_REQUIRE", "")))


@cache
def unless(name: str) -> str:
    """Why `name` cannot be used here; empty where it can. Where REIGN_TEST_REQUIRE names it, that is a failure."""
    return CHECKS[name]()


def strace() -> str:
    """It must be there, and allowed to trace."""
    found = shutil.which("strace")
    if not found:
        return "strace is not installed"
    tried = subprocess.run([found, "-qq", "-o", os.devnull, "true"], check=False, capture_output=True)
    return "" if tried.returncode == 0 else "strace may not trace here"


def disks() -> str:
    """Whether a disk in memory can be mounted."""
    with tempfile.TemporaryDirectory() as folder:
        tried = subprocess.run(["mount", "-t", "tmpfs", "none", folder], check=False, capture_output=True)
        if tried.returncode == 0:
            subprocess.run(["umount", folder], check=True)
    return "" if tried.returncode == 0 else "no disk may be mounted here"


def ext4() -> str:
    """Whether an ext4 on a file can be made, mounted, and lose its power."""
    lacking = [name for name in ("mkfs.ext4", "mount", "umount") if shutil.which(name) is None]
    if lacking or os.geteuid():
        return f"{', '.join(lacking)} not installed" if lacking else "only root may mount a disk"
    with tempfile.TemporaryDirectory() as folder:
        try:
            with disk(Path(folder)) as mounted:
                mounted.lose_power()
        except (OSError, subprocess.CalledProcessError) as error:
            return f"an ext4 on a file cannot be made to lose power here: {error}"
    return ""


def docker() -> str:
    """An engine of the tests' own, which is then there until this process ends."""
    from tests.services.lease import Lease
    from tests.services.machine import Unavailable

    try:
        atexit.register(Lease.taken().give_back)
    except Unavailable as reason:
        return str(reason)
    return ""


CHECKS: dict[str, Callable[[], str]] = {"strace": strace, "tmpfs": disks, "ext4": ext4, "docker": docker}
