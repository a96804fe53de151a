"""The store: whatever happens to it, it can be told again, equal, and nobody is kept from working."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from reign.model.errors import Failed
from reign.state import read
from reign.state.files import Flock
from reign.state.layout import Layout
from reign.state.lock import Owner
from reign.state.segment import segment_paths
from reign.state.writer import Writer, open_writer
from tests.state.conftest import TABLES, asked, checkpoint, made, started, whole_run, write
from tests.state.proof import held, tables


@pytest.fixture
def fed(layout: Layout) -> Layout:
    told = [[checkpoint("kept"), asked("value.c", "r2")], *whole_run("r2", 2, ("b", "c"))]
    write(layout, [*whole_run("r1", 1), *told], "l")
    return layout


def _damage(how: str, path: Path, elsewhere: Path) -> None:
    match how:
        case "deleted":
            path.unlink()
        case "emptied":
            path.write_bytes(b"")
        case "cut":
            path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        case "text":
            path.write_text("not a database at all\n" * 500)
        case "older form":
            with duckdb.connect(str(path)) as connection:
                connection.execute("UPDATE meta SET form = 0")
        case "no meta":
            with duckdb.connect(str(path)) as connection:
                connection.execute("DROP TABLE meta")
        case "foreign database":
            path.unlink()
            with duckdb.connect(str(path)) as connection:
                connection.execute("CREATE TABLE theirs AS SELECT 42 AS answer")
        case "foreign table":
            path.unlink()
            with duckdb.connect(str(path)) as connection:
                connection.execute("CREATE TABLE meta AS SELECT 42 AS answer")
        case "another project's":
            other = Layout(elsewhere)
            write(other, whole_run("r7", 1), "other")
            path.write_bytes(other.store.read_bytes())
        case "another history":
            other = Layout(elsewhere)
            write(other, [*whole_run("r1", 1), *whole_run("r9", 2, ("x", "y"))], "l")
            path.write_bytes(other.store.read_bytes())
        case "ahead":
            other = Layout(elsewhere)
            other.create()
            other.journal.mkdir()
            for segment in segment_paths(path.parent / "journal"):
                (other.journal / segment.name).write_bytes(segment.read_bytes())
            write(other, whole_run("r8", 3))
            path.write_bytes(other.store.read_bytes())


DAMAGES = (
    "deleted",
    "emptied",
    "cut",
    "text",
    "older form",
    "no meta",
    "foreign database",
    "foreign table",
    "another project's",
    "another history",
    "ahead",
)


@pytest.mark.parametrize("how", DAMAGES)
def test_it_is_told_again_equal_and_the_old_one_is_kept(fed: Layout, tmp_path: Path, how: str) -> None:
    before, state = held(fed.store), read(fed)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    _damage(how, fed.store, elsewhere)
    damaged = fed.store.read_bytes() if fed.store.exists() else None
    assert read(fed) == state
    assert tables(fed) == {table: before[table] for table in TABLES}
    assert (fed.store.read_bytes() if fed.store.exists() else None) == damaged, "a reader writes nothing"

    write(fed, whole_run("r3", 3))
    again = held(fed.store)
    asides = list(fed.state.glob("state.duckdb.aside-*"))
    assert [path.read_bytes() for path in asides] == ([damaged] if damaged is not None else [])
    fed.store.unlink()
    write(fed, [[started("r4")]])
    assert again["operations"] == held(fed.store)["operations"]
    assert again["resources"] == held(fed.store)["resources"]
    assert {row[0] for row in again["runs"]} == {"r1", "r2", "r3"}


def test_every_page_damaged_in_turn(fed: Layout) -> None:
    """A flipped byte anywhere in the file never changes what is told."""
    before, whole = tables(fed), fed.store.read_bytes()
    for at in range(17, len(whole), max(1, len(whole) // 40)):
        damaged = bytearray(whole)
        damaged[at] ^= 0x40
        fed.store.write_bytes(damaged)
        assert tables(fed) == before, at
    fed.store.write_bytes(whole)
    assert tables(fed) == before


def test_feeding_in_steps_is_feeding_at_once(layout: Layout, tmp_path: Path) -> None:
    batches = [*whole_run("r1", 1), *whole_run("r2", 2, ("b", "c"))]
    for batch in batches:
        write(layout, [batch], "l")
    other = Layout(tmp_path / "once")
    other.folder.mkdir()
    write(other, batches, "l")
    assert held(layout.store) == held(other.store)


OPEN = (
    "import duckdb, sys\nopened = duckdb.connect(sys.argv[1], read_only=sys.argv[2] == 'r')\n"
    "print('open', flush=True)\nsys.stdin.read()\n"
)


@pytest.mark.parametrize("mode", ["r", "w"])
def test_somebody_elses_tool_has_it_open(fed: Layout, mode: str) -> None:
    """Nothing is set aside, nothing fails, and the next writer catches up."""
    before = fed.store.read_bytes()
    command = [sys.executable, "-c", OPEN, str(fed.store), mode]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        write(fed, whole_run("r3", 3))
        assert {row[0] for row in tables(fed)["runs"]} == {"r1", "r2", "r3"}
        process.communicate("")
    assert not list(fed.state.glob("*.aside-*"))
    assert fed.store.read_bytes() == before
    write(fed, [[started("r4")]])
    assert {row[0] for row in held(fed.store)["runs"]} == {"r1", "r2", "r3", "r4"}


def test_two_feed_at_once(fed: Layout) -> None:
    """Whoever does not get the feed lock leaves it: the other one does the same work."""
    flock = Flock(fed.feed_lock)
    assert flock.try_acquire()
    before = fed.store.read_bytes()
    write(fed, whole_run("r3", 3))
    assert fed.store.read_bytes() == before
    flock.release()


def test_killed_while_feeding(fed: Layout) -> None:
    """At whatever moment: the store is whole afterwards, or set right by the next one."""
    code = (
        "import sys\nfrom pathlib import Path\nfrom tests.state.conftest import *\n"
        "layout = Layout(Path(sys.argv[1]))\n"
        "for number in range(1000):\n"
        "    write(layout, [[started(f'k{number}')]])\n"
        "    print(number, flush=True)\n"
    )
    for rounds in (1, 2, 3, 5):
        process = subprocess.Popen([sys.executable, "-c", code, str(fed.folder)], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        for _ in range(rounds):
            process.stdout.readline()
        process.kill()
        process.communicate()
        write(fed, [[started("after")]])
        events = held(fed.store)["events"]
        assert len(events) == read(fed).last_seq
    assert not list(fed.state.glob("*.aside-*"))


def test_who_leaves_with_an_error_leaves_the_store_to_the_next(fed: Layout) -> None:
    before = fed.store.read_bytes()
    with pytest.raises(KeyboardInterrupt), open_writer(fed, Owner("apply")) as opened:
        opened.journal.append([started("r3")])
        raise KeyboardInterrupt
    assert fed.store.read_bytes() == before
    assert {row[0] for row in tables(fed)["runs"]} == {"r1", "r2", "r3"}
    write(fed, [[started("r4")]])
    assert {row[0] for row in held(fed.store)["runs"]} == {"r1", "r2", "r3", "r4"}


def test_damage_to_an_old_segment_leaves_the_store_as_it_is(fed: Layout) -> None:
    path = segment_paths(fed.journal)[0]
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    before = fed.store.read_bytes()
    with pytest.raises(Failed):
        write(fed, [[started("r3")]])
    with pytest.raises(Failed):
        tables(fed)
    assert fed.store.read_bytes() == before


def test_no_duckdb_to_read_or_to_open(layout: Layout, writer: Callable[..., Writer]) -> None:
    """Start-up cost: the state is read, and a writer opened, without the 100 ms that DuckDB takes to load."""
    write(layout, [[started()], made("value.a", serial=1)])
    code = (
        "import sys\nfrom pathlib import Path\nfrom reign.state import read\nfrom reign.state.layout import Layout\n"
        "from reign.state.lock import Owner\nfrom reign.state.writer import open_writer\n"
        "layout = Layout(Path(sys.argv[1]))\n"
        "assert len(read(layout).resources) == 1\n"
        "open_writer(layout, Owner('apply')).close()\n"
        "heavy = {'duckdb', 'cryptography', 'filelock', 'pydantic', 'asyncio'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    subprocess.run([sys.executable, "-c", code, str(layout.folder)], check=True)
