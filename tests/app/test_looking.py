"""What is told of looking at reality: each question once when it is asked, and once when it was answered."""

import threading
from pathlib import Path

from reign.app.apply import apply
from reign.app.looking import AT_ONCE, ask_all
from reign.app.nouns import ApplyRequest, Look
from reign.app.plan import make_plan
from reign.execution.cancel import Cancel
from reign.model.address import Address
from reign.planning import Options
from tests.app.conftest import Folder, approve

FILES = """\
  b: { type: local.file, spec: { path: b, content: "1" } }
  a: { type: local.file, spec: { path: a, content: "2" } }
  v: { type: value, spec: { value: 1 } }
"""
DATA = "data:\n  notes: { type: local.file, spec: { path: notes.txt } }\n"


class Listener:
    def __init__(self) -> None:
        self.told: list[tuple[str, tuple[str, ...], tuple[bool, ...]]] = []
        self.threads: set[int] = set()

    def __call__(self, when: str, looks: object) -> None:
        assert isinstance(looks, list)
        self.threads.add(threading.get_ident())
        known = tuple(bool(look.external_id) for look in looks)
        self.told.append((when, tuple(look.address.text for look in looks), known))


def test_a_plan_tells_what_it_looks_at(folder: Folder) -> None:
    (folder.path / "notes.txt").write_text("x", encoding="utf-8")
    folder.write(FILES, DATA)
    told = Listener()
    make_plan(folder.where, Options(), told)
    files = ("local.file.a", "local.file.b")
    data = ("data.local.file.notes",)
    assert told.told == [
        ("start", data, (False,)),
        ("complete", data, (False,)),
        ("start", files, (False, False)),
        ("complete", files, (False, False)),
    ]
    assert told.threads == {threading.get_ident()}


def test_what_the_state_holds_is_told_with_its_id(folder: Folder) -> None:
    folder.write(FILES)
    folder.apply()
    told = Listener()
    make_plan(folder.where, Options(), told)
    assert told.told[0] == ("start", ("local.file.a", "local.file.b"), (True, True))


def test_nothing_is_told_where_nothing_is_looked_at(folder: Folder) -> None:
    folder.write("  v: { type: value, spec: { value: 1 } }\n")
    told = Listener()
    make_plan(folder.where, Options(), told)
    folder.write(FILES)
    make_plan(folder.where, Options(refresh=False), told)
    assert told.told == []


def test_an_apply_tells_it_too_and_so_does_the_last_look_of_a_plan_file(folder: Folder) -> None:
    folder.write(FILES)
    file = folder.save()
    told = Listener()
    apply(folder.where, ApplyRequest(file=file), approve, lambda _: None, Cancel(), told)
    (folder.path / "a").unlink()
    apply(folder.where, ApplyRequest(options=Options()), approve, lambda _: None, Cancel(), told)
    files = ("local.file.a", "local.file.b")
    assert [(when, names) for when, names, _ in told.told] == [("start", files), ("complete", files)] * 2


def test_many_questions_are_asked_at_once_and_told_one_at_a_time(tmp_path: Path) -> None:
    under_way = 0
    most = 0
    barrier = threading.Barrier(AT_ONCE)

    def ask(number: int) -> int:
        if number < AT_ONCE:
            barrier.wait(30)
        return number * 2

    def looking(when: str, _: object) -> None:
        nonlocal under_way, most
        under_way += 1 if when == "start" else -1
        most = max(most, under_way)

    answers = ask_all(range(50), ask, lambda number: [Look(Address("value", "n", number))], looking)
    assert answers == [number * 2 for number in range(50)]
    assert (under_way, most) == (0, AT_ONCE)
