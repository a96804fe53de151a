"""Findings in the shape of Terraform's diagnostics."""

from __future__ import annotations

from reign.api.lines import Line, line
from reign.model.finding import Finding, Place, Severity


def diagnostic_line(finding: Finding) -> Line:
    """A finding as a line of the stream."""
    told = diagnostic(finding)
    level = "error" if told["severity"] == "error" else "warn"
    return line("diagnostic", f"{told['severity'].title()}: {finding.summary}", level, diagnostic=told)


def diagnostic(finding: Finding) -> Line:
    """A finding in Terraform's shape; its code, fix and hint under `x_reign`."""
    told: Line = {
        "severity": "error" if finding.severity is Severity.ERROR else "warning",
        "summary": finding.summary,
        "detail": "\n".join(part for part in (finding.detail, finding.fix and f"Fix: {finding.fix}") if part),
        "x_reign": {
            "code": finding.code,
            "severity": finding.severity.value,
            "path": finding.path,
            "hint": finding.hint,
            "fix": finding.fix,
        },
    }
    if finding.related:
        told["x_reign"]["related"] = [str(place) for place in finding.related]
    if finding.overlay_of:
        told["x_reign"]["overlay_of"] = str(finding.overlay_of)
    if finding.address:
        told["address"] = finding.address
    if finding.place:
        told["range"] = _range(finding.place)
        told["snippet"] = _snippet(finding, finding.place)
    return told


def _range(place: Place) -> Line:
    start = {"line": place.line, "column": place.column}
    return {"filename": place.file, "start": start, "end": {"line": place.line, "column": place.column + place.width}}


def _snippet(finding: Finding, place: Place) -> Line:
    code = next((text for number, text in finding.excerpt if number == place.line), "")
    start = place.column - 1
    return {
        "context": finding.address or None,
        "code": code,
        "start_line": place.line,
        "highlight_start_offset": start,
        "highlight_end_offset": start + place.width,
        "values": [],
    }
