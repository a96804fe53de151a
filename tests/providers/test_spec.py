"""Spec models: what they read, what they refuse and how, and what the planner reads off them."""

from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reign.model.errors import InvalidSpec
from reign.model.schema import Kind
from reign.model.values import Deferred, Secret, Unknown, Value
from reign.providers.spec import HOLDS, IDENTITY, Duration, Model, PinnedFile, Types, TypeSpec

WAITING = Unknown(("value.a.value",))


class Port(Model):
    """A part."""

    number: int
    protocol: Literal["tcp", "udp"] = "tcp"
    hosts: list[str] = []  # noqa: RUF012


class Thing(Model):
    """A whole."""

    name: Annotated[str, IDENTITY]
    size: float = 1.5
    on: bool = True
    ports: list[Port] | None = None
    labels: dict[str, str] | None = None
    first: Port | None = None
    anything: Any = None
    wait: Duration = 30.0
    net: Annotated[str | None, HOLDS] = None
    file: PinnedFile | None = None


TYPES = Types(TypeSpec("test.thing", Thing, {}))


def normalize(spec: dict[str, Any]) -> dict[str, Value]:
    return TYPES.normalize("test.thing", spec)


def problems(spec: dict[str, Any]) -> list[tuple[object, str, str]]:
    with pytest.raises(InvalidSpec) as raised:
        normalize(spec)
    return [(problem.path, problem.code, problem.nearest) for problem in raised.value.problems]


def test_numbers_are_taken_for_text_and_text_for_numbers() -> None:
    spec = normalize({"name": 5, "size": "2.5", "ports": [{"number": "80", "hosts": [1]}], "labels": {"a": 1.5}})
    assert (spec["name"], spec["size"], spec["labels"]) == ("5", 2.5, {"a": "1.5"})
    assert spec["ports"] == [{"number": 80, "protocol": "tcp", "hosts": ["1"]}]


def test_what_was_left_out_stays_out_unless_it_has_a_default() -> None:
    assert normalize({"name": "x", "labels": None}) == {"name": "x", "size": 1.5, "on": True, "wait": 30.0}


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        ({}, [(("name",), "spec/required", "")]),
        ({"name": "x", "labls": {}}, [(("labls",), "spec/unknown-key", "labels")]),
        ({"name": "x", "ports": [{"number": 1}, {"numbr": 1}]},
         [(("ports", 1, "number"), "spec/required", ""), (("ports", 1, "numbr"), "spec/unknown-key", "number")]),
        ({"name": "x", "ports": [{"number": "x"}]}, [(("ports", 0, "number"), "spec/wrong-type", "")]),
        ({"name": "x", "ports": [{"number": 1, "protocol": "icmp"}]}, [(("ports", 0, "protocol"), "spec/invalid-value", "")]),
        ({"name": ["x"]}, [(("name",), "spec/wrong-type", "")]),
        ({"name": "x", "labels": ["a"]}, [(("labels",), "spec/wrong-type", "")]),
        ({"name": "x", "wait": True}, [(("wait",), "spec/wrong-type", "")]),
        ({"name": "x", "size": float("nan")}, [(("size",), "spec/invalid-value", "")]),
        ({"name": "x", "file": "a.txt"}, [(("file",), "spec/not-pinned", "")]),
        ({"name": "x", "a": 1, "b": 2}, [(("a",), "spec/unknown-key", ""), (("b",), "spec/unknown-key", "")]),
    ],
)  # fmt: skip
def test_every_problem_has_its_place(spec: dict[str, Any], told: list[tuple[object, str, str]]) -> None:
    assert problems(spec) == told


@pytest.mark.parametrize("opaque", [WAITING, Deferred("${resources.a.b}"), Secret("${secret.a}", "h", "k")])
@pytest.mark.parametrize(
    "spec",
    [
        lambda x: {"name": x},
        lambda x: {"name": "x", "size": x},
        lambda x: {"name": "x", "on": x},
        lambda x: {"name": "x", "ports": x},
        lambda x: {"name": "x", "ports": [x]},
        lambda x: {"name": "x", "ports": [{"number": x}]},
        lambda x: {"name": "x", "ports": [{"number": 1, "hosts": [x, "a"]}]},
        lambda x: {"name": "x", "first": {"number": 1, "protocol": x}},
        lambda x: {"name": "x", "labels": {"a": x}},
        lambda x: {"name": "x", "anything": {"deep": [x]}},
        lambda x: {"name": "x", "wait": x},
        lambda x: {"name": "x", "file": x},
    ],
)
def test_what_is_not_known_stays_in_its_place_at_any_depth(spec: Any, opaque: Value) -> None:
    once = normalize(spec(opaque))
    assert opaque in [value for _, value in deep(once)]
    assert normalize(once) == once


def test_errors_beside_an_unknown_are_still_told() -> None:
    assert problems({"name": WAITING, "ports": [{"number": WAITING, "zz": 1}]}) == [
        (("ports", 0, "zz"), "spec/unknown-key", "")
    ]


def deep(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[tuple[Any, ...], Any]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [(path, value), *(found for key, item in items for found in deep(item, (*path, key)))]


def test_the_planner_reads_the_fields_off_the_model() -> None:
    fields = TYPES.schemas()["test.thing"].fields
    assert fields["name"].identity
    assert fields["name"].immutable
    assert fields["name"].required
    assert fields["net"].holds
    assert not fields["size"].required
    kinds = {name: field.kind for name, field in fields.items()}
    assert (kinds["size"], kinds["on"], kinds["anything"]) == (Kind("number"), Kind("bool"), Kind("any"))
    assert (kinds["wait"], kinds["file"], kinds["net"]) == (Kind("duration"), Kind("source"), Kind("string"))
    assert kinds["labels"] == Kind("map", Kind("string"))
    port = kinds["ports"].item
    assert port is not None
    assert port.fields is not None
    assert port.fields["number"].kind == Kind("integer")


def test_the_json_schema_is_that_of_the_model() -> None:
    published = TYPES.schemas()["test.thing"].json
    assert published["required"] == ["name"]
    assert published["additionalProperties"] is False
    assert set(published["properties"]) == set(Thing.model_fields)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.just(WAITING),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from([*Thing.model_fields, "other"]), JSON))
def test_any_spec_is_normalised_once_or_refused_with_reasons(spec: dict[str, Any]) -> None:
    try:
        once = normalize(spec)
    except InvalidSpec as refused:
        assert refused.problems
        assert all(problem.summary and problem.detail for problem in refused.problems)
        return
    assert normalize(once) == once


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ({"name": ["x"]}, "name holds a list. It should be a text."),
        ({"name": "x", "labels": ["a"]}, "labels holds a list. It should be a map."),
        ({"name": "x", "ports": {"a": 1}}, "ports holds a map. It should be a list."),
        ({"name": "x", "ports": ["a"]}, "ports[0] holds 'a'. It should be a map."),
        ({"name": "x", "ports": [{"number": 1.5}]}, "ports[0].number holds 1.5. It should be a whole number."),
        ({"name": "x", "ports": [{"number": "x"}]}, "ports[0].number holds 'x'. It should be a whole number."),
        ({"name": "x", "on": "maybe"}, "on holds 'maybe'. It should be true or false."),
        ({"name": "x", "size": "big"}, "size holds 'big'. It should be a number."),
        ({"name": "x", "size": True, "on": None}, "on holds null. It should be true or false."),
        ({"name": "x", "first": {"number": 1, "protocol": "x"}}, "first.protocol holds 'x'. It should be 'tcp' or 'udp'."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_in_the_words_of_yaml(spec: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidSpec) as raised:
        normalize(spec)
    assert said in [problem.detail for problem in raised.value.problems]
    assert "dictionary" not in str(raised.value.problems)
    assert "valid" not in str([problem.detail for problem in raised.value.problems])


PROVIDED = [
    "value",
    "local.file",
    "local.template",
    "local.directory",
    "local.tree",
    "shell.command",
    "shell.script",
    "data.local.file",
    "data.shell.command",
    "data.git",
]


@pytest.mark.parametrize("type", PROVIDED)
@given(data=st.data())
def test_any_spec_of_a_real_type_is_normalised_once_or_refused(type: str, data: st.DataObject) -> None:
    from reign.providers.registry import Registry

    registry = Registry()
    schema = registry.schema(type)
    assert schema is not None
    spec = data.draw(st.dictionaries(st.sampled_from([*schema.fields, "other"]), JSON))
    try:
        once = registry.normalize(type, spec)
    except InvalidSpec as refused:
        assert refused.problems
        return
    assert registry.normalize(type, once) == once
