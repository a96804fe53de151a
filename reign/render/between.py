"""How two points of a state differ, as text: in the signs and rows of a plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from reign.model.plan import OutputChange
from reign.model.resource import Snapshot
from reign.planning.between import Difference
from reign.render import text
from reign.render.origins import attributes
from reign.render.rows import Rows, changed, created, deleted, lines
from reign.render.view import View
from reign.render.words import guarded, one_line, plural, wrapped

_SIGNS = {"added": "+", "changed": "~", "moved": " ", "removed": "-"}
_WORDS = {"added": "was added", "changed": "was changed", "removed": "was removed"}


def between_text(
    before: str, after: str, found: Sequence[Difference], outputs: Sequence[OutputChange], view: View
) -> list[str]:
    """All of it as lines; one where nothing differs."""
    blocks = [wrapped(f"From {before} to {after}:", view.width, "  "), *(_resource(each, view) for each in found)]
    blocks += [*text.outputs(outputs, view), [_counted(found, outputs)]]
    return guarded([line for index, block in enumerate(blocks) for line in ([""] if index else []) + block])


def _resource(found: Difference, view: View) -> list[str]:
    subject, word = found.address, _WORDS.get(found.kind, f"was moved, and is {found.address} from then on")
    head = [f"  # {found.previous or subject} {word}", *(f"  # ({reason})" for reason in _reasons(found))]
    told = [row for line in head for row in wrapped(line, view.width, "  #  ")]
    told.append(f"  {_SIGNS[found.kind]} {subject}")
    if view.summary:
        return told
    rows = _rows(found, full=view.full)
    hidden = [f"        # ({plural(rows.hidden, 'unchanged attribute')} hidden)"] if rows.hidden and rows.rows else []
    return [*told, *lines(rows.rows, view.width), *hidden]


def _rows(found: Difference, *, full: bool) -> Rows:
    own = found.address.text
    before, after = (attributes(side.spec, side.outputs) if side else {} for side in (found.before, found.after))
    if found.kind == "added":
        return created(after, own, full)
    if found.kind == "removed":
        return deleted(before, own, full)
    return changed(before, after, own, full)


def _reasons(found: Difference) -> list[str]:
    """What differs besides the attributes."""
    old, new = found.before, found.after
    if old is None or new is None:
        return []
    told = ["made or taken over anew"] if found.is_anew else []
    if old.external_id != new.external_id:
        told = [f"its id was {one_line(old.external_id)}"]
    for word, was, now in (("tainted", old.tainted, new.tainted), ("protected", _guarded(old), _guarded(new))):
        told += [] if was is now else [f"{word} from then on" if now else f"not {word} any more"]
    return told


def _guarded(snapshot: Snapshot) -> bool:
    return snapshot.lifecycle.prevent_destroy


def _counted(found: Sequence[Difference], outputs: Sequence[OutputChange]) -> str:
    """`2 added, 1 changed, 0 removed.`, or that nothing differs."""
    if not found:
        return "No resource differs." if outputs else "Nothing differs."
    counts = Counter(each.kind for each in found)
    moved = f"{counts['moved']:,} moved, " if counts["moved"] else ""
    return f"{moved}{counts['added']:,} added, {counts['changed']:,} changed, {counts['removed']:,} removed."
