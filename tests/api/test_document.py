"""The JSON documents, against the shape that Terraform's readers expect."""

import json
from typing import Any

import jsonschema
import pytest

from reign.api.document import plan_document, state_document
from reign.model.address import Address
from reign.model.event import OutputValue, State
from reign.model.plan import Plan
from reign.model.resource import Lifecycle, Snapshot
from reign.model.values import Deferred, Secret, Sensitive, Unknown

ACTIONS = [
    ["no-op"],
    ["create"],
    ["read"],
    ["update"],
    ["delete", "create"],
    ["create", "delete"],
    ["delete"],
    ["forget"],
]
TEXT = {"type": "string"}
HEAD = {"address": TEXT, "mode": {"enum": ["managed", "data"]}, "type": TEXT, "name": TEXT, "provider_name": TEXT}
CHANGE = {
    "type": "object",
    "required": ["actions", "before", "after", "after_unknown", "before_sensitive", "after_sensitive"],
    "properties": {
        "actions": {"enum": ACTIONS},
        "before": {"type": ["object", "null"]},
        "after": {"type": ["object", "null"]},
        "after_unknown": {"type": ["object", "boolean"]},
        "replace_paths": {"type": "array", "items": {"type": "array", "items": {"type": ["string", "integer"]}}},
        "importing": {"type": "object", "required": ["id"]},
    },
}
RESOURCE_CHANGE = {
    "type": "object",
    "required": [*HEAD, "change"],
    "properties": {**HEAD, "change": CHANGE, "previous_address": TEXT, "action_reason": TEXT},
}
VALUES = {
    "type": "object",
    "required": ["outputs", "root_module"],
    "properties": {
        "outputs": {"additionalProperties": {"type": "object", "required": ["sensitive"]}},
        "root_module": {
            "properties": {
                "resources": {
                    "type": "array",
                    "items": {"required": [*HEAD, "values", "sensitive_values"], "properties": HEAD},
                }
            }
        },
    },
}
STATE = {
    "type": "object",
    "required": ["format_version", "values"],
    "properties": {"format_version": {"const": "1.0"}, "values": VALUES},
}
STATUS = {"enum": ["pass", "fail", "error", "unknown"]}
CHECK = {
    "type": "object",
    "required": ["address", "status", "instances"],
    "properties": {
        "address": {"type": "object", "required": ["kind", "name", "to_display"]},
        "status": STATUS,
        "instances": {
            "type": "array",
            "items": {"required": ["address", "status"], "properties": {"address": {"required": ["to_display"]}}},
        },
    },
}
PLAN = {
    "type": "object",
    "required": [
        "format_version",
        "reign_version",
        "resource_changes",
        "resource_drift",
        "output_changes",
        "planned_values",
        "prior_state",
        "configuration",
        "variables",
        "checks",
        "timestamp",
        "errored",
        "applyable",
        "complete",
        "x_reign",
    ],
    "additionalProperties": False,
    "properties": {
        "format_version": {"const": "1.2"},
        "reign_version": TEXT,
        "timestamp": TEXT,
        "errored": {"type": "boolean"},
        "applyable": {"type": "boolean"},
        "complete": {"type": "boolean"},
        "variables": {
            "additionalProperties": {"anyOf": [{"required": ["value"]}, {"properties": {"sensitive": {"const": True}}}]}
        },
        "resource_changes": {"type": "array", "items": RESOURCE_CHANGE},
        "resource_drift": {"type": "array", "items": RESOURCE_CHANGE},
        "output_changes": {"additionalProperties": {"type": "object", "required": ["actions"]}},
        "planned_values": VALUES,
        "prior_state": STATE,
        "configuration": {"type": "object", "required": ["provider_config", "root_module"]},
        "checks": {"type": "array", "items": CHECK},
        "x_reign": {"type": "object"},
    },
}


def of(document: dict[str, Any], address: str) -> dict[str, Any]:
    (found,) = [
        change for change in document["resource_changes"] if change["address"] == address and "deposed" not in change
    ]
    return found


def test_shape(plan: Plan) -> None:
    document = plan_document(plan)
    jsonschema.validate(document, PLAN)
    assert json.loads(json.dumps(document)) == document
    deposed = [change for change in plan.changes if change.deposed]
    assert len(document["resource_changes"]) == len(plan.changes) + len(deposed)


def test_replace_with_an_unknown(example: Plan) -> None:
    found = of(plan_document(example), 'docker.container.web["eu"]')
    assert found["index"] == "eu"
    assert found["provider_name"] == "reign/docker"
    assert found["action_reason"] == "replace_because_cannot_update"
    change = found["change"]
    assert change["actions"] == ["delete", "create"]
    assert change["before"] == {"id": "3f2a9c1d", "image": "nginx:1.27", "networks": ["shop_default"]}
    assert change["after"] == {"image": "nginx:1.28", "networks": [None]}
    assert change["after_unknown"] == {"id": True, "networks": [True]}
    assert change["replace_paths"] == [["image"]]
    assert found["x_reign"]["waits_for"]["networks[0]"] == ["docker.network.front.name"]


def test_create_move_import(shapes: Plan) -> None:
    document = plan_document(shapes)
    assert of(document, "value.first")["change"]["actions"] == ["create", "delete"]
    moved, imported = of(document, "value.b"), of(document, "value.c")
    assert (moved["previous_address"], moved["change"]["actions"]) == ("value.a", ["no-op"])
    assert (imported["change"]["importing"], imported["change"]["actions"]) == ({"id": "x 7"}, ["no-op"])
    assert of(document, "data.git.head")["mode"] == "data"
    assert document["complete"] is False


def test_what_an_earlier_replacement_left_is_a_delete_of_its_own(shapes: Plan) -> None:
    (deposed,) = [change for change in plan_document(shapes)["resource_changes"] if "deposed" in change]
    assert deposed["address"] == "value.twice"
    assert deposed["change"]["actions"] == ["delete"]


def test_reasons_that_terraform_does_not_know_are_ours_alone(example: Plan) -> None:
    found = of(plan_document(example), "docker.container.cache")
    assert "action_reason" not in found
    assert found["x_reign"]["reason"] == "update_because_drift"
    assert found["x_reign"]["changed"] == ["mem_limit"]


def test_outputs(shapes: Plan) -> None:
    document = plan_document(shapes)
    changes, values = document["output_changes"], document["planned_values"]["outputs"]
    assert changes["url"]["after"] == values["url"]["value"] == "http://127.0.0.1"
    assert changes["later"]["after_unknown"] is True
    assert values["later"] == {"sensitive": False}
    assert "long_gone" not in values
    assert "s3cret" not in json.dumps(document)
    assert values["token"] == {"sensitive": True}


def test_nothing_to_do_is_not_applyable() -> None:
    from tests.api.conftest import plan_of

    assert plan_document(plan_of("no-changes"))["applyable"] is False
    assert plan_document(plan_of("example"))["applyable"] is True


def test_sensitive_values_are_absent_and_marked(sensitive: Plan) -> None:
    document = plan_document(sensitive)
    told = json.dumps(document)
    assert "hunter2" not in told
    assert "$reign" not in told
    dsn, listed, login = (
        of(document, name)["change"] for name in ("local.file.dsn", "value.list", "shell.command.login")
    )
    assert dsn["before"] == {"path": "dsn", "mode": "0600", "bytes": 20}
    assert dsn["after"] == {"path": "dsn", "mode": "0600", "bytes": 21}
    assert dsn["before_sensitive"] == dsn["after_sensitive"] == {"content": True, "sha256": True}
    assert of(document, "local.file.dsn")["x_reign"]["changed"] == ["content"]
    assert listed["after"] == {"value": ["a", None, "b"]}
    assert listed["after_sensitive"] == {"value": [False, True, False]}
    assert login["after"] == {"create": [["login"]], "env": {"USER": "u"}}
    assert login["after_unknown"] == {"create": [[False]], "stdin": True, "stdout": True}
    assert login["after_sensitive"] == {"create": [[False]], "env": {"TOKEN": True}, "stdin": True, "stdout": True}


def test_sensitive_values_are_absent_from_every_other_part(sensitive: Plan) -> None:
    document = plan_document(sensitive)
    assert document["variables"] == {"token": {"sensitive": True}, "tag": {"value": "1.27"}}
    assert document["output_changes"]["dsn"] == {
        "actions": ["update"],
        "after_unknown": False,
        "before_sensitive": True,
        "after_sensitive": True,
    }
    assert document["output_changes"]["login"]["after_unknown"] is True
    assert document["planned_values"]["outputs"] == {name: {"sensitive": True} for name in ("dsn", "login", "plain")}
    assert document["prior_state"]["values"]["outputs"]["gone"] == {"sensitive": True}
    (looked_up,) = document["prior_state"]["values"]["root_module"]["resources"]
    assert looked_up["address"] == "data.local.file.notes"
    assert looked_up["values"] == {"path": "notes.txt"}
    assert looked_up["sensitive_values"] == {"content": True}


def test_checks_have_their_status() -> None:
    from tests.api.conftest import plan_of

    document = plan_document(plan_of("untrusted"))
    assert {check["address"]["name"]: check["status"] for check in document["checks"]} == {
        "web-up": "pass",
        "disk": "fail",
        "dns": "unknown",
    }
    assert document["checks"][1]["instances"][0]["problems"] == [{"message": "less than 1 GiB is left"}]
    assert document["x_reign"]["unseen"][1] == "env"
    assert document["errored"] is True


def test_configuration_names_references() -> None:
    from dataclasses import replace

    from reign.model.plan import Action, Change
    from reign.model.resource import Group, Resource
    from tests.api.conftest import plan_of

    address = Address("value", "b")
    spec = {
        "value": Deferred("x-${resources.a.value}"),
        "triggers": {"k": 1},
        "token": Sensitive("hunter2", "${secret.db}"),
    }
    change = Change(
        address, Action.CREATE, "value", after={"value": Unknown()}, desired=Resource(address, spec, "value")
    )
    plan = replace(plan_of("no-changes"), changes=(change,), groups=(Group("value", "b", "single"),), outputs=())
    (block,) = plan_document(plan)["configuration"]["root_module"]["resources"]
    assert block["expressions"]["value"] == {"references": ["resources.a.value"]}
    assert block["expressions"]["token"] == {"references": ["secret.db"]}
    assert block["expressions"]["triggers"] == {"constant_value": {"k": 1}}


@pytest.fixture
def state() -> State:
    kept = Lifecycle(prevent_destroy=True)
    resources = [
        Snapshot(Address("value", "n", 10), "value", "b", {"value": 1}, {"value": 1}),
        Snapshot(Address("value", "n", 2), "value", "a", {"value": 1}, {"extra": 2}, ("value.m",), kept, tainted=True),
    ]
    outputs = {
        "url": OutputValue("http://x"),
        "token": OutputValue("s3cret", sensitive=True),
        "odd": OutputValue([Secret("", "hash", "key", "cipher")]),
    }
    return State("0f3c", 7, resources={item.address: item for item in resources}, outputs=outputs)


def test_state_document(state: State) -> None:
    document = state_document(state)
    jsonschema.validate(document, STATE)
    assert document["x_reign"] == {"lineage": "0f3c", "serial": 7}
    first, second = document["values"]["root_module"]["resources"]
    assert (first["address"], second["address"]) == ("value.n[2]", "value.n[10]")
    assert first["values"] == {"value": 1, "extra": 2}
    assert first["tainted"] is True
    assert first["depends_on"] == ["value.m"]
    assert first["x_reign"]["protected"] is True
    assert document["values"]["outputs"]["token"] == document["values"]["outputs"]["odd"] == {"sensitive": True}
    assert "cipher" not in json.dumps(document)
    assert "s3cret" not in json.dumps(document)
