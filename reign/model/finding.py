"""Findings: what a person should know, with its place and a way out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How bad it is. `error` is never tolerated; thresholds say how many of the others are."""

    ERROR = "error"
    MAJOR = "major"
    MEDIUM = "medium"
    MINOR = "minor"
    INFO = "info"


DANGER = "danger/"
"""What codes begin with that a resource may allow though they are errors: `apply` refuses them until then."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a file. `file` is relative to the project folder; `line` and `column` count from 1; `width` is in characters."""

    file: str
    line: int
    column: int
    width: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to know.

    `code` is `room/what` in lower case. `summary` is stable words without the user's names; `detail` says in full
    sentences what is wrong, why, and what follows; `fix` says what to do. `excerpt` is (line number, text) around
    `place`; `hint` stands under the caret (`did you mean "environment"?`). overlay_of: where what the place lies in is
    written first, when `place` is in a file that is laid over others.
    """

    code: str
    summary: str
    detail: str = ""
    severity: Severity = Severity.ERROR
    address: str = ""
    path: str = ""
    place: Place | None = None
    related: tuple[Place, ...] = ()
    excerpt: tuple[tuple[int, str], ...] = ()
    hint: str = ""
    fix: str = ""
    overlay_of: Place | None = None
