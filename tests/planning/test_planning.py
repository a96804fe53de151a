"""The room's front: digests, provisional specs, and what planning loads and looks at."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from reign.expression import Scope, resolve, resource_root
from reign.model.address import Address, parse_address
from reign.model.codec import decode, encode
from reign.model.errors import ErrorKind, ProviderError
from reign.model.plan import Plan
from reign.model.resource import Group, Observation
from reign.model.values import Sensitive, Unknown
from reign.planning import believed, desired_now, is_as_planned, moved_state, observed_digest, plan
from reign.planning.shapes import output_template
from tests.planning.test_cases import CASES
from tests.planning.world import hash_of, inputs_of, normalize, snapshot_of

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


def test_a_digest_of_something_sensitive_is_keyed_and_can_be_had_again_from_what_is_in_clear():
    case = {
        "secrets": {"db": "hunter22"},
        "prior": {"safe.a": {"spec": {"name": "a", "content": "(sensitive: hunter22)"}}},
        "desired": {"safe.a": {"spec": {"name": "a", "content": "${secret.db}", "labels": {"x": "1"}}}},
        "observed": {"safe.a": {"spec": {"content": "hunter22"}}},
    }
    inputs = inputs_of(case)
    (change,) = plan(inputs).changes
    seen = inputs.observed[change.address]
    assert isinstance(seen, Observation)
    assert change.digest.startswith("keyed:")
    assert is_as_planned(change, seen, hash_of)
    assert not is_as_planned(change, replace(seen, spec={**seen.spec, "content": "other"}), hash_of)
    assert not is_as_planned(change, None, hash_of)
    assert change.digest != "keyed:" + observed_digest(seen)


def test_what_is_ignored_does_not_make_a_plan_stale_and_an_error_always_does():
    case = {
        "prior": {"thing.a": {"spec": {"size": 1}}},
        "desired": {"thing.a": {"spec": {"size": 1, "labels": {"x": 1}}, "lifecycle": {"ignore_changes": ["size"]}}},
    }
    inputs = inputs_of(case)
    (change,) = plan(inputs).changes
    seen = inputs.observed[change.address]
    assert isinstance(seen, Observation)
    assert is_as_planned(change, replace(seen, spec={**seen.spec, "size": 9}))
    assert not is_as_planned(change, replace(seen, external_id="other"))
    assert not is_as_planned(change, ProviderError(ErrorKind.DENIED, "Not allowed to look"))


@given(st.none() | st.integers(0, 99) | st.text(), st.sampled_from(("managed", "data")))
def test_the_template_of_an_output_reads_it(key, mode):
    address = Address("thing", "my-web", key, mode)
    template = output_template(address, "out-put")
    group = Group("thing", "my-web", {type(None): "single", int: "list"}.get(type(key), "map"), (key,), mode)
    views = {address: {"out-put": "told"}}
    if isinstance(key, int):
        group = replace(group, keys=tuple(range(key + 1)))
    root = resource_root([group], views.__getitem__)
    assert resolve(template, Scope(roots={"data" if mode == "data" else "resources": root})) == "told"


def test_the_state_as_it_is_called_now_is_what_reality_is_looked_at_by():
    case = {
        "prior": {"thing.old": {"spec": {"name": "a"}}, "thing.b": {"spec": {}, "depends_on": ["thing.old"]}},
        "desired": {"thing.new": {"spec": {"name": "a", "labels": {"id": "${resources.new.id}"}}}},
        "moved": [{"from": "old", "to": "new"}],
    }
    inputs = inputs_of(case)
    held = moved_state(inputs).resources
    assert {address.text: held[address].address for address in held} == {address.text: address for address in held}
    assert {address.text: snapshot.depends_on for address, snapshot in held.items()} == {
        "thing.new": (),
        "thing.b": ("thing.new",),
    }
    untouched = replace(inputs, moved=())
    assert moved_state(untouched) is untouched.prior


def test_what_was_looked_up_is_seen_by_what_is_looked_at_and_stays_hidden():
    case = {
        "desired": {
            "data.host.h": {"spec": {"name": "h"}},
            "safe.a": {
                "spec": {"name": "a", "content": "${data.h.ip}", "hidden": "${data.h.key}"},
                "depends_on": ["data.host.h"],
            },
        },
        "data": {"data.host.h": {"spec": {"name": "h"}, "outputs": {"ip": "10.0.0.1", "key": "k3y"}}},
    }
    spec = desired_now(inputs_of(case))[parse_address("safe.a")].spec
    assert spec["content"] == "10.0.0.1"
    assert spec["hidden"] == Sensitive("k3y", "${data.h.key}")


def test_nothing_that_a_plan_says_quotes_what_is_sensitive_and_all_of_it_is_in_sentences():
    for name, case in CASES.items():
        for finding in plan(inputs_of(case)).findings:
            assert finding.detail.endswith((".", "?", "!")), (name, finding)
            assert not finding.summary.endswith("."), (name, finding)
            assert "hunter2" not in f"{finding}", (name, finding)


def test_a_check_says_what_it_was_given_to_say_or_its_name():
    case = {
        "desired": {"thing.a": {"spec": {"name": "a"}}},
        "checks": [
            {"name": "one", "assert": "${resources.a.name == 'b'}", "message": "It has to be b.", "severity": "medium"},
            {"name": "two", "assert": False},
        ],
    }
    told = [(finding.severity, finding.detail) for finding in plan(inputs_of(case)).findings]
    assert told == [("medium", "It has to be b."), ("error", "What the check two asserts is not so.")]
