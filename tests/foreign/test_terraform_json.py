"""What github.com/hashicorp/terraform-json understands of our documents is what was planned."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from reign.api.document import plan_document, state_document
from reign.model.address import Address
from reign.model.event import OutputValue, State
from reign.model.plan import Action, Change, Plan
from reign.model.resource import Snapshot
from reign.model.values import Deferred, Secret, Sensitive, Spec, Unknown, Value, is_sensitive, leaves
from reign.model.values import Path as Way
from reign.render.json_text import json_text
from reign.render.origins import attributes
from tests.foreign.plans import plans

pytestmark = pytest.mark.timeout(900)  # of which building the reader takes nearly all, once


def asked(reader: Path, questions: Iterable[tuple[str, Any]]) -> list[Any]:
    """What the library understands of each document."""
    lines = "".join(f'{{"kind": "{kind}", "document": {json_text(document)}}}\n' for kind, document in questions)
    ran = subprocess.run([reader], input=lines.encode(), capture_output=True, check=False)
    assert ran.returncode == 0, ran.stderr.decode()
    return [json.loads(line) for line in ran.stdout.splitlines()]


@pytest.fixture(scope="module")
def understood(reader: Path) -> dict[str, Any]:
    told = asked(reader, (("plan", plan_document(plan)) for plan in plans().values()))
    return dict(zip(plans(), told, strict=True))


@pytest.mark.parametrize("name", sorted(plans()))
def test_a_plan_is_understood_as_it_was_made(understood: Mapping[str, Any], name: str) -> None:
    plan, told = plans()[name], understood[name]
    assert "error" not in told
    assert told["format_version"] == "1.2"
    assert told["complete"] is plan.complete
    check_changes(plan, told["changes"])
    assert [drift["address"] for drift in told["drift"]] == [drift.address.text for drift in plan.drift]
    for drift, seen in zip(plan.drift, told["drift"], strict=True):
        assert seen["change"]["does"] == ("delete" if drift.after is None else "update")
        check_values(drift.before, seen["change"]["before"], {}, seen["change"]["before_sensitive"])
    check_standing(plan, told)
    check_outputs(plan, told)
    passed = {True: "pass", False: "fail", None: "unknown"}
    assert {check: each["status"] for check, each in told["checks"].items()} == {
        check.name: passed[check.passed] for check in plan.checks
    }
    assert sorted(told["configuration"]["resources"]) == sorted(
        Address(group.type, group.name, None, group.mode).text for group in plan.groups
    )
    assert sorted(told["configuration"]["providers"]) == sorted(plan.connections)


def check_changes(plan: Plan, told: list[Any]) -> None:
    seen = {each["address"]: each for each in told if not each["deposed"]}
    aside = [each["address"] for each in told if each["deposed"]]
    assert list(seen) == [change.address.text for change in plan.changes]
    assert aside == [change.address.text for change in plan.changes if change.deposed]
    for change in plan.changes:
        check_change(change, seen[change.address.text])


def check_change(change: Change, told: Any) -> None:
    address, difference = change.address, told["change"]
    assert (told["mode"], told["type"], told["name"]) == (address.mode, address.type, address.name)
    assert (told["index"], told["provider"]) == (address.key, f"reign/{address.provider}")
    assert told["previous"] == (change.previous_address.text if change.previous_address else "")
    assert difference["importing"] == (change.import_id or "")
    assert difference["does"] == done(change)
    assert len(difference["replace_paths"] or ()) == len(change.replace_paths)
    before = attributes(change.before, change.before_outputs)
    after = attributes(change.after, change.after_outputs)
    check_values(before, difference["before"], {}, difference["before_sensitive"])
    check_values(after, difference["after"], difference["unknown"], difference["after_sensitive"])


def done(change: Change) -> str:
    """What the library's own questions answer."""
    if change.action is Action.REPLACE:
        left = "forget" if change.is_retained else "delete"
        order = ("create", left) if change.create_first else (left, "create")
        return f"[{' '.join(order)}]" if left == "forget" else ", ".join(order)
    return "no-op" if change.action in (Action.MOVE, Action.IMPORT) else change.action.value


def check_values(spec: Spec | None, known: Any, unknown: Any, sensitive: Any) -> None:
    """Each leaf stands there, or is marked as what it is and stands nowhere."""
    if spec is None:
        assert known is None
        return
    for path, value in leaves(spec):
        is_hidden = isinstance(value, Secret | Sensitive) or (isinstance(value, Unknown) and value.sensitive)
        is_unknown = isinstance(value, Unknown | Deferred)
        assert (at(sensitive, path) is True) == is_hidden, path
        assert (at(unknown, path) is True) == is_unknown, path
        assert at(known, path) == (None if is_hidden or is_unknown else value), path


def at(value: Any, path: Way) -> Any:
    for part in path:
        if isinstance(value, dict):
            value = value.get(part)
        elif isinstance(value, list) and isinstance(part, int) and part < len(value):
            value = value[part]
        else:
            return None
    return value


def check_standing(plan: Plan, told: Any) -> None:
    """Before and after: which resources there are, and what they hold."""
    gone = (Action.DELETE, Action.FORGET)
    stays = [change for change in plan.changes if change.after is not None and change.action not in gone]
    assert [each["address"] for each in told["planned"]["resources"]] == [change.address.text for change in stays]
    prior = {each["address"]: each for each in told["prior"]["values"]["resources"] if not each["deposed"]}
    held = {change.prior.address.text: change.prior for change in plan.changes if change.prior}
    assert set(prior) == set(held) | {address.text for address in plan.data}
    for name, snapshot in held.items():
        assert prior[name]["tainted"] is snapshot.tainted
        assert prior[name]["depends_on"] == list(snapshot.depends_on)
        check_values(attributes(snapshot.spec, snapshot.outputs), prior[name]["values"], {}, prior[name]["sensitive"])


def check_outputs(plan: Plan, told: Any) -> None:
    assert {name: change["does"] for name, change in told["outputs"].items()} == {
        output.name: output.action for output in plan.outputs
    }
    planned = told["planned"]["outputs"]
    for output in plan.outputs:
        if output.action == "delete":
            assert output.name not in planned
            continue
        hidden = output.sensitive or is_sensitive(output.after)
        assert planned[output.name]["sensitive"] is hidden
        if isinstance(output.after, str | bool | int | float) and not hidden:
            assert planned[output.name]["value"] == told["outputs"][output.name]["after"] == output.after
            assert planned[output.name]["type"] == kind(output.after)


def kind(value: Value) -> str:
    return "bool" if isinstance(value, bool) else "string" if isinstance(value, str) else "number"


def test_a_state_is_understood(reader: Path) -> None:
    a, b = Address("value", "n", 2), Address("docker.container", "web", "eu")
    spec: Spec = {"list": [1, {"k": None}], "token": Sensitive("s3cret")}
    held = {
        a: Snapshot(a, "value", "x", spec, {"out": 0.5}, ("value.m",)),
        b: Snapshot(b, "docker.eu", "y", {}, {}, tainted=True),
    }
    state = State(
        "0f3c",
        7,
        resources=held,
        outputs={"all": OutputValue({"a": [1, "x", True], "b": {}}), "token": OutputValue("s3cret", sensitive=True)},
        deposed={a: Snapshot(a, "value", "old", {}, {}, create_key="op-1")},
    )
    (told,) = asked(reader, [("state", state_document(state))])
    assert told["format_version"] == "1.0"
    values = told["values"]
    web, n, aside = values["resources"]
    assert (web["address"], web["index"], web["tainted"]) == ('docker.container.web["eu"]', "eu", True)
    assert (n["index"], n["depends_on"], aside["deposed"]) == (2, ["value.m"], "op-1")
    assert n["values"] == {"list": [1, {"k": None}], "out": 0.5}
    assert n["sensitive"] == {"list": [False, {}], "token": True}
    assert values["outputs"]["all"] == {
        "sensitive": False,
        "value": {"a": [1, "x", True], "b": {}},
        "type": "object",
    }
    assert values["outputs"]["token"] == {"sensitive": True, "value": None, "type": ""}
    assert "s3cret" not in json.dumps(told)


def test_what_is_no_plan_is_refused(reader: Path) -> None:
    (told,) = asked(reader, [("plan", {"format_version": "2.0"})])
    assert "unsupported plan format version" in told["error"]


def test_expressions_are_understood(understood: Mapping[str, Any]) -> None:
    found = [
        expression
        for told in understood.values()
        for block in told["configuration"]["resources"].values()
        for expression in block["expressions"].values()
    ]
    assert any(expression != "unknown" and "references" in expression for expression in found)
    assert any(expression != "unknown" and "constant" in expression for expression in found)
