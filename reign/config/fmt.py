"""`fmt`: a YAML file of a project in the one way that it is written, saying what it said before."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

from reign.config import cut
from reign.config.environments import overlays_beside
from reign.config.files import FILE, Files, Unreachable, decode, find_root
from reign.config.include import included
from reign.config.layout import lay_out
from reign.config.lines import whole
from reign.config.reading import Reading
from reign.model.errors import Failed
from reign.model.finding import Finding
from reign.yaml.compose import Unreadable, compose
from reign.yaml.nodes import BREAK, Mapping, Source
from reign.yaml.report import Report


@dataclass(frozen=True, slots=True)
class Formatted:
    """A file before and after, as lines with their ends; `text` is all of it after.

    `origins` has for each line of `after` the line of `before` that it begins on, from 0.
    """

    before: tuple[str, ...]
    after: tuple[str, ...]
    origins: tuple[int, ...]
    text: str
    changed: bool


def formatted(data: bytes, name: str) -> Formatted:
    """What `fmt` makes of the bytes of one file: UTF-8 without a byte order mark, and a line feed at the end of every line.

    A text that would say something else then, such as one key `--- a`, stays as it is. Raises Failed with findings at their
    places where it is not what Reign reads as YAML, or no map: plain text reads as YAML too, and is nobody's to lay out.
    Keys that stand twice and types that do not fit are not looked for.
    """
    try:
        source = Source(name, decode(data, name))
    except Unreachable as error:
        raise Failed([Finding(f"config/{error.code}", error.summary, error.detail, fix=error.fix)]) from None
    try:
        document = compose(source, Report())
    except Unreadable as refused:
        raise Failed(_findings(source, refused)) from None
    if document is not None and not isinstance(document, Mapping):
        raise Failed([_no_map(name)])
    lines = lay_out(source.text)
    after = tuple(f"{shown}{line.end}" for shown, line in zip(whole(lines), lines, strict=True))
    text = "".join(after)
    if not _says(text, source.text):
        return _as_it_is(data)
    before = tuple(_with_ends(data.decode()))
    return Formatted(before, after, tuple(line.source for line in lines), text, text.encode() != data)


def project_files(folder: Path) -> tuple[dict[Path, str], tuple[Finding, ...]]:
    """The YAML files of the project in `folder`, links resolved, by what they are called seen from there: `reign.yaml`, what
    it includes, every overlay. And what is wrong with how they are named; what stands in them is not looked at."""
    report = Report()
    reading = Reading(Files(folder.resolve(), find_root(folder.resolve())), report)
    found: dict[Path, str] = {}
    if not os.path.lexists(folder / FILE):
        detail = f"There is no {FILE} in {folder}, and that is where a project begins."
        return {}, (Finding("config/no-file", "No such file", detail, fix="Name the files: reign fmt FILE..."),)
    for name in (FILE, *overlays_beside(reading.files.folder).values()):
        try:
            found[reading.files.locate(name)] = name
        except Unreachable as error:
            reading.refuse(error, None)
    source = reading.text(FILE) if FILE in found.values() else None
    for node, real in included(_document(source), reading) if source else ():
        found.setdefault(Path(real), Path(reading.files.relative(node.text)).as_posix())
    return found, report.sorted()


def _document(source: Source) -> Mapping:
    """What stands in reign.yaml, as far as it can be read; why it cannot is told where it is formatted."""
    try:
        document = compose(source, Report())
    except Unreadable:
        document = None
    return document if isinstance(document, Mapping) else Mapping(source, 0, 0, 0, 0)


def _with_ends(text: str) -> Iterator[str]:
    """The lines of a text as the parser counts them."""
    start = 0
    for end in BREAK.finditer(text):
        yield text[start : end.end()]
        start = end.end()
    if start < len(text):
        yield text[start:]


def _findings(source: Source, refused: Unreadable) -> tuple[Finding, ...]:
    """Everything that keeps a text from being read, with the way out where an expression is to blame."""
    report = Report()
    cut.read(source, report)
    found = tuple(finding for finding in report.sorted() if finding.code != "config/duplicate-key")
    return found or (refused.finding,)


def _no_map(name: str) -> Finding:
    """Without an excerpt: the file may be a key, or anything else that was named by mistake."""
    detail = f"What Reign reads is a map of keys and values. {name} is something else, and stays as it is."
    return Finding(
        "config/wrong-type", "Wrong type", detail, fix="Name the files of a project, or none for all of them."
    )


def _as_it_is(data: bytes) -> Formatted:
    lines = tuple(_with_ends(data.decode()))
    return Formatted(lines, lines, tuple(range(len(lines))), data.decode(), False)


def _says(text: str, other: str) -> bool:
    """Whether two texts read as the same."""
    from ruamel.yaml.error import YAMLError

    try:
        return all(one == two for one, two in zip_longest(_said(text), _said(other)))
    except YAMLError:
        return False


def _said(text: str) -> Iterator[tuple[Any, ...]]:
    """What the parser makes of a text, but for places and quotes."""
    from ruamel.yaml.cyaml import CParser  # type: ignore[attr-defined]

    parser = CParser(text)
    while (event := parser.get_event()) is not None:
        told = (getattr(event, name, None) for name in ("anchor", "tag", "value", "implicit", "explicit"))
        yield (type(event), *told)
