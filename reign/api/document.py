"""The JSON documents of a plan and of the state, in Terraform's shapes; everything of ours under `x_reign`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from reign import __version__
from reign.api.diagnostic import diagnostic
from reign.api.reasons import TERRAFORM
from reign.api.rollback import rollback
from reign.api.values import known, sensitive_marks, type_of, unknown_marks
from reign.model.address import Address
from reign.model.event import OutputValue, State
from reign.model.finding import Finding, Severity
from reign.model.plan import Action, Change, Check, Drift, OutputChange, Plan, count
from reign.model.resource import Group, Resource, Snapshot
from reign.model.values import Deferred, Spec, Unknown, Value, format_path, is_sensitive, leaves, parse_path
from reign.render.origins import attributes, expressions, references_of

Json = dict[str, Any]

_HEAD = frozenset(("address", "module_address", "mode", "type", "name", "index", "provider_name"))
"""What every part of a document says of whose it is."""
_ACTIONS = {
    Action.NOOP: ["no-op"],
    Action.MOVE: ["no-op"],
    Action.IMPORT: ["no-op"],
    Action.READ: ["read"],
    Action.CREATE: ["create"],
    Action.UPDATE: ["update"],
    Action.DELETE: ["delete"],
    Action.FORGET: ["forget"],
}


def plan_document(plan: Plan, refusals: Sequence[Finding] = ()) -> Json:
    """The whole plan as one document, with what `apply` would refuse it for.

    Parts of it are the same objects: it is to be read, not to be changed.
    """
    changes = [_change(change) for change in plan.changes]
    errored = any(finding.severity is Severity.ERROR for finding in plan.findings)
    return {
        "format_version": "1.2",
        "reign_version": plan.reign_version,
        "timestamp": f"{plan.created_at.removesuffix('Z')}Z" if plan.created_at else "",
        "errored": errored,
        "applyable": plan.does_something and not errored and not refusals,
        "complete": plan.complete,
        "variables": {name: _variable(value) for name, value in plan.basis.variables.items()},
        "resource_changes": [*changes, *_deposed(plan)],
        "resource_drift": [_drift(drift) for drift in plan.drift],
        "output_changes": {output.name: output_change_document(output) for output in plan.outputs},
        "planned_values": _planned_values(plan, changes),
        "prior_state": _prior_state(plan),
        "configuration": _configuration(plan),
        "checks": [_check(check) for check in plan.checks],
        "x_reign": _ours(plan, refusals),
    }


def state_document(state: State) -> Json:
    """The state as one document."""
    return {
        **_state(state.resources.values(), state.outputs, deposed=state.deposed.values()),
        "x_reign": {"lineage": state.lineage, "serial": state.serial},
    }


def _ours(plan: Plan, refusals: Sequence[Finding]) -> Json:
    counts = count(plan)
    return {
        "project": plan.project,
        "env": plan.env,
        "lineage": None if plan.basis.fresh else plan.basis.lineage,
        "serial": plan.basis.serial,
        "config_digest": plan.basis.config_digest,
        "git_sha": plan.basis.git_sha,
        "git_branch": plan.basis.git_branch,
        "sources": list(plan.basis.sources),
        "given": list(plan.basis.given),
        "counts": {
            "add": counts.add,
            "change": counts.change,
            "destroy": counts.destroy,
            "import": counts.imports,
            "forget": counts.forget,
            "move": counts.move,
        },
        "findings": [diagnostic(finding) for finding in plan.findings],
        "refusals": [diagnostic(finding) for finding in refusals],
        "unseen": list(plan.unseen),
        "rollback": None if plan.rollback is None else rollback(plan.rollback),
        "rolled_back": plan.rolled_back,
        "steps": [
            {"kind": step.kind, "verb": step.verb, "address": step.address.text, "needs": list(step.needs)}
            for step in plan.steps
        ],
    }


def _variable(value: Value) -> Json:
    return {"sensitive": True} if is_sensitive(value) else {"value": known(value)}


def _check(check: Check) -> Json:
    """A check in Terraform's shape, which knows them by an object for an address, and by their instances."""
    address = {"kind": "check", "name": check.name, "to_display": f"check.{check.name}"}
    status = {True: "pass", False: "fail", None: "unknown"}[check.passed]
    instance: Json = {"address": {"to_display": address["to_display"]}, "status": status}
    if check.passed is False:
        instance["problems"] = [{"message": check.message}]
    return {
        "address": address,
        "status": status,
        "instances": [instance],
        "x_reign": {"severity": check.severity.value},
    }


def _change(change: Change) -> Json:
    told = _head(change.address)
    if change.previous_address is not None:
        told["previous_address"] = change.previous_address.text
    if change.reason in TERRAFORM:
        told["action_reason"] = change.reason
    before = attributes(change.before, change.before_outputs)
    after = attributes(change.after, change.after_outputs)
    told["change"] = _difference(_actions(change), before, after)
    if change.replace_paths:
        told["change"]["replace_paths"] = [list(parse_path(path)) for path in change.replace_paths]
    if change.import_id is not None:
        told["change"]["importing"] = {"id": change.import_id}
    told["x_reign"] = {
        "changed": list(change.changed),
        "connection": change.connection,
        "depends_on": list(change.depends_on),
        "may_replace": list(change.may_replace),
        "reason": change.reason,
        "reasons": list(change.reasons),
        "recorded_only": change.recorded_only,
        "waits_for": _waits(after) if told["change"]["after_unknown"] else {},
    }
    return told


def _deposed(plan: Plan) -> Iterable[Json]:
    """What earlier replacements pushed aside, each as a delete of its own."""
    for change in plan.changes:
        if change.deposed is not None:
            before = attributes(change.deposed.spec, change.deposed.outputs)
            told = {**_head(change.address), "deposed": change.deposed.create_key or change.deposed.external_id}
            yield {**told, "change": _difference(["delete"], before, None)}


def _actions(change: Change) -> list[str]:
    """Of a replacement both halves, in their order. One that leaves the old one standing deletes nothing."""
    if change.action is not Action.REPLACE:
        return list(_ACTIONS[change.action])
    left = "forget" if change.is_retained else "delete"
    return ["create", left] if change.create_first else [left, "create"]


def _waits(after: Spec | None) -> dict[str, list[str]]:
    """Path of each unknown -> the outputs it waits for."""
    found = leaves(after) if after else ()
    return {format_path(path): list(value.waits_for) for path, value in found if path and isinstance(value, Unknown)}


def _drift(drift: Drift) -> Json:
    actions = ["delete"] if drift.after is None else ["update"]
    return {
        **_head(drift.address),
        "change": _difference(actions, drift.before, drift.after),
        "x_reign": {"changed": list(drift.changed)},
    }


def _difference(actions: list[str], before: Value, after: Value) -> Json:
    return {
        "actions": actions,
        "before": known(before),
        "after": known(after),
        "after_unknown": {} if after is None else unknown_marks(after),
        "before_sensitive": sensitive_marks(before),
        "after_sensitive": sensitive_marks(after),
    }


def _head(address: Address) -> Json:
    told: Json = {
        "address": address.text,
        "mode": address.mode,
        "type": address.type,
        "name": address.name,
        "provider_name": f"reign/{address.provider}",
    }
    if address.key is not None:
        told["index"] = address.key
    if address.module:
        told["module_address"] = ".".join(f"module.{name}" for name in address.module)
    return told


def output_change_document(output: OutputChange) -> Json:
    """How one output differs. What is sensitive in an output makes all of it so, as in Terraform."""
    is_hidden = output.sensitive or is_sensitive(output.before) or is_sensitive(output.after)
    unknown = unknown_marks(output.after) or False
    told: Json = {
        "actions": [output.action],
        "after_unknown": bool(unknown) if is_hidden else unknown,
        "before_sensitive": is_hidden,
        "after_sensitive": is_hidden,
    }
    return told if is_hidden else {**told, "before": known(output.before), "after": known(output.after)}


def _planned_values(plan: Plan, told: Sequence[Json]) -> Json:
    gone = (Action.DELETE, Action.FORGET)
    resources = [
        {
            **{name: value for name, value in each.items() if name in _HEAD},
            "values": each["change"]["after"],
            "sensitive_values": each["change"]["after_sensitive"],
        }
        for change, each in zip(plan.changes, told, strict=True)
        if change.action not in gone and change.after is not None
    ]
    return {
        "outputs": {
            output.name: _output_value(output.after, output.sensitive)
            for output in plan.outputs
            if output.action != "delete"
        },
        "root_module": {"resources": resources},
    }


def _output_value(value: Value, sensitive: bool) -> Json:
    sensitive = sensitive or is_sensitive(value)
    hidden = sensitive or isinstance(value, Unknown | Deferred)
    told: Json = {"sensitive": sensitive}
    return told if hidden else {**told, "type": type_of(known(value)), "value": known(value)}


def _prior_state(plan: Plan) -> Json:
    outputs = {
        output.name: OutputValue(output.before, output.sensitive)
        for output in plan.outputs
        if output.action != "create"
    }
    deposed = [change.deposed for change in plan.changes if change.deposed]
    return _state((change.prior for change in plan.changes if change.prior), outputs, plan.data, deposed)


def _state(
    snapshots: Iterable[Snapshot],
    outputs: Mapping[str, OutputValue],
    data: Mapping[Address, Spec] | None = None,
    deposed: Iterable[Snapshot] = (),
) -> Json:
    """A state in Terraform's shape. What was looked up stands first, as it does there; what was pushed aside last."""
    looked_up = sorted((data or {}).items(), key=lambda item: item[0].sort_key())
    return {
        "format_version": "1.0",
        "reign_version": __version__,
        "values": {
            "outputs": {
                name: _output_value(output.value, output.sensitive) for name, output in sorted(outputs.items())
            },
            "root_module": {
                "resources": [
                    *(_planned(address, outputs) for address, outputs in looked_up),
                    *map(resource_document, _in_order(snapshots)),
                    *map(deposed_document, _in_order(deposed)),
                ]
            },
        },
    }


def _in_order(snapshots: Iterable[Snapshot]) -> list[Snapshot]:
    return sorted(snapshots, key=lambda snapshot: snapshot.address.sort_key())


def _planned(address: Address, values: Spec | None) -> Json:
    return {**_head(address), "values": known(values), "sensitive_values": sensitive_marks(values)}


def resource_document(snapshot: Snapshot) -> Json:
    """One resource of the state."""
    values = attributes(snapshot.spec, snapshot.outputs)
    return {
        **_head(snapshot.address),
        "schema_version": snapshot.schema_version,
        "values": known(values),
        "sensitive_values": sensitive_marks(values),
        "depends_on": list(snapshot.depends_on),
        "tainted": snapshot.tainted,
        "x_reign": {
            "connection": snapshot.connection,
            "external_id": snapshot.external_id,
            "protected": snapshot.lifecycle.prevent_destroy,
            "created_run": snapshot.created_run,
            "updated_run": snapshot.updated_run,
            "created_at": snapshot.created_at,
            "updated_at": snapshot.updated_at,
        },
    }


def deposed_document(snapshot: Snapshot) -> Json:
    """One that a replacement pushed aside."""
    return {**resource_document(snapshot), "deposed_key": snapshot.create_key or snapshot.external_id}


def _configuration(plan: Plan) -> Json:
    declared: dict[tuple[str, str, str], Resource] = {}
    for change in plan.changes:
        if change.desired is not None:
            address = change.address
            declared.setdefault((address.mode, address.type, address.name), change.desired)
    return {
        "provider_config": {name: _connection(name) for name in sorted(plan.connections)},
        "root_module": {
            "resources": [_block(group, declared.get((group.mode, group.type, group.name))) for group in plan.groups],
            "outputs": {output.name: _declared_output(output) for output in plan.outputs if output.action != "delete"},
            "variables": {
                name: {"sensitive": True} if is_sensitive(value) else {} for name, value in plan.basis.variables.items()
            },
        },
    }


def _connection(name: str) -> Json:
    provider, _, alias = name.partition(".")
    told = {"name": provider, "full_name": f"reign/{provider}"}
    return {**told, "alias": alias} if alias else told


def _declared_output(output: OutputChange) -> Json:
    told: Json = {"expression": _expression(output.value), "sensitive": output.sensitive}
    return {**told, "description": output.description} if output.description else told


def _block(group: Group, first: Resource | None) -> Json:
    address = Address(group.type, group.name, None, group.mode)
    told: Json = {**_head(address), "x_reign": {"shape": group.shape, "keys": list(group.keys)}}
    if group.shape == "map":
        told["for_each_expression"] = {"constant_value": list(group.keys)}
    elif group.shape == "list":
        told["count_expression"] = {"constant_value": len(group.keys)}
    if first is not None:
        told["provider_config_key"] = first.connection
        told["expressions"] = {name: _expression(value) for name, value in first.spec.items()}
        told["depends_on"] = [dependency.text for dependency in first.depends_on]
    return told


def _expression(value: Value) -> Json:
    """Terraform's `references` where something waits for another resource or is sensitive, else the constant."""
    if expressions(value) or is_sensitive(value):
        return {"references": references_of(value)}
    return {"constant_value": known(value)}
