"""`fmt`: the files of a project, or those that are named, in the one way that they are written."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from reign.config import Formatted, formatted, project_files
from reign.config.files import FILE, Files, Unreachable, find_root, open_regular, read_limited
from reign.model.errors import Failed
from reign.model.finding import Finding

_STATE = ".reign"
"""A folder that nothing is written in here, whoever names what is in it."""


@dataclass(frozen=True, slots=True)
class FormattedFile:
    """A file by its name as the user would write it, and what became of it; nothing where `findings` say why not."""

    name: str
    result: Formatted | None = None
    findings: tuple[Finding, ...] = ()


def fmt(folder: Path, paths: Sequence[str], write: bool) -> Iterator[FormattedFile]:
    """Format files, and write those that change. `paths` start at `folder`; without any, its project is meant.

    A folder among the paths stands for the projects in it and below it. One file that cannot be read or written keeps no
    other from being formatted.
    """
    done: set[Path] = set()
    for name, real, findings in _files(folder, paths):
        if findings:
            yield FormattedFile(name, findings=findings)
        elif real not in done:
            done.add(real)
            yield _one(name, real, write)


def fmt_stream(stream: BinaryIO, name: str) -> Formatted:
    """The same for what a stream says. Raises Failed with findings."""
    try:
        return formatted(read_limited(stream, name), name)
    except Unreachable as error:
        raise Failed([_told(error)]) from None


Named = tuple[str, Path, tuple[Finding, ...]]
"""A file by its name, where it is, and why it cannot be one."""


def _files(folder: Path, paths: Sequence[str]) -> Iterator[Named]:
    if not paths:
        yield from _of_project(folder, "")
    for path in paths:
        wanted = folder / path
        if not wanted.is_dir():
            yield _named(wanted, path)
            continue
        projects = list(_projects(wanted))
        for below in projects:
            yield from _of_project(wanted / below, Path(path, below).as_posix())
        if not projects:
            yield path, wanted, (_no_project(path),)


def _of_project(folder: Path, shown: str) -> Iterator[Named]:
    found, findings = project_files(folder)
    if findings:
        yield shown, folder, findings
    for real, name in found.items():
        yield os.path.normpath(Path(shown, name)), real, ()


def _projects(folder: Path) -> Iterator[Path]:
    """The folders of projects in a folder, by name; hidden ones are left out, and links are not followed."""
    for here, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        if FILE in files:
            yield Path(here).relative_to(folder)


def _named(path: Path, shown: str) -> Named:
    """A file that the user named, wherever it is; a link may lead on inside the root of where it stands."""
    if path.suffix not in (".yaml", ".yml"):
        return shown, path, (_not_yaml(shown),)
    above = path.parent.resolve()
    states = [folder.parent for folder in (above, *above.parents) if folder.name == _STATE]
    try:
        return shown, Files(above, states[-1] if states else find_root(above)).locate(path.name), ()
    except Unreachable as error:
        return shown, path, (_told(error),)


def _one(name: str, real: Path, write: bool) -> FormattedFile:
    try:
        with open_regular(name, str(real)) as file:
            data = read_limited(file, name)
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
        result = formatted(data, name)
        if write and result.changed:
            _replace(name, real, result.text.encode(), mode)
    except Unreachable as error:
        return FormattedFile(name, findings=(_told(error),))
    except Failed as failed:
        return FormattedFile(name, findings=tuple(failed.findings))
    return FormattedFile(name, result)


def _replace(name: str, path: Path, data: bytes, mode: int) -> None:
    """Put `data` in the place of a file, never half of it, under the mode that it had. Raises Failed where that is refused."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        if not mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH) or not os.access(path, os.W_OK):
            raise PermissionError(0, "It is read-only")
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fchmod(file.fileno(), mode)
                os.fsync(file.fileno())
            beside.replace(path)
        except OSError:
            with suppress(OSError):
                beside.unlink()
            raise
    except OSError as error:
        raise Failed([_cannot_write(name, error)]) from None


def _not_yaml(name: str) -> Finding:
    """Nearly any text reads as YAML; written anew, it would be broken."""
    return Finding("fmt/not-yaml", "Not a YAML file", f"{name} ends neither in .yaml nor in .yml, so it is left alone.")


def _cannot_write(name: str, error: OSError) -> Finding:
    return Finding("usage/cannot-write", "File cannot be written", f"{name}: {error.strerror}.")


def _no_project(path: str) -> Finding:
    detail = f"There is no {FILE} in {path}, nor in a folder below it."
    return Finding("config/no-file", "No such file", detail, fix="Name the files themselves: reign fmt FILE...")


def _told(error: Unreachable) -> Finding:
    return Finding(f"config/{error.code}", error.summary, error.detail, fix=error.fix)
