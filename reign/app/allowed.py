"""Findings that a resource says it may have: shown with the reason why, and counted no more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

from reign.model.address import Address
from reign.model.finding import DANGER, Finding, Severity
from reign.model.resource import Allowance, Resource
from reign.planning import Inputs


def allowed(
    findings: Sequence[Finding], resources: Mapping[Address, Resource], today: date | None = None
) -> tuple[Finding, ...]:
    """`findings` with those suppressed that an allowance of their resource names, as `info` with its reason.

    Errors never are, but for dangers. An allowance whose day is over suppresses nothing, and is told.
    """
    now = (today or datetime.now(UTC).date()).isoformat()
    holders = {str(address): resource for address, resource in resources.items() if resource.allow}
    if not holders:
        return tuple(findings)
    over = [
        _expired(resource, allowance)
        for _, resource in sorted(holders.items())
        for allowance in resource.allow
        if _is_over(allowance, now)
    ]
    return (*(_shown(finding, holders.get(finding.address), now) for finding in findings), *over)


def _shown(finding: Finding, resource: Resource | None, now: str) -> Finding:
    is_final = finding.severity is Severity.ERROR and not finding.code.startswith(DANGER)
    if resource is None or is_final or finding.severity is Severity.INFO:
        return finding
    for allowance in resource.allow:
        if allowance.code == finding.code and not _is_over(allowance, now):
            until = f" (until {allowance.until})" if allowance.until else ""
            detail = f"Allowed: {allowance.reason}{until}. {finding.detail}".strip()
            return replace(
                finding,
                severity=Severity.INFO,
                detail=detail,
                fix="" if finding.code.startswith(DANGER) else finding.fix,
            )
    return finding


def refused(inputs: Inputs, desired: Mapping[Address, Resource]) -> frozenset[Address]:
    """What may not be looked at, since looking would run a command that is refused."""
    now, found = datetime.now(UTC).date().isoformat(), set()
    for address, resource in desired.items():
        schema = inputs.schema(address.kind)
        if schema is not None and any(resource.spec.get(name) for name in schema.runs):
            codes = {each.code for each in resource.allow if not _is_over(each, now)}
            if any(problem.code not in codes for problem in inputs.dangers(address.kind, resource.spec)):
                found.add(address)
    return frozenset(found)


def _is_over(allowance: Allowance, now: str) -> bool:
    return bool(allowance.until) and allowance.until < now


def _expired(resource: Resource, allowance: Allowance) -> Finding:
    return Finding(
        "config/allow-expired",
        "An allowance is over",
        f"{resource.address} allowed {allowance.code} until {allowance.until} ({allowance.reason}), and that day is past, "
        "so it counts again.",
        severity=Severity.MINOR,
        address=str(resource.address),
        place=resource.place,
        fix="Mend what it was about and remove it, or give it another day.",
    )
