"""Damage of the journal: found wherever it is, named, and mended with nothing lost that can be read."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from reign.model.errors import Failed
from reign.model.event import Event, EventKind, State
from reign.state import read
from reign.state.fold import Fold
from reign.state.journal import FolderJournal
from reign.state.layout import Layout
from reign.state.lock import Owner
from reign.state.mend import mend
from reign.state.reader import Reading, fold_of
from reign.state.salvage import Damage, pieces
from reign.state.segment import last_segment, segment_paths
from reign.state.writer import open_writer
from tests.state.conftest import event, made, started, whole_run

LINEAGE = "0123456789abcdef" * 2


def rolling(layout: Layout, batches: list[list[Event]], segment_bytes: int = 900) -> None:
    """Writes a journal whose segments end early."""
    layout.create()
    segment = last_segment(layout.journal)
    fold = fold_of(segment) if segment else Fold({"lineage": LINEAGE})
    journal = FolderJournal(layout.journal, fold, segment, segment_bytes=segment_bytes)
    for batch in batches:
        journal.append(batch)
    journal.close()


def checkpoint(name: str, serial: int) -> Event:
    told = {"id": name, "name": name, "description": "", "automatic": False, "head": "", "resources": 2}
    return replace(event(EventKind.CHECKPOINT), data={**told, "serial": serial})


@pytest.fixture
def several(layout: Layout) -> Layout:
    """A journal of several segments."""
    batches = [batch for run in range(1, 4) for batch in whole_run(f"r{run}", run)]
    rolling(layout, [*batches, [checkpoint("early", 3)], *whole_run("r4", 4, ("c",))])
    assert len(segment_paths(layout.journal)) >= 3
    return layout


def damages(layout: Layout) -> list[Damage]:
    return [damage for piece in pieces(layout.journal) for damage in piece.damages]


def torn(layout: Layout) -> bytes:
    return b"".join(piece.torn for piece in pieces(layout.journal))


def told(state: State) -> tuple[object, ...]:
    """What a state says, but for the names of lines."""
    kept = {name: replace(held, head="") for name, held in state.checkpoints.items()}
    return state.lineage, state.serial, state.resources, state.outputs, state.open_intents, kept, state.last_seq


def is_in_order(layout: Layout) -> bool:
    """Whether every reader reads it, and nothing is found any more."""
    seqs = [raw["seq"] for segment in Reading(layout).history() for raw, _ in segment.raws()]
    assert seqs == list(range(1, len(seqs) + 1))
    return not damages(layout) and not torn(layout)


def test_a_whole_journal_has_no_damage(several: Layout) -> None:
    assert is_in_order(several)
    before = {path: path.read_bytes() for path in several.journal.iterdir()}
    assert mend(several).damages == ()
    assert {path: path.read_bytes() for path in several.journal.iterdir()} == before


def flips(layout: Layout, start: int, step: int) -> list[tuple[Path, int, int]]:
    chance = random.Random(start)
    paths = segment_paths(layout.journal)
    return [(path, at, 1 << chance.randrange(8)) for path in paths for at in range(start, path.stat().st_size, step)]


EVERY = 24
"""Every byte, in so many parts."""


@pytest.mark.parametrize(
    ("start", "step"), [(5, 101), *(pytest.param(part, EVERY, marks=pytest.mark.slow) for part in range(EVERY))]
)
def test_one_turned_bit_anywhere_is_found_and_turned_back(several: Layout, start: int, step: int) -> None:
    """All but the last batch, which is cut, as when its write was cut off; and what no line stands behind."""
    before = {path: path.read_bytes() for path in segment_paths(several.journal)}
    whole, last = told(read(several)), max(before)
    lines = 0
    for path, at, bit in flips(several, start, step):
        data = bytearray(before[path])
        data[at] ^= bit
        path.write_bytes(data)
        found = damages(several)
        assert found or (path == last and torn(several)), (path.name, at)
        if found:
            mended = mend(several)
            assert mended.damages == tuple(found)
            assert is_in_order(several), (path.name, at)
            assert told(read(several)) == whole or any(each.lost for each in found), (path.name, at, found)
            assert bytes(data) in [aside.read_bytes() for aside in mended.asides]
            lines += not any(each.lost for each in found)
        for each in several.journal.iterdir():
            each.unlink()
        for each, content in before.items():
            each.write_bytes(content)
    assert lines > 5, "most are turned back"


def test_a_line_that_cannot_be_read_any_more_is_named_and_its_place_kept(layout: Layout) -> None:
    rolling(layout, [[started()], made("value.a", serial=1, v=1), made("value.b", v=2), made("value.c", v=3)], 1 << 20)
    (path,) = segment_paths(layout.journal)
    lines = path.read_bytes().split(b"\n")
    number = next(index for index, line in enumerate(lines) if b'"value.b"' in line and b'"kind":"result"' in line)
    lines[number] = lines[number].replace(b'"v":2', b'"v":9').replace(b'"outcome":"done"', b'"outcome":"dOnE"')
    path.write_bytes(b"\n".join(lines))
    (found,) = damages(layout)
    assert (found.line, found.address, found.kind, found.lost) == (number + 1, "value.b", "result", (5, 5))
    with pytest.raises(Failed):
        read(layout)
    mend(layout)
    assert is_in_order(layout)
    state = read(layout)
    assert set(map(str, state.resources)) == {"value.a", "value.c"}
    assert [intent.address for intent in state.open_intents] == ["value.b"], "it is looked up by its mark"
    (stands,) = (raw for each in Reading(layout).history() for raw, _ in each.raws() if raw["kind"] == "lost")
    assert (stands["seq"], stands["address"], stands["data"]["kind"]) == (5, "value.b", "result")


@pytest.mark.parametrize("which", [0, 1, -1])
@pytest.mark.parametrize("how", ["missing", "empty", "garbage", "cut", "headless"])
def test_whatever_happens_to_a_segment(several: Layout, which: int, how: str) -> None:
    paths = segment_paths(several.journal)
    whole, path = told(read(several)), paths[which]
    data = path.read_bytes()
    match how:
        case "missing":
            path.unlink()
        case "empty":
            path.write_bytes(b"")
        case "garbage":
            path.write_bytes(random.Random(1).randbytes(len(data)))
        case "cut":
            path.write_bytes(data[: len(data) // 2])
        case "headless":
            path.write_bytes(b"x" * data.index(b"\n") + data[data.index(b"\n") :])
    if (how, which) == ("missing", -1):
        assert not damages(several), "only the store knows that there was more"
        return
    if (how, which) == ("cut", -1):
        assert damages(several) or torn(several)
    else:
        assert damages(several)
    mended = mend(several)
    open_writer(several, Owner("apply")).close()
    assert is_in_order(several)
    if which != -1:
        assert told(read(several)) == whole, "what came later says what the state is"
    if mended.asides and how not in ("missing", "cut"):
        assert any(
            aside.read_bytes() == path.read_bytes() or aside.name.startswith(path.name) for aside in mended.asides
        )


def test_lines_that_stand_twice_or_out_of_their_place(several: Layout) -> None:
    path = segment_paths(several.journal)[1]
    whole, data = told(read(several)), path.read_bytes()
    lines = data.splitlines(keepends=True)
    change: Callable[[int], list[bytes]]
    for change in (
        lambda at: [*lines[: at + 1], *lines[at:]],
        lambda at: [*lines[:at], lines[at + 1], lines[at], *lines[at + 2 :]],
    ):
        path.write_bytes(b"".join(change(1)))
        assert damages(several)
        mend(several)
        assert is_in_order(several)
        assert told(read(several)) == whole
        for each in several.journal.glob("*.aside-*"):
            each.rename(each.with_name(each.name.partition(".aside")[0])) if each.name.startswith(path.name) else None
        path.write_bytes(data)


@pytest.mark.parametrize("longer", [False, True])
def test_a_segment_that_was_copied(layout: Layout, longer: bool) -> None:
    """The copy goes aside, and the good one stays; what was written on in the copy since comes back to its place."""
    rolling(layout, whole_run(), 1 << 20)
    (path,) = segment_paths(layout.journal)
    copy = path.with_name("00000002.log")
    copy.write_bytes(path.read_bytes())
    if longer:
        rolling(layout, whole_run("r2", 2), 1 << 20)
    whole, data = read(layout), copy.read_bytes()
    assert [damage.file for damage in damages(layout)] == [path.name] * longer + [copy.name]
    mended = mend(layout)
    assert not any(damage.lost or damage.forgets for damage in mended.damages)
    assert segment_paths(layout.journal) == [path]
    assert path.read_bytes() == data
    assert copy.with_name("00000002.log.aside-1").read_bytes() == data
    assert is_in_order(layout)
    assert read(layout) == whole


@pytest.mark.parametrize("which", [1, -1])
def test_a_copy_of_an_older_segment(several: Layout, which: int) -> None:
    """At the end, or in the place of one that it replaced."""
    paths = segment_paths(several.journal)
    before = {path: path.read_bytes() for path in paths}
    whole = told(read(several))
    copy = paths[1] if which == 1 else paths[-1].with_name("00000099.log")
    copy.write_bytes(before[paths[0]])
    assert copy.name in {damage.file for damage in damages(several)}
    mended = mend(several)
    assert before[paths[0]] in [aside.read_bytes() for aside in mended.asides]
    assert is_in_order(several)
    assert told(read(several)) == whole
    if which == -1:
        assert {path: path.read_bytes() for path in segment_paths(several.journal)} == before


@pytest.mark.parametrize("which", [0, 1, -1])
def test_a_segment_that_is_a_folder(several: Layout, which: int) -> None:
    path = segment_paths(several.journal)[which]
    path.unlink()
    path.mkdir()
    (path / "mine").write_text("kept")
    assert next((each.file, each.why) for each in damages(several)) == (path.name, "it is a folder")
    mend(several)
    assert (path.with_name(f"{path.name}.aside-1") / "mine").read_text() == "kept"
    assert is_in_order(several)


def test_of_nothing_readable_nothing_is_made(layout: Layout) -> None:
    rolling(layout, whole_run())
    for path in segment_paths(layout.journal):
        path.write_bytes(b"nothing\n")
    before = sorted(layout.journal.iterdir())
    with pytest.raises(Failed) as caught:
        mend(layout)
    assert [finding.code for finding in caught.value.findings] == ["doctor/nothing-left"]
    assert sorted(layout.journal.iterdir()) == before


def test_a_mended_journal_is_written_on(several: Layout) -> None:
    path = segment_paths(several.journal)[0]
    path.write_bytes(path.read_bytes().replace(b"value.a", b"value.z"))
    before = read(several).last_seq
    mend(several)
    with open_writer(several, Owner("apply")) as opened:
        opened.journal.append([started("r9"), *made("value.n", "r9", 9)])
    assert read(several).last_seq == before + 3
    assert is_in_order(several)
