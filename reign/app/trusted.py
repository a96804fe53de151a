"""Which folders the user trusts: kept in the user's own state folder, one file for each, never in the project."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from reign.model.errors import Failed
from reign.model.finding import Finding
from reign.state.files import make_folder, write_file

_ENTRY_BYTES = 1 << 16


def is_trusted(folder: Path, root: Path, environ: Mapping[str, str]) -> bool:
    """Whether commands of the project in `folder` may run, and what it names may be reached."""
    if environ.get("REIGN_TRUST") == "1":
        return True
    path = _entry(folder, environ)
    told = _read(path) if path else None
    if path is None or told is None or told.get("folder") != str(folder):
        return False
    # An entry inside the project may have come with it. What it cannot bring along is the number of its own folder.
    inside = Path(os.path.realpath(path)).is_relative_to(root)
    return not inside or told.get("inode") == folder.stat().st_ino


def give(folder: Path, environ: Mapping[str, str]) -> None:
    """Trust a folder from now on. Raises Failed where that cannot be kept."""
    path = _entry(folder, environ)
    if path is None:
        raise Failed([_nowhere()])
    told = {"folder": str(folder), "inode": folder.stat().st_ino}
    try:
        make_folder(path.parent)
        write_file(path, json.dumps(told).encode() + b"\n")
    except OSError as error:
        raise Failed([_not_kept(path, error)]) from error


def take_back(folder: Path, environ: Mapping[str, str]) -> bool:
    """Trust it no more. False where it was not trusted."""
    path = _entry(folder, environ)
    if path is None:
        return False
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise Failed([_not_kept(path, error)]) from error
    return True


def folders(environ: Mapping[str, str]) -> list[str]:
    """Every folder that is trusted, sorted."""
    states = _states(environ)
    if states is None:
        return []
    told = (_read(path) for path in (states / "reign" / "trusted").glob("*"))
    return sorted(str(each["folder"]) for each in told if each is not None and "folder" in each)


def _entry(folder: Path, environ: Mapping[str, str]) -> Path | None:
    states = _states(environ)
    name = hashlib.sha256(os.fsencode(folder)).hexdigest()
    return states / "reign" / "trusted" / name if states else None


def _states(environ: Mapping[str, str]) -> Path | None:
    """The user's folder for states of programs (XDG Base Directory); None where the environment names none."""
    named = environ.get("XDG_STATE_HOME", "")
    if Path(named).is_absolute():
        return Path(named)
    home = environ.get("HOME", "")
    return Path(home) / ".local" / "state" if Path(home).is_absolute() else None


def _read(path: Path) -> dict[str, object] | None:
    """What an entry says; None where there is none, or it is not one that only the user could write."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        about = os.fstat(fd)
        if not stat.S_ISREG(about.st_mode) or about.st_uid != os.geteuid() or about.st_mode & 0o077:
            return None
        with suppress(OSError, ValueError):
            told = json.loads(os.read(fd, _ENTRY_BYTES))
            return told if isinstance(told, dict) else None
        return None
    finally:
        os.close(fd)


def _nowhere() -> Finding:
    return Finding(
        "trust/no-folder",
        "Nowhere to keep trust",
        "Trust is kept in the user's own state folder, and neither XDG_STATE_HOME nor HOME names one.",
        fix="Set HOME, or trust for one command alone: REIGN_TRUST=1",
    )


def _not_kept(path: Path, error: OSError) -> Finding:
    return Finding(
        "trust/not-kept",
        "Trust cannot be kept",
        f"{error.filename or path}: {error.strerror or error}.",
        fix="Check the permissions of that folder, or trust for one command alone: REIGN_TRUST=1",
    )
