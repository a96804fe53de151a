"""The state for Python: what each method tells and does, and what it refuses."""

from __future__ import annotations

import ast
import fcntl
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import FrozenInstanceError
from pathlib import Path
from typing import Any, cast

import pytest

import reign
from reign import Failed, Locked, Refused, ResourceState, StateManager
from reign.app.apply import apply
from reign.app.look import run_query
from reign.app.nouns import ApplyRequest, Where
from reign.app.plan import make_plan
from reign.execution.cancel import Cancel
from reign.model.plan import Action
from reign.planning import Options

METHODS = {
    "record_deployment",
    "get_resource_state",
    "get_dependent_resources",
    "get_all_resources",
    "create_checkpoint",
    "list_checkpoints",
    "restore_checkpoint",
    "get_rollback_plan",
    "rollback_to_checkpoint",
    "rollback_resources",
    "get_resources_by_type",
    "get_resources_by_agent",
    "get_deployment_timeline",
}
ENVIRON = {"PATH": os.environ["PATH"], "REIGN_TRUST": "1", "SHOP_DB": "canary-3c1d"}
HEAD = "version: 1\nproject: shop\nsecrets: {db: {env: SHOP_DB}}\nresources:\n"
FIRST = (
    "  db: {type: local.file, spec: {path: db.txt, content: 'pw ${secret.db}'}}\n"
    "  app: {type: local.file, spec: {path: app.txt, content: '${resources.db.path}'}}\n"
    "  n: {type: value, for_each: [x, y], spec: {value: 1}, depends_on: [app]}\n"
)
SECOND = (
    "  more: {type: local.file, spec: {path: more.txt, content: x}, depends_on: [app]}\n"
    "  last: {type: local.file, spec: {path: last.txt, content: x}, depends_on: [more]}\n"
)
ENDLESS: dict[str, Any] = {}
ENDLESS["again"] = ENDLESS
Bring = Callable[[str], None]


@pytest.fixture
def bring(tmp_path: Path) -> Bring:
    """Applies a project with these resources."""

    def applied(resources: str) -> None:
        (tmp_path / "reign.yaml").write_text(HEAD + resources)
        request = ApplyRequest(options=Options())
        where = Where(tmp_path, environ=ENVIRON)
        assert apply(where, request, lambda _: None, lambda _: None, Cancel()).status == "completed"

    return applied


@pytest.fixture
def state(tmp_path: Path, bring: Bring) -> StateManager:
    bring(FIRST)
    return StateManager(tmp_path, environ=ENVIRON)


def names(found: tuple[ResourceState, ...]) -> list[str]:
    return [each.address for each in found]


def test_the_methods_are_those_and_no_others() -> None:
    assert {name for name in vars(StateManager) if not name.startswith("_")} == METHODS
    for name in METHODS:
        method = getattr(StateManager, name)
        assert method.__doc__
        assert "return" in method.__annotations__


def test_every_name_of_the_stub_is_loaded_when_it_is_asked_for() -> None:
    stub = ast.parse(Path(reign.__file__).with_name("__init__.pyi").read_text())
    told = {alias.name for node in stub.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert told == set(dir(reign)) & told
    for name in told:
        assert getattr(reign, name).__name__ == name
    with pytest.raises(AttributeError, match="nope"):
        _ = reign.nope  # type: ignore[attr-defined]
    words = "import reign, sys; print(sorted(name for name in sys.modules if name.startswith('reign')))"
    loaded = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True).stdout
    assert loaded.strip() == "['reign']"


def test_the_inventory(state: StateManager) -> None:
    with state as held:
        assert names(held.get_all_resources()) == [
            "local.file.app",
            "local.file.db",
            'value.n["x"]',
            'value.n["y"]',
        ]
        assert names(held.get_resources_by_type("value")) == ['value.n["x"]', 'value.n["y"]']
        assert names(held.get_resources_by_agent("local")) == ["local.file.app", "local.file.db"]
        found = held.get_resource_state("app")
        assert found == held.get_resource_state("local.file.app")
        assert found is not None
        assert (found.type, found.provider, found.name, found.external_id) == ("local.file", "local", "app", "app.txt")
        assert found.spec["content"] == "db.txt"
        assert found.depends_on == ("local.file.db",)
        assert held.get_resource_state("nope") is None
        with pytest.raises(Failed, match="state/several"):
            held.get_resource_state("n")
        with pytest.raises(FrozenInstanceError):
            found.status = "tainted"  # type: ignore[misc]


def test_dependents(state: StateManager) -> None:
    assert names(state.get_dependent_resources("db")) == ["local.file.app"]
    assert names(state.get_dependent_resources("db", indirect=True)) == [
        "local.file.app",
        'value.n["x"]',
        'value.n["y"]',
    ]
    assert state.get_dependent_resources("n[x]") == ()
    with pytest.raises(Failed) as error:
        state.get_dependent_resources("dbb")
    assert error.value.findings[0].hint == 'did you mean "db"?'


def test_nothing_sensitive_is_told(state: StateManager, tmp_path: Path) -> None:
    found = state.get_resource_state("db")
    assert found is not None
    assert "content" not in found.spec
    state.record_deployment(ResourceState("local.file.db", spec={"path": "db.txt", "content": "pw canary-3c1d-too"}))
    told = repr((state.get_all_resources(), state.get_deployment_timeline()))
    assert "canary" not in told
    assert not any(b"canary" in path.read_bytes() for path in (tmp_path / ".reign").rglob("*") if path.is_file())


def test_there_and_back(state: StateManager, bring: Bring, tmp_path: Path) -> None:
    checkpoint = state.create_checkpoint("before the second")
    assert state.list_checkpoints() == (checkpoint,)
    before = state.get_all_resources()
    bring(FIRST + SECOND)
    plan = state.get_rollback_plan(checkpoint)
    assert [each.address for each in plan.reversible] == ["local.file.last", "local.file.more"]
    assert plan.actions == (("delete", "local.file.last"), ("delete", "local.file.more"))
    assert (plan.data_loss, plan.irreversible, plan.refusals) == ((), (), ())
    with pytest.raises(ValueError, match="restore_checkpoint"):
        state.rollback_resources([])
    assert (tmp_path / "last.txt").exists()
    state.rollback_resources("last")
    assert not (tmp_path / "last.txt").exists()
    assert (tmp_path / "more.txt").exists()
    done = state.restore_checkpoint(checkpoint.name)
    assert (done.status, done.destroyed) == ("completed", 1)
    assert state.get_all_resources() == before
    assert state.rollback_to_checkpoint(checkpoint).destroyed == 0
    timeline = state.get_deployment_timeline(resource_id="last")
    assert [(each.action, each.status) for each in timeline] == [("create", "completed"), ("delete", "completed")]
    assert len(state.get_deployment_timeline(limit=2)) == 2
    assert [each.address for each in state.get_deployment_timeline("n[x]")] == ['value.n["x"]']
    assert {each.address for each in state.get_deployment_timeline("la*")} == {"local.file.last"}
    assert state.get_deployment_timeline(limit=10**30) == state.get_deployment_timeline()
    assert state.get_deployment_timeline("\ud800") == ()
    with pytest.raises(ValueError, match="-1"):
        state.get_deployment_timeline(limit=-1)


def test_going_back_is_refused_as_by_the_command(state: StateManager, bring: Bring, tmp_path: Path) -> None:
    with pytest.raises(Failed, match="checkpoint/none"):
        state.rollback_resources(["app"])
    with pytest.raises(Failed, match="history/unknown-point"):
        state.restore_checkpoint("nope")
    checkpoint = state.create_checkpoint()
    bring(FIRST + "  kept: {type: value, spec: {value: 1}, lifecycle: {prevent_destroy: true}}\n")
    assert [finding.code for finding in state.get_rollback_plan(checkpoint).refusals] == ["plan/protected"]
    with pytest.raises(Refused, match="plan/protected"):
        state.restore_checkpoint(checkpoint)
    with (tmp_path / ".reign" / "lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for call in (state.create_checkpoint, lambda: state.restore_checkpoint(checkpoint)):
            with pytest.raises(Locked):
                call()
        assert state.get_rollback_plan(checkpoint).to == f"checkpoint {checkpoint.name}"


def test_what_goes_wrong_on_the_way_back_is_raised(state: StateManager, bring: Bring, tmp_path: Path) -> None:
    checkpoint = state.create_checkpoint()
    bring(FIRST + "  s: {type: shell.command, spec: {create: 'true', delete: 'test -e allowed'}}\n")
    with pytest.raises(Failed) as error:
        state.restore_checkpoint(checkpoint)
    assert error.value.findings[0].address == "shell.command.s"
    assert "is recorded as failed" in error.value.findings[0].detail
    (tmp_path / "allowed").touch()
    assert state.restore_checkpoint(checkpoint).destroyed == 1


# What is recorded by hand


def test_what_is_recorded_by_hand_says_so(state: StateManager, tmp_path: Path) -> None:
    made = state.record_deployment(ResourceState("value.hand", spec={"value": {"a": 1}}, depends_on=("db",)))
    assert made.outputs == {"value": {"a": 1}}
    assert made.depends_on == ("local.file.db",)
    where = Where(tmp_path, environ=ENVIRON)
    rows = run_query(
        where, "select action, command from operations join runs using (run_id) where address = 'value.hand'"
    )
    assert rows.rows == (("record", "state record"),)
    again = state.record_deployment(ResourceState("value.hand", spec={"value": {"a": 1}}))
    assert again == made  # nothing to do is no run
    changed = state.record_deployment(ResourceState("value.hand", spec={"value": 2}, protected=True))
    assert (changed.spec["value"], changed.protected, changed.depends_on) == (2, True, ("local.file.db",))
    assert changed.created_run == made.created_run


def test_what_the_next_plan_makes_of_it(state: StateManager, tmp_path: Path) -> None:
    def planned(resources: str) -> dict[str, Action]:
        (tmp_path / "reign.yaml").write_text(HEAD + FIRST + resources)
        plan = make_plan(Where(tmp_path, environ=ENVIRON), Options()).plan
        return {change.address.text: change.action for change in plan.actions()}

    state.record_deployment(ResourceState("value.hand", spec={"value": 1}))
    assert planned("  hand: {type: value, spec: {value: 1}}\n") == {}
    assert planned("  hand: {type: value, spec: {value: 2}}\n") == {"value.hand": Action.UPDATE}
    assert planned("") == {"value.hand": Action.DELETE}
    state.record_deployment(ResourceState("local.file.f", spec={"path": "f", "content": "x"}, external_id="f"))
    file = "  hand: {type: value, spec: {value: 1}}\n  f: {type: local.file, spec: {path: f, content: x}}\n"
    assert planned(file) == {"local.file.f": Action.CREATE}
    (tmp_path / "f").write_text("x")
    with pytest.raises(Failed, match="plan/made-anew"):
        planned(file)


@pytest.mark.parametrize(
    ("resource", "code"),
    [
        (ResourceState("nope"), "state/not-an-address"),
        (ResourceState("data.git.head"), "state/not-an-address"),
        (ResourceState("module.m.value.x", spec={"value": 1}), "state/not-an-address"),
        (ResourceState('value.x["\ud800"]', spec={"value": 1}), "state/not-an-address"),
        (ResourceState("local.file.y", spec={"path": "y", "content": ""}, external_id="db.txt"), "state/held-twice"),
        (ResourceState("no.such", spec={}), "state/unknown-type"),
        (ResourceState("value.x", spec={"valu": 1}), "spec/unknown-key"),
        (ResourceState("value.x", spec={"value": 1}, depends_on=("nope",)), "plan/no-match"),
    ],
    ids=lambda each: each if isinstance(each, str) else each.address,
)
def test_what_is_not_recorded(state: StateManager, resource: ResourceState, code: str) -> None:
    before = state.get_all_resources()
    with pytest.raises(Failed) as error:
        state.record_deployment(resource)
    assert code in [finding.code for finding in error.value.findings]
    assert state.get_all_resources() == before


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"spec": {"value": [float("nan")]}}, "spec.value[0]"),
        ({"spec": {"value": 1}, "outputs": {"value": float("inf")}}, "outputs.value"),
        ({"spec": {"value": object()}}, "spec.value"),
        ({"spec": {"value": {1}}}, "spec.value"),
        ({"spec": {"value": b"x"}}, "spec.value"),
        ({"spec": {"value": {"a": {1: 2}}}}, "spec.value.a"),
        ({"spec": {1: 2}}, "spec"),
        ({"spec": {"value": 10**5000}}, "spec.value"),
        ({"spec": {"value": ENDLESS}}, "spec.value.again.again.again"),
        ({"spec": None}, "spec"),
        ({"spec": {"value": 1}, "outputs": []}, "outputs"),
        ({"spec": {"value": 1}, "external_id": 1}, "external_id"),
        ({"spec": {"value": 1}, "depends_on": "db"}, "depends_on"),
        ({"spec": {"value": 1}, "depends_on": (1,)}, "depends_on"),
        ({"spec": {"value": 1}, "protected": "no"}, "protected"),
    ],
)
def test_what_json_cannot_hold_is_not_recorded(state: StateManager, given: dict[str, Any], path: str) -> None:
    with pytest.raises(Failed) as error:
        state.record_deployment(ResourceState("value.x", **given))
    assert [(finding.code, finding.path) for finding in error.value.findings] == [("spec/wrong-type", path)]
    assert state.get_resource_state("value.x") is None


def test_what_is_recorded_is_a_copy(state: StateManager) -> None:
    given = {"value": ("a", ["b"])}
    made = state.record_deployment(ResourceState("value.x", spec=given, status="tainted"))
    assert (made.spec["value"], made.status) == (["a", ["b"]], "active")
    assert state.record_deployment(ResourceState("value.x", spec=given)) == made
    cast("dict[str, Any]", made.spec)["value"] = "changed"
    assert state.get_resource_state("value.x") != made


def test_a_protection_does_not_end_by_hand(state: StateManager) -> None:
    state.record_deployment(ResourceState("value.kept", spec={"value": 1}, external_id="i", protected=True))
    for other in (
        ResourceState("value.kept", spec={"value": 1}, protected=False),
        ResourceState("value.kept", spec={"value": 1}, external_id="other"),
    ):
        with pytest.raises(Refused, match="state/protected"):
            state.record_deployment(other)
    assert state.record_deployment(ResourceState("value.kept", spec={"value": 2})).spec["value"] == 2


def test_where_there_is_nothing(tmp_path: Path) -> None:
    with pytest.raises(Failed, match="usage/no-project"), StateManager(tmp_path / "no", environ=ENVIRON):
        pass
    (tmp_path / "reign.yaml").write_text(HEAD + FIRST)
    with StateManager(tmp_path, environ=ENVIRON) as state:
        assert state.get_all_resources() == ()
        assert state.list_checkpoints() == ()
        assert state.get_deployment_timeline() == ()
    assert not (tmp_path / ".reign").exists()


@pytest.mark.slow
def test_the_types_are_there_for_whoever_uses_them(tmp_path: Path) -> None:
    (tmp_path / "use.py").write_text(
        "from reign import Checkpoint, Failed, ResourceState, StateManager\n\n"
        'with StateManager("shop", env="prod") as state:\n'
        "    found: ResourceState | None = state.get_resource_state('web')\n"
        "    made: Checkpoint = state.create_checkpoint('before')\n"
        "    state.restore_checkpoint(made)\n"
        "    wrong: int = state.get_all_resources()\n"
    )
    words = [sys.executable, "-m", "mypy", "--strict", "--no-incremental", "use.py"]
    ran = subprocess.run(
        words, cwd=tmp_path, env={**os.environ, "MYPYPATH": str(Path(reign.__file__).parents[1])}, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert [line.partition(": ")[0] for line in ran.stdout.splitlines()[:-1]] == ["use.py:7"], ran.stdout


def test_the_journal_holds_it_as_any_other_run(state: StateManager, tmp_path: Path) -> None:
    state.record_deployment(ResourceState("value.hand", spec={"value": 1}))
    lines = (tmp_path / ".reign" / "journal" / "00000001.log").read_text().splitlines()
    kinds = [json.loads(line[9:])["kind"] for line in lines[-3:]]
    assert kinds == ["run_started", "recorded", "run_ended"]
