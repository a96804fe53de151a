"""Which of the objects that an engine lists is the one that is looked for, and whether it is ours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from reign.ports import Call, Wanted
from reign.providers.docker.marks import LINEAGE, address_of, belongs, default_name, is_ours, key_of

_SHORTEST = 6
"""Of an id that only begins the whole one."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One object of a list call. `raw` is what the engine told of it; `made_at` sorts by age."""

    id: str
    name: str
    labels: Mapping[str, str]
    made_at: str = ""
    raw: Any = None


@dataclass(frozen=True, slots=True)
class Found:
    """What stands for something that is looked for. `is_ours`: its mark says so, or the state that took it over."""

    listed: Listed
    is_ours: bool


class Finder:
    """The objects of one type on one engine, looked through by id, by mark and by name."""

    def __init__(self, listed: Iterable[Listed], call: Call) -> None:
        self._call = call
        self._by_id: dict[str, Listed] = {}
        self._by_name: dict[str, Listed] = {}
        self._by_address: dict[str, list[Listed]] = {}
        for each in sorted(listed, key=lambda item: item.made_at):
            self._by_id[each.id] = each
            self._by_name[each.name] = each
            if is_ours(each.labels, call):
                self._by_address.setdefault(address_of(each.labels), []).append(each)

    def find(self, wanted: Wanted) -> Found | None:
        """What stands at the id that the state holds; else what carries its mark; else what has its name."""
        known = wanted.known
        if known is not None and (there := self.named(known.external_id)) is not None:
            return Found(there, belongs(there.labels, self._call, known, there.id, there.made_at))
        if (marked := self._marked(wanted)) is not None:
            return Found(marked, True)
        there = self._by_name.get(self._name(wanted))
        return Found(there, not wanted.key and is_ours(there.labels, self._call)) if there is not None else None

    def named(self, text: str) -> Listed | None:
        """By its id, the beginning of it, or its name, as users write what they import."""
        exact = self._by_id.get(text) or self._by_name.get(text)
        if exact is not None or len(text) < _SHORTEST:
            return exact
        begun = [each for each in self._by_id.values() if each.id.removeprefix("sha256:").startswith(text)]
        return begun[0] if len(begun) == 1 else None

    def _marked(self, wanted: Wanted) -> Listed | None:
        """The newest with the mark of its address; where a key is asked for, with that key and no other."""
        here = self._by_address.get(str(wanted.address), [])
        if wanted.key:
            here = [each for each in here if key_of(each.labels) == wanted.key]
        return here[-1] if here else None

    def _name(self, wanted: Wanted) -> str:
        for spec in (wanted.known.outputs if wanted.known else {}, wanted.desired.spec if wanted.desired else {}):
            if isinstance(name := spec.get("name"), str):
                return name
        return default_name(wanted.address, self._call)


def all_marked(listed: Iterable[Listed], call: Call) -> Iterable[Listed]:
    """Those that carry the mark of our lineage."""
    return (each for each in listed if each.labels.get(LINEAGE) == call.site.lineage)
