"""Which step may start: the graph, counted down."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence

from reign.model.plan import Step


class Schedule:
    """Steps by index. Each is waiting, ready, out (handed out), done, failed or skipped; work per step is its edges."""

    def __init__(self, steps: Sequence[Step], priority: Sequence[int]) -> None:
        self._missing = [len(step.needs) for step in steps]
        self._followers: list[list[int]] = [[] for _ in steps]
        for index, step in enumerate(steps):
            for need in step.needs:
                self._followers[need].append(index)
        self._settled = [False] * len(steps)
        self._order = [(-priority[index], index) for index in range(len(steps))]
        self._ready = [self._order[index] for index, missing in enumerate(self._missing) if not missing]
        heapq.heapify(self._ready)

    def __bool__(self) -> bool:
        """True while a step could start now."""
        self._drop_settled()
        return bool(self._ready)

    def pop(self) -> int:
        """Hand out the next step: higher priority first, then the plan's order."""
        self._drop_settled()
        return heapq.heappop(self._ready)[1]

    def put_back(self, index: int) -> None:
        """A step that was handed out is ready again."""
        heapq.heappush(self._ready, self._order[index])

    def done(self, index: int) -> list[int]:
        """What waited for this step waits no longer. Returns the steps that became ready by it."""
        released: list[int] = []
        if self._settled[index]:
            return released
        self._settled[index] = True
        for follower in self._followers[index]:
            self._missing[follower] -= 1
            if not self._missing[follower] and not self._settled[follower]:
                heapq.heappush(self._ready, self._order[follower])
                released.append(follower)
        return released

    def fail(self, index: int) -> Iterable[int]:
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

    def _drop_settled(self) -> None:
        while self._ready and self._settled[self._ready[0][1]]:
            heapq.heappop(self._ready)
