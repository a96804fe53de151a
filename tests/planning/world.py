"""A small world to plan in: a few types, and cases written as YAML turned into the planner's inputs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

from reign.model.address import Address, parse_address
from reign.model.errors import ErrorKind, InvalidSpec, Problem, ProviderError
from reign.model.event import Event, EventKind, OutputValue, State
from reign.model.finding import Severity
from reign.model.plan import Basis, Check
from reign.model.resource import (
    Group,
    HealthCheck,
    Import,
    Lifecycle,
    Moved,
    Observation,
    Part,
    Removed,
    Resource,
    Snapshot,
)
from reign.model.schema import Field, Output, Schema, When
from reign.model.values import Deferred, Secret, Sensitive, Spec, Unknown, Value, is_sensitive, reveal
from reign.planning import Inputs, LookedUp, Options, OutputDeclaration

SCHEMAS: dict[str, Schema] = {
    "thing": Schema(
        "thing",
        fields={
            "name": Field(identity=True, immutable=True),
            "image": Field(immutable=True),
            "size": Field(),
            "labels": Field(),
            "ports": Field(),
            "password": Field(observed=False),
            "note": Field(recorded=True),
            "nets": Field(holds=True, immutable=True),
            "links": Field(holds=True),
            "boot": Field(immutable_when=When(absent=("size",))),
        },
        outputs={
            "id": Output(follows=()),
            "name": Output(),
            "size_text": Output(follows=("size",)),
            "status": Output(follows=None),
        },
    ),
    "safe": Schema(
        "safe",
        fields={
            "name": Field(identity=True, immutable=True),
            "content": Field(),
            "token": Field(sensitive=True),
            "hidden": Field(observed=False),
            "fixed": Field(observed=False, immutable=True),
            "labels": Field(),
        },
        outputs={
            "id": Output(),
            "sum": Output(follows=("content", "hidden")),
            "key": Output(sensitive=True),
            "loud": Output(sensitive_when=When(present=("labels",))),
        },
    ),
    "data.host": Schema(
        "data.host",
        fields={"name": Field()},
        outputs={"ip": Output(), "key": Output(sensitive=True), "text": Output(follows=("name",))},
        data=True,
    ),
    "net": Schema(
        "net", fields={"name": Field(identity=True), "driver": Field(immutable=True)}, outputs={"id": Output()}
    ),
    "image": Schema(
        "image",
        {"name": Field(identity=True, immutable=True), "build": Field(), "size": Field(), "keep": Field(recorded=True)},
        {"id": Output()},
        shared=When(absent=("build",)),
    ),
    "file": Schema("file", {"path": Field(identity=True, immutable=True)}, {"id": Output()}, space="path"),
    "folder": Schema("folder", {"path": Field(identity=True, immutable=True)}, {"id": Output()}, space="path"),
    "slow": Schema(
        "slow", fields={"size": Field(), "image": Field(immutable=True)}, outputs={"id": Output()}, ready=True
    ),
    "fact": Schema(
        "fact",
        fields={"value": Field(), "triggers": Field(immutable=True)},
        outputs={"value": Output(follows=("value",))},
        marked=False,
        observable=False,
        effects=False,
    ),
    "job": Schema(
        "job",
        fields={"run": Field(immutable=True), "undo": Field(recorded=True)},
        outputs={"stdout": Output(follows=None)},
        marked=False,
        observable=False,
    ),
}


def normalize(type: str, spec: Spec) -> Spec:
    """Every field is there, null where it is not given; unknown names and a negative size are refused."""
    fields = SCHEMAS[type].fields
    problems = [
        Problem((name,), "spec/unknown-key", "Unknown key", f"{type} has no field {name}.")
        for name in spec
        if name not in fields
    ]
    size = spec.get("size")
    if isinstance(size, int) and size < 0:
        problems.append(Problem(("size",), "spec/range", "Out of range", "size cannot be negative."))
    if problems:
        raise InvalidSpec(problems)
    return {name: spec.get(name) for name in fields}


def hash_of(value: Value) -> str:
    """Stands for the keyed hash."""
    return f"h{hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:12]}"


def value_of(data: Any) -> Value:
    """YAML to values: text with `${` is deferred, `(unknown: a, b)` is unknown, and `(sensitive unknown: a)` as well.

    `(sensitive: x)` is x with a mark, `(sensitive: x from TEMPLATE)` with its template too; `(sealed: x)` is what the state
    holds of x where it cannot be opened.
    """
    if isinstance(data, dict):
        return {str(key): value_of(item) for key, item in data.items()}
    if isinstance(data, list):
        return [value_of(item) for item in data]
    if not isinstance(data, str):
        return data
    word, colon, rest = data.removeprefix("(").removesuffix(")").partition(": ")
    match word if colon and data.startswith("(") else "":
        case "unknown" | "sensitive unknown":
            return Unknown(tuple(rest.split(", ")), word != "unknown")
        case "sensitive":
            text, _, template = rest.partition(" from ")
            return Sensitive(text, template)
        case "sealed":
            return Secret("", hash_of(rest), "k")
        case _:
            return Deferred(data) if "${" in data else data


def lifecycle_of(data: Mapping[str, Any]) -> Lifecycle:
    return Lifecycle(**{name: tuple(value) if isinstance(value, list) else value for name, value in data.items()})


def resource_of(address: Address, data: Mapping[str, Any]) -> Resource:
    return Resource(
        address,
        spec=value_of(data.get("spec", {})),
        connection=data.get("connection", "main"),
        depends_on=tuple(parse_address(text) for text in data.get("depends_on", ())),
        lifecycle=lifecycle_of(data.get("lifecycle", {})),
        health=HealthCheck(data["health"]["kind"], value_of(data["health"].get("target")))
        if "health" in data
        else None,
    )


def outputs_of(address: Address, spec: Spec, external_id: str) -> Spec:
    """What a provider would report of something made from `spec`."""
    made: Spec = {"id": external_id, "status": "running", "size_text": f"{spec.get('size')}", "stdout": "done"}
    made |= {"sum": f"sum of {spec.get('content')} {spec.get('hidden')}", "key": f"key-{external_id}", "loud": "loud"}
    outputs = SCHEMAS[address.type].outputs if address.type in SCHEMAS else ()
    return {name: spec[name] if name in spec else made[name] for name in outputs}


def snapshot_of(address: Address, data: Mapping[str, Any]) -> Snapshot:
    spec = value_of(data.get("spec", {}))
    if address.type in SCHEMAS:
        spec = normalize(address.type, spec) | data.get("raw", {})
    external_id = data.get("id", f"id-{address}")
    return Snapshot(
        address,
        connection=data.get("connection", "main"),
        external_id=external_id,
        spec=spec,
        outputs=outputs_of(address, spec, external_id) | cast("Spec", value_of(data.get("outputs", {}))),
        depends_on=tuple(data.get("depends_on", ())),
        lifecycle=lifecycle_of(data.get("lifecycle", {})),
        tainted=data.get("tainted", False),
        unproven=data.get("unproven", False),
        found=data.get("found", False),
    )


def observation_of(address: Address, data: Any, prior: Snapshot | None) -> Observation | ProviderError | None:
    """`absent`, `unreachable`, or what differs from what the state says."""
    if data == "absent":
        return None
    if data == "unreachable":
        return ProviderError(ErrorKind.DENIED, "Not allowed to look")
    base = cast("Spec", reveal(prior.spec)) if prior else normalize(address.type, {})
    spec = {**base, **value_of(data.get("spec", {}))}
    fields = SCHEMAS[address.type].fields
    spec = {name: value for name, value in spec.items() if name in fields and fields[name].observed}
    external_id = data.get("id", prior.external_id if prior else f"id-{address}")
    held = cast("Spec", reveal(prior.outputs)) if prior else outputs_of(address, spec, external_id)
    owned, found = data.get("owned", True), data.get("found", False)
    return Observation(external_id, spec, {**held, **data.get("outputs", {})}, owned, found)


def groups_of(desired: Mapping[Address, Resource], given: Mapping[str, Any]) -> tuple[Group, ...]:
    """The groups of what is declared, and those that are given (`type.name: disabled`)."""
    keys: dict[tuple[str, str, str], list[Any]] = {}
    for address in desired:
        keys.setdefault((address.type, address.name, address.mode), []).append(address.key)
    shapes = {type(None): "single", str: "map", int: "list"}
    found = [
        Group(type_, name, shapes[type(members[0])], tuple(members), mode)
        for (type_, name, mode), members in keys.items()
    ]
    for text, shape in given.items():
        address = parse_address(text)
        if isinstance(shape, dict):  # the parts that a block stands for
            parts = tuple(Part(parse_address(part), None, key) for key, part in shape["parts"].items())
            found = [group for group in found if group.name != address.name]
            found.append(Group(address.type, address.name, "single", expands=True, parts=parts))
        else:
            found.append(Group(address.type, address.name, shape, ()))
    return tuple(found)


def state_of(case: Mapping[str, Any]) -> State:
    resources = {address: snapshot_of(address, data or {}) for address, data in addressed(case.get("prior"))}
    intents = tuple(
        Event(EventKind.INTENT, "r1", "", op="op-1", address=text, data={"verb": verb})
        for text, verb in (case.get("open_intents") or {}).items()
    )
    held = {name: value_of(value) for name, value in (case.get("prior_outputs") or {}).items()}
    outputs = {name: OutputValue(value, is_sensitive(value)) for name, value in held.items()}
    deposed = {address: snapshot_of(address, data) for address, data in addressed(case.get("deposed"))}
    return State("l1", 3, "h", resources, outputs, deposed, intents)


def addressed(part: Mapping[str, Any] | None) -> list[tuple[Address, Any]]:
    return [(parse_address(text), data) for text, data in (part or {}).items()]


def output_of(data: Any) -> OutputDeclaration:
    """A value, or a map of what is declared."""
    if isinstance(data, dict) and "value" in data:
        return OutputDeclaration(value_of(data["value"]), data.get("sensitive", False))
    return OutputDeclaration(value_of(data))


def looked_up_of(address: Address, data: Any) -> LookedUp | ProviderError:
    """`missing`, `unreachable`, or by what it was looked up and what it told."""
    if isinstance(data, str):
        kind = ErrorKind.MISSING if data == "missing" else ErrorKind.DENIED
        return ProviderError(kind, "No such host" if data == "missing" else "Not allowed to look")
    return LookedUp(normalize(address.kind, value_of(data.get("spec", {}))), data.get("outputs", {}))


def inputs_of(case: Mapping[str, Any]) -> Inputs:
    """A case as the planner's inputs. What is not said about reality is as the state says."""
    state = state_of(case)
    desired = {address: resource_of(address, data or {}) for address, data in addressed(case.get("desired"))}
    told = dict(addressed(case.get("observed")))
    observed = {
        address: observation_of(address, told.get(address, {} if address in state.resources else "absent"), prior)
        for address in {**desired, **state.resources, **told}
        if address.type in SCHEMAS and (address in told or SCHEMAS[address.type].observable)
        for prior in [state.resources.get(address)]
    }
    options = {
        name: tuple(value) if isinstance(value, list) else value for name, value in (case.get("options") or {}).items()
    }
    secrets = case.get("secrets") or {}
    return Inputs(
        project="case",
        env="",
        desired=desired,
        groups=groups_of(desired, case.get("groups") or {}),
        outputs={name: output_of(value) for name, value in (case.get("outputs") or {}).items()},
        prior=state,
        observed=observed,
        schema=SCHEMAS.get,
        normalize=normalize,
        basis=Basis("l1", 3, "h", fresh=False, config_digest="c"),
        options=Options(**options),
        roots={"secret": {name: Sensitive(value, f"${{secret.{name}}}") for name, value in secrets.items()}},
        data={address: looked_up_of(address, data) for address, data in addressed(case.get("data"))},
        checks=tuple(check_of(data) for data in case.get("checks") or ()),
        imports=tuple(Import(parse_address(data["to"]), data["id"]) for data in case.get("imports") or ()),
        moved=tuple(Moved(data["from"], data["to"]) for data in case.get("moved") or ()),
        removed=tuple(removed_of(data) for data in case.get("removed") or ()),
        hash=hash_of,
        unseen=tuple(case.get("unseen") or ()),
    )


def check_of(data: Mapping[str, Any]) -> Check:
    severity = Severity(data.get("severity", "error"))
    return Check(data["name"], value_of(data["assert"]), severity, data.get("message", ""))


def removed_of(data: Mapping[str, Any]) -> Removed:
    return Removed(data["from"], data.get("destroy", True), data.get("unprotect", ""))


def with_options(inputs: Inputs, **options: Any) -> Inputs:
    return replace(inputs, options=replace(inputs.options, **options))
