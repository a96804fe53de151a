"""Unquoted `${...}` that YAML cuts or breaks: inside `{ }` or `[ ]`, or holding ` #` or `: `. The fix is the quoted line."""

from __future__ import annotations

from reign.model.finding import Finding, Place
from reign.yaml.compose import Aliases, Unreadable, compose
from reign.yaml.nodes import Node, Scalar, Source
from reign.yaml.report import Report

MOST_MENDED = 20
"""Broken lines that are mended in memory, each for one more pass over the file, so that one load tells them all."""

LONGEST_MENDED = 10_000
"""Characters of a line that is searched for what broke it."""

MOST_CHARACTERS = 3 << 20
"""Characters that are parsed for that in all; a large broken file is not read twenty times over."""

_DETAIL = (
    "YAML reads {what} as its own before Reign sees the expression, so an expression is written in quotes "
    "inside { } or [ ], and where it holds a colon or a # with a space."
)


def read(source: Source, report: Report, aliases: Aliases | None = None) -> Node | None:
    """Compose `source`, going on after lines that a cut expression broke. None when empty or not readable.

    `aliases` are counted on over several files.
    """
    aliases = aliases or Aliases()
    for attempt in range(1, MOST_MENDED + 1):
        try:
            return compose(source, report, aliases)
        except Unreadable as refused:
            affordable = attempt * len(source.text) < MOST_CHARACTERS
            mended = _mend(source, refused.at) if refused.at and affordable else None
            if mended is None:
                report.add(refused.finding)
                return None
            report.add(mended[0])
            source = mended[1]
    return None


def is_cut(node: Scalar) -> bool:
    """True when a plain scalar with an open `${` ends where a comment begins."""
    rest = node.source.text[node.end : node.end + 80].partition("\n")[0]
    return not node.style and rest.lstrip(" ").startswith("#") and rest.startswith(" ") and _is_open(node.text)


def report_cut(node: Scalar, report: Report, address: str) -> None:
    """The finding for a scalar that `is_cut`."""
    line = node.source.lines[node.line]
    quoted = f"{line[: node.column]}{quote(line[node.column :].rstrip())}"
    report.add(_finding(node.source, node.line, node.column, len(line) - node.column, quoted, "` #`", address))


def _mend(source: Source, at: tuple[int, int]) -> tuple[Finding, Source] | None:
    """The finding for the broken line, and the source with that line quoted; None when no expression is to blame."""
    number, column = at
    lines = list(Source("", source.text).lines)
    line = lines[number] if number < len(lines) else ""
    if len(line) > LONGEST_MENDED:
        return None
    in_flow = line[max(0, column - 1) : column + 1] == "${"
    tokens = _broken(line, in_flow)
    if not tokens:
        return None
    pieces, last = [], 0
    for start, end in tokens:
        pieces += [line[last:start], quote(line[start:end])]
        last = end
    lines[number] = mended = "".join([*pieces, line[last:]])
    start, end = tokens[0]
    source.guard()
    is_shown = source.lines[number] == line
    finding = _finding(
        source, number, start, end - start, mended if is_shown else "", "`{`, `}`, `[`, `]`, `: ` or ` #`", ""
    )
    return finding, Source(source.name, "\n".join(lines), source.written or source.text)


def _finding(source: Source, line: int, column: int, width: int, fix: str, what: str, address: str) -> Finding:
    return Finding(
        code="config/cut-expression",
        summary="An expression that YAML cuts",
        detail=_DETAIL.replace("{what}", what),
        address=address,
        place=Place(source.name, line + 1, column + 1, max(1, width)),
        excerpt=source.excerpt(line + 1),
        hint="needs quotes",
        fix=f"Write the line so: {fix.strip()}" if fix else "Put the value in quotes.",
        overlay_of=source.overlay_of(Place(source.name, line + 1, column + 1)),
    )


def quote(text: str) -> str:
    """`text` as a quoted YAML scalar on one line."""
    if '"' in text or "\\" in text:
        return "'" + text.replace("'", "''") + "'"
    return f'"{text}"'


def _broken(line: str, in_flow: bool) -> list[tuple[int, int]]:
    """Where the unquoted values with an expression begin and end that YAML cannot read as they stand."""
    found, at, start, depth = [], _value_start(line), _value_start(line), int(in_flow)
    while at < len(line):
        char = line[at]
        if char == " " and start == at:
            at = start = at + 1
            continue
        if char in "\"'" and start == at:
            at = _after_quoted(line, at)
            continue
        if line.startswith("${", at):
            end = _value_end(line, at, depth > 0)
            if end < 0:
                break
            if depth or ": " in line[start:end] or " #" in line[start:end]:
                found.append((start, end))
            at = start = end
            continue
        if char in "[{":
            depth += 1
        elif char in "]}":
            depth -= 1
        elif char == "#" and line[at - 1 : at] in (" ", ""):
            break
        if char in "[{]}," or (char == ":" and line[at + 1 : at + 2] in (" ", "")):
            start = at + 1
        at += 1
    return found


def _value_start(line: str) -> int:
    """Behind the indentation and the dashes of a list."""
    at = 0
    while at < len(line) and (line[at] == " " or line[at : at + 2] == "- "):
        at += 1
    return at


def _value_end(line: str, at: int, in_flow: bool) -> int:
    if not in_flow:
        return len(line.rstrip())
    end = at
    while line.startswith("${", end):
        end = _close(line, end)
        if end < 0:
            return -1
        while end < len(line) and line[end] not in ",]}" and not line.startswith("${", end):
            end += 1
    return len(line[:end].rstrip())


def _after_quoted(line: str, at: int) -> int:
    mark, at = line[at], at + 1
    while at < len(line):
        if line[at] == "\\" and mark == '"':
            at += 1
        elif line[at] == mark:
            if not (mark == "'" and line[at + 1 : at + 2] == "'"):
                return at + 1
            at += 1
        at += 1
    return at


def _is_open(text: str) -> bool:
    at = text.rfind("${")
    return at >= 0 and _close(text, at) < 0


def _close(text: str, at: int = 0) -> int:
    """Behind the brace that closes the first `${` from `at` on; -1 when it stays open; the end when there is none."""
    depth, mark = 0, ""
    while at < len(text):
        char = text[at]
        if mark:
            if char == "\\":
                at += 1
            elif char == mark:
                mark = ""
        elif depth and char in "\"'":
            mark = char
        elif text.startswith("${", at) or (depth and char == "{"):
            depth += 1
            at += text.startswith("${", at)
        elif depth and char == "}":
            depth -= 1
            if not depth:
                return at + 1
        at += 1
    return -1 if depth else len(text)
