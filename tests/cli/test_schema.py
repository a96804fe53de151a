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
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "REIGN_TRUST": "1"}
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


def test_the_schema_of_an_overlay_and_of_what_is_included(tmp_path: Path) -> None:
    overlay = Draft202012Validator(json.loads(reign(tmp_path, "schema", "overlay").stdout))
    include = Draft202012Validator(json.loads(reign(tmp_path, "schema", "include").stdout))
    over = {"resources": {"f": {"spec": {"mode!": "0600"}}}, "settings": {"execution": {"parallelism": None}}}
    assert list(overlay.iter_errors(over)) == []
    assert list(include.iter_errors({"resources": {"f": {"type": "value"}}})) == []
    assert list(include.iter_errors(over)) != []
    assert "Did you mean overlay?" in reign(tmp_path, "schema", "overlays").stderr


def test_what_editors_read_is_written_once_and_renewed_by_an_apply(tmp_path: Path) -> None:
    told = reign(tmp_path, "init").stdout
    names = [f".reign/reign.{word}schema.json" for word in ("", "overlay.", "include.")]
    assert [line.removeprefix("Wrote ") for line in told.splitlines()[1:4]] == names
    assert "Wrote" not in reign(tmp_path, "init").stdout
    written = {name: (tmp_path / name).read_text() for name in names}
    (tmp_path / names[0]).write_text(written[names[0]].replace("Written by Reign ", "Written by Reign 0."))
    (tmp_path / names[1]).unlink()
    assert reign(tmp_path, "apply", "--auto-approve").returncode == 0
    assert {name: (tmp_path / name).read_text() for name in names} == written


def test_those_that_know_every_type_stay_as_they_are(tmp_path: Path) -> None:
    reign(tmp_path, "init")
    path = tmp_path / ".reign" / "reign.schema.json"
    path.write_text(path.read_text() + " ")
    assert reign(tmp_path, "apply", "--auto-approve").returncode == 0
    assert path.read_text().endswith(" ")
    path.write_text(path.read_text().replace('"spec.local.file": {', '"spec.another": {'))
    assert reign(tmp_path, "apply", "--auto-approve", "--replace", "local.file.greeting").returncode == 0
    assert '"spec.local.file": {' in path.read_text()


def test_where_there_are_none_an_apply_writes_none(tmp_path: Path) -> None:
    (tmp_path / "reign.yaml").write_text("version: 1\nproject: p\nresources: {a: {type: value, spec: {value: 1}}}\n")
    assert reign(tmp_path, "apply", "--auto-approve").returncode == 0
    assert (tmp_path / ".reign" / "state.duckdb").exists()
    assert list((tmp_path / ".reign").glob("*.schema.json")) == []


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
