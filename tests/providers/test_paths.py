"""Sixty paths that try to get out of the project folder, or to where nothing may be written."""

import itertools
import os
import random
import threading
from pathlib import Path

import pytest

from reign.model.address import parse_address
from reign.model.errors import ErrorKind, InvalidSpec, ProviderError
from tests.providers.conftest import Bench

REFUSED_AT_ONCE = [
    "", ".", "./", "./.", "/", "//", "..", "../", "../x", "../../x", "a/..", "a/../..", "a/../../x", "./../x", "a/./../../x",
    "a//../../x", "../project/x", "a/b/../../../x", "...//../x/..", "/etc/passwd", "//etc/passwd", "/tmp/x", "/./x",
    "x\0", "\0", "a/\0/b", "x\0.txt", "x\n", "x\ny", "x\r", "x\ty", "\x1b[2Jx", "x\x7f", "\x85x", "x\x9b31m", "x/", "a/b/", "a//",
    ".reign", ".reign/key", ".reign/journal/1", "./.reign/key", "a/.reign/key", ".REIGN/key", ".Reign/lock", ".reiGN",
    "x" * 256, "a/" + "x" * 300, "é" * 128, "a/" * 2100 + "x", "\ud800", "a/\udfff",
]  # fmt: skip
TYPES = ["local.file", "local.template", "local.directory"]


def spec_for(type: str, path: str) -> dict[str, object]:
    return {"path": path, **{"local.file": {"content": "x"}, "local.template": {"template": "x"}}.get(type, {})}


@pytest.mark.parametrize("type", TYPES)
@pytest.mark.parametrize("path", REFUSED_AT_ONCE, ids=[ascii(path)[:40] for path in REFUSED_AT_ONCE])
def test_a_path_that_leads_elsewhere_is_a_problem_of_the_path(bench: Bench, type: str, path: str) -> None:
    if type == "local.directory" and path in ("x/", "a/b/", "a//"):
        pytest.skip("a slash at the end names a folder")
    with pytest.raises(InvalidSpec) as raised:
        bench.registry.normalize(type, spec_for(type, path))
    [problem] = raised.value.problems
    assert problem.path == ("path",)
    assert problem.code == "spec/path"
    assert problem.detail
    assert problem.fix
    provider, address = bench.registry.provider("local"), parse_address(f"{type}.a")
    with pytest.raises(ProviderError) as refused:
        provider.adopt(address, path, bench.call())
    assert refused.value.kind is ErrorKind.INVALID


ORDINARY = {
    "a": "a", "./a": "a", "a//b": "a/b", "a/./b": "a/b", "..a": "..a", "a..": "a..", "a/...": "a/...", "a b": "a b", "-rf": "-rf",
    "~": "~", "$HOME": "$HOME", "a\\..\\b": "a\\..\\b", "%2e%2e/x": "%2e%2e/x", "é/ü": "é/ü", "CON": "CON", "x" * 255: "x" * 255,
    ".reignx": ".reignx", ".git-x": ".git-x",
}  # fmt: skip


@pytest.mark.parametrize("path", ORDINARY, ids=lambda path: ascii(path)[:30])
def test_an_odd_name_is_a_name_and_stays_inside(bench: Bench, path: str) -> None:
    known = bench.create("local.file.a", {"path": path, "content": "x"})
    assert known.external_id == ORDINARY[path]
    assert (bench.project / ORDINARY[path]).read_text() == "x"
    bench.delete(known)
    assert bench.tree() == {"project": "folder"}


LINKS = {
    "to the folder above": ("out", "..", "out/x"),
    "to another place": ("out", "OUTSIDE", "out/x"),
    "in the middle": ("a/out", "../../outside", "a/out/b/x"),
    "by a chain": ("out", "second", "out/x"),
    "and back in by a way outside": ("out", "../project/../outside", "out/x"),
    "to the root of the system": ("out", "/", "out/tmp/x"),
    "to a folder whose name begins like ours": ("out", "PROJECT-2", "out/x"),
    "through proc": ("out", "/proc/self/root/tmp", "out/x"),
}


def lay(bench: Bench, name: str, target: str) -> None:
    (bench.top / "outside").mkdir()
    (bench.top / "project-2").mkdir()
    link = bench.project / name
    link.parent.mkdir(exist_ok=True)
    (bench.project / "second").symlink_to("../outside")
    replaced = {"OUTSIDE": str(bench.top / "outside"), "PROJECT-2": str(bench.top / "project-2")}
    link.symlink_to(replaced.get(target, target))


@pytest.mark.parametrize("case", LINKS)
@pytest.mark.parametrize("type", TYPES)
def test_a_link_that_leads_out_is_refused_by_every_verb(bench: Bench, type: str, case: str) -> None:
    name, target, path = LINKS[case]
    lay(bench, name, target)
    before = bench.tree()
    spec = spec_for(type, path)
    with pytest.raises(ProviderError) as raised:
        bench.create(f"{type}.a", spec)
    assert raised.value.kind is ErrorKind.INVALID
    assert raised.value.summary == "Path leads out of the project"
    assert isinstance(bench.observe(f"{type}.a", spec), ProviderError)
    with pytest.raises(ProviderError):
        bench.registry.provider("local").adopt(bench.resource(f"{type}.a", spec).address, path, bench.call())
    assert bench.tree() == before


@pytest.mark.parametrize("type", TYPES)
def test_a_link_where_it_should_stand_is_a_conflict_and_its_target_is_not_touched(bench: Bench, type: str) -> None:
    (bench.top / "outside").write_text("theirs")
    (bench.project / "x").symlink_to("../outside")
    before = bench.tree()
    with pytest.raises(ProviderError) as raised:
        bench.create(f"{type}.a", spec_for(type, "x"))
    assert raised.value.kind is ErrorKind.CONFLICT
    assert bench.tree() == before


@pytest.mark.parametrize("target", ["../inside", "ABSOLUTE"])
def test_a_link_that_stays_inside_is_followed(bench: Bench, target: str) -> None:
    (bench.project / "inside").mkdir()
    (bench.project / "a").mkdir()
    inside = bench.project / "inside"
    (bench.project / "a" / "link").symlink_to(inside if target == "ABSOLUTE" else target)
    known = bench.create("local.file.a", {"path": "a/link/deep/x", "content": "x"})
    assert (inside / "deep" / "x").read_text() == "x"
    bench.delete(known)
    assert list(inside.iterdir()) == []


def test_links_in_a_circle_end(bench: Bench) -> None:
    (bench.project / "a").symlink_to("b")
    (bench.project / "b").symlink_to("a")
    with pytest.raises(ProviderError) as raised:
        bench.create("local.file.a", {"path": "a/x", "content": "x"})
    assert raised.value.kind is ErrorKind.INVALID


def test_a_file_that_became_a_link_is_neither_written_through_nor_removed(bench: Bench) -> None:
    known = bench.create("local.file.a", {"path": "x", "content": "one"})
    outside = bench.top / "outside"
    outside.write_text("theirs")
    (bench.project / "x").unlink()
    (bench.project / "x").symlink_to(outside)
    seen = bench.observe("local.file.a", {"path": "x", "content": "one"}, known)
    assert seen is not None
    assert not isinstance(seen, ProviderError)
    assert not seen.owned
    for act in (lambda: bench.update(known, {"path": "x", "content": "two"}), lambda: bench.delete(known)):
        with pytest.raises(ProviderError) as raised:
            act()
        assert raised.value.kind is ErrorKind.CONFLICT
    assert outside.read_text() == "theirs"


@pytest.mark.parametrize("kind", ["folder", "pipe", "socket"])
def test_what_is_no_file_is_a_conflict_and_opening_it_does_not_hang(bench: Bench, kind: str) -> None:
    target = bench.project / "x"
    if kind == "folder":
        target.mkdir()
    elif kind == "pipe":
        os.mkfifo(target)
    else:
        os.mknod(target, 0o140600)
    seen = bench.observe("local.file.a", {"path": "x", "content": "x"})
    assert seen is not None
    assert not isinstance(seen, ProviderError)
    assert not seen.owned
    with pytest.raises(ProviderError) as raised:
        bench.create("local.file.a", {"path": "x", "content": "x"})
    assert raised.value.kind is ErrorKind.CONFLICT
    assert kind in raised.value.detail


def test_a_file_in_place_of_a_parent(bench: Bench) -> None:
    (bench.project / "a").write_text("theirs")
    assert bench.observe("local.file.a", {"path": "a/x", "content": "x"}) is None
    with pytest.raises(ProviderError) as raised:
        bench.create("local.file.a", {"path": "a/x", "content": "x"})
    assert raised.value.kind is ErrorKind.CONFLICT
    assert (bench.project / "a").read_text() == "theirs"


def test_swapping_a_parent_for_a_link_while_files_are_made_lets_nothing_out(bench: Bench) -> None:
    """The race that checking first and opening later loses."""
    outside, spot = bench.top / "outside", bench.project / "spot"
    outside.mkdir()
    (bench.project / "real").mkdir()
    spot.symlink_to("real")
    stop = threading.Event()
    chance = random.Random(20261122)

    def swap() -> None:
        for target in itertools.cycle(("../outside", "real", str(outside))):
            (bench.project / "next").symlink_to(target)
            (bench.project / "next").rename(spot)
            # Without a rest now and then a slow machine never makes a file: no link stays as long as making one takes.
            if stop.wait(0.02 if chance.random() < 0.05 else 0):
                return

    swapping = threading.Thread(target=swap)
    swapping.start()
    made = refused = 0
    try:
        while (made < 20 or refused < 20) and made + refused < 3000:
            number = made + refused
            try:
                bench.create(f"local.file.f{number}", {"path": f"spot/made-{number}", "content": "x"}, f"op-{number}")
                made += 1
            except ProviderError:
                refused += 1
    finally:
        stop.set()
        swapping.join()
    assert list(outside.iterdir()) == []
    assert len(list((bench.project / "real").iterdir())) == made
    assert made
    assert refused


def test_the_folder_of_a_connection_is_where_it_writes(bench: Bench, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    bench.settings["folder"] = str(elsewhere)
    known = bench.create("local.file.a", {"path": "x", "content": "x"})
    assert (elsewhere / "x").read_text() == "x"
    (elsewhere / "out").symlink_to(bench.project)
    with pytest.raises(ProviderError):
        bench.create("local.file.b", {"path": "out/x", "content": "x"})
    assert bench.tree() == {"project": "folder"}
    bench.delete(known)
    assert sorted(path.name for path in elsewhere.iterdir()) == ["out"]


def test_a_source_outside_of_the_root_is_not_read(bench: Bench) -> None:
    (bench.top / "secret").write_text("secret")
    (bench.project / "link").symlink_to("../secret")
    for path in ("../secret", "link", str(bench.top / "secret"), "a/../../secret"):
        with pytest.raises(ProviderError) as raised:
            bench.create("local.file.a", {"path": "x", "source": {"path": path, "sha256": "0" * 64}})
        assert raised.value.kind is ErrorKind.INVALID
    assert not Path(bench.project / "x").exists()
