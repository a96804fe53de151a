"""What was pruned of the history, as a JSON document."""

from __future__ import annotations

from reign.api.diagnostic import diagnostic
from reign.api.document import Json
from reign.app.prune import Pruned


def pruning_document(pruned: Pruned, *, dry_run: bool) -> Json:
    """What went; of a dry run, what would. `run` is null where nothing did."""
    pruning = pruned.pruning
    return {
        "dry_run": dry_run,
        "run": pruned.run or None,
        "before": pruning.before or None,
        "segments": pruning.old.segments,
        "events": pruning.old.events,
        "bytes": pruning.old.bytes,
        "checkpoints": [held.name for held in pruning.ends],
        "kept_for": pruning.kept_for.name if pruning.kept_for else None,
        "diagnostics": [diagnostic(finding) for finding in pruned.warnings],
    }
