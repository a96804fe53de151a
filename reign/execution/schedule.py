"""Which step may start: the graph, counted down."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence

from reign.model.plan import Plan, Step

Rank = tuple[int, int, int]
"""Priority and height, both negated so that the larger goes first, then the plan's order."""


class Schedule:
    """Steps by index. Each waits, is ready, is out (handed out), or is settled. The work per step is its edges.

    A lane is what has a limit of its own, a provider; each keeps its ready steps apart, so that a full one is passed
    over without a look at what waits in it.
    """

    def __init__(self, steps: Sequence[Step], priority: Sequence[int], lanes: Sequence[str]) -> None:
        self._missing = [len(step.needs) for step in steps]
        self._followers: list[list[int]] = [[] for _ in steps]
        for index, step in enumerate(steps):
            for need in step.needs:
                self._followers[need].append(index)
        self._settled = [False] * len(steps)
        heights = self._heights()
        self._ranks: list[Rank] = [(-priority[index], -heights[index], index) for index in range(len(steps))]
        self._lanes = lanes
        self._ready: dict[str, list[Rank]] = {lane: [] for lane in lanes}
        for index, missing in enumerate(self._missing):
            if not missing:
                self.put_back(index)

    def pop(self, is_full: Callable[[str], bool]) -> int | None:
        """Hand out the next step of a lane that is not full; None where there is none.

        Higher priority first, then what most steps in a row wait for, then the plan's order.
        """
        heads = [heap[0] for lane, heap in self._ready.items() if self._has_ready(heap) and not is_full(lane)]
        if not heads:
            return None
        index = min(heads)[2]
        heapq.heappop(self._ready[self._lanes[index]])
        return index

    def has_ready(self) -> bool:
        """True while some step could start now, lanes aside."""
        return any(self._has_ready(heap) for heap in self._ready.values())

    def put_back(self, index: int) -> None:
        """A step is ready, or ready again."""
        heapq.heappush(self._ready[self._lanes[index]], self._ranks[index])

    def done(self, index: int) -> list[int]:
        """What waited for this step waits no longer. Returns the steps that became ready by it."""
        released: list[int] = []
        if self._settled[index]:
            return released
        self._settled[index] = True
        for follower in self._followers[index]:
            self._missing[follower] -= 1
            if not self._missing[follower] and not self._settled[follower]:
                self.put_back(follower)
                released.append(follower)
        return released

    def fail(self, index: int) -> list[int]:
        """This step failed: every step that needs it, however far, is skipped. Returns those, in the plan's order."""
        self._settled[index] = True
        skipped, open_ = set(), [index]
        while open_:
            for follower in self._followers[open_.pop()]:
                if not self._settled[follower]:
                    self._settled[follower] = True
                    skipped.add(follower)
                    open_.append(follower)
        return sorted(skipped)

    def left(self) -> list[int]:
        """The steps that never ended: waiting, ready or out."""
        return [index for index, settled in enumerate(self._settled) if not settled]

    def _has_ready(self, heap: list[Rank]) -> bool:
        while heap and self._settled[heap[0][2]]:
            heapq.heappop(heap)
        return bool(heap)

    def _heights(self) -> list[int]:
        """How many steps in a row wait for each. What a step needs stands before it, so one pass backwards will do."""
        heights = [0] * len(self._followers)
        for index in range(len(heights) - 1, -1, -1):
            heights[index] = max((heights[follower] + 1 for follower in self._followers[index]), default=0)
        return heights


def moves(plan: Plan) -> list[int]:
    """The steps that write down a move, each after the one that leaves the address it goes to."""
    froms = {change.address: change.previous_address for change in plan.changes if change.previous_address}
    left = {step.address: index for index, step in enumerate(plan.steps) if step.verb == "move"}
    found: list[int] = []
    while left:
        to_be_left = {froms.get(address) for address in left}
        free = [address for address in left if address not in to_be_left] or list(left)
        found += [left.pop(address) for address in free]
    return found
