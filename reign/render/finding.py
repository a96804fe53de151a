"""A finding for people: what, where with the lines, why, and the way out; and the line that counts them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from reign.model.finding import Finding, Place, Severity
from reign.render.words import breadth, guarded, listed, one_line, plural, wrapped

_WINDOW, _NARROWEST = 160, 30
"""Characters of an excerpt's lines that are shown, and on the narrowest terminal; longer ones are shown around the place."""
_CUT = "..."
_MANY, _NAMED = 3, 12
"""From how many on equal findings are told once, and how many of their places are named then."""
_WORDS = {Severity.ERROR: "Error", Severity.INFO: "Note"}


_COMMAND = re.compile(r"(?<![\w./-])reign (?=[a-z])")


def reached(finding: Finding, command: str) -> Finding:
    """`finding` with the commands of its fix as this project is reached: `reign --env prod state list`."""
    if command == "reign" or not finding.fix:
        return finding
    return replace(finding, fix=_COMMAND.sub(lambda _: f"{command} ", finding.fix))


def word(finding: Finding) -> str:
    """`Error`, `Warning` or `Note`."""
    return _WORDS.get(finding.severity, "Warning")


def full(finding: Finding, width: int | None = None) -> list[str]:
    """The finding as a block of lines, its sentences wrapped at `width` columns."""
    blocks = [wrapped(f"{word(finding)}: {one_line(finding.summary)} [{finding.code}]", width, "  ")]
    where = _where(finding)
    if where:
        blocks.append(wrapped(f"  {where}", width, "    "))
    if finding.excerpt:
        blocks.append(_excerpt(finding, width))
    told = _sentences(finding.detail, width)
    if finding.hint and not finding.excerpt:
        told += _sentences(f"{finding.hint[0].upper()}{finding.hint[1:]}", width)
    if finding.fix:
        first, *rest = finding.fix.split("\n")
        fix = [f"  Fix: {first}", *(f"       {line}" for line in rest)]
        told += [line for part in fix for line in wrapped(part, width, "       ")]
    if told:
        blocks.append(told)
    return guarded([line for index, block in enumerate(blocks) for line in ([""] if index else []) + block])


def brief(finding: Finding, width: int | None = None) -> list[str]:
    """The finding in two or three lines, for the end of a plan."""
    subject = f"{finding.address}: " if finding.address and finding.address not in finding.summary else ""
    head = f"{word(finding)}: {subject}{one_line(finding.summary)} ({finding.code}, {finding.severity})"
    found = [*wrapped(head, width, "  "), *_sentences(finding.detail, width)]
    last = "  ".join(part for part in (_brief_where(finding), finding.fix.replace("\n", " ")) if part)
    return guarded([*found, *(wrapped(f"  {last}", width, "    ") if last else [])])


def _sentences(text: str, width: int | None) -> list[str]:
    lines = text.rstrip("\n").split("\n") if text else []
    return [part for line in lines for part in wrapped(f"  {line}".rstrip(), width, "  ")]


def counts(findings: Sequence[Finding], tail: str = "") -> str:
    """`2 errors, 1 warning in 3 files.`, and what follows from it."""
    errors = sum(finding.severity is Severity.ERROR for finding in findings)
    notes = sum(finding.severity is Severity.INFO for finding in findings)
    amounts = ((errors, "error"), (len(findings) - errors - notes, "warning"), (notes, "note"))
    told = ", ".join(plural(number, noun) for number, noun in amounts if number)
    files = {finding.place.file for finding in findings if finding.place}
    within = f" in {plural(len(files), 'file')}" if files else ""
    return f"{told}{within}.{f' {tail}' if tail else ''}"


def report(findings: Sequence[Finding], tail: str = "", width: int | None = None) -> list[str]:
    """Every finding in full, and the counts. What is said in the same words of many places is said once."""
    text: list[str] = []
    for first, *others in _alike(findings):
        text += full(first, width)
        if others:
            text += guarded(wrapped(f"  The same at: {listed([_at(each) for each in others], _NAMED)}", width, "    "))
        text.append("")
    return [*text, *wrapped(counts(findings, tail), width)]


def _alike(findings: Sequence[Finding]) -> Iterable[list[Finding]]:
    """The findings in their order; many that differ in nothing but their place are one group, where the first stands."""
    groups: dict[object, list[Finding]] = {}
    for finding in findings:
        said = (finding.code, finding.severity, finding.summary, finding.detail, finding.fix, finding.hint)
        groups.setdefault(said if finding.place else object(), []).append(finding)
    for group in groups.values():
        yield from [group] if len(group) >= _MANY else ([each] for each in group)


def _at(finding: Finding) -> str:
    return f"{finding.place} in {finding.address}" if finding.address else str(finding.place)


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


def _excerpt(finding: Finding, width: int | None) -> list[str]:
    """The lines with their numbers, all of them from the same column on, and what stands under the place."""
    margin = max(6, *(len(str(number)) + 4 for number, _ in finding.excerpt))
    room = _WINDOW if width is None else max(_NARROWEST, width - margin - len(" | "))
    start = _start(finding, room)
    shown: list[str] = []
    for number, text in finding.excerpt:
        part = _part(text.replace("\t", " "), start, room)
        shown.append(f"{number:>{margin}} | {one_line(part)}".rstrip())
        if finding.place is not None and number == finding.place.line:
            under = f"{_caret(part, finding.place, start)} {finding.hint}".rstrip()
            shown += [f"{'':>{margin}} | {under}"] if under else []
    return shown


def _start(finding: Finding, room: int) -> int:
    """From which character on lines are shown, so that the place is among them."""
    place = finding.place
    text = next((text for number, text in finding.excerpt if place is not None and number == place.line), "")
    if place is None or len(text) <= room or place.column > len(text):
        return 0
    return max(0, min(place.column - 1 - room // 3, len(text) - room))


def _part(text: str, start: int, room: int) -> str:
    """`room` characters of a line; dots stand in the place of the first and the last ones where there is more."""
    part = text[start : start + room]
    if start and text.strip():
        part = f"{_CUT}{part[len(_CUT) :]}"
    return part if len(text) <= start + room else f"{part[: -len(_CUT)]}{_CUT}"


def _caret(part: str, place: Place, start: int) -> str:
    """What stands under the place; nothing where the line is so long that it was cut before the place."""
    at = place.column - 1 - start
    if at > len(part):
        return ""
    before, marked = part[:at], part[at : at + max(1, place.width)]
    return " " * breadth(before) + "^" * max(1, breadth(marked))
