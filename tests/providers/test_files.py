"""`local.file` and `local.template`: what stands on the disk after every verb, and after every fault."""

import errno
import hashlib
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from reign.model.errors import ErrorKind, InvalidSpec, ProviderError
from reign.model.resource import Observation
from reign.model.values import Unknown
from tests.providers.conftest import Bench

A = "local.file.a"


def mode(path: Path) -> str:
    return f"{stat.S_IMODE(path.stat().st_mode):04o}"


@pytest.mark.parametrize(
    ("written", "means"), [("0644", "0644"), ("600", "0600"), ("0o755", "0755"), (640, "0640"), ("4755", "4755")]
)
def test_the_mode_is_the_declared_one_whatever_the_umask(bench: Bench, written: object, means: str) -> None:
    before = os.umask(0o077)
    try:
        bench.create(A, {"path": "d/x", "content": "x", "mode": written})
    finally:
        os.umask(before)
    assert mode(bench.project / "d" / "x") == means
    assert mode(bench.project / "d") == "0755"


@pytest.mark.parametrize("written", ["", "rw-r--r--", "0999", "77777", "-1", "0x1f"])
def test_what_is_no_mode_is_a_problem(bench: Bench, written: str) -> None:
    with pytest.raises(InvalidSpec) as raised:
        bench.registry.normalize("local.file", {"path": "x", "content": "x", "mode": written})
    assert [problem.path for problem in raised.value.problems] == [("mode",)]


@pytest.mark.parametrize(
    "spec", [{}, {"content": "x", "content_base64": "eA=="}, {"content": "", "source": {"path": "x", "sha256": "0"}}]
)
def test_exactly_one_content(bench: Bench, spec: dict[str, str]) -> None:
    with pytest.raises(InvalidSpec) as raised:
        bench.registry.normalize("local.file", {"path": "x", **spec})
    assert [problem.code for problem in raised.value.problems] == ["spec/one-of"]


def test_what_follows_from_the_content_is_in_the_spec(bench: Bench) -> None:
    spec = bench.registry.normalize("local.file", {"path": "x", "content": "ü"})
    assert (spec["sha256"], spec["bytes"]) == (hashlib.sha256("ü".encode()).hexdigest(), 2)
    waiting = Unknown(("value.a.value",))
    spec = bench.registry.normalize("local.file", {"path": "x", "content": waiting})
    assert (spec["sha256"], spec["bytes"]) == (waiting, waiting)
    spec = bench.registry.normalize("local.file", {"path": "x", "source": {"path": "s", "sha256": "ab"}})
    assert spec["sha256"] == "ab"
    assert "bytes" not in spec


def test_the_mark_is_private_and_goes_with_the_file(bench: Bench) -> None:
    known = bench.create(A, {"path": "x", "content": "x"})
    [mark] = (bench.project / ".reign" / "marks").iterdir()
    assert mark.name == hashlib.sha256(b"x").hexdigest()
    assert mode(mark) == "0600"
    assert mode(mark.parent) == "0700"
    bench.delete(known)
    assert bench.marks() == 0


def test_parents_go_with_the_last_file_that_they_were_made_for(bench: Bench) -> None:
    (bench.project / "theirs").mkdir()
    one = bench.create(A, {"path": "theirs/a/b/one", "content": "x"})
    two = bench.create("local.file.b", {"path": "theirs/a/two", "content": "x"}, "op-2")
    bench.delete(one)
    assert sorted(bench.tree()) == ["project", "project/theirs", "project/theirs/a", "project/theirs/a/two"]
    bench.delete(two)
    assert sorted(bench.tree()) == ["project", "project/theirs"]
    assert bench.marks() == 0


def test_parents_above_one_that_a_kill_saw_go_are_not_forgotten(bench: Bench) -> None:
    known = bench.create(A, {"path": "a/b/c/one", "content": "x"})
    marks = bench.project / ".reign" / "marks"
    (bench.project / "a/b/c/one").unlink()
    (bench.project / "a/b/c").rmdir()
    (marks / f"{hashlib.sha256(b'a/b/c').hexdigest()}.parent").unlink()  # and here the kill came
    bench.delete(known)
    assert bench.tree() == {"project": "folder"}
    assert bench.marks() == 0


def test_a_parent_that_the_system_fails_to_remove_is_an_error(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    known = bench.create(A, {"path": "a/one", "content": "x"})

    def fail(*_: object, **__: object) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as patched:
        patched.setattr(os, "rmdir", fail)
        with pytest.raises(ProviderError) as raised:
            bench.delete(known)
    assert raised.value.kind is ErrorKind.FAULT
    bench.delete(known)
    assert bench.tree() == {"project": "folder"}


def test_a_draft_of_a_mark_does_not_stay(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    marks = bench.project / ".reign" / "marks"
    marks.mkdir(parents=True)
    name = hashlib.sha256(b"x").hexdigest()
    (marks / f"{name}.tmp").write_text("torn")  # a kill left it
    known = bench.create(A, {"path": "x", "content": "x"})
    assert [path.name for path in marks.iterdir()] == [name]
    bench.delete(known)

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched, pytest.raises(ProviderError):
        patched.setattr("reign.providers.local.marks.write_all", full)
        bench.create(A, {"path": "x", "content": "x"})
    assert list(marks.iterdir()) == []


def test_an_update_replaces_the_file_and_leaves_nothing_beside_it(bench: Bench) -> None:
    known = bench.create(A, {"path": "x", "content": "one"})
    before = os.open(bench.project / "x", os.O_RDONLY)
    try:
        bench.update(known, {"path": "x", "content": "two", "mode": "0600"})
        assert os.read(before, 10) == b"one"  # who had it open reads the old one whole
    finally:
        os.close(before)
    assert bench.tree() == {"project": "folder", "project/x": "two"}
    assert mode(bench.project / "x") == "0600"


def test_a_new_mode_alone_leaves_the_file_itself(bench: Bench) -> None:
    known = bench.create(A, {"path": "x", "content": "one"})
    inode = (bench.project / "x").stat().st_ino
    bench.update(known, {"path": "x", "content": "one", "mode": "0600"})
    assert (bench.project / "x").stat().st_ino == inode
    assert mode(bench.project / "x") == "0600"


def test_backup_keeps_what_an_update_overwrites(bench: Bench) -> None:
    known = bench.create(A, {"path": "x", "content": "one", "backup": True})
    known = bench.update(known, {"path": "x", "content": "two", "backup": True})
    known = bench.update(known, {"path": "x", "content": "one", "backup": True})
    bench.update(known, {"path": "x", "content": "two", "backup": True})
    kept = {content for name, content in bench.tree().items() if name.endswith(".bak")}
    assert kept == {"one", "two"}
    assert len(bench.tree()) == 4


@pytest.mark.parametrize("harm", ["content", "mode", "gone", "editor"])
def test_every_change_from_outside_is_seen(bench: Bench, harm: str) -> None:
    spec = {"path": "x", "content": "one"}
    known = bench.create(A, spec)
    path = bench.project / "x"
    match harm:
        case "content":
            path.write_text("two")
        case "mode":
            path.chmod(0o600)
        case "gone":
            path.unlink()
        case "editor":  # writes a new file and moves it over the old one
            (bench.project / "y").write_text("two")
            (bench.project / "y").rename(path)
    seen = bench.observe(A, spec, known)
    assert not isinstance(seen, ProviderError)
    if harm == "gone":
        assert seen is None
        return
    assert seen is not None
    assert seen.owned
    assert seen.spec != known.spec
    assert seen.spec.keys() == known.spec.keys()


def test_what_is_not_utf8_is_shown_escaped_and_told_apart(bench: Bench) -> None:
    spec = {"path": "x", "content": "\\xff"}
    known = bench.create(A, spec)
    (bench.project / "x").write_bytes(b"\xff")
    seen = bench.observe(A, spec, known)
    assert isinstance(seen, Observation)
    assert seen.spec["content"] == "\\xff"
    assert seen.spec["sha256"] != known.spec["sha256"]


def test_a_source_that_changed_since_the_plan_is_not_copied(bench: Bench) -> None:
    (bench.project / "s").write_text("reviewed")
    pin = {"path": "s", "sha256": hashlib.sha256(b"reviewed").hexdigest()}
    known = bench.create(A, {"path": "x", "source": pin})
    (bench.project / "s").write_text("edited")
    for act in (
        lambda: bench.create("local.file.b", {"path": "y", "source": pin}),
        lambda: bench.update(known, {"path": "x", "source": pin, "mode": "0600"}),
    ):
        with pytest.raises(ProviderError) as raised:
            act()
        assert raised.value.kind is ErrorKind.CONFLICT
    assert bench.tree() == {"project": "folder", "project/s": "edited", "project/x": "reviewed"}
    assert bench.marks() == 1


def test_a_mark_that_a_kill_left_behind_makes_nobody_elses_file_ours(bench: Bench) -> None:
    known = bench.create(A, {"path": "x", "content": "x"})
    (bench.project / "x").unlink()
    (bench.project / "x").write_text("somebody's")
    seen = bench.observe(A, {"path": "x", "content": "x"})  # the state knows nothing: the kill came before the result
    assert isinstance(seen, Observation)
    assert not seen.owned
    with pytest.raises(ProviderError) as raised:
        bench.create(A, {"path": "x", "content": "x"})
    assert raised.value.kind is ErrorKind.CONFLICT
    assert (bench.project / "x").read_text() == "somebody's"
    assert known.external_id == "x"


def test_a_mark_that_cannot_be_read_is_none(bench: Bench) -> None:
    known = bench.create(A, {"path": "x", "content": "x"})
    [mark] = (bench.project / ".reign" / "marks").iterdir()
    mark.write_text("{")
    with pytest.raises(ProviderError) as raised:
        bench.delete(known)
    assert raised.value.kind is ErrorKind.CONFLICT
    assert (bench.project / "x").exists()


def test_a_draft_that_a_kill_left_beside_it_goes_with_the_next_call(bench: Bench) -> None:
    from reign.providers.local.place import place_of

    known = bench.create(A, {"path": "d/x", "content": "one"})
    left = bench.project / "d" / place_of(bench.call()).temporary("d/x")
    left.write_text("torn")
    bench.update(known, {"path": "d/x", "content": "two"})
    assert not left.exists()
    left.write_text("torn")
    bench.delete(known)
    assert bench.tree() == {"project": "folder"}


FAULTS = {
    errno.EACCES: ErrorKind.DENIED,
    errno.EPERM: ErrorKind.DENIED,
    errno.EROFS: ErrorKind.DENIED,
    errno.ENOSPC: ErrorKind.EXHAUSTED,
    errno.EDQUOT: ErrorKind.EXHAUSTED,
    errno.EMFILE: ErrorKind.EXHAUSTED,
    errno.EIO: ErrorKind.FAULT,
    errno.ENAMETOOLONG: ErrorKind.INVALID,
    errno.EISDIR: ErrorKind.CONFLICT,
    errno.ENOTDIR: ErrorKind.CONFLICT,
    errno.ENOTEMPTY: ErrorKind.CONFLICT,
    errno.EBUSY: ErrorKind.TRANSIENT,
    errno.ENODEV: ErrorKind.FAULT,
}


@pytest.mark.parametrize("number", FAULTS, ids=lambda number: errno.errorcode[number])
@pytest.mark.parametrize("step", ["open", "write", "fsync", "fchmod", "link"])
def test_a_fault_at_any_step_leaves_nothing_and_says_what_it_was(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, step: str, number: int
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        patch.setattr(os, step, fail)
        with pytest.raises(ProviderError) as raised:
            bench.create(A, {"path": "d/x", "content": "x"})
    assert raised.value.kind is FAULTS[number]
    assert raised.value.summary
    assert "d/x" in raised.value.detail
    assert "project/d/x" not in bench.tree()
    known = bench.create(A, {"path": "d/x", "content": "x"}, "op-2")
    seen = bench.observe(A, {"path": "d/x", "content": "x"}, known)
    assert isinstance(seen, Observation)
    assert seen.owned
    bench.delete(known)
    assert bench.tree() == {"project": "folder"}


def test_a_folder_that_cannot_be_made_durable_is_told_with_what_stands_there(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, seen = os.fsync, []

    def fail_after_the_link(descriptor: int) -> None:
        seen.append(descriptor)
        if (bench.project / "x").exists():
            raise OSError(errno.EIO, "Input/output error")
        real(descriptor)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail_after_the_link)
        with pytest.raises(ProviderError) as raised:
            bench.create(A, {"path": "x", "content": "x"})
    assert raised.value.kind is ErrorKind.FAULT
    assert raised.value.partial is not None
    assert raised.value.partial.external_id == "x"


def test_a_kill_between_the_mark_and_the_link_leaves_no_file_and_no_claim(bench: Bench) -> None:
    (bench.project / "d").mkdir()
    program = f"""
import os, sys
sys.path.insert(0, {str(Path(__file__).parents[2])!r})
from pathlib import Path
from tests.providers.conftest import Bench
bench = Bench(Path({str(bench.top)!r}))
os.link = lambda *a, **k: os.kill(os.getpid(), 9)
bench.create("local.file.a", {{"path": "d/x", "content": "x"}})
"""
    killed = subprocess.run([sys.executable, "-c", program], capture_output=True)
    assert killed.returncode == -9, killed.stderr.decode()
    assert [name for name in bench.tree() if name.startswith("project/d/")] == []
    assert bench.marks() == 1  # durable before the file stands at its path
    assert bench.observe(A, {"path": "d/x", "content": "x"}) is None
    bench.delete(bench.create(A, {"path": "d/x", "content": "x"}, "op-2"))
    assert bench.tree() == {"project": "folder", "project/d": "folder"}
    assert bench.marks() == 0


@pytest.mark.parametrize("step", ["fchmod", "rename"])
def test_a_kill_during_an_update_leaves_a_file_that_its_mark_names(bench: Bench, step: str) -> None:
    known = bench.create(A, {"path": "x", "content": "old", "mode": "0644"})
    program = f"""
import os, sys
sys.path.insert(0, {str(Path(__file__).parents[2])!r})
from pathlib import Path
from tests.providers.conftest import Bench
bench = Bench(Path({str(bench.top)!r}))
os.{step} = lambda *a, **k: os.kill(os.getpid(), 9)
spec = {{"path": "x", "content": "old"}}
known = bench.recorded(bench.resource({A!r}, spec), bench.observe({A!r}, spec))
bench.update(known, {{"path": "x", "content": "new", "mode": "0644"}})
"""
    killed = subprocess.run([sys.executable, "-c", program], capture_output=True)
    assert killed.returncode == -9, killed.stderr.decode()
    [draft] = [path for path in bench.project.iterdir() if path.name.endswith(".tmp")]
    assert (draft.read_text(), mode(draft)) == ("new", "0600" if step == "fchmod" else "0644")
    spec = {"path": "x", "content": "old"}
    assert owned(bench, spec)
    os.replace(draft, bench.project / "x")  # the kill came after the rename  # noqa: PTH105
    assert owned(bench, spec)
    bench.update(known, {"path": "x", "content": "third"})
    assert owned(bench, spec)


def owned(bench: Bench, spec: dict[str, str]) -> bool:
    """Whether what stands there is found as ours by its mark alone: the state knows nothing."""
    seen = bench.observe(A, spec)
    return isinstance(seen, Observation) and seen.owned


@pytest.mark.parametrize("content", ["old", "new"])
def test_the_mark_follows_every_update(bench: Bench, content: str) -> None:
    spec = {"path": "x", "content": content}
    known = bench.create(A, {"path": "x", "content": "old"})
    bench.update(known, spec)
    assert owned(bench, spec)
    (bench.project / "x").unlink()
    (bench.project / "x").write_text(content)  # by an editor
    assert not owned(bench, spec)
    bench.update(known, {**spec, "mode": "0600"})
    assert owned(bench, spec)


def test_where_files_need_a_name_a_draft_takes_a_temporary_one(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reign.providers.local.draft._open_nameless", lambda folder: None)
    known = bench.create(A, {"path": "d/x", "content": "one"})
    assert bench.tree() == {"project": "folder", "project/d": "folder", "project/d/x": "one"}
    with pytest.raises(ProviderError) as raised:
        bench.create(A, {"path": "d/x", "content": "two"}, "op-2")
    assert raised.value.kind is ErrorKind.CONFLICT
    assert len(bench.tree()) == 3
    again = bench.registry.provider("local").create(bench.resource(A, {"path": "d/x", "content": "one"}), bench.call())
    assert again.external_id == known.external_id
    bench.delete(known)
    assert bench.tree() == {"project": "folder"}


@pytest.mark.parametrize("settings", [{"folder": 5}, {"foldr": "x"}, {"folder": "missing"}])
def test_a_connection_that_is_not_understood_is_an_error_for_all_of_it(bench: Bench, settings: dict[str, Any]) -> None:
    bench.settings.update(settings)
    health = bench.registry.provider("local").check(bench.call())
    assert not health.reachable
    assert health.fix
    with pytest.raises(ProviderError):
        bench.create(A, {"path": "x", "content": "x"})
    assert bench.tree() == {"project": "folder"}


# Templates


def test_a_template_comes_out_as_the_file_it_renders_to(bench: Bench) -> None:
    spec = bench.registry.normalize(
        "local.template", {"path": "x", "template": "${a}-%{ for b in c }${b}%{ end }", "vars": {"a": 1, "c": [2, 3]}}
    )
    assert spec["content"] == "1-23"
    assert not {"template", "vars", "source"} & spec.keys()
    source = {"path": "t", "sha256": "ab", "text": "${a}"}
    spec = bench.registry.normalize("local.template", {"path": "x", "source": source, "vars": {"a": "z"}})
    assert spec["content"] == "z"


def test_a_template_waits_only_for_the_values_it_uses(bench: Bench) -> None:
    values = {"known": 1, "waiting": Unknown(("value.a.value",))}
    spec = bench.registry.normalize("local.template", {"path": "x", "template": "${known}", "vars": values})
    assert spec["content"] == "1"
    spec = bench.registry.normalize("local.template", {"path": "x", "template": "${waiting}", "vars": values})
    assert spec["content"] == spec["sha256"] == Unknown(("value.a.value",))


def test_a_template_that_cannot_be_rendered_says_where(bench: Bench) -> None:
    with pytest.raises(InvalidSpec) as raised:
        bench.registry.normalize("local.template", {"path": "x", "template": "a\n  ${nome}", "vars": {"name": 1}})
    [problem] = raised.value.problems
    assert problem.path == ("template",)
    assert problem.nearest == "name"
    assert problem.place is not None
    assert (problem.place.line, problem.place.column, problem.place.width) == (2, 5, 4)
