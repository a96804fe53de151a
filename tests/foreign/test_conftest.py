"""A Rego policy for plans of Terraform, run by conftest on our documents: it fires where it should, and only there."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from reign.api.document import plan_document
from reign.model.address import Address
from reign.model.finding import Severity
from reign.model.plan import Action, Change, Check, Drift, OutputChange, Plan
from reign.model.values import Unknown
from reign.render.json_text import json_text
from tests.api.conftest import plan_of

POLICY = Path(__file__).parent / "policy"
pytestmark = pytest.mark.timeout(900)

NOTHING = replace(plan_of("no-changes"), changes=(), outputs=(), checks=(), drift=(), findings=())


def change(type: str, name: str, action: Action, **more: object) -> Change:
    return Change(Address(type, name), action, type.partition(".")[0], **more)  # type: ignore[arg-type]


def plan(*changes: Change, **more: object) -> Plan:
    return replace(NOTHING, changes=changes, **more)  # type: ignore[arg-type]


OPEN = {"path": "a", "mode": "0666"}
SHUT = {"path": "a", "mode": "0644"}
PLANS: dict[str, tuple[Plan, list[str], list[str]]] = {
    "nothing": (NOTHING, [], []),
    "a create": (plan(change("local.file", "a", Action.CREATE, after=SHUT)), [], []),
    "a create for everybody": (
        plan(change("local.file", "a", Action.CREATE, after=OPEN)),
        ["local.file.a: may be written by everybody"],
        [],
    ),
    "an update that opens": (
        plan(change("local.file", "a", Action.UPDATE, before=SHUT, after=OPEN)),
        ["local.file.a: may be written by everybody"],
        [],
    ),
    "what is open already": (plan(change("local.file", "a", Action.NOOP, before=OPEN, after=OPEN)), [], []),
    "a delete": (
        plan(change("local.file", "a", Action.DELETE, before=SHUT)),
        ["local.file.a: must not be destroyed"],
        [],
    ),
    "a delete of another type": (plan(change("value", "a", Action.DELETE, before={"value": 1})), [], []),
    "a forget": (plan(change("local.file", "a", Action.FORGET, before=SHUT)), [], []),
    "a replacement": (
        plan(change("value", "a", Action.REPLACE, before={"value": 1}, after={"value": 2}, replace_paths=("value",))),
        ['value.a: must not be replaced, by [["value"]]'],
        [],
    ),
    "a replacement made first": (
        plan(
            change(
                "value", "a", Action.REPLACE, before={}, after={}, create_first=True, replace_paths=("ports[0]", "x")
            )
        ),
        ['value.a: must not be replaced, by [["ports", 0], ["x"]]'],
        [],
    ),
    "a move and an import": (
        plan(
            change(
                "local.file", "b", Action.NOOP, before=SHUT, after=SHUT, previous_address=Address("local.file", "a")
            ),
            change("local.file", "c", Action.NOOP, before=SHUT, after=SHUT, import_id="c"),
        ),
        [],
        [],
    ),
    "what is known after apply": (
        plan(change("local.file", "a", Action.CREATE, after={**SHUT, "content": Unknown(("x.y.z",))})),
        [],
        ["local.file.a: content is known after apply"],
    ),
    "drift": (
        plan(drift=(Drift(Address("local.file", "a"), SHUT, OPEN, ("mode",)),)),
        [],
        ["local.file.a: changed outside"],
    ),
    "a part": (plan(complete=False), [], ["only a part is planned"]),
    "an output in clear": (
        plan(outputs=(OutputChange("db_password", "create", after="x"),)),
        ["output.db_password: must be sensitive"],
        [],
    ),
    "a sensitive output": (plan(outputs=(OutputChange("db_password", "create", after="x", sensitive=True),)), [], []),
    "checks": (
        plan(
            checks=(
                Check("ok", None, Severity.MINOR, passed=True),
                Check("bad", None, Severity.MINOR, "no", passed=False),
                Check("later", None, Severity.MINOR),
            )
        ),
        ["check.bad: failed"],
        [],
    ),
}


@pytest.fixture(scope="module")
def verdicts(conftest: Path, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, tuple[list[str], list[str]]]:
    folder = tmp_path_factory.mktemp("plans")
    files = {name: folder / f"{number}.json" for number, name in enumerate(PLANS)}
    for name, file in files.items():
        file.write_text(json_text(plan_document(PLANS[name][0])), encoding="utf-8")
    words = [conftest, "test", "--policy", POLICY, "--output", "json", "--no-color", *files.values()]
    ran = subprocess.run(words, capture_output=True, text=True, check=False)
    assert ran.returncode == 1, ran.stderr
    told = {each["filename"]: each for each in json.loads(ran.stdout)}
    return {
        name: (_said(told[str(file)], "failures"), _said(told[str(file)], "warnings")) for name, file in files.items()
    }


def _said(verdict: Mapping[str, list[Mapping[str, str]]], kind: str) -> list[str]:
    return sorted(each["msg"] for each in verdict.get(kind, ()))


@pytest.mark.parametrize("name", PLANS)
def test_the_policy_fires_where_it_should(verdicts: Mapping[str, tuple[list[str], list[str]]], name: str) -> None:
    _, failures, warnings = PLANS[name]
    assert verdicts[name] == (failures, warnings)
