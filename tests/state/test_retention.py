"""Old segments go: the event first, then the files; whatever comes between, the next writer finishes it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from reign.analytics import query
from reign.model.errors import Failed
from reign.model.event import Event, EventKind
from reign.state import read
from reign.state.layout import Layout
from reign.state.lock import Owner
from reign.state.reader import Reading, read_fold
from reign.state.retention import Old, old_segments
from reign.state.segment import segment_paths
from reign.state.writer import Writer, open_writer
from tests.state.conftest import checkpoint, event, started, whole_run, write
from tests.state.proof import anew, copied, held, rolling, tables

OLD, NEW, CUT = "2026-01-01T00:00:00.000000", "2026-06-01T00:00:00.000000", "2026-03-01T00:00:00.000000"


def told(batches: Sequence[Sequence[Event]], at: str) -> list[list[Event]]:
    return [[replace(one, at=at) for one in batch] for batch in batches]


def runs(first: int, last: int, at: str) -> list[list[Event]]:
    return told([batch for run in range(first, last) for batch in whole_run(f"r{run}", run)], at)


@pytest.fixture
def aged(layout: Layout) -> Layout:
    """Six old runs and three new ones, in segments of about a run each."""
    rolling(layout, [*runs(1, 7, OLD), *runs(7, 10, NEW)], 1000)
    for number in range(1, 10):
        (layout.runs / f"r{number}").mkdir(parents=True)
        (layout.runs / f"r{number}" / "plan").write_text(f'{{"sha256":"{number:064x}"}}')
    layout.blobs.mkdir()
    for number in (2, 8, 99):
        (layout.blobs / f"{number:064x}").write_text("content")
    return layout


def prune(layout: Layout, *, last: bool = False) -> int:
    """What a command does; how many segments went."""
    with open_writer(layout, Owner("history prune")) as writer:
        old = old_segments(layout.journal, read_fold(layout), CUT, last=last)
        return pruned(writer, old)


def pruned(writer: Writer, old: Old | None = None) -> int:
    old = old or writer.old(CUT)
    if old.segments:
        writer.journal.append([writer.pruned(old, "p1", NEW, 1.0)])
        writer.clear()
    return old.segments


def test_what_is_old_goes_and_the_rest_is_what_it_was(aged: Layout) -> None:
    before, state, names = tables(aged), read(aged), [path.name for path in segment_paths(aged.journal)]
    went = prune(aged)
    assert went > 2
    assert [path.name for path in segment_paths(aged.journal)] == names[went:]
    after, now = tables(aged), read(aged)
    assert (now.resources, now.outputs, now.head, now.serial) == (
        state.resources,
        state.outputs,
        state.head,
        state.serial,
    )
    kept = {row[0] for row in after["runs"]}
    assert {"r7", "r8", "r9"} <= kept < {row[0] for row in before["runs"]}
    assert set(after["runs"]) <= set(before["runs"])
    assert after["resources"] == before["resources"]
    assert sorted(path.name for path in aged.runs.iterdir()) == sorted({row[0] for row in after["events"]} - {"p1"})
    assert sorted(path.name for path in aged.blobs.iterdir()) == [f"{8:064x}"]


def test_the_store_loses_the_same_rows_as_one_made_anew(aged: Layout) -> None:
    write(aged, [[started("s1")]])
    prune(aged)
    fed = held(aged.store)
    assert not list(aged.state.glob("*.aside-*")), "it was not damaged"
    assert fed == anew(aged)
    write(aged, [[started("s2")]])
    assert {row[0] for row in held(aged.store)["runs"]} == {row[0] for row in fed["runs"]} | {"s2"}


def test_the_last_segment_goes_only_where_that_is_meant(layout: Layout) -> None:
    rolling(layout, runs(1, 3, OLD), 1 << 20)
    state = read(layout)
    assert prune(layout) == 0
    assert prune(layout, last=True) == 1
    assert [path.name for path in segment_paths(layout.journal)] == ["00000002.log"]
    assert replace(read(layout), last_seq=state.last_seq, first_segment=1) == state
    assert [row[0] for row in query(layout, "SELECT kind FROM events").rows] == ["pruned"]


def test_what_a_named_checkpoint_needs_stays_and_an_automatic_one_ends(layout: Layout) -> None:
    own = told([[checkpoint("before-r3", "r3", automatic=True)]], OLD)
    named = told([[checkpoint("v1", "r4")]], OLD)
    rolling(layout, [*runs(1, 3, OLD), *own, *runs(3, 5, OLD), *named, *runs(5, 9, OLD), *runs(9, 11, NEW)], 1000)
    held_at = {name: kept.seq for name, kept in read(layout).checkpoints.items()}
    there = Reading(layout).at(held_at["id of v1"]).state()
    assert prune(layout) > 0
    assert [kept.name for kept in read(layout).checkpoints.values()] == ["v1"]
    assert Reading(layout).at(held_at["id of v1"]).state() == there
    with pytest.raises(LookupError):
        Reading(layout).at(held_at["id of before-r3"])
    assert prune(layout) == 0
    write(layout, [told([[event(EventKind.CHECKPOINT_DELETED, id="id of v1")]], NEW)[0]])
    assert prune(layout) > 0
    assert query(layout, "SELECT count(*) FROM checkpoints").rows == ((0,),)


KILLED = """
import os, pathlib, shutil, sys
from tests.state.test_retention import *
from reign.state import files, retention
left = int(sys.argv[2])

def dying(function):
    def called(*args, **more):
        global left
        left -= 1
        if left < 0:
            os._exit(9)
        return function(*args, **more)
    return called

writer = open_writer(Layout(pathlib.Path(sys.argv[1])), Owner("history prune"))
for owner, name in ((pathlib.Path, "unlink"), (shutil, "rmtree"), (retention, "sync_folder"), (files.os, "fsync")):
    setattr(owner, name, dying(getattr(owner, name)))
pruned(writer)
os._exit(0)
"""


@pytest.mark.parametrize("nth", [0, 1, 3, 8, *(pytest.param(nth, marks=pytest.mark.slow) for nth in range(9, 20))])
def test_killed_at_any_step_the_next_writer_finishes(aged: Layout, tmp_path: Path, nth: int) -> None:
    before = read(aged)
    whole = copied(aged, Layout(tmp_path / "whole"))
    with open_writer(whole, Owner("history prune")) as writer:
        pruned(writer)
    subprocess.run([sys.executable, "-c", KILLED, str(aged.folder), str(nth)], check=False)
    assert read(aged).resources == before.resources
    assert list(Reading(aged).history()), "whoever reads now reads all that is kept"
    with suppress(KeyboardInterrupt), open_writer(aged, Owner("apply")) as writer:
        pruned(writer)  # nothing, where it was durable before the kill
        raise KeyboardInterrupt
    names = [path.name for path in segment_paths(aged.journal)]
    assert names == [path.name for path in segment_paths(whole.journal)]
    runs_left = {one.run for one in writer.journal.read()}
    assert {path.name for path in aged.runs.iterdir()} == runs_left - {"p1"}
    assert [path.name for path in aged.blobs.iterdir()] == [f"{8:064x}"]


def test_a_first_segment_that_nobody_pruned_is_missed(aged: Layout) -> None:
    segment_paths(aged.journal)[0].unlink()
    with pytest.raises(Failed) as caught:
        list(Reading(aged).history())
    assert caught.value.findings[0].code == "state/damaged"
