"""`local.directory`: what was there stays, what holds something is not removed, and races leave one owner."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from reign.model.errors import ErrorKind, ProviderError
from reign.model.resource import Observation
from tests.providers.conftest import Bench

D = "local.directory.d"


def test_one_that_was_there_is_a_conflict_unless_it_may_be(bench: Bench) -> None:
    (bench.project / "d").mkdir(mode=0o700)
    with pytest.raises(ProviderError) as raised:
        bench.create(D, {"path": "d"})
    assert raised.value.kind is ErrorKind.CONFLICT
    assert "another path" in raised.value.fix
    known = bench.create(D, {"path": "d", "exist_ok": True})
    assert stat.S_IMODE((bench.project / "d").stat().st_mode) == 0o700
    bench.delete(known)
    assert (bench.project / "d").is_dir()
    assert bench.marks() == 0


def test_one_that_is_not_empty_is_refused_with_what_it_holds(bench: Bench) -> None:
    known = bench.create(D, {"path": "d"})
    for number in range(8):
        (bench.project / "d" / f"f{number}").write_text("theirs")
    with pytest.raises(ProviderError) as raised:
        bench.delete(known)
    assert raised.value.kind is ErrorKind.CONFLICT
    assert "f0, f1, f2, f3, f4 and 3 more" in raised.value.detail
    assert len(list((bench.project / "d").iterdir())) == 8
    seen = bench.observe(D, {"path": "d"}, known)
    assert isinstance(seen, Observation)
    assert seen.owned


def test_force_removes_what_is_in_it_and_follows_no_link_out(bench: Bench) -> None:
    (bench.top / "outside").mkdir()
    (bench.top / "outside" / "f").write_text("theirs")
    known = bench.create(D, {"path": "a/d", "force": True})
    (bench.project / "a" / "d" / "deep").mkdir()
    (bench.project / "a" / "d" / "deep" / "f").write_text("x")
    (bench.project / "a" / "d" / "out").symlink_to("../../../outside")
    bench.delete(known)
    assert bench.tree() == {"outside": "folder", "outside/f": "theirs", "project": "folder"}


def test_a_folder_holds_its_files_and_goes_after_the_last_of_them(bench: Bench) -> None:
    folder = bench.create(D, {"path": "build"})
    one = bench.create("local.file.a", {"path": "build/public/a", "content": "x"}, "op-2")
    with pytest.raises(ProviderError):
        bench.delete(folder)
    bench.delete(one)
    bench.delete(folder)
    assert bench.tree() == {"project": "folder"}
    assert bench.marks() == 0


def test_a_parent_that_was_made_for_a_file_becomes_the_declared_folder(bench: Bench) -> None:
    one = bench.create("local.file.a", {"path": "build/a", "content": "x"})
    folder = bench.create(D, {"path": "build", "mode": "0700"}, "op-2")
    bench.delete(one)
    assert stat.S_IMODE((bench.project / "build").stat().st_mode) == 0o700
    bench.delete(folder)
    assert bench.tree() == {"project": "folder"}


@pytest.mark.parametrize("round", range(5))
def test_files_and_their_folder_made_at_once_leave_one_owner_each(bench: Bench, round: int) -> None:
    def make(number: int) -> object:
        if number == 3:
            return bench.create(D, {"path": "build", "exist_ok": False}, "op-folder")
        return bench.create(f"local.file.f{number}", {"path": f"build/sub/{number}", "content": "x"}, f"op-{number}")

    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(make, range(8)))
    folder = made.pop(3)
    seen = bench.observe(D, {"path": "build"}, folder)
    assert isinstance(seen, Observation)
    assert seen.owned
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(bench.delete, made))
    bench.delete(folder)
    assert bench.tree() == {"project": "folder"}
    assert bench.marks() == 0


@pytest.mark.parametrize("round", range(5))
def test_files_that_come_and_go_in_one_folder_at_once(bench: Bench, round: int) -> None:
    def come_and_go(number: int) -> None:
        for turn in range(10):
            address = f"local.file.f{number}"
            bench.delete(bench.create(address, {"path": f"a/b/{number}", "content": "x"}, f"op-{number}-{turn}"))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(come_and_go, range(4)))
    assert bench.tree() == {"project": "folder"}
    assert bench.marks() == 0


def test_the_mode_is_left_alone_unless_it_is_declared(bench: Bench) -> None:
    before = os.umask(0o077)
    try:
        known = bench.create(D, {"path": "d"})
    finally:
        os.umask(before)
    assert stat.S_IMODE((bench.project / "d").stat().st_mode) == 0o755
    (bench.project / "d").chmod(0o711)
    seen = bench.observe(D, {"path": "d"}, known)
    assert isinstance(seen, Observation)
    assert seen.spec == known.spec
    bench.update(known, {"path": "d", "mode": "0700"})
    assert stat.S_IMODE((bench.project / "d").stat().st_mode) == 0o700


def test_an_imported_folder_stays_on_destroy(bench: Bench) -> None:
    (bench.project / "d").mkdir()
    desired = bench.resource(D, {"path": "d"})
    seen = bench.registry.provider("local").adopt(desired.address, "d", bench.call())
    bench.delete(bench.recorded(desired, seen))
    assert (bench.project / "d").is_dir()
