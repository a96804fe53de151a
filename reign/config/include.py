"""`include`: files of the same grammar, anywhere inside the root, whose sections join those of reign.yaml."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from itertools import islice

from reign.config.environments import overlay_name
from reign.config.files import FILE, MOST_FILES, Unreachable
from reign.config.reading import Reading, is_nothing
from reign.yaml.limits import MOST_DUPLICATES
from reign.yaml.nodes import Mapping, Node, Scalar, Sequence
from reign.yaml.report import Report

ONLY_IN_FILE = ("version", "project", "requires", "include", "settings", "environments")
"""What an included file may not hold."""

MOST_REFUSED = 100
"""Entries that cannot be included, after which the list is not read on: nobody wrote it by hand."""


def read_included(document: Mapping, reading: Reading) -> Mapping:
    """`document` with what it includes. Every text is read before the first of them is composed."""
    named = included(document, reading)
    texts = [(real, reading.text(node.text, node)) for node, real in named if not reading.full]
    parts = []
    for real, source in texts:
        part = reading.mapping(source) if source else None
        if part is not None:
            parts.append(_without_head(part, real, reading))
    return unite(document, parts, reading.report)


def unite(document: Mapping, parts: Iterable[Mapping], report: Report) -> Mapping:
    """One document of several: maps unite, lists are appended in order, and a key twice is told with both places."""
    made = replace(document, pairs=dict(document.pairs))
    copied: set[str] = set()
    for part in parts:
        for name, (key, node) in part.pairs.items():
            have = made.get(name)
            if is_nothing(node):
                continue
            if have is None or is_nothing(have):
                made.pairs[name] = (key, node)
                continue
            if name not in copied:
                have = _copied(have)
                made.pairs[name] = (made.pairs[name][0], have)
                copied.add(name)
            _join(name, have, node, report)
    return made


def _copied(node: Node) -> Node:
    if isinstance(node, Mapping):
        return replace(node, pairs=dict(node.pairs))
    return replace(node, items=list(node.items)) if isinstance(node, Sequence) else node


def _join(name: str, have: Node, more: Node, report: Report) -> None:
    """Add `more` of a section to what was copied for it."""
    if isinstance(have, Mapping) and isinstance(more, Mapping):
        twice = (each for each in more.pairs if each in have.pairs)
        for each in islice(twice, MOST_DUPLICATES):
            _report_twice(more.pairs[each][0], have.pairs[each][0], report)
        for each, pair in more.pairs.items():
            have.pairs.setdefault(each, pair)
    elif isinstance(have, Sequence) and isinstance(more, Sequence):
        have.items.extend(more.items)
    else:
        report.at(
            more,
            "wrong-type",
            "Wrong type",
            f"`{name[:80]}` of several files goes together where all of them hold a map there, or all of them a list.",
            related=(have.place(),),
        )


def _report_twice(key: Scalar, first: Scalar, report: Report) -> None:
    report.at(
        key,
        "duplicate-key",
        "Duplicate key",
        f'The key "{key.text[:80]}" stands in {first.source.name} already, on line {first.line + 1}; '
        "one of the two would silently be lost.",
        fix="Remove one of them, or rename it.",
        related=(first.place(),),
    )


def _report_cycle(node: Node, circle: tuple[str, ...], report: Report) -> None:
    report.at(
        node,
        "include-cycle",
        "Files that include each other",
        f"The way of these includes comes back to where it began: {' -> '.join(circle)}.",
        fix="Remove it; one reign.yaml includes all files of a project.",
    )


def included(document: Mapping, reading: Reading) -> list[tuple[Scalar, str]]:
    """What a document includes: the nodes that name the files, and the files; each once."""
    section = document.get("include")
    if is_nothing(section) or section is None:
        return []
    items = section.items if isinstance(section, Sequence) else [section]
    main = os.path.realpath(reading.files.folder / FILE)
    found: dict[str, Scalar] = {}
    for count, node in enumerate(items):
        if count - len(found) >= MOST_REFUSED:
            break
        if len(found) >= MOST_FILES:
            detail = f"More than {MOST_FILES:,} files are included, which is the most that is read."
            reading.report.at(node, "too-large", "Too many files", detail)
            break
        real = _located(node, reading)
        if not real or not isinstance(node, Scalar):
            continue
        if real == main:
            _report_cycle(node, (FILE, FILE), reading.report)
        elif real in found:
            detail = f'"{node.text[:120]}" is included already, on line {found[real].line + 1}.'
            related = (found[real].place(),)
            reading.report.at(
                node, "included-twice", "A file included twice", detail, fix="Remove one of them.", related=related
            )
        else:
            found[real] = node
    return [(node, real) for real, node in found.items()]


def _located(node: Node, reading: Reading) -> str:
    """The file that an entry names, links followed; empty after reporting why it names none."""
    if not isinstance(node, Scalar) or is_nothing(node):
        reading.report.at(node, "wrong-type", "Wrong type", "`include` is a list of the paths of files.")
        return ""
    if "${" in node.text:
        detail = "Files are included before anything that an expression could refer to is known."
        reading.report.at(node, "unknown-name", "Unknown name", detail, fix="Write the path as it is.")
        return ""
    try:
        real = reading.files.locate(node.text)
    except Unreachable as error:
        if error.code == "no-file" and any(sign in node.text for sign in "*?["):
            detail = f"{error.detail} An entry of `include` names one file; patterns are not expanded."
            error = Unreachable(error.code, error.summary, detail, "List the files one by one.")
        reading.refuse(error, node, _like(node.text, reading) if error.code == "no-file" else "")
        return ""
    overlay = overlay_name(real.name) if real.parent == reading.files.folder else ""
    if overlay:
        reading.report.at(
            node,
            "included-overlay",
            "An overlay that is included",
            f"{real.name} is laid over the other files as the overlay {overlay}, so it cannot be one of them as well.",
            fix=f"Rename it, for example to {overlay}.yaml.",
        )
        return ""
    return str(real)


def _like(written: str, reading: Reading) -> str:
    """The path of a YAML file that is there, in the folder that `written` names and most like it."""
    folder, _, name = written.rpartition("/")
    try:
        above = reading.files.locate(folder or ".")
        names = [path.name for path in above.iterdir() if path.suffix == ".yaml" and not overlay_name(path.name)]
    except (Unreachable, OSError):
        return ""
    near = reading.report.nearest(name, sorted({*names} - {FILE}))
    return f"{folder}/{near}" if near and folder else near


def _without_head(part: Mapping, real: str, reading: Reading) -> Mapping:
    """An included document without the keys that only reign.yaml may hold, each of which is reported."""
    kept = dict(part.pairs)
    for name in ONLY_IN_FILE:
        if name not in kept:
            continue
        key, node = kept.pop(name)
        circle = _circle(node, real, reading) if name == "include" else ()
        if circle:
            _report_cycle(key, circle, reading.report)
            continue
        reading.report.at(
            key,
            "not-in-include",
            "A key of reign.yaml alone",
            f"`{name}` is said once for the whole project, in reign.yaml; an included file does not hold it.",
            fix=f"Move it to {FILE}.",
            path=name,
        )
    return replace(part, pairs=kept)


def _circle(node: Node, real: str, reading: Reading) -> tuple[str, ...]:
    """The way back to a file that is being read, where an included file includes on."""
    folder = reading.files.folder
    main = os.path.realpath(folder / FILE)
    for entry in node.items if isinstance(node, Sequence) else [node]:
        text = entry.text if isinstance(entry, Scalar) else ""
        try:
            back = str(reading.files.locate(text))
        except Unreachable:
            continue
        if back in (main, real):
            name = os.path.relpath(real, folder)
            return (FILE, name, FILE if back == main else name)
    return ()
