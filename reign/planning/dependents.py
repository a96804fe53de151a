"""What depends on something in the state, by the recorded edges."""

from __future__ import annotations

from reign.model.address import Address
from reign.model.event import State


def dependents_of(state: State, address: Address, *, indirect: bool = False) -> list[Address]:
    """What depends on `address`, in the order of addresses; with `indirect`, also through others."""
    waiting: dict[str, list[Address]] = {}
    for held in state.resources.values():
        for needed in held.depends_on:
            waiting.setdefault(needed, []).append(held.address)
    found: set[Address] = set()
    todo = [address]
    while todo:
        at = todo.pop()
        new = {each for each in (*waiting.get(at.text, ()), *waiting.get(at.group.text, ())) if each not in found}
        found |= new
        todo += new if indirect else ()
    return sorted(found - {address}, key=Address.sort_key)
