"""What is done apart: its answer, its errors, and that a signal does not wait for it."""

import os
import signal
import threading

import pytest

from reign.analytics.apart import apart


def test_the_answer_comes_back_and_no_thread_stays() -> None:
    before = threading.active_count()
    assert apart(lambda: threading.current_thread() is threading.main_thread()) is False
    assert threading.active_count() == before


def test_an_error_comes_back_as_it_was_raised() -> None:
    with pytest.raises(TimeoutError, match="too late"):
        apart(lambda: _raise(TimeoutError("too late")))


def test_an_interrupt_does_not_wait_for_the_answer() -> None:
    over = threading.Event()

    def work() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        over.wait()

    with pytest.raises(KeyboardInterrupt):
        apart(work)
    over.set()


def _raise(error: Exception) -> None:
    raise error
