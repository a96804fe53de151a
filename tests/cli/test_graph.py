"""`reign graph`, of a project and of a plan file."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.cli.conftest import Run

SCHEMA = json.loads((Path(__file__).parents[2] / "schemas" / "graph.schema.json").read_text(encoding="utf-8"))
FILES = """\
version: 1
project: shop
secrets:
  key: {command: [touch, was-run]}
data:
  head: {type: git, spec: {}}
resources:
  dir: {type: local.directory, spec: {path: build}}
  web: {type: local.file, for_each: [eu, us], spec: {path: "build/${each.key}.txt", content: "x"}}
  one: {type: local.file, depends_on: [dir], spec: {path: one.txt, content: "${resources.web[\\"eu\\"].path}"}}
  run: {type: shell.command, depends_on: [one], spec: {create: [touch, was-run], env: {K: "${secret.key}"}}}
outputs:
  url: {value: "${resources.web[\\"us\\"].path}"}
  sha: {value: "${data.head.sha}"}
"""
EDGES = [
    ('local.file.web["eu"]', "local.directory.dir", "implied"),
    ('local.file.web["us"]', "local.directory.dir", "implied"),
    ("local.file.one", 'local.file.web["eu"]', "reference"),
    ("local.file.one", "local.directory.dir", "depends_on"),
    ("shell.command.run", "local.file.one", "depends_on"),
    ("output.url", 'local.file.web["us"]', "reference"),
    ("output.sha", "data.git.head", "reference"),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "reign.yaml").write_text(FILES)
    return tmp_path


def document(reign: Run, *words: str) -> dict[str, Any]:
    ran = reign("graph", *words, "--json")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    told: dict[str, Any] = json.loads(ran.stdout)
    jsonschema.validate(told, SCHEMA)
    return told


def test_a_project_that_nobody_trusts(reign: Run, folder: Path) -> None:
    told = document(reign)
    assert {(each["from"], each["to"], each["kind"]) for each in told["edges"]} == set(EDGES)
    assert [each["address"] for each in told["nodes"]] == [
        "data.git.head",
        "local.directory.dir",
        "local.file.one",
        'local.file.web["eu"]',
        'local.file.web["us"]',
        "shell.command.run",
        "output.sha",
        "output.url",
    ]
    assert sorted(path.name for path in folder.iterdir()) == ["reign.yaml"], "nothing was run and nothing written"


def test_the_forms_have_the_same_edges(reign: Run) -> None:
    assert reign("graph").stdout.count(" -> ") == len(EDGES)
    mermaid = reign("graph", "-format=mermaid").stdout
    assert mermaid.count(" --> ") == len(EDGES) - 2
    assert mermaid.count(".->") == 2
    assert reign("graph", "-o", "json").stdout == reign("graph", "--json").stdout


def test_a_plan_says_what_is_done_and_when(reign: Run, folder: Path) -> None:
    rows = [line for line in FILES.splitlines() if "data" not in line and "head" not in line]
    (folder / "reign.yaml").write_text("\n".join(rows))
    assert reign("apply", "--auto-approve", REIGN_TRUST="1").returncode == 0
    assert reign("plan", "--destroy", "--out", "all.plan", REIGN_TRUST="1").returncode == 0
    told = document(reign, "all.plan")
    nodes = {each["address"]: each for each in told["nodes"]}
    gone = [address for address, each in nodes.items() if each["mode"] == "managed"]
    assert {nodes[address]["action"] for address in gone} <= {"delete", "forget"}
    edges = {(each["from"], each["to"], each["kind"]) for each in told["edges"]}
    assert ("local.directory.dir", "local.file.one", "order") in edges, "a folder goes after what it holds"
    (last,) = nodes["local.directory.dir"]["steps"]
    assert last > max(nodes[address]["steps"][0] for address in ("local.file.one", 'local.file.web["eu"]'))
    assert f"delete (step {last})" in reign("graph", "all.plan").stdout


def test_a_circle_is_told_with_its_path(reign: Run, folder: Path) -> None:
    (folder / "reign.yaml").write_text(FILES.replace("path: build}", "path: build}, depends_on: [run]"))
    ran = reign("graph")
    assert ran.returncode == 1
    assert "graph/cycle" in ran.stderr
    assert "local.directory.dir -> shell.command.run -> local.file.one -> local.directory.dir" in ran.stderr
    assert ran.stdout == ""


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["reign.yaml"], 1, "plan/not-a-plan"),
        (["no.plan"], 1, "usage/cannot-read"),
        (["."], 1, "usage/cannot-read"),
        (["--json", "--format", "dot"], 1, "--json and --format dot contradict each other"),
        (["--format", "svg"], 1, "'svg' is not one of 'dot', 'mermaid', 'json'"),
        (["a", "b"], 1, "unexpected extra argument"),
    ],
)
def test_wrong_words(reign: Run, words: list[str], code: int, said: str) -> None:
    ran = reign("graph", *words)
    assert ran.returncode == code
    assert said in ran.stdout + ran.stderr
    assert "Traceback" not in ran.stderr
