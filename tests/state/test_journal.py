"""The journal: what was made durable comes back, all of it or an exact prefix, and nothing else ever does."""

from __future__ import annotations

import errno
import os
import random
import resource
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reign.model.errors import Failed
from reign.model.event import Event, EventKind, State
from reign.state import files as files_module
from reign.state import read
from reign.state.fold import Fold
from reign.state.journal import FolderJournal
from reign.state.layout import Layout
from reign.state.reader import Reading, fold_of
from reign.state.segment import last_segment, segment_paths
from reign.state.writer import Writer
from tests.state.conftest import ended, ends_of_batches, event, intent, made, outputs, started, whole_run, write


def test_events_come_back_numbered_and_as_they_were(layout: Layout, writer: Callable[..., Writer]) -> None:
    opened = writer()
    batches = whole_run()
    numbered = [event for batch in batches for event in opened.journal.append(batch)]
    assert [event.seq for event in numbered] == list(range(1, len(numbered) + 1))
    assert list(opened.journal.read()) == numbered
    assert list(opened.journal.read(after=3)) == numbered[3:]


def test_state_is_the_same_for_writer_reader_and_next_writer(layout: Layout, writer: Callable[..., Writer]) -> None:
    first = writer()
    for batch in whole_run():
        first.journal.append(batch)
    told = first.state
    assert set(map(str, told.resources)) == {"value.a", "value.b"}
    assert (told.serial, told.outputs["first"].value, told.open_intents, told.open_runs) == (1, "a", (), ())
    assert read(layout) == told
    first.close()
    assert writer().state == told


def test_lineage_comes_to_stand_with_the_first_event(layout: Layout, writer: Callable[..., Writer]) -> None:
    refused = writer(lineage="chosen")
    assert refused.state == State(lineage="chosen")
    refused.close()
    assert read(layout) == State()
    write(layout, [[started()]], "other")
    assert (read(layout).lineage, read(layout).serial, read(layout).head) == ("other", 0, "")


def test_head_moves_with_what_changes_the_state_and_with_nothing_else(writer: Callable[..., Writer]) -> None:
    opened = writer()
    heads = []
    for one in [started(), intent("value.a", serial=1), made("value.a")[1], outputs(a=1), intent("value.b"), ended()]:
        opened.journal.append([one])
        heads.append(opened.state.head)
    assert heads[0] == ""
    assert len({*heads[:4]}) == 4
    assert heads[3] == heads[4] == heads[5]


def test_modes_are_private(layout: Layout) -> None:
    before = os.umask(0)
    try:
        write(layout, whole_run())
    finally:
        os.umask(before)
    for path in [layout.root, *layout.root.rglob("*")]:
        wanted = 0o700 if path.is_dir() else 0o600
        assert stat.S_IMODE(path.stat().st_mode) == wanted, path


def _copy(layout: Layout, folder: Path, data: bytes) -> Layout:
    """The same state in another folder, its last segment holding `data`."""
    other = Layout(folder)
    other.create()
    other.journal.mkdir(exist_ok=True)
    for path in segment_paths(layout.journal):
        (other.journal / path.name).write_bytes(path.read_bytes())
    segment_paths(other.journal)[-1].write_bytes(data)
    return other


def test_cut_at_every_byte_gives_the_exact_prefix(layout: Layout, tmp_path: Path) -> None:
    write(layout, whole_run(names=("a", "b", "c")))
    data = segment_paths(layout.journal)[-1].read_bytes()
    ends = ends_of_batches(data)
    states = {}
    for end in ends:
        other = _copy(layout, tmp_path / "whole", data[:end])
        states[end] = read(other)
    for cut in range(ends[-4], len(data) + 1):
        other = _copy(layout, tmp_path / "cut", data[:cut])
        whole = max(end for end in ends if end <= cut)
        assert read(other) == states[whole], cut
    assert len(set(map(repr, states.values()))) == len(ends)


def test_writer_cuts_the_torn_end_keeps_it_and_goes_on(layout: Layout, writer: Callable[..., Writer]) -> None:
    write(layout, whole_run())
    path = segment_paths(layout.journal)[-1]
    whole = path.read_bytes()
    for cut in (ends_of_batches(whole)[-2] + 1, len(whole) - 1):
        layout.store.unlink()  # it would tell what the journal does not any more
        path.write_bytes(whole[:cut])
        before = read(layout)
        opened = writer()
        assert [finding.code for finding in opened.findings] == ["state/torn-end"]
        assert opened.state == before
        opened.journal.append([ended("r9")])
        opened.close()
        assert read(layout).last_seq == before.last_seq + 1
        kept = next(path.parent.glob("*.torn-*"))
        assert kept.read_bytes() == whole[ends_of_batches(whole)[-2] : cut]
        kept.unlink()


def test_one_flipped_bit_in_any_byte_is_noticed(layout: Layout, tmp_path: Path) -> None:
    """R4: either the segment is refused, or what is missing is the last batch alone, and it is kept aside."""
    write(layout, whole_run(names=("a", "b")))
    data = segment_paths(layout.journal)[-1].read_bytes()
    last = ends_of_batches(data)[-2]
    chance = random.Random(4)
    for at in range(len(data)):
        flipped = bytearray(data)
        flipped[at] ^= 1 << chance.randrange(8)
        other = _copy(layout, tmp_path / "flipped", bytes(flipped))
        if at < last:
            with pytest.raises(Failed) as caught:
                read(other)
            assert caught.value.findings[0].code == "state/damaged"
        else:
            segment = last_segment(other.journal)
            assert segment is not None
            assert (segment.end, segment.torn) == (last, bytes(flipped[last:]))


def test_lines_lost_doubled_or_exchanged_are_damage(layout: Layout, tmp_path: Path) -> None:
    write(layout, whole_run(names=("a", "b", "c")))
    lines = segment_paths(layout.journal)[-1].read_bytes().splitlines(keepends=True)
    for index in range(1, len(lines) - 2):
        without = lines[:index] + lines[index + 1 :]
        doubled = [*lines[: index + 1], *lines[index:]]
        exchanged = [*lines[:index], lines[index + 1], lines[index], *lines[index + 2 :]]
        for wrong in (without, doubled, exchanged):
            with pytest.raises(Failed):
                read(_copy(layout, tmp_path / "wrong", b"".join(wrong)))


def _rolling(layout: Layout, batches: list[list[Event]]) -> FolderJournal:
    """A journal whose segments end early."""
    layout.create()
    segment = last_segment(layout.journal)
    fold = fold_of(segment) if segment else Fold({"lineage": "l"})
    journal = FolderJournal(layout.journal, fold, segment, segment_bytes=200)
    for batch in batches:
        journal.append(batch)
    journal.close()
    return journal


def test_segments_roll_over_and_are_one_history(layout: Layout, tmp_path: Path) -> None:
    batches = [batch for run in range(1, 30) for batch in whole_run(f"r{run}", run)]
    journal = _rolling(layout, batches)
    other = Layout(tmp_path / "one")
    write(other, batches, "l")
    assert len(segment_paths(layout.journal)) > 3
    assert read(layout).resources == read(other).resources
    assert [replace(one, seq=0) for one in journal.read()] == [one for batch in batches for one in batch]
    for after in (0, 1, 17, 100, 260, 261):
        assert [one.seq for one in journal.read(after)] == list(range(after + 1, 29 * 9 + 1))


def test_whoever_has_looked_reads_to_where_it_looked(layout: Layout) -> None:
    _rolling(layout, whole_run("r1", 1))
    reading = Reading(layout)
    seen = reading.fold.last_seq
    _rolling(layout, [batch for run in range(2, 9) for batch in whole_run(f"r{run}", run)])
    for after in (0, 2, seen - 1):
        told = [raw["seq"] for segment in reading.history(after) for raw, _ in segment.raws() if raw["seq"] > after]
        assert told == list(range(after + 1, seen + 1)), (
            "nothing is missing, and nothing of what follows is torn out of it"
        )
    assert Reading(layout).fold.last_seq > seen


def test_a_flip_in_an_old_segment_is_noticed_by_whoever_reads_it(layout: Layout) -> None:
    journal = _rolling(layout, [batch for run in range(1, 30) for batch in whole_run(f"r{run}", run)])
    first = segment_paths(layout.journal)[0]
    data = bytearray(first.read_bytes())
    for at in (len(data) - 1, len(data) - 40, 12, len(data) // 2):
        data[at] ^= 4
        first.write_bytes(data)
        with pytest.raises(Failed):
            list(journal.read())
        data[at] ^= 4
    first.write_bytes(data)
    assert len(list(journal.read())) == 29 * 9


def test_a_missing_segment_is_noticed(layout: Layout) -> None:
    journal = _rolling(layout, [batch for run in range(1, 30) for batch in whole_run(f"r{run}", run)])
    segment_paths(layout.journal)[1].unlink()
    with pytest.raises(Failed):
        list(journal.read())


@pytest.mark.parametrize("fault", ["write", "fsync"])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
def test_failed_write_ends_the_journal_and_leaves_no_trace(
    layout: Layout, writer: Callable[..., Writer], monkeypatch: pytest.MonkeyPatch, fault: str, code: int
) -> None:
    opened = writer()
    opened.journal.append([started()])
    before = opened.state

    def broken(fd: int, data: bytes = b"") -> int:
        if fault == "write" and len(data) > 30:
            return os.pwrite(fd, data[:30], os.fstat(fd).st_size)  # a short write, then the error
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as patch:
        patch.setattr(files_module.os, fault, broken)
        with pytest.raises(Failed) as caught:
            opened.journal.append(made("value.a", serial=1))
    assert caught.value.findings[0].code == "state/not-writable"
    with pytest.raises(Failed) as again:
        opened.journal.append([ended()])
    assert again.value.findings[0].code == "state/journal-failed"
    assert opened.state == read(layout) == before


@pytest.mark.parametrize("name", ["fsync", "replace", "open"])
def test_failed_rollover_loses_nothing(layout: Layout, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    journal = _rolling(layout, [*whole_run(), made("value.long", text="x" * 20_000)])
    before = read(layout)

    def broken(*_: object, **__: object) -> int:
        raise OSError(errno.EIO, "input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(Path if name == "replace" else files_module.os, name, broken)
        with pytest.raises(Failed):
            journal.append([started("r2")])
    assert read(layout) == before
    _rolling(layout, whole_run("r3", 2))
    assert read(layout).serial == 2


def test_full_disk_in_a_process_of_its_own(layout: Layout, tmp_path: Path) -> None:
    """A real limit of the system, not a stand-in: what was reported durable is there, and not a byte more is told."""
    told = tmp_path / "told"

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    code = (
        "import sys\nfrom pathlib import Path\nfrom tests.state.conftest import *\n"
        "with open_writer(Layout(Path(sys.argv[1])), Owner('apply')) as opened:\n"
        "    while True:\n"
        "        seq = opened.journal.append(made('value.a', x='y' * 50))[-1].seq\n"
        "        print(seq, flush=True)\n"
    )
    with told.open("w") as out:
        ran = subprocess.run(
            [sys.executable, "-c", code, str(layout.folder)],
            preexec_fn=limit,
            stdout=out,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert "state/not-writable" in ran.stderr
    assert read(layout).last_seq == int(told.read_text().split()[-1])


def test_killed_between_and_inside_batches(layout: Layout, tmp_path: Path) -> None:
    """Whatever was reported durable before a kill -9 is there after it, in whole batches."""
    code = (
        "import sys\nfrom pathlib import Path\nfrom tests.state.conftest import *\n"
        "opened = open_writer(Layout(Path(sys.argv[1])), Owner('apply'))\n"
        "while True:\n"
        "    print(opened.journal.append(made('value.a', x='y' * 5000))[-1].seq, flush=True)\n"
    )
    chance = random.Random(7)
    reached = 0
    for _ in range(3):
        process = subprocess.Popen(
            [sys.executable, "-c", code, str(layout.folder)], stdout=subprocess.PIPE, text=True, bufsize=1
        )
        assert process.stdout is not None
        for _ in range(chance.randrange(5, 60)):
            reached = int(process.stdout.readline())
        process.kill()
        process.wait()
        reached = int(([str(reached), *process.stdout.read().split()])[-1])
        process.stdout.close()
        state = read(layout)
        assert state.last_seq >= reached
        assert state.last_seq % 2 == 0


def test_reader_during_writes_sees_whole_batches(layout: Layout, writer: Callable[..., Writer]) -> None:
    opened = writer()
    opened.journal.append([started()])
    path = segment_paths(layout.journal)[-1]
    at = path.stat().st_size
    opened.journal.append([*made("value.a", serial=1), *made("value.b")])
    data = path.read_bytes()
    seen = set()
    for size in range(at, len(data) + 1, 7):
        path.write_bytes(data[:size])
        seen.add(len(read(layout).resources))
    path.write_bytes(data)
    assert seen == {0}
    assert len(read(layout).resources) == 2


def test_an_intent_stays_open_until_something_is_known(writer: Callable[..., Writer]) -> None:
    opened = writer()
    opened.journal.append([started(), intent("value.a", serial=1), intent("value.b")])
    assert [one.address for one in opened.state.open_intents] == ["value.a", "value.b"]
    assert opened.state.open_runs == ("r1",)
    told = made("value.a")[1]
    unknown = event(EventKind.RESULT, "value.b", **{**told.data, "outcome": "unknown"})
    del unknown.data["snapshot"]
    opened.journal.append([told, unknown, ended(status="paused")])
    assert [one.address for one in opened.state.open_intents] == ["value.b"]
    assert opened.state.open_runs == ()


_NAMES = st.sampled_from(["value.a", "value.b", 'value.c["x y"]', "value.d[0]"])
_STEPS = st.one_of(
    st.tuples(st.just("make"), _NAMES),
    st.tuples(st.just("drop"), _NAMES),
    st.tuples(st.just("begin"), _NAMES),
    st.tuples(st.just("output"), _NAMES),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(_STEPS, min_size=1, max_size=4), max_size=25))
def test_any_history_folds_to_the_same_state_whatever_its_segments(
    tmp_path_factory: pytest.TempPathFactory, script: list[list[tuple[str, str]]]
) -> None:
    folder = tmp_path_factory.mktemp("history")
    batches = [[one for kind, name in steps for one in _told(kind, name)] for steps in script]
    one, many = Layout(folder / "one"), Layout(folder / "many")
    write(one, batches, "l")
    _rolling(many, batches)
    left, right = read(one), read(many)
    if batches:
        assert (left.resources, left.outputs, left.open_intents, left.last_seq) == (
            right.resources,
            right.outputs,
            right.open_intents,
            right.last_seq,
        )


def _told(kind: str, name: str) -> list[Event]:
    match kind:
        case "make":
            return made(name, value=name)
        case "drop":
            return [event(EventKind.RECORDED, name, action="forget", snapshot=None, previous=None)]
        case "begin":
            return [intent(name, verb="update")]
        case _:
            return [outputs(one=name)]
