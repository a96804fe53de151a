"""Drift as lines of the stream, attribute by attribute."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from reign.api.diagnostic import diagnostic_line
from reign.api.lines import Line, line, resource
from reign.execution.drifting import Drifted
from reign.model.values import Value, is_sensitive, to_json
from reign.render.drift import counted

if TYPE_CHECKING:
    from reign.app.drift import Found


def drift_lines(found: Found) -> Iterator[Line]:
    """Every attribute, and then how much it was; what is sensitive is absent."""
    for each in found.attributes:
        yield _attribute(each)
    if found.unrecorded is not None:
        yield diagnostic_line(found.unrecorded)
    gone = sum(each.is_gone for each in found.attributes)
    message = f"Drift: {counted(found.attributes)}." if found.attributes else "No drift."
    figures = {
        "attributes": len(found.attributes) - gone,
        "resources": len({each.address for each in found.attributes}),
        "gone": gone,
    }
    yield line("reign_drift_summary", message, drift=figures, run=found.run or None)


def _attribute(each: Drifted) -> Line:
    told: Line = {"resource": resource(each.address), "path": each.path or None, "sensitive": _is_hidden(each)}
    for name, value in (("recorded", each.recorded), ("observed", each.observed)):
        if not is_sensitive(value):
            told[name] = to_json(value)
    said = f"{each.address}: Drift of {each.path}" if each.path else f"{each.address}: Gone"
    return line("reign_drift", said, drift=told)


def _is_hidden(each: Drifted) -> bool:
    sides: tuple[Value, ...] = (each.recorded, each.observed)
    return any(map(is_sensitive, sides))
