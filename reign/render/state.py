"""The state and its outputs as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reign.model.address import Address
from reign.model.event import OutputValue, State
from reign.model.resource import Snapshot
from reign.model.values import Sensitive, Value
from reign.render.origins import attributes
from reign.render.rows import stated
from reign.render.words import one_line, wrapped


def everything(state: State, full: bool) -> list[str]:
    """Every resource and output; one line when there is nothing."""
    ordered = sorted(state.resources.values(), key=lambda snapshot: snapshot.address.sort_key())
    blocks = [resource(snapshot, full) for snapshot in ordered]
    if state.outputs:
        blocks.append(["Outputs:", "", *outputs(shown(state.outputs), full)])
    if not blocks:
        return ["The state holds nothing."]
    return [line for index, block in enumerate(blocks) for line in ([""] if index else []) + block]


def resource(snapshot: Snapshot, full: bool, *, aside: bool = False) -> list[str]:
    """One resource: what it is made of, and what it reports. aside: a replacement pushed it aside, and it is to go."""
    marks = [word for word, holds in {"pushed aside": aside, **_marks(snapshot)}.items() if holds]
    head = f"# {snapshot.address}" + (f" ({', '.join(marks)})" if marks else "")
    values = attributes(snapshot.spec, snapshot.outputs) or {}
    set_ones = {name: value for name, value in values.items() if value not in (None, {}, [])}
    return [head, *stated(set_ones, snapshot.address.text, "    ", full)]


def edges(snapshot: Snapshot, needed_by: Sequence[Address], width: int | None = None) -> list[str]:
    """What it depends on by the recorded edges, and what depends on it."""
    told = {"depends on": snapshot.depends_on, "needed by": [address.text for address in needed_by]}
    lines = [f"    # {word} {', '.join(map(one_line, names))}" for word, names in told.items() if names]
    return [row for line in lines for row in wrapped(line, width, "    #   ")]


def _marks(snapshot: Snapshot) -> dict[str, bool]:
    return {
        "tainted": snapshot.tainted,
        "not proven healthy": snapshot.unproven,
        "protected": snapshot.lifecycle.prevent_destroy,
        "was there before": snapshot.found,
    }


def shown(recorded: Mapping[str, OutputValue]) -> dict[str, Value]:
    """The values of outputs, a sensitive one as what stands in its place."""
    return {name: Sensitive(None) if output.sensitive else output.value for name, output in recorded.items()}


def outputs(values: Mapping[str, Value], full: bool) -> list[str]:
    """`name: value`, sorted, in one column."""
    return stated(values, "", "", full)
