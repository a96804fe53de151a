"""A change of the state by hand as one JSON document."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from reign.api.diagnostic import diagnostic
from reign.model.finding import Finding
from reign.planning.surgery import Record, Surgery


def surgery_document(
    surgery: Surgery, findings: Iterable[Finding], *, command: str, run: str, serial: int, dry_run: bool
) -> dict[str, Any]:
    """What was recorded; of a dry run, what would be. `run` is null where nothing was."""
    return {
        "command": command,
        "dry_run": dry_run,
        "run": run or None,
        "serial": serial if run else None,
        "changes": [_record(record) for record in surgery.records],
        "outputs": sorted(surgery.outputs) if surgery.outputs is not None else None,
        "secrets": sorted(surgery.secrets),
        "unchanged": [address.text for address in surgery.already],
        "diagnostics": [diagnostic(finding) for finding in findings],
    }


def _record(record: Record) -> dict[str, Any]:
    told: dict[str, Any] = {"address": record.address.text, "action": record.action}
    if record.previous is not None:
        told["previous_address"] = record.previous.text
    held = record.before or record.snapshot
    if held is not None:
        told["id"] = held.external_id
    if record.deposed is not None:
        told["deposed_id"] = record.deposed.external_id
    return told
