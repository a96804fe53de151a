"""What a plan goes back to, as JSON."""

from __future__ import annotations

from typing import Any

from reign.model.plan import Rollback


def rollback(back: Rollback) -> dict[str, Any]:
    """The point in words, and what going back to it means for each change of the plan."""
    undoing = [{"address": each.address.text, "kind": each.kind, "why": each.why} for each in back.undoing]
    return {"to": back.to, "serial": back.serial, "undoing": undoing}
