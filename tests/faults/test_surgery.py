"""kill -9 at the system calls of commands that change the state by hand, and of an import: all of it is done, or nothing,
and the same command once more ends it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from reign.app.apply import apply
from reign.app.look import state
from reign.app.nouns import ApplyRequest, Taking
from reign.app.surgery import Operation, move, operate, remove, taint
from reign.execution.cancel import Cancel
from reign.model.errors import Failed
from tests.app.conftest import Folder

from .conftest import Life

pytestmark = pytest.mark.usefixtures("strace")

FILES = """\
  a: {type: local.file, spec: {path: a, content: one}}
  b: {type: local.file, spec: {path: b, content: "${resources.a.path}"}}
  g: {type: value, for_each: [x, y], depends_on: [b], spec: {value: 1}}
"""
THERE = {"a": "one", "b": "a", "other": "mine"}
WORDS = {
    "mv": ("state", "mv", "b", "c"),
    "rm": ("state", "rm", "b", "g"),
    "taint": ("state", "taint", "*"),
    "import": ("import", "other", "other"),
}
OPERATIONS: dict[str, Operation] = {"mv": move("b", "c"), "rm": remove(["b", "g"]), "taint": taint(["*"])}
JOURNAL = "journal"
SAMPLE = [
    ("mv", "/^write$", 1, JOURNAL),
    ("mv", "fsync", 4, ""),
    ("rm", "/^write$", 1, JOURNAL),
    ("rm", "/^unlink", 1, ""),
    ("taint", "fsync", 3, ""),
    ("import", "/^write$", 2, JOURNAL),
    ("import", "/^rename", 2, ""),
    ("import", "fsync", 8, ""),
]
CALLS = ("fsync", "fdatasync", "/^rename", "/^link", "/^unlink", "/^(write|pwrite64)$")


def begin(name: str, path: Path) -> Life:
    """A project that was applied, and a file beside it that is not its own yet."""
    path.mkdir()
    folder = Folder(path)
    folder.write(FILES)
    assert folder.apply().status == "completed"
    (path / "other").write_text("mine")
    folder.write(FILES + "  other: {type: local.file, spec: {path: other, content: mine}}\n")
    return Life(name, folder, WORDS[name])


def there(life: Life) -> dict[str, tuple[bool, tuple[str, ...]]]:
    """What the state says."""
    held = state(life.folder.where).resources
    return {address.text: (each.tainted, each.depends_on) for address, each in held.items()}


def end(life: Life) -> None:
    """Do it, where it is not done yet."""
    where = life.folder.where
    try:
        if life.name == "import":
            request = ApplyRequest(command="import", taking=Taking("other", "other"))
            apply(where, request, lambda _: None, lambda _: None, Cancel())
        else:
            operate(where, OPERATIONS[life.name], lambda _: None)
    except Failed as error:
        codes = {finding.code for finding in error.findings}
        assert codes <= {"plan/no-match", "plan/import-managed", "recovery/adopted"}


def goes_on(life: Life, before: object, after: object) -> None:
    """It is as before or as after, and as after once it is done again."""
    life.is_private()
    if life.name != "import":
        assert there(life) in (before, after)
    end(life)
    held = state(life.folder.where)
    assert there(life) == after
    assert (held.open_intents, held.open_runs, held.deposed) == ((), (), {})
    assert life.there() == THERE, "nothing outside was touched"
    life.is_private()


@pytest.fixture
def whole(tmp_path: Path) -> Callable[[str], object]:
    """What the state says once a command has come to its end."""

    def made(name: str) -> object:
        life = begin(name, tmp_path / f"whole-{name}")
        end(life)
        return there(life)

    return made


@pytest.mark.parametrize(("name", "calls", "number", "of"), SAMPLE)
def test_after_a_kill(
    whole: Callable[[str], object], tmp_path: Path, name: str, calls: str, number: int, of: str
) -> None:
    life = begin(name, tmp_path / "killed")
    before = there(life)
    only = ("-P", str(life.folder.journal())) if of == JOURNAL else ()
    assert life.is_dead_at(calls, number, *only), "nothing was killed"
    goes_on(life, before, whole(name))


@pytest.mark.slow
@pytest.mark.parametrize("name", WORDS)
@pytest.mark.parametrize("calls", CALLS)
def test_after_a_kill_anywhere(whole: Callable[[str], object], tmp_path: Path, name: str, calls: str) -> None:
    after, number = whole(name), 1
    while True:
        life = begin(name, tmp_path / f"killed-{number}")
        before = there(life)
        if not life.is_dead_at(calls, number):
            break
        goes_on(life, before, after)
        number += 1
