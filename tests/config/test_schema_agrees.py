"""The schema and the loader are of one mind: what one takes the other does not mark, for every field and every project here."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from reign.config import Loaded, include_schema, overlay_schema, project_files, reign_schema
from reign.config.document import (
    AllowModel,
    BlockModel,
    CheckModel,
    DataModel,
    Document,
    EnvironmentModel,
    ExecutionModel,
    FindingsThresholdsModel,
    GenerateModel,
    HealthModel,
    ImportModel,
    LifecycleModel,
    MovedModel,
    OutputModel,
    Part,
    RemovedModel,
    RequiresModel,
    RetryModel,
    SecretModel,
    SettingsModel,
    TimeoutModel,
    VariableModel,
    written_fields,
)
from reign.model.finding import Severity
from reign.yaml.compose import Unreadable, compose
from reign.yaml.nodes import Source
from reign.yaml.report import Report

from .conftest import SCHEMAS, load_in
from .test_schema import built_in, faults

ROOT = Path(__file__).parents[2]
SAMPLES: list[Any] = [
    *(None, True, 1, 0, 10, 1.5, "x", "5s", "${var.v}", "2027-01-01", "unlimited"),
    *([], ["a"], [1], {}, {"a": 1}, {"a": "${var.v}"}),
]
BLOCK = {"type": "value", "spec": {"value": 1}}
BASE = {"version": 1, "project": "p", "variables": {"v": {"default": 1}}, "resources": {"a": BLOCK}}
PLACES: dict[tuple[str | int, ...], tuple[type[Part], dict[str, Any]]] = {
    (): (Document, {}),
    ("requires",): (RequiresModel, {}),
    ("settings",): (SettingsModel, {}),
    ("settings", "execution"): (ExecutionModel, {}),
    ("settings", "execution", "retry"): (RetryModel, {}),
    ("settings", "findings_thresholds"): (FindingsThresholdsModel, {}),
    ("environments", "prod"): (EnvironmentModel, {}),
    ("variables", "w"): (VariableModel, {"default": 1}),
    ("data", "d"): (DataModel, {"type": "memory.thing", "spec": {"name": "x"}}),
    ("resources", "b"): (BlockModel, BLOCK),
    ("resources", "a", "lifecycle"): (LifecycleModel, {}),
    ("resources", "a", "retry"): (RetryModel, {}),
    ("resources", "a", "timeout"): (TimeoutModel, {}),
    ("resources", "a", "health"): (HealthModel, {"http": "http://x/"}),
    ("resources", "a", "allow", 0): (AllowModel, {"code": "a/b", "reason": "x"}),
    ("secrets", "s"): (SecretModel, {}),
    ("secrets", "s", "generate"): (GenerateModel, {}),
    ("outputs", "o"): (OutputModel, {"value": 1}),
    ("checks", 0): (CheckModel, {"name": "n", "assert": True}),
    ("imports", 0): (ImportModel, {"to": "a", "id": "x"}),
    ("moved", 0): (MovedModel, {"from": "old", "to": "a"}),
    ("removed", 0): (RemovedModel, {"from": "gone"}),
}
SAYS_NOTHING = {("health", "http"), *(("s", name) for name in ("env", "file", "command", "generate"))}
"""Fields of which one has to be there: the schema marks a value that says nothing, and so may the loader one day."""


def documents(place: tuple[str | int, ...]) -> Iterator[tuple[str, Any, dict[str, Any]]]:
    """Every field of a place with every sample in it: (field, sample, document)."""
    model, beside = PLACES[place]
    for name, sample in product(written_fields(model), SAMPLES):
        if name != "version":
            document = copy.deepcopy(BASE)
            at: Any = document
            for part, below in pairwise((*place, "")):
                new: Any = [] if isinstance(below, int) else {}
                if isinstance(part, int):
                    at.append(new)
                    at = new
                else:
                    at = at.setdefault(part, new)
            for key, value in beside.items():
                at.setdefault(key, copy.deepcopy(value))
            at[name] = sample
            yield name, sample, document


@pytest.mark.parametrize("place", PLACES, ids=lambda place: ".".join(map(str, place)) or "top")
def test_what_the_loader_takes_is_not_marked(place: tuple[str | int, ...], tmp_path: Path) -> None:
    validator = Draft202012Validator(reign_schema(SCHEMAS))
    taken = 0
    for name, sample, document in documents(place):
        (tmp_path / "reign.yaml").write_text(json.dumps(document))
        env = "prod" if document.get("environments") else None
        if load_in(tmp_path, secrets={"s": "x"}, env=env).project is None:
            continue
        if (*place[-1:], name) in SAYS_NOTHING and (not sample or isinstance(sample, dict)):
            continue
        taken += 1
        assert list(validator.iter_errors(document)) == [], f"{name}: {sample}"
    assert taken > 0


CASES = {
    path.stem: YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    for path in sorted((ROOT / "tests/cases/config").glob("*.yaml"))
}
VALIDATORS = {
    "reign": Draft202012Validator(reign_schema(SCHEMAS)),
    "overlay": Draft202012Validator(overlay_schema(SCHEMAS)),
    "include": Draft202012Validator(include_schema(SCHEMAS)),
}


def loaded(case: dict[str, Any], folder: Path) -> Loaded:
    for name, content in case["files"].items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    for name, target in case.get("links", {}).items():
        (folder / name).symlink_to(target)
    request = {**case.get("request", {})}
    request["var_files"] = [folder / name for name in request.get("var_files", ())]
    return load_in(folder / case.get("folder", ""), case.get("packages"), **request)


def marks(files: Mapping[str, str], validators: Mapping[str, Draft202012Validator]) -> dict[str, list[str]]:
    """What an editor marks in each of these files, none of which is broken."""
    found = {name: faults(text, validators[role(name)]) for name, text in files.items() if text.strip()}
    return {name: places for name, places in found.items() if places}


def role(name: str) -> str:
    if name == "reign.yaml":
        return "reign"
    return "overlay" if "/" not in name and name.startswith("reign.") else "include"


TOLD = {"config/unknown-key", "config/unknown-type", "config/missing-key"}
"""What a schema can tell as well."""

ELSEWHERE = {"include-inside", "lifecycle-values", "overlay-remove"}
"""Cases of that which it cannot: a key of an output, one in a path, one in an overlay that does not say the type."""


@pytest.mark.parametrize("name", CASES)
def test_a_case_is_marked_where_it_is_wrong(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    result = loaded(case, tmp_path)
    codes = {finding.code for finding in result.findings if finding.severity is Severity.ERROR}
    read = {file: case["files"][file] for file in result.files if file in case["files"]}
    read = {file: text for file, text in read.items() if file not in case.get("request", {}).get("var_files", ())}
    if not all(map(is_whole, read.values())):
        return
    found = marks(read, VALIDATORS)
    if not codes:
        assert found == {}
    if codes & TOLD and name not in ELSEWHERE:
        assert found


def is_whole(text: str) -> bool:
    try:
        return compose(Source("f", text), Report()) is not None
    except Unreadable:
        return False


PROJECTS = sorted(path.parent for folder in ("plans", "tests/projects") for path in (ROOT / folder).rglob("reign.yaml"))


@pytest.mark.parametrize("folder", PROJECTS, ids=lambda folder: folder.name)
def test_a_project_that_is_kept_here_is_not_marked(folder: Path) -> None:
    types = built_in()
    validators = {
        "reign": Draft202012Validator(reign_schema(types)),
        "overlay": Draft202012Validator(overlay_schema(types)),
        "include": Draft202012Validator(include_schema(types)),
    }
    files, findings = project_files(folder)
    assert findings == ()
    assert marks({name: real.read_text() for real, name in files.items()}, validators) == {}


def test_there_are_projects_with_overlays_and_includes() -> None:
    roles = {role(name) for folder in PROJECTS for name in project_files(folder)[0].values()}
    assert roles == {"reign", "overlay", "include"}
