"""Start-up: only click and the standard library load where nothing else is needed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.terminal import terminal

HEAVY = {
    "cryptography",
    "duckdb",
    "filelock",
    "networkx",
    "pydantic",
    "rapidfuzz",
    "rich",
    "ruamel",
    "tree_sitter",
    "tree_sitter_bash",
}
ALLOWED = {"click", "reign"}
PROBE = """
import sys
from reign.cli.main import run
try:
    code = run(sys.argv[1:])
except SystemExit as end:
    code = end.code or 0
names = {name.partition(".")[0] for name in sys.modules}
print("LOADED", code, *sorted(names), file=sys.stderr)
"""


def loaded(*words: str, **environ: str) -> tuple[int, set[str]]:
    ran = subprocess.run(
        [sys.executable, "-X", "utf8", "-I", "-c", PROBE, *words],
        env={"PATH": os.environ["PATH"], **environ},
        capture_output=True,
        text=True,
        check=True,
    )
    code, *names = ran.stderr.rpartition("LOADED ")[2].split()
    return int(code), set(names)


def strangers(names: set[str]) -> set[str]:
    started_with = {"__main__", "sitecustomize", "usercustomize"}
    return {name for name in names - set(sys.stdlib_module_names) - ALLOWED - started_with if not name.startswith("_")}


@pytest.mark.parametrize(
    "words",
    [
        ["--help"],
        ["plan", "--help"],
        ["apply", "-h"],
        ["state", "list", "--help"],
        ["version"],
        ["version", "--json"],
        ["completion", "bash"],
        ["completion", "zsh"],
        ["completion", "fish"],
    ],
    ids=" ".join,
)
def test_light(words: list[str]) -> None:
    code, names = loaded(*words)
    assert code == 0
    assert "click" in names
    assert not names & HEAVY
    assert strangers(names) == set()


@pytest.mark.parametrize("line", ["reign ", "reign pl", "reign plan --ta", "reign graph --format ", "reign state "])
def test_completing_is_light(line: str) -> None:
    code, names = loaded(_REIGN_COMPLETE="bash", _REIGN_LINE=line)
    assert code == 0
    assert strangers(names) == set()


def test_wrong_usage_is_light() -> None:
    code, names = loaded("plan", "--no-such-option")
    assert code == 1
    assert not names & HEAVY


@pytest.mark.parametrize(
    ("words", "environ", "is_loaded"),
    [
        (["plan"], {"TERM": "xterm"}, False),
        (["validate"], {"TERM": "xterm"}, False),
        (["apply", "--auto-approve"], {"TERM": "xterm"}, True),
        (["apply", "--auto-approve", "--json"], {"TERM": "xterm"}, False),
        (["apply", "--auto-approve"], {"TERM": "dumb"}, False),
        (["apply", "--auto-approve"], {"TERM": "xterm", "CI": "true"}, False),
        (["apply"], {"TERM": "xterm"}, False),
    ],
)
def test_rich_is_loaded_only_for_a_run_on_a_terminal(
    words: list[str], environ: dict[str, str], is_loaded: bool, tmp_path: Path
) -> None:
    (tmp_path / "reign.yaml").write_text("version: 1\nproject: p\nresources:\n  a: {type: value, spec: {value: 1}}\n")
    environ = {"PATH": os.environ["PATH"], **environ}
    with terminal([sys.executable, "-X", "utf8", "-I", "-c", PROBE, *words], tmp_path, environ) as shown:
        if words == ["apply"]:
            shown.until("Enter a value: ")
            shown.type("no\n")
        shown.end()
    assert ("rich" in shown.text.rpartition("LOADED ")[2].split()) is is_loaded


def test_no_plugin_that_another_package_brings_for_pydantic_is_loaded(tmp_path: Path) -> None:
    """It would see every value, sensitive ones too."""
    beside, project = tmp_path / "beside", tmp_path / "project"
    (beside / "watcher-1.dist-info").mkdir(parents=True)
    (beside / "watcher-1.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: watcher\nVersion: 1\n")
    (beside / "watcher-1.dist-info" / "entry_points.txt").write_text("[pydantic]\nwatcher = watcher:plugin\n")
    (beside / "watcher.py").write_text(f"open({str(tmp_path / 'seen')!r}, 'w').close()\nplugin = None\n")
    project.mkdir()
    (project / "reign.yaml").write_text("version: 1\nproject: p\nresources: {a: {type: value, spec: {value: 1}}}\n")

    planned = subprocess.run(
        [sys.executable, "-m", "reign", "plan"],
        cwd=project,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join([str(beside), *sys.path[1:]])},
        capture_output=True,
        text=True,
        check=False,
    )

    assert planned.returncode == 0, planned.stderr
    assert not (tmp_path / "seen").exists()
