"""What a page shows of a terminal, and whether it is what really came out.

* A block that begins with ```` ```LANGUAGE title="NAME" ```` is a file, written when the page comes to it.
* A ```` ```console ```` block holds what is typed after `$ `, lines that go on after `> `, and below them what comes out, on
  stdout and stderr as a terminal shows them together.
* `[...]` stands for any number of lines that are left out.
* What ends with another code than 0 is followed by `$ echo $?`.
* After `Enter a value: ` stands what is typed there.
* A page that says `<!-- every section begins in an empty folder -->` is one project for each `##`; else the page is one.
* What differs from one run to the next (`RULES`) may differ here too, and the lines of progress come in any order.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby

RULES = [
    (re.compile(r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|\+00:00)?"), "TIME"),
    (re.compile(r"\b(?:[0-9a-f]{10}|[0-9a-f]{16}|[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\b"), "ID"),
    (re.compile(r"\b(\d+(\.\d+)?(ms|[smhd]))+\b"), "DURATION"),
    (re.compile(r'(?<![\w.":-])(\d+\.\d{3,}|0\.\d+|\d(\.\d+)?e-\d\d)(?![\w."])'), "SECONDS"),
    (re.compile(r"\b\d+ (second|minute)s? ago\b|\bjust now\b"), "AGO"),
    (re.compile(r'\bhost:( +)"\S+"'), 'host:  "HOST"'),
    (re.compile(r"(?<=\S)(  +)(?=\S)"), "  "),
    (re.compile(r"-{3,}"), "---"),
]
"""Not compared: times, ids of runs and operations, durations, seconds below one or with three places, hosts, widths."""

CUT = "[...]"
APART = "<!-- every section begins in an empty folder -->"
_BLOCK = re.compile(r"^(`{3,})([\w-]+)(?: title=\"([^\"]+)\")?\n(.*?)^\1$", re.MULTILINE | re.DOTALL)
_ANSWER = re.compile(r"Enter a value: (\S+)")
_PROGRESS = re.compile(r"^[a-z_]+\.\S+: \S")


@dataclass
class Typed:
    """One command, what the page shows below it, and what came out when it was tried."""

    words: str
    shown: list[str]
    out: list[str] = field(default_factory=list)
    code: int = 0

    @property
    def answers(self) -> list[str]:
        """What is typed where the page shows a question."""
        return _ANSWER.findall("\n".join(self.shown))

    def is_true(self) -> bool:
        """Whether what came out is what the page shows."""
        if CUT not in self.shown:
            return comparable(self.shown) == comparable(self.out)
        return _stand_in(comparable(self.out), [comparable(part) for part in _parts(self.shown) if CUT not in part])

    def lines(self) -> list[str]:
        """As a block has it: what the page shows where that is true, else what came out."""
        first, *more = self.words.split("\n")
        return [f"$ {first}", *(f"> {line}" for line in more), *(self.shown if self.is_true() else self._anew())]

    def _anew(self) -> list[str]:
        """What came out, cut in the same places: where a part begins and ends with the lines that it has now."""
        if CUT not in self.shown:
            return self.out
        lines, found, at = [_plain(line) for line in self.out], list[str](), 0
        for part in _parts(self.shown):
            if CUT in part:
                found += part
                continue
            try:
                begin = lines.index(_plain(part[0]), at)
                at = lines.index(_plain(part[-1]), begin) + 1
            except ValueError:
                return self.out
            found += self.out[begin:at]
        return found


@dataclass
class Block:
    """A block of a page, at `place`: a file with a name, or commands. `section` is the number of its project."""

    place: tuple[int, int]
    section: int
    name: str = ""
    text: str = ""
    typed: list[Typed] = field(default_factory=list)


def blocks(page: str) -> list[Block]:
    """The files and the commands that a page shows, in order."""
    found = []
    for match in _BLOCK.finditer(page):
        _, language, name, text = match.groups()
        section = page.count("\n## ", 0, match.start()) if APART in page else 0
        if language == "console":
            found.append(Block(match.span(4), section, typed=list(_typed(text))))
        elif name:
            found.append(Block(match.span(4), section, name, text))
    return found


def _typed(text: str) -> Iterator[Typed]:
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        lines = part.rstrip("\n").split("\n")
        begins = next((n for n, line in enumerate(lines) if n and not line.startswith("> ")), len(lines))
        words = [line.removeprefix("> ") if n else line for n, line in enumerate(lines[:begins])]
        yield Typed("\n".join(words), lines[begins:])


def accepted(page: str, tried: list[Block]) -> str:
    """The page with what came out in the place of what is not true any more."""
    for block in reversed(tried):
        if not all(command.is_true() for command in block.typed):
            begin, end = block.place
            lines = [line for command in block.typed for line in command.lines()]
            page = page[:begin] + "".join(f"{line}\n" for line in lines) + page[end:]
    return page


def _parts(lines: list[str]) -> list[list[str]]:
    """The lines between the cuts, and the cuts."""
    return [list(part) for _, part in groupby(lines, CUT.__eq__)]


def comparable(lines: list[str]) -> list[str]:
    """Lines without what differs from run to run, those of progress sorted, without empty ones at the end."""
    parts: list[str] = []
    for line in map(_plain, lines):
        if line.startswith("  ") and parts and _PROGRESS.match(parts[-1]):
            parts[-1] += f"\n{line}"
        else:
            parts.append(line)
    found = groupby(parts, lambda part: bool(_PROGRESS.match(part)))
    told = [part for is_progress, group in found for part in (sorted(group) if is_progress else group)]
    return "\n".join(told).rstrip("\n").split("\n") if told else []


def _plain(line: str) -> str:
    for pattern, word in RULES:
        line = pattern.sub(word, line)
    return line.rstrip()


def _stand_in(lines: list[str], parts: list[list[str]]) -> bool:
    """Whether the parts stand in the lines one after the other, with anything around them."""
    at = 0
    for part in parts:
        places = range(at, len(lines) - len(part) + 1)
        found = next((place for place in places if lines[place : place + len(part)] == part), None)
        if found is None:
            return False
        at = found + len(part)
    return True
