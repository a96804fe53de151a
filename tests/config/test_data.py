"""What is looked up: blocks under `data`, and who refers to them."""

from __future__ import annotations

from collections.abc import Callable

from reign.config import Project
from reign.model.resource import Group
from reign.model.values import Deferred


def needs(project: Project) -> dict[str, list[str]]:
    """Address -> what it depends on, as text."""
    return {str(address): [str(need) for need in made.depends_on] for address, made in project.resources.items()}


def test_data_are_blocks_of_their_own_mode(project: Callable[..., Project]) -> None:
    made = project(
        "providers: {memory.eu: {}}\nresources:\n  net: {type: value}\n"
        "data:\n  one: {type: memory.thing, spec: {name: 1.10}, provider: memory.eu, depends_on: [net]}\n"
        "  many: {type: memory.thing, for_each: {eu: a, us: b}, spec: {name: '${each.value}'}}\n"
        "  some: {type: memory.thing, count: 2}\n  off: {type: memory.thing, enabled: false}\n"
    )
    assert made.groups == (
        Group("memory.thing", "one", "single", (None,), "data"),
        Group("memory.thing", "many", "map", ("eu", "us"), "data"),
        Group("memory.thing", "some", "list", (0, 1), "data"),
        Group("memory.thing", "off", "disabled", (), "data"),
        Group("value", "net", "single", (None,), "managed"),
    )
    assert needs(made) == {
        "data.memory.thing.one": ["value.net"],
        'data.memory.thing.many["eu"]': [],
        'data.memory.thing.many["us"]': [],
        "data.memory.thing.some[0]": [],
        "data.memory.thing.some[1]": [],
        "value.net": [],
    }
    assert [each.connection for each in made.resources.values()] == ["memory.eu", *["memory"] * 4, "value"]
    assert [each.spec for each in made.resources.values()][:2] == [{"name": "1.10"}, {"name": "a"}]
    assert {address.kind for address in made.resources} == {"data.memory.thing", "value"}


def test_a_reference_implies_a_dependency_whatever_the_direction(project: Callable[..., Project]) -> None:
    made = project(
        "locals: {size: '${data.one.size}'}\nresources:\n  net: {type: value}\n"
        "  a: {type: value, spec: {value: '${data.many[\"eu\"].size} ${local.size}'}}\n"
        "  b: {type: value, depends_on: [one, data.memory.thing.many, 'many[us]']}\n"
        "data:\n  one: {type: memory.thing, spec: {name: 'x ${resources.net.value}'}}\n"
        "  many: {type: memory.thing, for_each: [eu, us], spec: {name: '${data.one.token}'}}\n"
    )
    assert needs(made) == {
        "data.memory.thing.one": ["value.net"],
        'data.memory.thing.many["eu"]': ["data.memory.thing.one"],
        'data.memory.thing.many["us"]': ["data.memory.thing.one"],
        "value.net": [],
        "value.a": ['data.memory.thing.many["eu"]', "data.memory.thing.one"],
        "value.b": ["data.memory.thing.one", 'data.memory.thing.many["eu"]', 'data.memory.thing.many["us"]'],
    }
    specs = {str(address): each.spec for address, each in made.resources.items()}
    assert specs["value.a"] == {"value": Deferred('${data.many["eu"].size} ${data.one.size}')}


def test_connections_outputs_and_keys_whose_values_are_late(project: Callable[..., Project]) -> None:
    made = project(
        "data: {one: {type: memory.thing}}\nproviders: {local.srv: {folder: '${data.one.size}'}}\n"
        "locals:\n  all: {eu: '${data.one.size}', us: 2, deep: {x: '${data.one.size}', y: [1]}}\n"
        "resources:\n  a: {type: value, for_each: '${local.all}', spec: {value: '${each.value}'}}\n"
        "  b: {type: value, for_each: '${ {k: v for k, v in local.all} }', spec: {value: '${each.key}'}}\n"
        "  c: {type: value, for_each: '${local.all}', spec: {value: '${each.value.x}'}, enabled: false}\n"
        "outputs: {o: {value: '${data.one.size}'}}\n"
    )
    late = Deferred("${data.one.size}")
    assert made.connections["local.srv"] == {"folder": late}
    assert made.outputs["o"].value == late
    specs = {str(address): each.spec.get("value") for address, each in made.resources.items()}
    assert specs['value.a["eu"]'] == late
    assert specs['value.a["us"]'] == 2
    assert specs['value.a["deep"]'] == Deferred("${ {x: data.one.size, y: [1]} }")
    assert [specs[f'value.b["{key}"]'] for key in ("eu", "us", "deep")] == ["eu", "us", "deep"]
    found = needs(made)
    assert found['value.a["eu"]'] == ["data.memory.thing.one"]
    assert found['value.a["us"]'] == []
    assert found['value.b["eu"]'] == []
