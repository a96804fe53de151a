"""Which resources a plan is about: patterns as users type them, what they name, and what goes with it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping

from reign.graph import closure
from reign.model.address import Address
from reign.model.finding import Finding
from reign.model.nearest import nearest
from reign.planning import findings


class Names:
    """Finds addresses by what users call them."""

    def __init__(self, addresses: Iterable[Address]) -> None:
        self._named: dict[str, list[Address]] = {}
        for address in addresses:
            for name in _names(address):
                self._named.setdefault(name, []).append(address)

    def find(self, pattern: str) -> list[Address]:
        """What `pattern` names, in the order given; nothing where it names nothing."""
        if "*" not in pattern and "?" not in pattern:
            return self._named.get(pattern, [])
        shape = re.compile(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), re.DOTALL)
        matching = (found for name, found in self._named.items() if shape.fullmatch(name))
        return list(dict.fromkeys(address for found in matching for address in found))

    def find_all(self, option: str, patterns: Iterable[str], told: list[Finding]) -> list[Address]:
        """What all of `patterns` name; a finding for each that names nothing (`option` as in `findings.no_match`)."""
        found: dict[Address, None] = {}
        for pattern in patterns:
            matching = self.find(pattern)
            if not matching:
                told.append(findings.no_match(option, pattern, nearest(pattern, self._named)))
            found.update(dict.fromkeys(matching))
        return list(found)


def _names(address: Address) -> set[str]:
    group = address.group
    names = {address.text, group.text, address.name}
    if address.key is not None:
        keys = (address.key, json.dumps(address.key, ensure_ascii=False))
        names |= {f"{front}[{key}]" for front in (group.text, address.name) for key in keys}
    return names


def left_out(
    excluded: Iterable[Address],
    dependents: Mapping[Address, Iterable[Address]],
    recorded: Mapping[Address, Iterable[Address]],
    going: frozenset[Address],
) -> set[Address]:
    """`excluded`, what depends on it, and of what is to go all that these stand on."""
    out = closure(excluded, lambda address: dependents.get(address, ()))
    return closure(out, lambda address: (needed for needed in recorded.get(address, ()) if needed in going))
