"""`local.tree`: what it stands for, one `local.file` for each file below its source."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic_core import PydanticCustomError

from reign.model.address import Address
from reign.model.errors import ErrorKind, InvalidSpec, Problem, ProviderError
from reign.model.finding import Place
from reign.model.resource import Block, Resource
from reign.model.values import Deferred, Spec, Value, reveal
from reign.ports import Call, Site
from reign.providers.local.paths import checked_file
from reign.providers.local.patterns import patterns_of
from reign.providers.local.place import mapped
from reign.providers.sources import CHUNK_BYTES, STATE, located
from reign.providers.spec import OPAQUE

CHILD = "local.file"
MOST_FILES = 100_000
"""As many as a project may have resources."""
MOST_FOLDERS_DEEP = 200
_SKIPPED = frozenset((STATE, ".git"))
"""Of the state and of git's own files nothing is copied."""
_MOST_TOLD = 20


@dataclass(frozen=True, slots=True)
class Entry:
    """A file below the source: its name from there, where it is read, how the project names that, its permissions."""

    name: str
    file: str
    written: str
    mode: str


def expand_tree(block: Block, call: Call) -> Sequence[Resource]:
    """The files of a normalised block, sorted by name. Raises InvalidSpec with everything in it that cannot be copied."""
    clear = reveal(block.spec)  # what is sensitive in it is marked again in every file's path
    spec = clear if isinstance(clear, dict) else {}
    block = replace(block, spec=spec)
    _refuse_unknown(spec)
    source = str(spec["source"])
    problems: list[Problem] = []
    with mapped(f"reading {source}"):
        top = _folder(source, call.site)
        if _copies_itself(spec, top, call):
            raise InvalidSpec([_problem("path", "spec/path", "Path not allowed", *_INSIDE)])
        entries = _Walk(call.site, top, spec, problems).entries()
        on_destroy = block.lifecycle.on_destroy if spec.get("prune", True) else "retain"
        block = replace(block, lifecycle=replace(block.lifecycle, on_destroy=on_destroy))
        children = [_child(block, entry, problems) for entry in entries]
    if problems:
        raise InvalidSpec(problems[:_MOST_TOLD])
    return children


_INSIDE = (
    "`path` lies inside of `source`, so that the files that are made would be copied themselves the next time.",
    "Choose another folder for one of them, or name it under `exclude`.",
)


def _refuse_unknown(spec: Spec) -> None:
    late = [name for name in ("source", "include", "exclude", "prune") if _is_late(spec.get(name))]
    if late:
        raise InvalidSpec([_late(name) for name in late])


def _is_late(value: Value) -> bool:
    return isinstance(value, OPAQUE) or (isinstance(value, list) and any(isinstance(item, OPAQUE) for item in value))


def _late(name: str) -> Problem:
    return _problem(
        name,
        "spec/not-pinned",
        "Source not known at plan",
        f"Which files there are has to be known when the plan is made, and `{name}` comes from something later.",
        "Write it down, or make it from variables and locals only.",
    )


def _problem(name: str, code: str, summary: str, detail: str, fix: str) -> Problem:
    return Problem((name,), code, summary, detail, fix=fix)


def _folder(source: str, site: Site) -> Path:
    try:
        found = located(source, site)
    except ProviderError as error:
        code = "spec/no-source" if error.kind is ErrorKind.MISSING else "spec/outside-root"
        raise InvalidSpec([_problem("source", code, error.summary, error.detail, error.fix)]) from None
    if not found.is_dir():
        detail = f"{source} is no folder, and a tree is the files of one."
        raise InvalidSpec(
            [_problem("source", "spec/no-source", "Not a folder", detail, "Use local.file for one file.")]
        )
    return found


def _copies_itself(spec: Spec, top: Path, call: Call) -> bool:
    """Whether the files would be made below the folder that they are copied from, in a part that is not excluded."""
    path, folder = spec["path"], call.connection.settings.get("folder", "")
    if not isinstance(path, str) or not isinstance(folder, str):
        return False
    target = Path(os.path.realpath(Path(call.site.folder, folder, path)))
    if not target.is_relative_to(top):
        return False
    excluded = patterns_of(spec.get("exclude"))
    return target == top or excluded is None or not excluded.match(target.relative_to(top).as_posix())


class _Walk:
    """Goes through the folder, names in order; what cannot be copied is told in `problems`."""

    def __init__(self, site: Site, top: Path, spec: Spec, problems: list[Problem]) -> None:
        self._root, self._top, self._problems = Path(site.root).resolve(), top, problems
        self._folder, self._front = site.folder, os.path.relpath(top, site.folder)
        self._include, self._exclude = patterns_of(spec.get("include")), patterns_of(spec.get("exclude"))

    def entries(self) -> Iterator[Entry]:
        """Every file that counts."""
        for number, (name, entry) in enumerate(sorted(self._below(str(self._top), "", 0), key=lambda pair: pair[0])):
            if number >= MOST_FILES:
                detail = f"There are more than {MOST_FILES:,} files, which is all that a project may have."
                raise InvalidSpec(
                    [_problem("source", "spec/too-many-files", "Too many files", detail, "Exclude some.")]
                )
            if (found := self._file(name, entry)) is not None:
                yield found

    def _below(self, folder: str, front: str, depth: int) -> Iterator[tuple[str, os.DirEntry[str]]]:
        if depth > MOST_FOLDERS_DEEP:
            detail = f"{front[:80]}... lies more than {MOST_FOLDERS_DEEP} folders deep."
            raise InvalidSpec(
                [_problem("source", "spec/not-copied", "File that cannot be copied", detail, "Exclude it.")]
            )
        with os.scandir(folder) as found:
            entries = list(found)
        for entry in entries:
            name = front + entry.name
            if entry.name.casefold() in _SKIPPED or (self._exclude and self._exclude.match(name)):
                continue
            if entry.is_dir(follow_symlinks=False):
                yield from self._below(entry.path, f"{name}/", depth + 1)
            elif self._include is None or self._include.match(name):
                yield name, entry

    def _file(self, name: str, entry: os.DirEntry[str]) -> Entry | None:
        if entry.is_symlink():
            return self._linked(name, Path(os.path.realpath(entry.path)))
        found = entry.stat(follow_symlinks=False)
        if not stat.S_ISREG(found.st_mode):
            self._refuse(name, "is a pipe, a socket or a device", "Exclude it.")
            return None
        written = name if self._front == "." else f"{self._front}/{name}"
        return Entry(name, entry.path, written, _mode(found))

    def _linked(self, name: str, file: Path) -> Entry | None:
        """What a link in the tree names: a file inside the root, or nothing that is copied."""
        inside = file.is_relative_to(self._root)
        inside = inside and _SKIPPED.isdisjoint(part.casefold() for part in file.relative_to(self._root).parts)
        if not inside or not file.is_file():
            why = "leads to no file" if inside else "leads out of the root, or into .reign or .git"
            self._refuse(name, f"is a link that {why}", "Copy what it names into the tree, or exclude it.")
            return None
        return Entry(name, str(file), os.path.relpath(file, self._folder), _mode(file.stat()))

    def _refuse(self, name: str, why: str, fix: str) -> None:
        self._problems.append(
            _problem("source", "spec/not-copied", "File that cannot be copied", f"{name} in the tree {why}.", fix)
        )


def _mode(found: os.stat_result) -> str:
    return f"{stat.S_IMODE(found.st_mode) & 0o777:04o}"


def _child(block: Block, entry: Entry, problems: list[Problem]) -> Resource:
    """The file as a resource, named by its path in the tree; of one instance of several, with that one's key in front."""
    where, spec = block.address, block.spec
    name = entry.name if where.key is None else f"{where.key}/{entry.name}"
    child: Spec = {
        "path": _below(spec["path"], entry.name, problems),
        "source": {"path": entry.written, "sha256": _sha256(entry.file)},
        "mode": spec.get("mode", entry.mode),
    }
    address = Address(CHILD, where.name, name, module=where.module)
    return replace(block, address=address, spec=child, place=Place(entry.written, 1, 1))


def _below(path: Value, name: str, problems: list[Problem]) -> Value:
    if isinstance(path, Deferred):
        return Deferred(f"{path.text}/{name.replace('${', '$${')}", "string")
    try:
        return checked_file(f"{path}/{name}") if isinstance(path, str) else path
    except PydanticCustomError as error:
        said = error.context or {}
        problems.append(_problem("source", said["code"], said["summary"], said["detail"], "Rename it, or exclude it."))
        return f"{path}/{name}"


def _sha256(file: str) -> str:
    digest = hashlib.sha256()
    descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        while chunk := os.read(descriptor, CHUNK_BYTES):
            digest.update(chunk)
    finally:
        os.close(descriptor)
    return digest.hexdigest()
