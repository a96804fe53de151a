"""`reign schema`, and assertions in SQL, through the real command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator


def reign(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-m", "reign", "-C", str(folder), *words]
    return subprocess.run(command, env=environ, capture_output=True, text=True, stdin=subprocess.DEVNULL)


def test_the_schema_of_a_type_and_of_the_file(tmp_path: Path) -> None:
    one = json.loads(reign(tmp_path, "schema", "local.file").stdout)
    assert "path" in one["properties"]
    whole = json.loads(reign(tmp_path, "schema").stdout)
    Draft202012Validator.check_schema(whole)
    declared = {"version": 1, "project": "p", "resources": {"f": {"type": "local.file", "spec": {"path": "a"}}}}
    assert list(Draft202012Validator(whole).iter_errors(declared)) == []


def test_of_what_is_only_looked_up_the_name_is_enough(tmp_path: Path) -> None:
    assert reign(tmp_path, "schema", "project").stdout == reign(tmp_path, "schema", "data.project").stdout != ""


def test_a_type_that_is_not_there_has_a_nearest_one(tmp_path: Path) -> None:
    ended = reign(tmp_path, "schema", "local.fle")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "Did you mean local.file?" in ended.stderr


@pytest.mark.parametrize(
    ("query", "code"),
    [("select true", 0), ("select false", 2), ("select null", 2), ("select false; select true", 1), (";", 1)],
)
def test_an_assertion_is_one_statement(tmp_path: Path, query: str, code: int) -> None:
    (tmp_path / "reign.yaml").write_text("version: 1\nproject: p\n", encoding="utf-8")
    assert reign(tmp_path, "sql", "--assert", query).returncode == code
