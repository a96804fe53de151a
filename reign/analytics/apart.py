"""Work that hears no signal while it lasts, on a thread of its own: whoever waits for it hears them all."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")

_HEARD_S = 0.2
"""How long a signal may go unheard that the system gave to another thread than the one that waits."""


def apart(work: Callable[[], T]) -> T:
    """What `work` returns, or raises.

    What a signal raises comes out of here at once, and leaves `work` to itself: the thread keeps no process from ending,
    and nobody gets its answer. So `work` is to write nothing.
    """
    answer: Future[T] = Future()

    def carry_out() -> None:
        try:
            answer.set_result(work())
        except BaseException as error:  # noqa: BLE001 - it is raised where the answer is wanted
            answer.set_exception(error)

    thread = threading.Thread(target=carry_out, name="question", daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(_HEARD_S)
    return answer.result()
