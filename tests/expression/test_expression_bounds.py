"""Hostile expressions end in an ExpressionError. None recurses too deep, fills the memory, or goes on for long."""

from __future__ import annotations

import pytest

from reign.expression import ExpressionError, Scope, resolve, templates
from reign.model.values import Deferred, Sensitive, Unknown, Value

MANY = 500_000
BIG: list[Value] = list(range(10_000))


def doubled(value: Value, times: int = 40) -> Value:
    """What takes no room, and would when it is written out."""
    for _ in range(times):
        value = [value, value]
    return value


SCOPE = Scope(
    {
        "var": {
            "big": BIG,
            "text": "a" * 500_000,
            "wide": [["x" * 1000] * 1000],
            "lines": "\n" * 500_000,
            "names": [f"t{number}" for number in BIG],
            "map": {f"k{number}": {"id": number} for number in BIG},
            "doubled": doubled("x"),
            "json": "[" + "1," * 200_000 + "1]",
            "deep": '{"a":' * 60 + "1" + "}" * 60,
        },
        "secret": {
            "word": Sensitive("hunter2", "${secret.word}"),
            "big": Sensitive(BIG, "${secret.big}"),
            "map": Sensitive({f"k{number}": {"id": number} for number in BIG}, "${secret.map}"),
            "text": Sensitive("a" * 600_000, "${secret.text}"),
        },
        "local": {
            "late": Deferred("${resources.a.id}"),
            "lates": [Deferred(f"${{resources.a.id + {number}}}") for number in range(3000)],
            "sum": Deferred("${" + " + ".join(["resources.a.n"] * 90) + "}"),
            "secrets": [Sensitive(f"s{number}", f"${{secret.s{number}}}") for number in range(3000)],
        },
    },
    frozenset({"resources"}),
)

HOSTILE = {
    "brackets": "${" + "[" * MANY,
    "parentheses": "${" + "(" * MANY,
    "braces": "${ " + "{a:" * MANY,
    "closed brackets": "${" + "[" * 150 + "]" * 150 + "}",
    "signs": "${" + "-" * MANY + "1}",
    "nots": "${" + "not " * MANY + "true}",
    "sums": "${" + "1+" * MANY + "1}",
    "a chain of sums": "${" + "1+" * 200 + "1}",
    "a path": "${" + "a." * MANY + "a}",
    "a long path": "${resources" + ".a" * 200 + "}",
    "indexes": "${resources" + "[resources" * 150 + "]" * 150 + "}",
    "splats": "${resources" + "[*]" * 150 + "}",
    "filters": "${1" + " | string" * 200 + "}",
    "conditionals": "${" + "1 if true else " * 150 + "1}",
    "comprehensions": "${" + "[" * 120 + "1" + " for x in [1]]" * 120 + "}",
    "many expressions": "${1}" * MANY,
    "many items": "${[" + "1," * MANY + "]}",
    "digits": "${" + "9" * 5000 + "}",
    "digits in a text": "${'" + "9" * 5000 + "' | int}",
    "an exponent": "${1e9999}",
    "loops in loops": "${[[[1 for a in var.big] for b in var.big] for c in var.big]}",
    "maps in loops": "${[{k | string: v for k, v in var.big} for x in var.big]}",
    "looking in loops": "${[x in var.big for x in var.big]}",
    "comparing in loops": "${[var.big == var.big for x in var.big]}",
    "texts in loops": "${[var.text == x + var.text for x in ['a', 'b'] + var.big]}",
    "hashes in loops": "${[var.text | sha256 for x in var.big]}",
    "json in loops": "${[var.wide | json for x in var.big]}",
    "joins in loops": "${[var.big | join for x in var.big]}",
    "lists added in loops": "${[var.big + var.big for x in var.big]}",
    "a doubled text": "${var.text + var.text + var.text}",
    "a text repeated": "${[var.text, var.text, var.text] | join}",
    "text around text": "${var.text}${var.text}${var.text}",
    "a replacement": "${var.text | replace('a', var.text)}",
    "an indent": "${var.text | replace('a', '\n') | indent(1000)}",
    "a field": "${'%9999999999s' | format('a')}",
    "a precision": "${'%.9999999999f' | format(1)}",
    "fields": "${var.text | replace('a', '%%') | format}",
    "quotes": "${var.text | replace('a', \"'\") | quote}",
    "json of much": "${[var.text, var.text, var.text] | json}",
    "base64 of much": "${var.text + var.text | base64 | base64}",
    "deep json": "${'" + "[" * 100_000 + "' | fromjson}",
    "rather deep json": "${'" + "[" * 70 + "]" * 70 + "' | fromjson}",
    "a large product": "${99999999999999999 * 99999999999999999}",
    "a text that never ends": "${'" + "a" * MANY,
    "escapes that never end": "${'" + "\\" * (MANY + 1) + "'",
    "dots": "${" + "a." * MANY + "}",
    "a path that is not closed": "${" + "a-" * MANY + "a",
    "expressions side by side": ("${[" + "1," * 15_000 + "]}") * 10,
    "lists doubled in loops": "${" + "[[y, y] for y in " * 30 + "[1]" + "]" * 30 + "}",
    "a doubled value": "${var.doubled}",
    "a doubled value as json": "${var.doubled | json}",
    "a doubled value compared": "${var.doubled == var.doubled}",
    "sorting in loops": "${[var.names | sort for x in var.big]}",
    "merging in loops": "${[var.map | merge(var.map) for x in var.big]}",
    "splitting in loops": "${[var.text | split('a') for x in var.big]}",
    "indenting in loops": "${[var.lines | indent(0) for x in var.big]}",
    "json read": "${var.json | fromjson}",
    "json read in loops": "${[var.deep | fromjson for x in var.big]}",
    "names that are missing": "${[var.map[x | string].q | default(1) for x in var.big]}",
    "replacements in a row": "${'a'" + " | replace('a', 'aaaaaaaaaa')" * 50 + "}",
    "a percent sign each": "${var.text | replace('a', '%') | format}",
    "sums of what is left": "${" + " + ".join(["local.sum"] * 90) + "}",
    "comparing with what is left": "${[resources.a == var.big for x in var.big]}",
    "looking in what is left": "${[local.lates == local.lates for x in local.lates]}",
    "loops that are left": "${[[x == y for x in resources.a] for y in var.big]}",
    "secrets in loops": "${[x | string for x in secret.big]}",
    "secret maps in loops": "${ {k: v.id for k, v in secret.map} }",
    "secret loops in loops": "${[[[1 for a in secret.big] for b in secret.big] for c in secret.big]}",
    "looking for a secret": "${[secret.word in var.names for x in var.big]}",
    "secret conditions": "${[x for x in var.names if x != secret.word]}",
    "secret choices in loops": "${["
    + "(1 if secret.word == 'a' else " * 45
    + "2"
    + ")" * 45
    + " for x in secret.big]}",
    "secret loops in each other": "${" + "[" * 60 + "1" + " for x in [1] if secret.word != 'a']" * 60 + "}",
    "secrets doubled": "${" + "[[y, y] for y in " * 30 + "[secret.word]" + "]" * 30 + "}",
    "secret text around text": "${secret.text}${secret.text}",
    "secret steps that are missing": "${[secret.map" + ".q" * 40 + " | default(1) for x in var.big]}",
    "many fills": "${[resources.a, " + "var.big, " * 10 + "]}",
}


@pytest.mark.timeout(20)
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_expression(name: str) -> None:
    with pytest.raises(ExpressionError):
        resolve(HOSTILE[name], SCOPE)


@pytest.mark.parametrize(
    "source",
    [
        "%{ if true }" * MANY,
        "%{ if true }" * 60 + "%{ end }" * 60,
        "%{ end }" * MANY,
        "${1}" * MANY,
        "%{ for a in xs }%{ for b in xs }%{ for c in xs }%{ end }%{ end }%{ end }",
        "%{ for a in xs }" + "x" * 1000 + "%{ end }",
        "%{ for a in " + "[" * MANY,
        "${" * MANY,
        "%%{" * MANY + "%{ end }",
        "${~ nothing }" * MANY,
        "%{ if wait }${secret}%{ end }" * 3000,
        "%{ for a in secret }%{ for b in secret }${b}%{ end }%{ end }",
    ],
    ids=range(12),
)
@pytest.mark.timeout(20)
def test_hostile_template(source: str) -> None:
    with pytest.raises(templates.TemplateError):
        templates.render(source, {"xs": list(range(5000)), "secret": Sensitive(list(range(5000))), "wait": Unknown()})


def test_what_ordinary_projects_need_is_within_bounds() -> None:
    assert resolve("${" + "(" * 90 + "1" + ")" * 90 + "}", SCOPE) == 1
    assert resolve("${" + " + ".join(["1"] * 90) + "}", SCOPE) == 90
    assert len(resolve("${[x * 2 + 1 for x in var.big if x % 2 == 0]}", SCOPE)) == 5000  # type: ignore[arg-type]
    assert len(resolve("${[" + "1, " * 5000 + "]}", SCOPE)) == 5000  # type: ignore[arg-type]
    assert len(resolve("x" * 1_000_000 + "${1}", SCOPE)) == 1_000_001  # type: ignore[arg-type]


def test_a_chain_of_deferred_values_that_grows_without_end_is_an_error() -> None:
    value: Value = Deferred("${resources.a.id}")
    with pytest.raises(ExpressionError, match="levels"):
        for _ in range(1000):
            value = resolve("${[local.last]}", Scope({"local": {"last": value}}, frozenset({"resources"})))


def test_deferred_values_that_double_without_end_are_an_error() -> None:
    value: Value = Deferred("${resources.a.id}")
    with pytest.raises(ExpressionError):
        for _ in range(100):
            value = resolve("${local.last}-${local.last}", Scope({"local": {"last": value}}, frozenset({"resources"})))


def test_a_value_nested_without_end_is_an_error() -> None:
    value: Value = 1
    with pytest.raises(ExpressionError, match="levels"):
        for _ in range(1000):
            value = resolve("${[local.last]}", Scope({"local": {"last": value}}))


def test_escapes_are_read_as_quickly_as_text() -> None:
    assert resolve("$${" * 300_000 + "${1}", SCOPE) == "${" * 300_000 + "1"
    assert resolve('${"' + "\\n" * 300_000 + '" | length}', SCOPE) == 300_000
    assert templates.render("%%{" * 300_000 + "$${" * 10, {}) == "%{" * 300_000 + "${" * 10
