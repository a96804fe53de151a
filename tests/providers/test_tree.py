"""`local.tree`: the files that it stands for, and what is said of those that cannot be copied."""

import hashlib
import os
import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reign.model.address import Address, parse_address
from reign.model.errors import InvalidSpec, ProviderError
from reign.model.resource import Lifecycle, Resource
from reign.model.values import Deferred, Spec
from tests.providers.conftest import Bench

TREE = Address("local.tree", "app")


def plant(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)


def block(spec: Spec, address: Address = TREE) -> Resource:
    return Resource(address, spec, "local", depends_on=(Address("value", "a"),), tags=("edge",))


def expand(bench: Bench, spec: Spec, address: Address = TREE) -> dict[str, Resource]:
    spec = {"source": "src", "path": "out", **spec}
    return {str(child.address): child for child in bench.registry.expand(block(spec, address), bench.call())}


def names(bench: Bench, **spec: Any) -> list[str]:
    return [str(parse_address(address).key) for address in expand(bench, spec)]


def refused(bench: Bench, spec: Spec) -> list[tuple[object, str]]:
    with pytest.raises(InvalidSpec) as raised:
        expand(bench, spec)
    assert all(problem.summary and problem.detail and problem.fix for problem in raised.value.problems)
    return [(problem.path, problem.code) for problem in raised.value.problems]


def test_every_file_is_a_resource_of_its_own(bench: Bench) -> None:
    plant(bench.project / "src", "b.txt", "sub/deep/a.sh", "a b/ü.txt")
    (bench.project / "src/sub/deep/a.sh").chmod(0o4750)
    (bench.project / "src/empty").mkdir()
    found = expand(bench, {})
    assert list(found) == [
        'local.file.app["a b/ü.txt"]',
        'local.file.app["b.txt"]',
        'local.file.app["sub/deep/a.sh"]',
    ]
    child = found['local.file.app["sub/deep/a.sh"]']
    assert child.spec == {
        "path": "out/sub/deep/a.sh",
        "source": {"path": "src/sub/deep/a.sh", "sha256": hashlib.sha256(b"sub/deep/a.sh").hexdigest()},
        "mode": "0750",
    }
    assert (child.depends_on, child.tags, child.connection) == ((Address("value", "a"),), ("edge",), "local")
    assert child.place is not None
    assert child.place.file == "src/sub/deep/a.sh"
    bench.registry.normalize("local.file", child.spec)
    assert pickle.loads(pickle.dumps(found)) == found


def test_what_it_stands_for_can_be_made(bench: Bench) -> None:
    plant(bench.project / "src", "a", "b/c")
    for address, child in expand(bench, {"mode": "0600"}).items():
        bench.create(address, child.spec)
    assert (bench.project / "out/b/c").read_text() == "b/c"
    assert (bench.project / "out/a").stat().st_mode & 0o777 == 0o600


def test_one_of_several_has_its_key_in_front(bench: Bench) -> None:
    plant(bench.project / "src", "a")
    assert list(expand(bench, {}, Address("local.tree", "app", "eu"))) == ['local.file.app["eu/a"]']
    assert list(expand(bench, {}, Address("local.tree", "app", 0))) == ['local.file.app["0/a"]']


def test_an_empty_tree_stands_for_nothing(bench: Bench) -> None:
    (bench.project / "src").mkdir()
    assert expand(bench, {}) == {}


def test_the_source_may_be_anywhere_inside_the_root(bench: Bench) -> None:
    plant(bench.top / "shared", "a")
    call = bench.call()
    call = replace(call, site=replace(call.site, root=str(bench.top)))
    for source in ("../shared", "//shared"):
        [child] = bench.registry.expand(block({"source": source, "path": "out"}), call)
        assert child.spec["source"] == {"path": "../shared/a", "sha256": hashlib.sha256(b"a").hexdigest()}


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("../other", "spec/outside-root"),
        ("/etc", "spec/outside-root"),
        ("out-link", "spec/outside-root"),
        (".reign", "spec/outside-root"),
        ("missing", "spec/no-source"),
        ("file", "spec/no-source"),
        ("a\0b", "spec/outside-root"),
    ],
)
def test_a_source_that_is_none_is_told(bench: Bench, source: str, code: str) -> None:
    plant(bench.top, "other/a")
    plant(bench.project, "file", ".reign/key")
    (bench.project / "out-link").symlink_to(bench.top / "other")
    assert refused(bench, {"source": source}) == [(("source",), code)]


@pytest.mark.parametrize("name", ["source", "include", "exclude", "prune"])
def test_which_files_there_are_is_known_at_plan(bench: Bench, name: str) -> None:
    plant(bench.project / "src", "a")
    late = Deferred("${resources.a.value}")
    value: Any = [late] if name in ("include", "exclude") else late
    assert refused(bench, {name: value}) == [((name,), "spec/not-pinned")]


def test_where_they_stand_may_come_later(bench: Bench) -> None:
    plant(bench.project / "src", "a", "b${x}")
    late = Deferred("${resources.folder.path}/x", "string")
    paths = [child.spec["path"] for child in expand(bench, {"path": late}).values()]
    assert paths == [
        Deferred("${resources.folder.path}/x/a", "string"),
        Deferred("${resources.folder.path}/x/b$${x}", "string"),
    ]


def test_links_are_followed_inside_the_root_and_to_files_alone(bench: Bench) -> None:
    plant(bench.project, "other/real", "src/a", ".reign/key")
    plant(bench.top, "secret")
    source = bench.project / "src"
    (source / "ok").symlink_to("../other/real")
    assert names(bench) == ["a", "ok"]
    child = expand(bench, {})['local.file.app["ok"]']
    assert child.spec["source"] == {"path": "other/real", "sha256": hashlib.sha256(b"other/real").hexdigest()}
    for name, target in (
        ("out", "../../secret"),
        ("absolute", str(bench.top / "secret")),
        ("folder", "../other"),
        ("nowhere", "missing"),
        ("circle", "circle"),
        ("key", "../.reign/key"),
    ):
        (source / name).symlink_to(target)
        assert refused(bench, {}) == [(("source",), "spec/not-copied")], name
        assert names(bench, exclude=[name]) == ["a", "ok"]
        (source / name).unlink()


def test_what_is_no_file_is_told_all_at_once(bench: Bench) -> None:
    plant(bench.project / "src", "a")
    os.mkfifo(bench.project / "src/pipe")
    (bench.project / "src/line\nbreak").write_text("x")
    assert sorted(code for _, code in refused(bench, {})) == ["spec/not-copied", "spec/path"]


def test_neither_state_nor_git_is_copied(bench: Bench) -> None:
    plant(bench.project, "a", ".reign/key", ".git/config", "sub/.git/x", ".gitignore", ".REIGN/x")
    assert names(bench, source=".", exclude=["out"]) == [".gitignore", "a"]


def test_a_tree_does_not_copy_what_it_makes(bench: Bench) -> None:
    plant(bench.project / "src", "a")
    for path in ("src", "src/out", "src/./out"):
        assert refused(bench, {"path": path}) == [(("path",), "spec/path")]
    assert names(bench, path="src/out", exclude=["out"]) == ["a"]


@pytest.mark.parametrize(
    ("include", "exclude", "expected"),
    [
        (None, None, ["a.md", "docs/a.md", "docs/b.txt", "docs/deep/c.md", "z/docs/d.md"]),
        (["*.md"], None, ["a.md", "docs/a.md", "docs/deep/c.md", "z/docs/d.md"]),
        (["/*.md"], None, ["a.md"]),
        (["docs/*"], None, ["docs/a.md", "docs/b.txt", "docs/deep/c.md"]),
        (["docs/*.md"], None, ["docs/a.md"]),
        (["docs/**/*.md"], None, ["docs/a.md", "docs/deep/c.md"]),
        (["docs/**"], None, ["docs/a.md", "docs/b.txt", "docs/deep/c.md"]),
        (["**/docs/*.md"], None, ["docs/a.md", "z/docs/d.md"]),
        (["docs"], None, ["docs/a.md", "docs/b.txt", "docs/deep/c.md", "z/docs/d.md"]),
        (["docs/"], ["deep"], ["docs/a.md", "docs/b.txt", "z/docs/d.md"]),
        (None, ["*.md"], ["docs/b.txt"]),
        (None, ["/docs"], ["a.md", "z/docs/d.md"]),
        (["?.md"], ["z"], ["a.md", "docs/a.md", "docs/deep/c.md"]),
        (["[a].md", "a.*"], None, ["a.md", "docs/a.md"]),
        ([], None, []),
        (None, [], ["a.md", "docs/a.md", "docs/b.txt", "docs/deep/c.md", "z/docs/d.md"]),
    ],
)
def test_patterns(bench: Bench, include: Any, exclude: Any, expected: list[str]) -> None:
    plant(bench.project / "src", "a.md", "docs/a.md", "docs/b.txt", "docs/deep/c.md", "z/docs/d.md")
    assert names(bench, include=include, exclude=exclude) == expected


@pytest.mark.parametrize("pattern", ["", "/", "../x", "a/../b", "x\0"])
def test_what_matches_nothing_is_told(bench: Bench, pattern: str) -> None:
    plant(bench.project / "src", "a")
    assert refused(bench, {"include": [pattern]}) == [(("include", 0), "spec/pattern")]


def test_a_pattern_does_not_run_away(bench: Bench) -> None:
    plant(bench.project / "src", "a" * 200, "a/" * 150 + "a")
    for pattern in ("*a" * 60 + "b", "**/a/" * 60 + "b", "**/" * 500 + "b"):
        assert names(bench, include=[pattern]) == []


def test_what_leaves_it_goes_or_is_forgotten(bench: Bench) -> None:
    plant(bench.project / "src", "a")
    [goes] = expand(bench, {}).values()
    [stays] = expand(bench, {"prune": False}).values()
    assert (goes.lifecycle, stays.lifecycle) == (Lifecycle(), Lifecycle(on_destroy="retain"))


def test_a_folder_of_the_connection_counts(bench: Bench) -> None:
    plant(bench.project / "src", "a")
    bench.settings = {"folder": "src"}
    assert refused(bench, {"path": "made"}) == [(("path",), "spec/path")]


def test_what_may_not_be_read_is_an_error(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(bench.project / "src", "a")

    def denied(*_: object) -> Any:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("reign.providers.local.tree.os.scandir", denied)
    with pytest.raises(ProviderError) as raised:
        expand(bench, {})
    assert "src" in raised.value.detail


def test_nothing_else_is_expanded(bench: Bench) -> None:
    plain = Resource(Address("value", "a"), {"value": 1}, "value")
    assert list(bench.registry.expand(plain, bench.call())) == [plain]


@pytest.mark.slow
def test_ten_thousand_files(bench: Bench) -> None:
    for folder in range(100):
        plant(bench.project / "src", *(f"{folder}/{name}" for name in range(100)))
    assert len(expand(bench, {})) == 10_000
