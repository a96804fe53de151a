"""The question before each operation, where `settings.execution.mode` is `confirm`."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from reign.cli.asking import ask

if TYPE_CHECKING:
    from reign.cli.session import Session
    from reign.execution.job import Answer
    from reign.model.plan import Change


class Questions:
    """`execution.job.Confirm` of the person at the terminal. What runs meanwhile goes on, and is told as it ends.

    `said_no`: an answer was neither yes nor all, so that the run is paused.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self.said_no = False

    def __call__(self, change: Change, answer: Callable[[Answer], None]) -> None:
        """Ask, on a thread of its own, whose end nobody waits for."""
        threading.Thread(target=self._ask, args=(change, answer), name="question", daemon=True).start()

    def _ask(self, change: Change, answer: Callable[[Answer], None]) -> None:
        told: Answer = "no"
        try:
            match ask(self._session, self._question(change)):
                case "yes":
                    told = "yes"
                case "all":
                    told = "all"
        finally:  # whatever came of the question, an answer there must be
            self.said_no = told == "no"
            answer(told)

    def _question(self, change: Change) -> list[str]:
        words = " and ".join(word.value for word in change.words)
        return [
            "",
            f"{change.address}: {words}?",
            "  'yes', or 'all' for this and all that follow; else the run pauses.",
        ]
