"""The room's front: digests, provisional specs, and what planning loads and looks at."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

from reign.model.address import parse_address
from reign.model.codec import decode, encode
from reign.model.plan import Plan
from reign.model.resource import Observation
from reign.model.values import Unknown
from reign.planning import believed, desired_now, observed_digest, plan
from tests.planning.world import inputs_of, normalize, snapshot_of

ROOT = Path(__file__).parents[2]

CASE = {
    "prior": {"thing.a": {"spec": {"name": "a", "size": 1}}},
    "desired": {
        "thing.a": {"spec": {"name": "a", "size": 2}},
        "thing.b": {
            "spec": {"labels": {"x": "${resources.a.id}", "y": "${resources.a.size}", "z": "${resources.c.id}"}},
            "depends_on": ["thing.a", "thing.c"],
        },
        "thing.c": {"spec": {"name": "c"}},
        "thing.bad": {"spec": {"size": -1}},
        "thing.wrong": {"spec": {"size": "${resources.a.nothing}"}, "depends_on": ["thing.a"]},
    },
}


def test_provisional_specs_have_the_outputs_of_the_state_and_are_normalised():
    found = desired_now(inputs_of(CASE))
    b = found[parse_address("thing.b")]
    assert b.spec["labels"] == {"x": "id-thing.a", "y": 2, "z": Unknown(("thing.c.id",))}
    assert b.spec["size"] is None
    assert {address.name for address in found} == {"a", "b", "c"}


def test_nothing_is_provisional_in_a_circle():
    assert desired_now(inputs_of({"desired": {"thing.a": {"depends_on": ["thing.a"]}}})) == {}


def test_a_digest_is_of_what_was_seen_whatever_the_order_and_of_nothing_else():
    seen = Observation("x", {"a": {"b": 1, "c": [1]}, "d": "é"}, {"ip": "1"})
    same = Observation("x", {"d": "é", "a": {"c": [1], "b": 1}}, {"ip": "2"})
    others = [
        None,
        replace(seen, external_id="y"),
        replace(seen, owned=False),
        replace(seen, spec={"a": {"b": 2, "c": [1]}, "d": "é"}),
        replace(seen, spec={"a": {"b": True, "c": [1]}, "d": "é"}),
    ]
    assert observed_digest(seen) == observed_digest(same)
    assert observed_digest(seen) not in {observed_digest(other) for other in others}


def test_an_ignored_path_may_move_and_the_digest_stays():
    seen, moved = (Observation("x", {"a": {"b": value}, "c": 1}, {}) for value in (1, 2))
    assert observed_digest(seen, ["a.b"]) == observed_digest(moved, ["a.b"])
    assert observed_digest(seen, ["c"]) != observed_digest(moved, ["c"])


def test_the_digest_of_a_change_can_be_had_again_from_a_fresh_look():
    case = CASE | {
        "desired": {"thing.a": {"spec": {"name": "a"}, "lifecycle": {"ignore_changes": ["size"]}}, "thing.c": {}}
    }
    inputs = inputs_of(case | {"observed": {"thing.a": {"spec": {"size": 9, "image": "other"}}}})
    changes = {str(change.address): change for change in plan(inputs).changes}
    fresh = inputs.observed[parse_address("thing.a")]
    assert changes["thing.a"].digest == observed_digest(fresh, ["size"])
    assert changes["thing.c"].digest == observed_digest(None)


def test_what_the_state_believes_is_as_it_was_recorded():
    snapshot = snapshot_of(parse_address("fact.a"), {"spec": {"value": 1}})
    assert believed(snapshot) == Observation("id-fact.a", {"value": 1, "triggers": None}, {"value": 1}, owned=True)


def test_a_plan_is_data():
    case = CASE | {"outputs": {"x": "${resources.c.id}"}, "deposed": {"thing.a": {"id": "old"}}}
    made = plan(inputs_of(case))
    assert decode(Plan, encode(made)) == made


def test_the_plan_names_its_options():
    made = plan(inputs_of(CASE | {"options": {"targets": ["a"], "refresh": False}}))
    assert made.basis.options == {"targets": ["a"], "refresh": False}


def test_every_spec_is_resolved_and_normalised_once():
    calls: Counter[str] = Counter()

    def counted(type: str, spec: dict) -> dict:
        calls[str(spec.get("name"))] += 1
        return normalize(type, spec)

    desired = {
        f"thing.t{n}": {"spec": {"name": f"n{n}"}, "depends_on": [f"thing.t{n // 2}"] if n else []} for n in range(100)
    }
    plan(replace(inputs_of({"desired": desired}), normalize=counted))
    assert set(calls.values()) == {1}
    assert len(calls) == 100


def test_an_ordinary_plan_loads_no_graph_library():
    code = (
        "import sys; from tests.planning.world import inputs_of; from reign.planning import plan; "
        "made = plan(inputs_of({'prior': {'thing.a': {'spec': {'image': 1}}}, 'desired': {'thing.a': {'spec': {'image': 2}},"
        " 'thing.b': {'spec': {'size': '${resources.a.id}'}, 'depends_on': ['thing.a']}}})); "
        "assert len(made.steps) == 3; print('networkx' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "False"
