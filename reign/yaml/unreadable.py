"""What is not read on: what is over a limit, and what is no YAML, each told at its place."""

from __future__ import annotations

from typing import Any

from reign.model.finding import Finding, Place
from reign.yaml.limits import DEEPEST, MOST_ALIASED_NODES
from reign.yaml.nodes import Source
from reign.yaml.report import located


class Unreadable(Exception):
    """The text is not composed further; `finding` says why. `at` is (line, column) from 0 for a syntax error."""

    def __init__(self, finding: Finding, at: tuple[int, int] | None = None) -> None:
        self.finding = finding
        self.at = at
        super().__init__(finding.summary)


def refused(
    source: Source, event: Any, code: str, summary: str, detail: str, fix: str = "", nearest: str = ""
) -> Unreadable:
    """A file that is not read on, at an event of the parser."""
    source.guard()
    place = Place(source.name, event.start_mark.line + 1, event.start_mark.column + 1)
    return Unreadable(located(source, place, code, summary, detail, fix, nearest))


def too_deep(source: Source, event: Any) -> Unreadable:
    """One level more than there may be."""
    return refused(
        source,
        event,
        "too-deep",
        "Too many levels",
        f"Lists and maps may stand inside each other {DEEPEST} levels deep; here begins one more.",
    )


def too_many_aliases(source: Source, event: Any, most: int) -> Unreadable:
    """One alias more than there may be, or one that adds too much."""
    return refused(
        source,
        event,
        "too-many-aliases",
        "Too many aliases",
        f"A project may hold {most} aliases that add at most {MOST_ALIASED_NODES:,} values; "
        "more is how a small file fills the memory.",
        "Use locals for what is repeated.",
    )


def more_than_one(source: Source, event: Any) -> Unreadable:
    """A second document."""
    return refused(
        source,
        event,
        "yaml-syntax",
        "More than one document",
        "A file of Reign is one YAML document; a second one begins here with `---`.",
        "Move it to a file of its own.",
    )


def not_text(source: Source, event: Any) -> Unreadable:
    """What cannot be a key."""
    return refused(
        source,
        event,
        "key-not-text",
        "A key that is no text",
        "The key of a map is one line of text; here stands a list, a map or an alias.",
    )


def own_tag(source: Source, event: Any, shown: str) -> Unreadable:
    """A tag that means something to somebody else."""
    return refused(
        source,
        event,
        "custom-tag",
        "A tag of its own",
        f'The tag "{shown}" is none of YAML\'s own; Reign reads no others, since a tag can mean anything.',
        "Leave the tag out; a value is read as the type of the field that receives it.",
    )


def wrong_syntax(source: Source, error: Any) -> Unreadable:
    """libyaml's own words, at the place of the problem."""
    mark = error.problem_mark or error.context_mark
    line = min(mark.line, len(source.lines) - 1)
    place = Place(source.name, line + 1, mark.column + 1)
    problem = str(error.problem or error.context or "it cannot be read")
    before, at = source.lines[line][: mark.column], source.lines[line][mark.column : mark.column + 1]
    source.guard()
    if "\t" in before + at and "cannot start any token" in problem:
        finding = located(
            source,
            place,
            "tab",
            "A tab in the indentation",
            "YAML is indented by spaces; a tab may not stand there, since nobody knows how wide it is.",
            "Replace the tab by spaces.",
        )
    else:
        context = f" {error.context}" if error.context and error.problem else ""
        detail = f"The YAML parser says{context}: {problem}."
        fix = f"Put the value in quotes: {at} begins nothing in YAML." if at in ("@", "`", "%") else ""
        if at == ":" and "unexpected ':'" in problem:
            fix = "Inside { } and [ ] put a text with a colon in quotes."
        finding = located(source, place, "yaml-syntax", "Not YAML", detail, fix)
    return Unreadable(finding, (line, mark.column))


def wrong_character(source: Source, position: int) -> Unreadable:
    """libyaml counts bytes here, not characters."""
    source.guard()
    position = len(source.text.encode()[:position].decode(errors="ignore"))
    line = source.text.count("\n", 0, position)
    place = Place(source.name, line + 1, position - (source.text.rfind("\n", 0, position) + 1) + 1)
    return Unreadable(
        located(
            source,
            place,
            "character",
            "A control character",
            f"The character U+{ord(source.text[position]):04X} may not stand in YAML.",
            'Write it as an escape in double quotes, such as "\\x07".',
        )
    )
