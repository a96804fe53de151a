"""What differs from the state, for `drift`: the same that `plan --refresh-only` shows, told once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from reign.execution.drifting import Drifted
from reign.model.plan import Plan
from reign.model.values import is_sensitive, to_json
from reign.render import text
from reign.render.values import MASK
from reign.render.view import View
from reign.render.words import breadth, guarded, plural, wrapped

COLUMNS = ("address", "path", "recorded", "observed")
_BESIDES = "Not declared, and recorded all the same by apply --refresh-only:"


def drift_text(plan: Plan, found: Sequence[Drifted], view: View) -> list[str]:
    """All of it as lines."""
    drifted = {each.address for each in plan.drift}
    besides = replace(plan, changes=tuple(change for change in plan.changes if change.address not in drifted))
    blocks = [
        [*wrapped(text.header(plan), view.width, "  "), *text.unseen(plan, view)],
        *([*wrapped(note, view.width, "  ")] for note in text.notes(plan)),
        *text.drift(plan, view),
        *text.actions(besides, view, _BESIDES),
        *text.outputs(plan.outputs, view),
        *text.warnings(plan, view),
        [f"Drift: {counted(found)}." if found else "No drift."],
        _next(plan, view) if found or plan.does_something else [],
    ]
    joined: list[str] = []
    for block in filter(None, blocks):
        joined += ["", *block] if joined else block
    return guarded(joined)


def counted(found: Sequence[Drifted]) -> str:
    """`3 attributes of 2 resources, 1 resource gone`; empty where nothing differs."""
    changed = [each for each in found if not each.is_gone]
    gone = len(found) - len(changed)
    resources = len({each.address for each in changed})
    told = [f"{plural(len(changed), 'attribute')} of {plural(resources, 'resource')}"] if changed else []
    return ", ".join([*told, *([f"{plural(gone, 'resource')} gone"] if gone else [])])


def rows(found: Iterable[Drifted], *, masks: bool) -> list[tuple[Any, ...]]:
    """A row of `COLUMNS` each; what is sensitive is masked, or null for programs."""

    def told(value: Any) -> Any:
        if is_sensitive(value):
            return MASK if masks else None
        return to_json(value)

    return [(each.address.text, each.path or None, told(each.recorded), told(each.observed)) for each in found]


def _next(plan: Plan, view: View) -> list[str]:
    if plan.unseen:
        return []
    keep = " ".join([view.command, "apply", *view.again, "--refresh-only"])
    told = [f"Keep what is there: {keep}", f"Bring it back: {' '.join([view.command, 'apply', *view.again])}"]
    line = "      ".join(told)
    return [line] if view.width is None or breadth(line) <= view.width else told
