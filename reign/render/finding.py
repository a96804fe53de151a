"""A finding for people: what, where with the lines, why, and the way out; and the line that counts them."""

from __future__ import annotations

from collections.abc import Sequence

from reign.model.finding import Finding, Place, Severity
from reign.render.words import breadth, one_line, plural

_WINDOW = 160
"""Characters of an excerpt line that are shown; a longer one is shown around the place."""
_WORDS = {Severity.ERROR: "Error", Severity.INFO: "Note"}


def word(finding: Finding) -> str:
    """`Error`, `Warning` or `Note`."""
    return _WORDS.get(finding.severity, "Warning")


def full(finding: Finding) -> list[str]:
    """The finding as a block of lines."""
    blocks = [[f"{word(finding)}: {one_line(finding.summary)} [{finding.code}]"]]
    where = _where(finding)
    if where:
        blocks.append([f"  {where}"])
    if finding.excerpt:
        blocks.append(_excerpt(finding))
    told = [f"  {line}".rstrip() for line in finding.detail.splitlines()]
    if finding.hint and not finding.excerpt:
        told.append(f"  {finding.hint[0].upper()}{finding.hint[1:]}")
    if finding.fix:
        first, *rest = finding.fix.splitlines()
        told += [f"  Fix: {first}", *(f"       {line}" for line in rest)]
    if told:
        blocks.append(told)
    return [line for index, block in enumerate(blocks) for line in ([""] if index else []) + block]


def brief(finding: Finding) -> list[str]:
    """The finding in two or three lines, for the end of a plan."""
    subject = f"{finding.address}: " if finding.address and finding.address not in finding.summary else ""
    found = [f"{word(finding)}: {subject}{one_line(finding.summary)} ({finding.code}, {finding.severity})"]
    found += [f"  {line}".rstrip() for line in finding.detail.splitlines()]
    last = "  ".join(part for part in (_brief_where(finding), finding.fix.replace("\n", " ")) if part)
    return [*found, f"  {last}"] if last else found


def counts(findings: Sequence[Finding], tail: str = "") -> str:
    """`2 errors, 1 warning in 3 files.`, and what follows from it."""
    errors = sum(finding.severity is Severity.ERROR for finding in findings)
    notes = sum(finding.severity is Severity.INFO for finding in findings)
    amounts = ((errors, "error"), (len(findings) - errors - notes, "warning"), (notes, "note"))
    told = ", ".join(plural(number, noun) for number, noun in amounts if number)
    files = {finding.place.file for finding in findings if finding.place}
    within = f" in {plural(len(files), 'file')}" if files else ""
    return f"{told}{within}.{f' {tail}' if tail else ''}"


def report(findings: Sequence[Finding], tail: str = "") -> list[str]:
    """Every finding in full, and the counts."""
    text: list[str] = []
    for finding in findings:
        text += [*full(finding), ""]
    return [*text, counts(findings, tail)]


def _brief_where(finding: Finding) -> str:
    also = ", ".join(map(str, finding.related))
    return f"{finding.place or ''}{f' (see also {also})' if also else ''}".strip()


def _where(finding: Finding) -> str:
    subject = f"in {finding.address}" if finding.address else ""
    if finding.place is None:
        return subject
    base = f"overlay of {finding.overlay_of.file}:{finding.overlay_of.line}" if finding.overlay_of else ""
    also = ", ".join(str(place) for place in finding.related if place != finding.overlay_of)
    told = "; ".join(part for part in (base, f"see also {also}" if also else "") if part)
    return ", ".join(part for part in (str(finding.place), subject) if part) + (f" ({told})" if told else "")


def _excerpt(finding: Finding) -> list[str]:
    width = max(len(str(number)) for number, _ in finding.excerpt)
    margin = max(6, width + 4)
    shown: list[str] = []
    for number, text in finding.excerpt:
        at_place = finding.place is not None and number == finding.place.line
        line, start = _windowed(text, finding.place.column - 1 if at_place and finding.place else 0)
        shown.append(f"{number:>{margin}} | {one_line(line.replace(chr(9), ' '))}")
        if at_place and finding.place:
            shown.append(f"{'':>{margin}} | {_caret(line, finding.place, start)} {finding.hint}".rstrip())
    return shown


def _windowed(text: str, column: int) -> tuple[str, int]:
    """The part of a long line around `column` (from 0), and where the column is in it."""
    start = max(0, column - _WINDOW // 2) if len(text) > _WINDOW else 0
    return text[start : start + _WINDOW], column - start


def _caret(line: str, place: Place, start: int) -> str:
    before, marked = line[:start], line[start : start + max(1, place.width)]
    return " " * _columns(before) + "^" * max(1, _columns(marked))


def _columns(text: str) -> int:
    return breadth(text.replace("\t", " "))
