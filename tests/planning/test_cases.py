"""Every case of tests/cases/plan: what is declared, recorded and seen goes in, changes and steps come out.

A new case needs no Python. `expect` names all that is not as usual: changes that are no no-op (by their action, or by
any of their fields), drift, findings, outputs; `steps`, where given, are all of them in order with what each waits for.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from reign.model.address import Address
from reign.model.plan import Change, OutputChange, Plan, Step
from reign.planning import decide, plan
from tests.planning.laws import broken_laws
from tests.planning.world import inputs_of, value_of

FOLDER = Path(__file__).parents[1] / "cases" / "plan"


def cases_in(file: Path) -> dict[str, Any]:
    return dict(YAML(typ="safe", pure=True).load(file.read_text(encoding="utf-8")))


CASES = {
    f"{file.stem}: {name}": case for file in sorted(FOLDER.glob("*.yaml")) for name, case in cases_in(file).items()
}
TABLE = {name: case for name, case in CASES.items() if name.startswith("decision-table:")}


def plain(value: Any) -> Any:
    """Tuples as lists and addresses as text, to be compared with what YAML holds."""
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return str(value) if isinstance(value, Address) else value


def step_texts(steps: tuple[Step, ...]) -> list[str]:
    names = [f"{step.kind if step.kind in ('wait', 'gate') else step.verb} {step.address}" for step in steps]
    waits = [", ".join(names[needed] for needed in step.needs) for step in steps]
    return [f"{name} after {wait}" if wait else name for name, wait in zip(names, waits, strict=True)]


def change_of(change: Change, expected: Any) -> Any:
    """What the plan says of what the case asks about."""
    if isinstance(expected, str):
        return change.action.value
    told = {name: plain(getattr(change, name)) for name in expected}
    for name in ("before", "after", "before_outputs", "after_outputs"):
        if isinstance(expected.get(name), Mapping):
            told[name] = {key: told[name].get(key) for key in expected[name]}
    for name in ("prior", "deposed"):
        if name in expected:
            held = getattr(change, name)
            told[name] = held.external_id if held else None
    return told


def output_of(output: OutputChange, expected: Any) -> Any:
    return output.action if isinstance(expected, str) else {name: plain(getattr(output, name)) for name in expected}


def told(made: Plan, expect: Mapping[str, Any]) -> dict[str, Any]:
    """The plan in the words of a case."""
    expected = expect.get("changes") or {}
    asked = [change for change in made.changes if change.does_something or str(change.address) in expected]
    found: dict[str, Any] = {
        "changes": {str(change.address): change_of(change, expected.get(str(change.address), "")) for change in asked},
        "drift": {str(drift.address): "gone" if drift.after is None else list(drift.changed) for drift in made.drift},
        "findings": sorted(f"{finding.code} {finding.address} {finding.path}".strip() for finding in made.findings),
    }
    if "outputs" in expect:
        found["outputs"] = {
            output.name: output_of(output, expect["outputs"].get(output.name, "")) for output in made.outputs
        }
    if "steps" in expect:
        found["steps"] = step_texts(made.steps)
    parts: dict[str, Any] = {
        "complete": made.complete,
        "names": [str(change.address) for change in made.changes],
        "checks": {check.name: check.passed for check in made.checks},
        "data": {str(address): outputs for address, outputs in made.data.items()},
        "drifted": {str(drift.address): [drift.before, drift.after] for drift in made.drift},
        "shown": [f"{change.action} {change.address}" for change in made.actions()],
    }
    return found | {name: part for name, part in parts.items() if name in expect}


def wanted(expect: Mapping[str, Any]) -> dict[str, Any]:
    usual = {"changes": {}, "drift": {}, "findings": []}
    given = {name: value_of(value) for name, value in expect.items()}
    return usual | given | {"findings": sorted(given.get("findings") or [])}


@pytest.mark.parametrize("name", CASES)
def test_case(name):
    case = CASES[name]
    made = plan(inputs_of(case))
    assert told(made, case["expect"]) == wanted(case["expect"])
    assert broken_laws(made, (case.get("secrets") or {}).values()) == []


def is_passed(case: Mapping[str, Any]) -> bool:
    try:
        return told(plan(inputs_of(case)), case["expect"]) == wanted(case["expect"])
    except (AttributeError, KeyError, TypeError):
        return False  # a verdict that asks for what is not there


SWAPS = [pair for pair in combinations(decide.TABLE, 2) if decide.TABLE[pair[0]] is not decide.TABLE[pair[1]]]


def test_every_row_of_the_decision_table_is_pinned_by_a_case(monkeypatch):
    """Swapping any two different results makes at least one case fail."""
    unnoticed = []
    for first, second in SWAPS:
        swapped = {**decide.TABLE, first: decide.TABLE[second], second: decide.TABLE[first]}
        monkeypatch.setattr(decide, "TABLE", swapped)
        if all(is_passed(case) for case in TABLE.values()):
            unnoticed.append((first, second))
    assert unnoticed == []
