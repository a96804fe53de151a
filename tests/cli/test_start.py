"""Start-up: only click and the standard library load where nothing else is needed."""

import os
import subprocess
import sys

import pytest

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


@pytest.mark.parametrize(("words", "current"), [("reign ", 1), ("reign pl", 1), ("reign plan --ta", 2)])
def test_completing_is_light(words: str, current: int) -> None:
    code, names = loaded(_REIGN_COMPLETE="bash_complete", COMP_WORDS=words, COMP_CWORD=str(current))
    assert code == 0
    assert strangers(names) == set()


def test_wrong_usage_is_light() -> None:
    code, names = loaded("plan", "--no-such-option")
    assert code == 1
    assert not names & HEAVY
