"""`resources`, references, and templates, as the other rooms use them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from reign.expression import ExpressionError, Reference, Scope, parse, references, resolve, resource_root, templates
from reign.model.address import Address
from reign.model.resource import Group
from reign.model.values import Deferred, Unknown, Value

GROUPS = (
    Group("docker.network", "net", "single"),
    Group("docker.container", "web", "map", ("eu", "us")),
    Group("value", "n", "list", (0, 1, 2)),
    Group("value", "off", "disabled", ()),
)


class Views:
    """Answers with the address, and remembers what was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, address: Address) -> Mapping[str, Value]:
        self.asked.append(str(address))
        return {"name": str(address), "id": Unknown((f"{address}.id",))}


@pytest.mark.parametrize(
    ("text", "value", "asked"),
    [
        ("${resources.net.name}", "docker.network.net", 1),
        ("${resources.web.eu.name}", 'docker.container.web["eu"]', 1),
        ("${resources.web[*].name | length}", 2, 2),
        ("${resources.web | keys}", ["eu", "us"], 0),
        ("${resources.web | length}", 2, 0),
        ("${'eu' in resources.web}", True, 0),
        ("${resources.n[-1].name}", "value.n[2]", 1),
        ("${resources.n[*].id | length}", 3, 3),
        ("${[k for k, v in resources.web]}", ["eu", "us"], 2),
        ("${resources.off == null}", True, 0),
        ("${resources.off.name | default('none')}", "none", 0),
        ("${resources.off[*].name}", [], 0),
        ("${resources.net.id}", Unknown(("docker.network.net.id",)), 1),
        ("${resources.net}", {"name": "docker.network.net", "id": Unknown(("docker.network.net.id",))}, 1),
    ],
)
def test_resources_are_read_lazily(text: str, value: Value, asked: int) -> None:
    views = Views()
    assert resolve(text, Scope({"resources": resource_root(GROUPS, views)})) == value
    assert len(views.asked) == asked


@pytest.mark.parametrize(
    ("text", "hint"),
    [("${resources.nett}", "net"), ("${resources.web.uss.name}", "us"), ("${resources.net.nam}", "name")],
)
def test_the_nearest_resource_is_named(text: str, hint: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        resolve(text, Scope({"resources": resource_root(GROUPS, Views())}))
    assert caught.value.hint == hint


def test_the_result_is_plain_and_shares_nothing_with_the_scope() -> None:
    roots: dict[str, Any] = {"local": {"m": {"xs": [1, {"a": 2}]}}}
    found: Any = resolve("${local.m}", Scope(roots))
    assert found == roots["local"]["m"]
    found["xs"][1]["a"] = 3
    assert roots["local"]["m"]["xs"][1]["a"] == 2
    views = resolve("${resources}", Scope({"resources": resource_root(GROUPS, Views())}))
    assert isinstance(views, dict)
    assert [type(view) for view in views.values()] == [dict, dict, list, type(None)]


def test_the_kind_goes_with_what_is_left() -> None:
    assert resolve("${resources.a.b}", Scope({}, frozenset({"resources"})), "integer") == Deferred(
        "${resources.a.b}", "integer"
    )


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("nothing", []),
        (
            "${var.a.b} ${resources.web['eu'].ports[0].x}",
            [("var", ("a", "b")), ("resources", ("web", "eu", "ports", 0, "x"))],
        ),
        ("${resources.web[each.key].id}", [("resources", ("web",)), ("each", ("key",))]),
        ("${resources.web[*].id}", [("resources", ("web",))]),
        (
            "${[x.id + local.y for x in resources.web if x.n == var.n]}",
            [("local", ("y",)), ("resources", ("web",)), ("var", ("n",))],
        ),
        ("${[x for x in x]}", [("x", ())]),
        ("${ {k: v for k, v in local.m} }", [("local", ("m",))]),
        ("${(resources.a | default(var.b)).c}", [("resources", ("a",)), ("var", ("b",))]),
        ("${file(var.path)}", [("var", ("path",))]),
        ("${resources.a[true].b}", [("resources", ("a",))]),
        ("$${var.a} ${{ var.b }}", []),
    ],
)
def test_references(text: str, found: list[tuple[str, tuple[str | int, ...]]]) -> None:
    assert [(reference.root, reference.path) for reference in references(parse(text))] == found


def test_a_reference_says_where_it_stands() -> None:
    text = "a ${ resources.web['eu'].id }"
    assert references(parse(text)) == (Reference("resources", ("web", "eu", "id")),)
    (reference,) = references(parse(text))
    assert text[reference.offset : reference.offset + reference.width] == "resources.web['eu'].id"


VALUES: dict[str, Any] = {
    "port": 80,
    "hosts": ["a", "b"],
    "sizes": {"x": 1, "y": 2},
    "on": True,
    "data": [1],
    "u": Unknown(("net.id",)),
    "late": Deferred("${resources.a.id}"),
}


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("", ""),
        ("plain { } % $ ~", "plain { } % $ ~"),
        ("listen ${port};", "listen 80;"),
        ("%{ for h in hosts }${h},%{ end }", "a,b,"),
        ("%{ for i, h in hosts }${i}${h} %{ end }", "0a 1b "),
        ("%{ for k, v in sizes }${k}=${v} %{ end }", "x=1 y=2 "),
        ("%{ for v in sizes if v > 1 }${v}%{ end }", "2"),
        ("%{ if on }yes%{ end }", "yes"),
        ("%{ if not on }yes%{ else }no%{ end }", "no"),
        ("%{ for h in hosts }%{ if h == 'a' }A%{ else }-${h}%{ end }%{ end }", "A-b"),
        ("%{ for h in hosts }\n${h}\n%{ end }\n", "\na\n\nb\n\n"),
        ("%{ for h in hosts ~}\n${h}\n%{ end ~}\n", "a\nb\n"),
        ("a \n ${~ port ~} \n b", "a80b"),
        ("a %{~ if on ~} b %{~ end ~} c", "abc"),
        ("%%{ for } $${port} ${{ port }}", "%{ for } ${port} ${{ port }}"),
        ("${ {a: 1} | json }", '{"a":1}'),
        ("%{ for data in data }${data}%{ end }", "1"),
        ("${[h | upper for h in hosts] | join('+')}", "A+B"),
        ("%{ if false }${u}%{ end }x", "x"),
        ("%{ for h in [] }${nothing}%{ end }x", "x"),
    ],
)
def test_template(source: str, text: str) -> None:
    assert templates.render(source, VALUES) == text


@pytest.mark.parametrize(
    ("source", "waits_for"),
    [
        ("a ${u}", ("net.id",)),
        ("%{ if u }a%{ end }", ("net.id",)),
        ("%{ for x in u }a%{ end }", ("net.id",)),
        ("%{ for x in hosts if u }a%{ end }", ("net.id",)),
        ("%{ for x in hosts }${u}%{ end }", ("net.id",)),
        ("${late}", ()),
    ],
)
def test_a_template_over_an_unknown_is_unknown(source: str, waits_for: tuple[str, ...]) -> None:
    assert templates.render(source, VALUES) == Unknown(waits_for)


@pytest.mark.parametrize(
    ("source", "line", "column", "message"),
    [
        ("a\nb ${nope}", 2, 5, "there is no `nope` here"),
        ("a\n%{ for h in hosts }\n  ${h.x}\n%{ end }", 3, 7, "a text has no `x`"),
        ("%{ for h in hosts }", 1, 1, "`%{ for }` has no `%{ end }`"),
        ("\n%{ end }", 2, 1, "`%{ end }` has no beginning"),
        ("%{ for h in hosts }%{ else }%{ end }", 1, 20, "`%{ else }` has no `%{ if }`"),
        ("%{ if on }%{ else }%{ else }%{ end }", 1, 20, "`%{ else }` has no `%{ if }`"),
        ("%{ while on }", 1, 1, "the tag means nothing"),
        ("%{ if port }%{ end }", 1, 7, "a number stands where true or false is needed"),
        ("%{ for h in port }%{ end }", 1, 13, "a number has no items"),
        ("x\n%{ if on", 2, 1, "the expression is not closed"),
        ("${hosts}", 1, 3, "a list cannot stand inside text"),
        ("${var.port}", 1, 3, "there is no `var` here"),
        ("%{ if }x%{ end }", 1, 7, "it ends where more is expected"),
    ],
)
def test_a_template_error_has_the_templates_own_line(source: str, line: int, column: int, message: str) -> None:
    with pytest.raises(templates.TemplateError) as caught:
        templates.render(source, VALUES)
    error = caught.value
    assert (error.message, error.line, error.column) == (message, line, column)


def test_functions_reach_templates() -> None:
    assert templates.render("${x | yaml}", {"x": 1}, {"yaml": lambda value: f"{value}\n"}) == "1\n"
