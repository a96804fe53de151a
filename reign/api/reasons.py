"""Why something is done, in Terraform's words. Reasons that Terraform does not know are ours alone, under `x_reign`."""

from __future__ import annotations

TERRAFORM = frozenset(
    {
        "replace_because_tainted",
        "replace_because_cannot_update",
        "replace_by_request",
        "replace_by_triggers",
        "delete_because_no_resource_config",
        "delete_because_wrong_repetition",
        "delete_because_count_index",
        "delete_because_each_key",
        "read_because_config_unknown",
        "read_because_dependency_pending",
    }
)
"""Those that it knows, as its documents have them."""

STREAM = {reason: reason for reason in TERRAFORM} | {
    "replace_because_tainted": "tainted",
    "replace_by_request": "requested",
    "replace_by_triggers": "replace_triggered_by",
    "replace_because_cannot_update": "cannot_update",
}
"""The same as its stream has them."""
