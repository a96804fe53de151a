"""Errors that say the same of many resources, told once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from reign.model.address import parse_address
from reign.model.finding import Finding, Severity

_NAMED = 5


def folded(findings: Sequence[Finding], apart: frozenset[str] = frozenset()) -> tuple[Finding, ...]:
    """`findings` with each error once that another instance of the same block has at the same place, or, of what cannot
    be looked at, any other resource for the same reason. The codes in `apart` are left as they are.

    What is no error is left: how many there are counts.
    """
    found: dict[object, list[Finding]] = {}
    for finding in findings:
        same = _same(finding) if finding.severity is Severity.ERROR and finding.code not in apart else None
        found.setdefault(same or object(), []).append(finding)
    return tuple(_told(alike) for alike in found.values())


def _same(finding: Finding) -> object:
    """What equal findings share; None where there cannot be another."""
    try:
        address = parse_address(finding.address)
    except ValueError:
        return None
    front = f"What stands at {address} cannot be told: "
    if finding.code == "plan/unreachable" and address.text not in finding.detail.removeprefix(front):
        return (finding.code, finding.detail.removeprefix(front), finding.fix)
    if address.key is None:
        return None
    words = "" if finding.place else finding.detail.replace(address.text, "")
    return (finding.code, finding.summary, address.group, finding.path, finding.place, words)


def _told(alike: list[Finding]) -> Finding:
    """The first, with how many more there are and the names of some."""
    first, *others = alike
    if not others:
        return first
    names = [other.address for other in others[:_NAMED]]
    more = ", ..." if len(others) > _NAMED else ""
    return replace(first, detail=f"{first.detail}\nLikewise for {len(others):,} more: {', '.join(names)}{more}")
