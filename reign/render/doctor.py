"""What `doctor` found and did, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reign.model.finding import Severity
from reign.render.finding import brief, report
from reign.render.words import plural, wrapped

if TYPE_CHECKING:
    from reign.app.doctor import Examined


def examined(examined: Examined, width: int | None) -> list[str]:
    """What was mended, what is wrong, and at the end whether anything is damaged."""
    text = [line for finding in examined.repaired for line in [*brief(finding, width), ""]]
    if examined.findings:
        text += [*report(examined.findings, width=width), ""]
    return [*text, *wrapped(_end(examined), width, "  ")]


def _end(examined: Examined) -> str:
    figures = (
        (examined.events, "event"),
        (examined.segments, "segment"),
        (examined.resources, "resource"),
        (examined.checkpoints, "checkpoint"),
    )
    told = ", ".join(plural(number, noun) for number, noun in figures)
    names = [name for name in examined.environments if name]
    within = f" in {plural(len(names), 'environment')}" if names else ""
    if not examined.is_sound:
        return f"The state is damaged. Looked at: {told}{within}."
    if any(finding.severity is not Severity.INFO for finding in examined.findings):
        return f"Nothing is damaged. Looked at: {told}{within}."
    return f"The state is in order: {told}{within}."
