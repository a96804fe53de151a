"""Which operations a person lets begin, asked one at a time while everything else goes on."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from reign.execution.job import Answer, Confirm
from reign.model.address import Address
from reign.model.plan import Change, Step


class Confirming:
    """`tell` takes the answers, from any thread.

    What is only asked or looked up is no operation, and neither is the rest of one that has begun.
    """

    def __init__(self, confirm: Confirm | None, tell: Callable[[Answer], None]) -> None:
        self._confirm, self._tell = confirm, tell
        self._may: set[Address] = set()
        self._waiting: deque[tuple[int, Change]] = deque()
        self._asked = False

    @property
    def is_open(self) -> bool:
        """While a question has no answer."""
        return self._asked

    def may_begin(self, index: int, step: Step, change: Change) -> bool:
        """Whether step number `index` may start now; if not, it is handed back by `answered`."""
        if self._confirm is None or step.kind in ("wait", "gate") or step.verb == "read" or step.address in self._may:
            return True
        self._waiting.append((index, change))
        return False

    def ask(self) -> None:
        """Ask the next question, where one waits and none is open."""
        if self._confirm is None or self._asked or not self._waiting:
            return
        self._asked = True
        self._confirm(self._waiting[0][1], self._tell)

    def answered(self, answer: Answer) -> list[int]:
        """The steps that may start by the answer to the open question."""
        self._asked = False
        if answer == "no":
            return []
        if answer == "all":
            self._confirm = None
            released = [index for index, _ in self._waiting]
            self._waiting.clear()
            return released
        index, change = self._waiting.popleft()
        self._may.add(change.address)
        return [index]
