"""A journal that lost its end: what the store still tells of it is named, and nothing else is taken for that."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from reign.state import read
from reign.state.layout import Layout
from reign.state.lock import Owner
from reign.state.missing import fed_up_to, lost_end, missing
from reign.state.segment import segment_paths
from reign.state.writer import open_writer
from tests.state.conftest import started, whole_run, write


@pytest.fixture
def older(layout: Layout) -> dict[Path, bytes]:
    """The journal as it was before two more runs, which the store tells."""
    write(layout, whole_run("r1", 1))
    before = {path: path.read_bytes() for path in segment_paths(layout.journal)}
    write(layout, whole_run("r2", 2, ("b",)))
    write(layout, whole_run("r3", 3, ("c",)))
    return before


def bring_back(older: dict[Path, bytes]) -> None:
    for path, data in older.items():
        path.write_bytes(data)


def test_what_the_store_tells_beyond_the_end_is_counted_with_its_runs(layout: Layout, older: dict[Path, bytes]) -> None:
    last = read(layout).last_seq
    assert (missing(layout), lost_end(layout, last), fed_up_to(layout)) == (None, None, last)
    bring_back(older)
    known = read(layout).last_seq
    lost = missing(layout)
    assert lost is not None
    assert (lost.last_seq, lost.fed, lost.runs[0], lost.runs[-1]) == (known, last, "r2", "r3")
    told = lost_end(layout, known)
    assert told is not None
    assert (told.code, f"{last - known} events are missing, of the runs r2, " in told.detail) == (
        "state/lost-end",
        True,
    )


def test_whoever_writes_is_told_until_the_store_is_set_aside(layout: Layout, older: dict[Path, bytes]) -> None:
    bring_back(older)
    for _ in range(2):
        with open_writer(layout, Owner("apply")) as opened:
            assert [each.code for each in opened.findings] == ["state/lost-end"]
    write(layout, [[started("r4")]])
    assert len([*layout.state.glob("state.duckdb.aside-*")]) == 1
    with open_writer(layout, Owner("apply")) as opened:
        assert opened.findings == ()


def test_a_last_batch_that_was_damaged_after_the_store_was_fed(layout: Layout, older: dict[Path, bytes]) -> None:
    (path,) = older
    data = path.read_bytes()
    path.write_bytes(data[:-20] + bytes([data[-20] ^ 1]) + data[-19:])
    with open_writer(layout, Owner("apply")) as opened:
        assert [each.code for each in opened.findings] == ["state/lost-end", "state/torn-end"]


def _another(layout: Layout, elsewhere: Path) -> Layout:
    other = Layout(elsewhere)
    write(other, [*whole_run("r9", 1, ("x", "y")), *whole_run("r10", 2)], "l")
    return other


@pytest.mark.parametrize("how", ["nothing", "another history", "garbage", "deleted", "in use"])
def test_what_does_not_prove_it_is_not_told(
    layout: Layout, older: dict[Path, bytes], tmp_path: Path, how: str, request: pytest.FixtureRequest
) -> None:
    change: dict[str, Callable[[], object]] = {
        "another history": lambda: layout.store.write_bytes(
            _another(layout, tmp_path / "elsewhere").store.read_bytes()
        ),
        "garbage": lambda: layout.store.write_bytes(b"no store"),
        "deleted": layout.store.unlink,
    }
    if how != "nothing":
        bring_back(older)
    if how == "in use":
        import duckdb

        connection = duckdb.connect(str(layout.store))
        request.addfinalizer(connection.close)
    change.get(how, lambda: None)()
    assert lost_end(layout, 0) is None, "as much as may be missing"


def test_a_note_that_is_behind_or_no_note_costs_nothing(layout: Layout, older: dict[Path, bytes]) -> None:
    for said in ("", "no number", "3"):
        layout.feed_lock.write_text(said)
        bring_back(older)
        assert lost_end(layout, read(layout).last_seq) is None, "the doctor sees it"
    assert missing(layout) is not None
