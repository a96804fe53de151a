"""From any state to any earlier one: the plan leads there, and then there is nothing left to do."""

from __future__ import annotations

import copy
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from reign.graph import closure
from reign.model.event import State
from reign.model.plan import Basis, Plan, Rollback
from reign.model.values import Sensitive, Value
from reign.planning import Inputs, desired_now, moved_state
from reign.planning.rollback import back_to, plan_back
from tests.planning.laws import broken_laws
from tests.planning.simulation import ROOTS, SECRETS, World
from tests.planning.test_properties import FAST, accident, projects, unprotected
from tests.planning.world import SCHEMAS, hash_of, normalize

_ID = re.compile(r"[a-z]+\.[rm]\d+#\d+")


def held_by(world: World) -> State:
    return State("l", 1, "", dict(world.held), dict(world.outputs), dict(world.deposed))


def plan_to(world: World, then: State) -> Plan:
    """Look at everything, and plan back to `then`."""
    inputs = Inputs(
        project="p",
        env="",
        desired={},
        groups=(),
        outputs={},
        prior=held_by(world),
        observed={},
        schema=SCHEMAS.get,
        normalize=normalize,
        basis=Basis("l", 1, "", fresh=False, config_digest=""),
        roots=ROOTS,
        hash=hash_of,
    )
    inputs = back_to(inputs, then, Rollback("checkpoint then", 1, then.serial), frozenset(), {})
    held, now = moved_state(inputs).resources, desired_now(inputs)
    observed = {
        address: world.look(address, held.get(address), now.get(address), "")
        for address in {**now, **held}
        if SCHEMAS[address.type].observable
    }
    return plan_back(replace(inputs, observed=observed))


def comparable(state: State) -> dict[str, Any]:
    """What a rollback brings back: everything but the ids of what had to be made anew; and but what somebody outside may
    change, with all that follows it.
    """
    ids = {held.external_id: f"@{address}" for address, held in state.resources.items()}
    free = {address.text for address, held in state.resources.items() if held.lifecycle.ignore_changes}
    free = closure(free, lambda text: (a.text for a, held in state.resources.items() if text in held.depends_on))
    return {
        address.text: (
            None if address.text in free else named(held.spec, ids),
            held.connection,
            set(held.depends_on),
            held.lifecycle,
        )
        for address, held in state.resources.items()
    }


def named(value: Value, ids: dict[str, str]) -> Any:
    if isinstance(value, Sensitive):  # a part of one that came from elsewhere stays as it was recorded
        return ("sensitive", _ID.sub("@id", str(value.value)))
    if isinstance(value, dict):
        return {key: named(item, ids) for key, item in value.items()}
    if isinstance(value, list):
        return [named(item, ids) for item in value]
    if isinstance(value, str):
        for known, name in sorted(ids.items(), key=lambda pair: -len(pair[0])):
            value = value.replace(known, name)
    return value


def go_back(history: list[Any], data: st.DataObject) -> None:
    world = World()
    past = [held_by(world)]
    for project in history:
        made = world.plan(project)
        if unprotected(made):
            world.apply(made)
            past.append(copy.deepcopy(held_by(world)))
            accident(world, data)
    for _ in range(2):  # and a rollback of the rollback
        then = data.draw(st.sampled_from(past))
        made = plan_to(world, then)
        assert broken_laws(made, SECRETS.values()) == []
        if not unprotected(made):
            event(f"refused: {next(finding.code for finding in made.findings if finding.severity == 'error')}")
            return
        event("applied")
        steps = data.draw(st.sampled_from((None, None, data.draw(st.integers(0, len(made.steps))))))
        world.apply(made, steps)
        if steps is not None:
            event("cut off")
            made = plan_to(world, then)
            if not unprotected(made):
                return
            world.apply(made)
        assert comparable(held_by(world)) == comparable(then)
        again = plan_to(world, then)
        assert [(change.address.text, change.action, change.reasons) for change in again.actions()] == []
        assert (again.steps, again.drift, again.rollback.undoing) == ((), (), ())
        assert {output.action for output in again.outputs} <= {"no-op"}
        past.append(copy.deepcopy(held_by(world)))
        accident(world, data)


@FAST
@given(st.lists(projects(), min_size=1, max_size=4), st.data())
def test_every_earlier_state_is_reached_also_when_it_was_cut_off(history, data):
    go_back(history, data)


@pytest.mark.slow
@settings(FAST, max_examples=1000)
@given(st.lists(projects(), min_size=1, max_size=4), st.data())
def test_a_thousand_ways_back(history, data):
    go_back(history, data)
