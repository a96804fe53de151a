"""Reading the files of a block: inside the root, of a limited size, each once however often it is named."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from reign.model.errors import ErrorKind, Problem, ProviderError
from reign.model.finding import Place
from reign.model.values import Value
from reign.ports import Site
from reign.providers.docker.compose.dotenv import BadLine, parse
from reign.providers.docker.compose.problems import Problems
from reign.providers.docker.compose.tree import TAGS
from reign.providers.docker.compose.variables import Lookup
from reign.providers.sources import located
from reign.yaml.compose import Aliases, Unreadable, compose
from reign.yaml.nodes import Mapping, Node, Source
from reign.yaml.report import Report

MOST_BYTES = 1 << 20
"""What one file may hold."""
MOST_FILES = 500
"""As many are read for one block."""
MOST_ALIASES = 5_000
"""Compose files repeat by aliases what others repeat by includes; the nodes that they add are limited all the same."""

STANDARD = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
"""What a compose file is called where nobody says it, the first one that is there."""


@dataclass
class Files:
    """What may be read for one block. Names are relative to the project folder."""

    site: Site
    problems: Problems
    _documents: dict[str, Mapping | None] = field(default_factory=dict)
    _aliases: Aliases = field(default_factory=lambda: Aliases(most=MOST_ALIASES))
    _read: int = 0

    def is_file(self, name: str) -> bool:
        """Whether a file stands there that may be read."""
        try:
            return located(name, self.site).is_file()
        except ProviderError:
            return False

    def standard(self, folder: str = "") -> list[str]:
        """The compose file of a folder, and what is laid over it, as they are called by custom."""
        for name in STANDARD:
            if self.is_file(joined(folder, name)):
                stem = name.partition(".")[0]
                over = [joined(folder, f"{stem}.override.{end}") for end in ("yml", "yaml")]
                return [joined(folder, name), *[each for each in over if self.is_file(each)][:1]]
        return []

    def text(self, name: str, named_by: Node | None) -> str | None:
        """The text of a file; None where it cannot be read, which is told at `named_by`, else of the block."""
        try:
            return self._text(name)
        except ProviderError as error:
            code = "spec/no-source" if error.kind is ErrorKind.MISSING else "spec/outside-root"
            if named_by is None:
                self.problems.add(Problem(("files",), code, error.summary, error.detail, fix=error.fix))
            else:
                self.problems.at(named_by, code, error.summary, error.detail, error.fix)
            return None

    def document(self, name: str, named_by: Node | None) -> Mapping | None:
        """The map that a compose file is; None where it is none, or cannot be read."""
        if name not in self._documents:
            text = self.text(name, named_by)
            self._documents[name] = None if text is None else self._composed(Source(name, text))
        return self._documents[name]

    def variables(self, name: str, named_by: Node | None, lookup: Lookup, raw: bool = False) -> dict[str, Value]:
        """What a file of variables says."""
        text = self.text(name, named_by)
        if text is None:
            return {}
        try:
            return parse(text, lookup, raw)
        except BadLine as bad:
            self.problems.add(_in_line(name, text, bad))
            return {}

    def _text(self, name: str) -> str:
        path = located(name, self.site)
        self._read += 1
        if not path.is_file() or self._read > MOST_FILES:
            raise _unread(name, "is no file" if self._read <= MOST_FILES else f"is more than file {MOST_FILES}")
        return decoded(name, path)

    def _composed(self, source: Source) -> Mapping | None:
        report = Report()
        try:
            document = compose(source, report, self._aliases, TAGS)
        except Unreadable as refused:
            report.add(refused.finding)
            document = None
        for finding in report.sorted():
            self.problems.told(finding)
        if document is None or isinstance(document, Mapping):
            return document
        self.problems.at(document, "spec/wrong-type", "Wrong type", "A compose file is a map, with `services` in it.")
        return None


def decoded(name: str, path: Path) -> str:
    """The text of a file. Raises ProviderError where it is too large, no text, or cannot be opened."""
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise _unread(name, f"cannot be opened: {(error.strerror or str(error)).lower()}") from None
    if len(data) > MOST_BYTES:
        raise _unread(name, "is larger than 1 MiB")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _unread(name, "is not UTF-8") from None


def _unread(name: str, why: str) -> ProviderError:
    return ProviderError(ErrorKind.MISSING, "File that cannot be read", f"{name} {why}.", "Name another file.")


def _in_line(name: str, text: str, bad: BadLine) -> Problem:
    line = text.count("\n", 0, bad.offset) + 1
    mistake = bad.mistake
    place = Place(name, line, bad.offset - (text.rfind("\n", 0, bad.offset) + 1) + 1)
    return Problem(("env_file",), mistake.code, mistake.summary, mistake.detail, fix=mistake.fix, place=place)


def joined(folder: str, name: str) -> str:
    """`name`, as it is meant in `folder`, relative to the project folder; `//` is the root."""
    return name if name.startswith("/") or not folder else os.path.normpath(f"{folder}/{name}")


def folder_of(name: str) -> str:
    """The folder of a file; empty for the project's own."""
    return name.rpartition("/")[0]
