"""What was changed outside, attribute by attribute, as the history tells it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from reign.execution.marks import veiled
from reign.model.address import Address
from reign.model.plan import Drift
from reign.model.redact import Masks
from reign.model.values import MISSING, Path, Sensitive, Value, lookup, marked, parse_path, reveal, to_json
from reign.ports import Vault


@dataclass(frozen=True, slots=True)
class Drifted:
    """One attribute, with its value as recorded and as seen; no path where the whole is gone.

    What is sensitive on one side is so on both.
    """

    address: Address
    path: str
    recorded: Value
    observed: Value

    @property
    def is_gone(self) -> bool:
        """The whole of it is not there any more."""
        return not self.path

    def told(self, vault: Vault) -> dict[str, Any]:
        """`Event.data` of a DRIFT event."""
        recorded, observed = (to_json(vault.encrypt(side)) for side in (self.recorded, self.observed))
        return {"path": self.path, "recorded": recorded, "observed": observed}


def drifted(drifts: Iterable[Drift], masks: Masks) -> Iterator[Drifted]:
    """Every attribute of `drifts`, in their order; also marked is what repeats something that `masks` knows."""
    for drift in drifts:
        if drift.after is None:
            yield Drifted(drift.address, "", veiled(drift.before, masks), None)
            continue
        for text in drift.changed:
            before, after = (_at(spec, parse_path(text)) for spec in (drift.before, drift.after))
            before, after = marked(before, after), marked(after, before)
            yield Drifted(drift.address, text, veiled(before, masks), veiled(after, masks))


def _at(value: Value, path: Path) -> Value:
    """What stands at `path`, null where nothing does; what stands inside of something sensitive is sensitive."""
    for end in range(len(path)):
        above = lookup(value, path[:end])
        if isinstance(above, Sensitive):
            return Sensitive(_at(reveal(above), path[end:]))
    found = lookup(value, path)
    return None if found is MISSING else found
