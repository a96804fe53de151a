"""What `doctor` found and did, as JSON documents."""

from __future__ import annotations

from typing import Any

from reign.api.diagnostic import diagnostic
from reign.app.doctor import Examined
from reign.app.interventions import Resolved


def doctor_document(examined: Examined) -> dict[str, Any]:
    """Everything that was found, and what a repair did."""
    return {
        "format_version": "1.0",
        "sound": examined.is_sound,
        "environments": [*examined.environments],
        "segments": examined.segments,
        "events": examined.events,
        "resources": examined.resources,
        "checkpoints": examined.checkpoints,
        "repaired": [diagnostic(finding) for finding in examined.repaired],
        "diagnostics": [diagnostic(finding) for finding in examined.findings],
    }


def resolved_document(resolved: Resolved) -> dict[str, Any]:
    """What counts as done or not done from now on."""
    return {
        "format_version": "1.0",
        "resolved": [
            {
                "address": each.intent.address,
                "verb": each.intent.data["verb"],
                "run": each.intent.run,
                "answer": "done" if each.is_done else "again",
            }
            for each in resolved.told
        ],
        "diagnostics": [diagnostic(finding) for finding in resolved.warnings],
    }
