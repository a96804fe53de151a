"""The reference provider over a world that whoever runs in the same process can look at and play with."""

from __future__ import annotations

from reign.providers.memory import Memory, World

WORLDS = [World()]
"""The last one is the one that is meant."""


class Kept(Memory):
    """`memory.*`, as an installed package brings it."""

    name = "memory"

    def __init__(self) -> None:
        super().__init__(WORLDS[-1])
