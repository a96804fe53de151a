"""kill -9 at the system calls of the real command. What it leaves behind is what the next command goes on from."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .conftest import Life

pytestmark = pytest.mark.usefixtures("strace")

SAMPLE = (
    ("create", "/^link", 1),
    ("create", "fsync", 10),
    ("update", "/^link", 1),
    ("update", "/^unlink", 1),
    ("destroy", "/^unlink", 1),
    ("destroy", "fsync", 7),
)
CALLS = ("fsync", "fdatasync", "/^rename", "/^link", "/^unlink", "/^mkdir", "/^(write|pwrite64)$", "fchmod")
NEVER = {("destroy", "/^link"), ("destroy", "fchmod")}
"""What a destroy has no need of."""
ALL = [(name, calls) for name in ("create", "update", "destroy") for calls in CALLS if (name, calls) not in NEVER]


@pytest.mark.parametrize(("name", "calls", "number"), SAMPLE)
def test_it_goes_on_after_a_kill(life: Callable[[str], Life], name: str, calls: str, number: int) -> None:
    begun = life(name)
    assert begun.is_dead_at(calls, number), "nothing was killed"
    begun.goes_on()


@pytest.mark.parametrize("name", ["create", "update", "destroy"])
def test_it_goes_on_after_a_kill_at_a_write_to_the_journal(life: Callable[[str], Life], name: str) -> None:
    begun = life(name)
    assert begun.is_dead_at("write", 2, "-P", str(begun.folder.path / ".reign/journal/00000001.log"))
    begun.goes_on()


@pytest.mark.slow
@pytest.mark.parametrize(("name", "calls"), ALL)
def test_it_goes_on_after_a_kill_anywhere(life: Callable[[str], Life], name: str, calls: str) -> None:
    number = 1
    while (begun := life(name)).is_dead_at(calls, number):
        begun.goes_on()
        number += 1
    assert number > 1, "nothing was killed"
