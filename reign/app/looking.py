"""Questions to outside systems: several at once, and each told before it is asked and once it was answered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from reign.app.nouns import Look, Looking

AT_ONCE = 16
"""Questions under way at the same time."""

Q = TypeVar("Q")
A = TypeVar("A")


def ask_all(
    questions: Sequence[Q], ask: Callable[[Q], A], about: Callable[[Q], Sequence[Look]], looking: Looking
) -> list[A]:
    """The answers, in the order of the questions. `ask` is called on threads unless there is one question alone."""
    if len(questions) < 2:
        return [_ask_here(question, ask, about, looking) for question in questions]
    from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

    answers: dict[int, A] = {}
    left = list(enumerate(questions))[::-1]
    running: dict[Future[A], int] = {}
    with ThreadPoolExecutor(max_workers=min(AT_ONCE, len(questions))) as pool:
        while left or running:
            while left and len(running) < AT_ONCE:
                place, question = left.pop()
                looking("start", about(question))
                running[pool.submit(ask, question)] = place
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                place = running.pop(future)
                answers[place] = future.result()
                looking("complete", about(questions[place]))
    return [answers[place] for place in range(len(questions))]


def _ask_here(question: Q, ask: Callable[[Q], A], about: Callable[[Q], Sequence[Look]], looking: Looking) -> A:
    looking("start", about(question))
    answer = ask(question)
    looking("complete", about(question))
    return answer
