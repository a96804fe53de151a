"""What must not be shown is handed over in clear, and leaves the run encrypted or masked."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import quote

import pytest

from reign.model.codec import decode, encode
from reign.model.errors import ErrorKind, ProviderError
from reign.model.event import Event, EventKind, OutputValue, State
from reign.model.plan import Drift, OutputChange
from reign.model.redact import Masks
from reign.model.resource import Observation, Snapshot
from reign.model.schema import Field, Output
from reign.model.values import Deferred, Secret, Sensitive, Unknown, Value

from .conftest import Ran, Run, Task, Vault, World, a, call, create, plan_of, snapshot, update

CANARY = 'hunter2/"canary"+ü'
DB = Sensitive(CANARY, "${secret.db}")
ROOTS = {"secret": {"db": DB}, "var": {}, "env": {}}


def forms(text: str) -> set[str]:
    raw = text.encode()
    coded = {base64.b64encode(raw).decode().rstrip("="), base64.urlsafe_b64encode(raw).decode().rstrip("=")}
    return {text, quote(text, safe=""), json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1], *coded}


def written(events: Iterable[Event]) -> str:
    """The events as a journal has them, and as a person may read them."""
    told = [encode(event) for event in events]
    return json.dumps(told) + json.dumps(told, ensure_ascii=False) + repr(told)


def assert_hidden(ran: Ran, text: str = CANARY) -> None:
    found = written(ran.events)
    assert [form for form in forms(text) if form in found] == []


def recorded(ran: Ran, address: str) -> Snapshot:
    results = [event for event in ran.events if event.address == address and event.data.get("snapshot")]
    return decode(Snapshot, results[-1].data["snapshot"])


def test_a_provider_is_handed_clear_values_and_the_journal_encrypted_ones(run: Run, world: World) -> None:
    made = create("a", {"x": Deferred("${secret.db}"), "y": 1}, after={"x": DB, "y": 1})
    ran = run(plan_of([made], [call("a")], connections={"thing": {"token": DB}}), roots=ROOTS)
    assert world.things["thing.a#1"] == {"x": CANARY, "y": 1}
    held = recorded(ran, "thing.a")
    assert isinstance(held.spec["x"], Secret)
    assert held.spec["y"] == 1
    assert isinstance(held.settings["token"], Secret)
    assert Vault().decrypt(held).spec["x"] == Sensitive(CANARY)
    assert_hidden(ran)


def test_the_connection_is_handed_over_in_clear(run: Run, world: World) -> None:
    seen: list[object] = []
    world.script = lambda task: seen.append(task.call.connection.settings) or ...  # type: ignore[assignment, func-returns-value]
    ran = run(
        plan_of([create("a")], [call("a")], connections={"thing": {"token": Deferred("${secret.db}")}}), roots=ROOTS
    )
    assert seen == [{"token": CANARY}]
    assert_hidden(ran)


def test_an_update_is_handed_the_prior_in_clear(run: Run, world: World) -> None:
    seen: list[Snapshot | None] = []
    world.script = lambda task: seen.append(task.prior) or ...  # type: ignore[assignment, func-returns-value]
    held = replace(snapshot("a", {"x": Sensitive("old one")}), settings={"token": DB})
    change = replace(update("a", held.spec, {"x": DB}), prior=held)
    ran = run(plan_of([change], [call("a", verb="update")]), State(resources={a("a"): held}), roots=ROOTS)
    assert seen[0] is not None
    assert (seen[0].spec, seen[0].settings) == ({"x": "old one"}, {"token": CANARY})
    assert_hidden(ran)
    assert_hidden(ran, "old one")


@pytest.mark.parametrize(
    ("fields", "outputs", "spec"),
    [
        ({}, {"id": Output(sensitive=True)}, {"x": 1}),
        ({"x": Field()}, {"id": Output(follows=("x",))}, {"x": DB}),
        ({"x": Field()}, {"id": Output(follows=("x",))}, {"x": {"deep": [DB]}}),
        ({"x": Field(sensitive=True)}, {"id": Output(follows=("x",))}, {"x": 1}),
    ],
)
def test_an_output_is_marked_by_its_schema_and_by_what_it_follows(
    run: Run, world: World, fields: dict[str, Field], outputs: dict[str, Output], spec: dict[str, Value]
) -> None:
    world.fields, world.outputs = fields, outputs
    ran = run(plan_of([create("a", spec)], [call("a")]))
    assert isinstance(recorded(ran, "thing.a").outputs["id"], Secret)


def test_what_any_field_may_change_says_nothing_of_what_stands_in_it(run: Run, world: World) -> None:
    world.fields, world.outputs = {"x": Field()}, {"id": Output(follows=None)}
    ran = run(plan_of([create("a", {"x": DB})], [call("a")]))
    assert recorded(ran, "thing.a").outputs["id"] == "thing.a#1"


def test_an_output_that_repeats_what_went_in_is_marked_wherever_it_says_so(run: Run, world: World) -> None:
    coded = base64.b64encode(CANARY.encode()).decode()
    told = {"url": f"postgres://u:{quote(CANARY, safe='')}@h", "map": {CANARY: 1}, "list": ["x", coded], "ok": "fine"}
    world.script = lambda task: Observation("a", task.desired.spec, dict(told))
    ran = run(plan_of([create("a", {"x": DB})], [call("a")]))
    outputs = recorded(ran, "thing.a").outputs
    assert outputs["ok"] == "fine"
    assert [type(outputs["url"]), type(outputs["map"]), type(outputs["list"][1])] == [Secret, Secret, Secret]
    assert_hidden(ran)


def test_an_output_that_was_sensitive_before_stays_so(run: Run, world: World) -> None:
    held = snapshot("a", {"x": 1}, out=Sensitive("before"))
    change = replace(update("a", {"x": 1}, {"x": 2}), prior=held)
    ran = run(plan_of([change], [call("a", verb="update")]), State(resources={a("a"): held}))
    assert isinstance(recorded(ran, "thing.a").outputs["out"], Secret)


@pytest.mark.parametrize("text", sorted(forms(CANARY)))
def test_what_a_system_says_is_masked(run: Run, world: World, text: str) -> None:
    def refuse(task: Task) -> object:
        return ProviderError(ErrorKind.THROTTLED, f"no {text}", f"it was {text}.", f"not {text}")

    world.script = refuse  # type: ignore[assignment]
    ran = run(plan_of([create("a", {"x": DB}), create("b")], [call("a"), call("b", 0)]))
    assert ran.end()["failed"] == 1
    assert_hidden(ran)


def test_drift_is_encrypted_on_both_sides_where_one_is_sensitive(run: Run) -> None:
    drift = [
        Drift(a("a"), {"x": DB, "y": {"z": 1}}, {"x": "another one", "y": {"z": 2}}, ("x", "y.z")),
        Drift(a("b"), {"x": {"in": 1}}, {"x": Sensitive({"in": CANARY})}, ("x.in",)),
        Drift(a("c"), {"x": DB}, None),
    ]
    ran = run(plan_of([], [], drift=tuple(drift)))
    told = {(e.address, e.data["path"]): (e.data["recorded"], e.data["observed"]) for e in ran.of(EventKind.DRIFT)}
    assert told["thing.a", "y.z"] == (1, 2)
    assert all(side["$reign"] == "secret" for path in ["x"] for side in told["thing.a", path])
    assert all(side["$reign"] == "secret" for side in told["thing.b", "x.in"])
    assert told["thing.c", ""][1] is None
    assert_hidden(ran, "another one")
    assert_hidden(ran)


def test_an_output_must_be_declared_sensitive_or_is_withheld(run: Run) -> None:
    outputs = [
        OutputChange("shown", "create", value=Deferred("${resources.a.x}")),
        OutputChange("kept", "create", value=Deferred("${resources.a.x}"), sensitive=True),
        OutputChange("asked", "create", value="plain", sensitive=True),
    ]
    ran = run(plan_of([create("a", {"x": DB})], [call("a")], outputs), roots=ROOTS)
    told = ran.of(EventKind.OUTPUTS)[0].data["outputs"]
    assert sorted(told) == ["asked", "kept"]
    assert all(output["sensitive"] and output["value"]["$reign"] == "secret" for output in told.values())
    assert ran.end()["status"] == "failed"
    assert "output shown" in str(ran.end()["message"])
    assert_hidden(ran)


def test_an_output_that_is_as_it_was_is_not_told_again(run: Run) -> None:
    output = OutputChange("kept", "update", value=Deferred("${secret.db}"), sensitive=True)
    state = State(outputs={"kept": OutputValue(Sensitive(CANARY), sensitive=True)})
    ran = run(plan_of([], [], [output]), state, roots=ROOTS)
    assert ran.of(EventKind.OUTPUTS) == []


def test_an_output_is_sensitive_in_the_outputs_that_read_it(run: Run, world: World) -> None:
    world.outputs = {"id": Output(sensitive=True)}
    b = create("b", {"x": Deferred("at ${resources.a.id}")}, after={"x": Unknown(("thing.a.id",), sensitive=True)})
    ran = run(plan_of([create("a"), b], [call("a"), call("b", 0)]))
    assert world.things["thing.b#2"] == {"x": "at thing.a#1"}
    assert isinstance(recorded(ran, "thing.b").spec["x"], Secret)


def test_what_the_plan_called_sensitive_is_recorded_so(run: Run, world: World) -> None:
    b = create("b", {"x": Deferred("${resources.a.x}")}, after={"x": Unknown(("thing.a.x",), sensitive=True)})
    ran = run(plan_of([create("a"), b], [call("a"), call("b", 0)]))
    assert isinstance(recorded(ran, "thing.b").spec["x"], Secret)


@pytest.mark.parametrize("planned", [DB, Vault().conceal(DB)])
def test_a_sensitive_value_that_is_as_planned_is_used(run: Run, world: World, planned: Value) -> None:
    ran = run(plan_of([create("a", {"x": Deferred("${secret.db}")}, after={"x": planned})], [call("a")]), roots=ROOTS)
    assert world.things["thing.a#1"] == {"x": CANARY}
    assert_hidden(ran)


def test_a_sensitive_value_that_came_out_other_is_a_fault_that_names_the_path_alone(run: Run, world: World) -> None:
    planned = {"x": {"in": Vault().conceal(Sensitive("another one"))}}
    made = create("a", {"x": {"in": Deferred("${secret.db}")}}, after=planned)
    ran = run(plan_of([made], [call("a")]), roots=ROOTS)
    assert world.made == []
    error = ran.of(EventKind.RESULT)[0].data["error"]
    assert error["kind"] == "fault"
    assert "x.in is sensitive" in error["detail"]
    assert_hidden(ran)
    assert_hidden(ran, "another one")


def test_a_value_that_differs_and_is_sensitive_on_one_side_is_not_quoted(run: Run, world: World) -> None:
    made = create("a", {"x": Deferred("${secret.db}"), "y": Deferred("${run.id}")}, after={"x": "pw", "y": Unknown()})
    ran = run(plan_of([made], [call("a")]), roots={"secret": {"db": Sensitive("short", "${secret.db}")}})
    assert "'short'" not in written(ran.events)
    assert "pw" not in ran.of(EventKind.RESULT)[0].data["error"]["detail"]


def test_what_the_plan_holds_as_a_hash_is_taken_from_the_state(run: Run, world: World) -> None:
    seen: list[Snapshot | None] = []
    world.script = lambda task: seen.append(task.prior) or ...  # type: ignore[assignment, func-returns-value]
    held = snapshot("a", {"x": DB})
    change = replace(update("a", held.spec, {"x": 2}), prior=Vault().conceal(held), before=Vault().conceal(held.spec))
    run(plan_of([change], [call("a", verb="update")]), State(resources={a("a"): held}))
    assert seen[0] is not None
    assert seen[0].spec == {"x": CANARY}


def test_what_only_the_state_sees_keeps_its_sensitive_outputs(run: Run, world: World) -> None:
    held = snapshot("a", {"x": 1}, out=DB)
    change = replace(
        update("a", {"x": 1}, {"x": 2}, recorded_only=True),
        prior=Vault().conceal(held),
        after_outputs=Vault().conceal(held.outputs),
    )
    step = replace(call("a", verb="record"), kind="record")
    ran = run(plan_of([change], [step]), State(resources={a("a"): held}))
    assert Vault().decrypt(recorded(ran, "thing.a")).outputs["out"] == Sensitive(CANARY)
    assert_hidden(ran)


def test_an_unknown_that_came_out_as_it_was_calls_nothing_though_it_is_sensitive(run: Run, world: World) -> None:
    held = snapshot("b", {"x": Sensitive("thing.a#old")})
    b = replace(
        update("b", held.spec, {"x": Unknown(("thing.a.id",), sensitive=True)}, {"x": Deferred("${resources.a.id}")}),
        prior=held,
        before=Vault().conceal(held.spec),
    )
    first = update("a", {"x": 1}, {"x": 2})
    plan = plan_of([first, b], [call("a", verb="update"), call("b", 0, verb="update")])
    ran = run(plan, State(resources={a("a"): snapshot("a"), a("b"): held}))
    assert world.made == ["~thing.a"]
    assert ran.outcomes()["thing.b:update"] == "no-op"


def test_what_comes_to_be_is_masked_from_then_on(run: Run, world: World) -> None:
    masks = Masks()
    world.outputs = {"id": Output(sensitive=True)}
    run(plan_of([create("a")], [call("a")]), masks=masks)
    assert masks("it is thing.a#1 now") == "it is (sensitive) now"


def test_what_stands_beside_something_sensitive_is_not_masked(run: Run, world: World) -> None:
    masks = Masks()
    world.fields, world.outputs = {"x": Field()}, {"url": Output(follows=("x",)), "host": Output()}
    world.script = lambda task: Observation("a", task.desired.spec, {"url": "hidden url", "host": "plain host"})
    plan = plan_of(
        [create("a", {"x": {"p": DB, "q": "plain text"}})], [call("a")], connections={"thing": {"u": "plain user"}}
    )
    held = recorded(run(plan, masks=masks), "thing.a")
    assert masks("hidden url, plain host, plain text, plain user") == "(sensitive), plain host, plain text, plain user"
    assert held.spec["x"]["q"] == "plain text"
    assert held.outputs["host"] == "plain host"


def test_without_a_vault_nothing_sensitive_is_written(run: Run) -> None:
    from reign.execution.job import OpenVault

    with pytest.raises(TypeError, match="about to be written"):
        OpenVault().encrypt(DB)
        encode(OpenVault().encrypt(snapshot("a", {"x": DB})))
