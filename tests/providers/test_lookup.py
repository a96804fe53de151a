"""What `data` tells, and what it refuses to look at."""

import os
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reign.model.errors import ErrorKind, ProviderError
from reign.model.values import Spec, Unknown
from reign.ports import Lookup
from reign.providers.registry import provider_of
from tests.conformance.subjects import repository
from tests.providers.conftest import Bench


def look_up(bench: Bench, type: str, spec: Spec, trusted: bool = True) -> Spec:
    provider = bench.registry.provider(provider_of(type))
    assert isinstance(provider, Lookup)
    call = bench.call()
    call = replace(call, site=replace(call.site, trusted=trusted))
    return provider.look_up(type, bench.registry.normalize(type, spec), call)


def refused(bench: Bench, type: str, spec: Spec) -> ProviderError:
    with pytest.raises(ProviderError) as raised:
        look_up(bench, type, spec)
    assert raised.value.summary
    assert raised.value.detail
    assert raised.value.fix
    return raised.value


# Files


def test_a_file_is_read_inside_the_root_alone(bench: Bench) -> None:
    (bench.top / "secret").write_text("x")
    (bench.project / "link").symlink_to(bench.top / "secret")
    (bench.project / ".reign").mkdir()
    (bench.project / ".reign/key").write_text("x")
    (bench.project / "to-key").symlink_to(".reign/key")
    for path in (
        "../secret",
        str(bench.top / "secret"),
        "link",
        ".reign/key",
        ".REIGN/key",
        "to-key",
        "a\0b",
        "//../secret",
    ):
        assert refused(bench, "data.local.file", {"path": path}).kind in (ErrorKind.INVALID, ErrorKind.MISSING), path
    for path in ("missing", "missing/below", "//missing"):
        assert refused(bench, "data.local.file", {"path": path}).kind is ErrorKind.MISSING, path


def test_a_file_that_is_no_text_is_refused(bench: Bench) -> None:
    (bench.project / "folder").mkdir()
    os.mkfifo(bench.project / "pipe")
    (bench.project / "bytes").write_bytes(b"\xff\x00")
    (bench.project / "large").write_bytes(b"x" * ((1 << 20) + 1))
    for path in ("folder", "pipe", "bytes", "large"):
        assert refused(bench, "data.local.file", {"path": path}).kind is ErrorKind.INVALID, path


def test_the_root_stands_before_two_slashes(bench: Bench) -> None:
    (bench.project / "a").write_text("x")
    assert look_up(bench, "data.local.file", {"path": "//a"})["content"] == "x"


# Commands


@pytest.mark.parametrize(("read", "kind"), [("exit 1", ErrorKind.MISSING), ("exit 2", ErrorKind.FAULT)])
def test_a_command_says_by_its_exit_code_whether_it_is_there(bench: Bench, read: str, kind: ErrorKind) -> None:
    assert refused(bench, "data.shell.command", {"read": read}).kind is kind


def test_a_command_may_print_json(bench: Bench) -> None:
    assert look_up(bench, "data.shell.command", {"read": "echo '[1]'", "output": "json"})["json"] == [1]
    assert refused(bench, "data.shell.command", {"read": "echo no", "output": "json"}).kind is ErrorKind.INVALID


def test_a_command_gets_the_short_list_of_variables(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "leaked")
    assert "leaked" not in str(look_up(bench, "data.shell.command", {"read": ["env"]}))


# git


def git(bench: Bench, *words: str) -> str:
    who = ("-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "commit.gpgsign=false")
    done = subprocess.run(["git", "-C", str(bench.project), *who, *words], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def test_git_tells_of_what_is_checked_out(bench: Bench) -> None:
    sha = repository(bench.project)
    assert look_up(bench, "data.git", {}) == {"sha": sha, "branch": "main", "tag": "v1", "dirty": False}
    (bench.project / "new").write_text("x")
    assert look_up(bench, "data.git", {})["dirty"] is True
    git(bench, "add", ".")
    git(bench, "commit", "-qm", "two")
    told = look_up(bench, "data.git", {})
    assert told["sha"] == git(bench, "rev-parse", "HEAD") != sha
    assert (told["tag"], told["dirty"]) == (None, False)
    git(bench, "checkout", "-q", "--detach")
    assert look_up(bench, "data.git", {})["branch"] is None


def test_git_before_the_first_commit(bench: Bench) -> None:
    git(bench, "init", "-q", "-b", "trunk")
    assert look_up(bench, "data.git", {}) == {"sha": None, "branch": "trunk", "tag": None, "dirty": False}


def test_without_git_nothing_is_told(bench: Bench) -> None:
    assert refused(bench, "data.git", {}).kind is ErrorKind.MISSING


HOSTILE: dict[str, Any] = {
    "fsmonitor": ["config", "core.fsmonitor"],
    "filter": ["config", "filter.x.clean"],
    "textconv": ["config", "diff.x.textconv"],
    "pager": ["config", "core.pager"],
    "alias": ["config", "alias.status"],
    "ssh": ["config", "core.sshCommand"],
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_repository_runs_nothing_until_it_is_trusted(bench: Bench, name: str) -> None:
    sha = repository(bench.project)
    canary = bench.top / "canary"
    hook = bench.top / "hook"
    hook.write_text(f"#!/bin/sh\ntouch {canary}\ncat\n")
    hook.chmod(0o755)
    command = f"!{hook}" if name == "alias" else str(hook)
    git(bench, *HOSTILE[name], command)
    (bench.project / ".gitattributes").write_text("* filter=x diff=x\n")
    (bench.project / "file").write_text("changed")
    for each in ("post-index-change", "reference-transaction"):
        (bench.project / ".git/hooks" / each).write_text(hook.read_text())
        (bench.project / ".git/hooks" / each).chmod(0o755)
    told = look_up(bench, "data.git", {}, trusted=False)
    assert (told["sha"], told["branch"], told["tag"]) == (sha, "main", "v1")
    assert isinstance(told["dirty"], Unknown)
    assert not canary.exists()


def test_git_sees_none_of_the_variables(bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    sha = repository(bench.project)
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    assert look_up(bench, "data.git", {})["sha"] == sha
