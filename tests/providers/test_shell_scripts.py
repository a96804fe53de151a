"""`shell.script`: the text or the file that is run, and by what; and what is wrong with the keys of both types."""

import hashlib
import sys
from pathlib import Path
from typing import Any

import pytest

from reign.model.errors import ErrorKind
from tests.providers.conftest import Bench

S = "shell.script.a"


def test_a_script_runs_under_its_interpreter_with_its_arguments(bench: Bench) -> None:
    script = (
        "import os, sys\nprint(sys.executable, sys.argv[1:], os.environ['A'], os.getcwd())\nprint('x', file=sys.stderr)"
    )
    spec = {"script": script, "interpreter": "python", "args": ["a b", 1], "env": {"A": "$x"}}
    known = bench.create(S, spec)
    assert known.outputs["stdout"] == f"{sys.executable} ['a b', '1'] $x {bench.project}"
    assert known.outputs["stderr"] == "x"
    known = bench.create(S, {"script": 'echo "$@" "$0"', "args": ["a  b"]})
    assert str(known.outputs["stdout"]).startswith("a  b /")
    assert list(bench.tree()) == ["project"]


def test_a_script_leaves_no_temporary_file(bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    stdout = str(bench.create(S, {"script": 'stat -c %a "$0" "$(dirname "$0")"; echo "$0"'}).outputs["stdout"])
    assert "700" in stdout
    assert str(scratch) in stdout
    bench.failed({"script": "exit 1"}, S)
    assert list(scratch.iterdir()) == []


def test_a_source_runs_in_its_place_and_only_as_pinned(bench: Bench) -> None:
    folder = bench.project / "scripts"
    folder.mkdir()
    (folder / "beside.py").write_text("word = 'beside'")
    (folder / "main.py").write_text("import beside; print(beside.word)")
    pin = {"path": "scripts/main.py", "sha256": hashlib.sha256((folder / "main.py").read_bytes()).hexdigest()}
    spec: dict[str, Any] = {"source": pin, "interpreter": "python", "env": {"PYTHONDONTWRITEBYTECODE": "1"}}
    assert bench.create(S, spec).outputs["stdout"] == "beside"
    (folder / "main.py").write_text("open('made', 'w')")
    assert bench.failed(spec, S).kind is ErrorKind.CONFLICT
    assert not (bench.project / "made").exists()


def test_what_is_wrong_with_the_keys_and_with_the_commands_is_told_at_once(bench: Bench) -> None:
    bad = {"command": "echo '${REIGN_1}'", "with": {"REIGN_1": "x"}}
    told = bench.refused("shell.command", {"create": bad, "read": "echo 'x", "timeout": 0})
    assert sorted(told, key=str) == [
        (("create",), "shell/value-as-code"),
        (("read",), "shell/syntax"),
        (("timeout",), "spec/invalid-value"),
    ]


def test_exactly_one_script(bench: Bench) -> None:
    pin = {"path": "x", "sha256": "y"}
    for spec in ({}, {"script": "x", "source": pin}):
        assert bench.refused("shell.script", spec) == [((), "spec/one-of")]
    assert bench.refused("shell.script", {"script": ["echo", "x"]}) == [(("script",), "spec/wrong-type")]


def test_the_usual_time_limits(bench: Bench) -> None:
    assert bench.registry.normalize("shell.command", {"create": "x"})["timeout"] == 30
    assert bench.registry.normalize("shell.script", {"script": "x"})["timeout"] == 60
    for timeout in (0, -1, "x", True):
        assert [path for path, _ in bench.refused("shell.command", {"create": "x", "timeout": timeout})] == [
            ("timeout",)
        ]
