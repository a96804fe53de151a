"""Laws of what must not be shown: it comes out marked wherever it has a say, and neither text nor error holds any of it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from reign.expression import ExpressionError, MissingError, Scope, resolve, templates
from reign.model.values import Deferred, Sensitive, Unknown, is_sensitive, leaves, mapped, reveal
from tests.expression.grammar import texts

OPERANDS = {
    "text": ['"a"', '"hu"', "var.part.user", "secret.word", "var.part.password", "var.map.a", "var.mixed[0]"],
    "number": ["0", "2", "1.5", "var.n", "secret.n", "var.map.n", "each.value.n"],
    "flag": ["true", "false", "var.on", "secret.on"],
    "list": ["[]", '["a", "b"]', "var.xs", "var.list", "var.mixed", "var.deep[*].id", "var.deep[0].tags"],
    "map": ["{}", "{a: 1, id: 2}", "var.m", "var.map", "var.part", "each.value", "var.deep[0]"],
    "any": ["null", "var.none", "secret.none", "secret.word", "var.deep", "var.part"],
}
LATE = {
    "text": ["resources.net.id", "local.late"],
    "number": ["resources.net.n"],
    "list": ["resources.web[*].id"],
    "map": ["resources.web", "resources.net"],
    "any": ["resources.off", "resources.off.n"],
}
UNKNOWN = {kind: ["var.u", "local.u"] for kind in OPERANDS}


def both(more: dict[str, list[str]]) -> dict[str, list[str]]:
    return {kind: [*names, *more.get(kind, [])] for kind, names in OPERANDS.items()}


def secrets(canary: str, number: int) -> dict[str, Any]:
    """What is sensitive, by where it stands. Nothing but the types is the same for two canaries."""
    return {
        "secret.word": canary,
        "secret.n": number,
        "secret.on": number % 2 == 0,
        "secret.none": None,
        "var.list": [f"{canary}{at}" for at in range(number)],
        "var.map": {"a": canary, "n": number, canary: 1},
        "var.deep": [{"id": canary, "n": number, "tags": [canary, "t"]}, {"id": "b", "n": 1, "tags": []}],
        "var.part.password": canary,
    }


def roots(found: dict[str, Any]) -> dict[str, Any]:
    """The scope over them: some are whole values, some stand inside of a plain map or list."""
    return {
        "secret": {name: found[f"secret.{name}"] for name in ("word", "n", "on", "none")},
        "var": {
            "n": 3,
            "on": True,
            "xs": ["a", "b"],
            "m": {"a": {"n": 1}, "n": 4},
            "none": None,
            "list": found["var.list"],
            "map": found["var.map"],
            "deep": found["var.deep"],
            "part": {"user": "u", "password": found["var.part.password"], "n": 1},
            "mixed": [found["secret.word"], "a", found["secret.n"]],
        },
        "each": {"key": "k", "value": {"id": "i", "n": found["secret.n"]}},
    }


CANARY, OTHER = "hunter2", "Tr0ub4dor"
CLEAR = secrets(CANARY, 2)


def marked(found: dict[str, Any]) -> dict[str, Any]:
    return {name: Sensitive(value, f"${{{name}}}") for name, value in found.items()}


PLAIN = Scope(roots(CLEAR))
MARKED = Scope(roots(marked(CLEAR)))
MARKED_OTHERWISE = Scope(roots(marked(secrets(OTHER, 3))))
UNTOLD = Scope(roots({name: Sensitive(value) for name, value in CLEAR.items()}))
LATER_KNOWN = Scope(roots({name: Unknown((name,), sensitive=True) for name in CLEAR}))
RESOURCES = {"net": {"id": "n1", "n": 3}, "web": {"a": {"id": "w", "n": 1}, "b": {"id": "v", "n": 2}}, "off": None}


def with_roots(scope: Scope, deferred: tuple[str, ...] = (), **more: Any) -> Scope:
    return Scope({**scope.roots, **more}, frozenset(deferred))


def outcome(text: str, scope: Scope) -> Any:
    try:
        return resolve(text, scope)
    except ExpressionError as error:
        return error


def failed(*found: Any) -> bool:
    return any(isinstance(one, ExpressionError) for one in found)


def public(value: Any) -> Any:
    """What may be shown of a value."""
    return mapped(value, (Sensitive,), lambda part, _: {"from": part.template})


def shape(value: Any) -> Any:
    """The same, but for what it is made from."""
    return mapped(value, (Sensitive,), lambda *_: "(sensitive value)")


def assert_hidden(found: Any, *canaries: str) -> None:
    shown = f"{found.message} {found.hint} {found.fix}" if failed(found) else repr(public(found))
    for canary in canaries:
        for form in (canary, canary.upper(), canary.lower()):
            assert form not in shown


@settings(max_examples=500, deadline=None)
@given(texts(OPERANDS))
@example("${ (var.map.id | default(var.part)).password }")
@example("${ [x for x in var.list if x == secret.word] | length }")
def test_a_mark_changes_no_value(text: str) -> None:
    plain, found = outcome(text, PLAIN), outcome(text, MARKED)
    assert failed(plain) == failed(found)
    if not failed(plain):
        assert reveal(found) == plain
        assert reveal(outcome(text, UNTOLD)) == plain


@settings(max_examples=500, deadline=None)
@given(texts(OPERANDS))
@example("${ {x: y for x, y in var.map} }")
@example("${ secret.word if secret.on else null.x }")
@example("${ var.map[secret.word] | default(1) }")
def test_what_is_not_marked_does_not_depend_on_what_is_sensitive(text: str) -> None:
    found, otherwise = outcome(text, MARKED), outcome(text, MARKED_OTHERWISE)
    assert_hidden(found, CANARY)
    assert_hidden(otherwise, OTHER)
    if not failed(found, otherwise):
        assert repr(shape(found)) == repr(shape(otherwise))
        if not any(word in text for word in (" if ", " and ", " or ")):
            # The branch that is not taken may be left out of what is written, where it is wrong.
            assert repr(public(found)) == repr(public(otherwise))


@settings(max_examples=500, deadline=None)
@given(texts(OPERANDS))
@example("${ [x + 'b' for x in var.list] }")
@example("${ [y.tags[*] for x, y in var.deep] }")
def test_a_template_leads_to_the_value(text: str) -> None:
    found = outcome(text, MARKED)
    if failed(found):
        return
    for part in sensitive_parts(found):
        if not part.template:
            # What a comprehension would make of an item may be wrong, while there is none.
            assert " for " in text
            continue
        again = resolve(part.template, MARKED)
        assert reveal(again) == part.value
        assert is_sensitive(again)


def sensitive_parts(value: Any) -> list[Sensitive]:
    return [part for _, part in leaves(value) if isinstance(part, Sensitive)]


@settings(max_examples=500, deadline=None)
@given(texts(both(LATE)))
@example("${ secret.word if secret.on else resources.net.id }")
@example("${ [x + resources.net.id for x in var.list] }")
@example("${ {(secret.word): resources.net.n} }")
def test_what_is_left_holds_references_and_means_the_same_later(text: str) -> None:
    late = {"late": Deferred("${resources.net.id}-${secret.word}"), "u": 1}
    now = outcome(text, with_roots(MARKED, ("resources",), local=late))
    assert_hidden(now, CANARY)
    whole = outcome(text, with_roots(MARKED, resources=RESOURCES, local={**late, "late": late_value()}))
    if failed(now, whole):
        return
    settled = mapped(now, (Deferred,), lambda part, _: resolve(part.text, with_roots(MARKED, resources=RESOURCES)))
    assert reveal(settled) == reveal(whole)
    assert is_sensitive(settled) or not is_sensitive(whole)


def late_value() -> Sensitive:
    return Sensitive(f"n1-{CANARY}", "n1-${secret.word}")


@settings(max_examples=500, deadline=None)
@given(texts(both(UNKNOWN)), st.sampled_from([True, False, 1, "a", ["a"], {"a": "b"}, None]))
@example("${ secret.word if var.u else 1 }", True)
@example("${ [secret.word for x in local.u] }", ["a"])
@example("${ [x for x in [secret.word] if var.u] }", True)
@example("${ {x: secret.n for x in var.xs if local.u} }", True)
@example("${ var.u[*][secret.word] }", [{"hunter2": 1}])
def test_what_will_be_sensitive_is_so_while_it_is_unknown(text: str, value: Any) -> None:
    unknown, known = Unknown(("net.id",)), outcome(text, scope_with(value))
    found = outcome(text, scope_with(unknown))
    assert_hidden(found, CANARY)
    if not failed(known, found) and is_sensitive(known):
        # `secret or (unknown or true)` is true, however that unknown comes out.
        assert is_sensitive(found) or found == reveal(known)


def scope_with(value: Any) -> Scope:
    return with_roots(MARKED, var={**MARKED.roots["var"], "u": value}, local={"u": value})


@settings(max_examples=500, deadline=None)
@given(texts(OPERANDS))
def test_a_secret_that_is_not_known_yet_is_sensitive_wherever_it_goes(text: str) -> None:
    found = outcome(text, LATER_KNOWN)
    if failed(found):
        return
    assert all(part.sensitive for _, part in leaves(found) if isinstance(part, Unknown))
    known = outcome(text, MARKED)
    if not failed(known) and is_sensitive(known):
        assert is_sensitive(found)


@settings(max_examples=500, deadline=None)
@given(
    st.lists(
        texts(OPERANDS)
        | st.sampled_from(
            [
                "a\n",
                "%{ if secret.on }${secret.word}%{ else }no%{ end }",
                "%{ for x in var.list }-%{ end }",
                "%{ for x, y in var.map if y != 1 }${x}%{ end }",
                "%{ for x in var.mixed }${x}%{ end }",
                "%{ for x in var.u }${secret.word}%{ end }",
            ]
        ),
        max_size=3,
    ).map("".join)
)
def test_templates_carry_the_mark(source: str) -> None:
    def rendered(scope: Scope, unknown: Any) -> Any:
        try:
            return templates.render(source, {**scope.roots, "var": {**scope.roots["var"], "u": unknown}})
        except ExpressionError as error:
            return error

    plain, found, otherwise = rendered(PLAIN, []), rendered(MARKED, []), rendered(MARKED_OTHERWISE, [])
    assert failed(plain) == failed(found)
    assert_hidden(found, CANARY)
    if not failed(plain):
        assert reveal(found) == plain
        if not failed(otherwise):
            assert public(found) == public(otherwise)
        if "var.u" in source:
            assert is_sensitive(rendered(MARKED, Unknown(("a.b",))))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("${secret.word}", Sensitive(CANARY, "${secret.word}")),
        ("postgres://u:${secret.word}@h", Sensitive("postgres://u:hunter2@h", "postgres://u:${secret.word}@h")),
        ("${secret.word}${var.n}", Sensitive("hunter23", "${secret.word}3")),
        ("${var.part.user}", "u"),
        ("${var.part}", {"user": "u", "password": Sensitive(CANARY, "${var.part.password}"), "n": 1}),
        ("${var.part | merge({n: 2})}", {"user": "u", "password": Sensitive(CANARY, "${var.part.password}"), "n": 2}),
        ("${var.part | keys}", ["user", "password", "n"]),
        ("${var.part | length}", 3),
        (
            "${ {k: v for k, v in var.part} }",
            {"user": "u", "password": Sensitive(CANARY, "${var.part.password}"), "n": 1},
        ),
        ("${[x for x in var.mixed][1]}", "a"),
        ("${var.map.n}", Sensitive(2, "${var.map.n}")),
        ("${var.map.gone | default('x')}", Sensitive("x", '${var.map.gone | default("x")}')),
        ("${var.map | keys}", Sensitive(["a", "n", CANARY], "${var.map | keys}")),
        ("${secret.on and false}", False),
        ("${secret.n == 2}", Sensitive(True, "${secret.n == 2}")),
        ("${1 if secret.on else 2}", Sensitive(1, "${1 if secret.on else 2}")),
        ("${1 if secret.on else null.x}", Sensitive(1, "${1 if secret.on else null}")),
        ("${secret.none | default(var.n)}", Sensitive(3, "${secret.none | default(3)}")),
        ("${[x | upper for x in var.list]}", Sensitive(["HUNTER20", "HUNTER21"], "${[x | upper for x in var.list]}")),
        ("${var.mixed | json}", Sensitive('["hunter2","a",2]', '${[secret.word, "a", secret.n] | json}')),
        ("${[{a: 1}, var.map] | merge | length}", Sensitive(3, "${[{a: 1}, var.map] | merge | length}")),
        ("${var.u + secret.n}", Unknown(("a.b",), sensitive=True)),
        ("${var.u if var.u else 1}", Unknown(("a.b",))),
        ("${secret.word}-${resources.net.id}", Deferred("${secret.word}-${resources.net.id}")),
        ("${secret.word + resources.net.id}", Deferred("${secret.word + resources.net.id}")),
        ("${var.part.user + resources.net.id}", Deferred('${"u" + resources.net.id}')),
    ],
)
def test_what_becomes_of_a_mark(text: str, value: Any) -> None:
    scope = with_roots(MARKED, ("resources",), var={**MARKED.roots["var"], "u": Unknown(("a.b",))})
    assert resolve(text, scope) == value


@pytest.mark.parametrize(
    ("text", "message", "fix"),
    [
        ("${var.m[secret.word]}", "there is nothing of that name here", ""),
        ("${var.map.hunter3}", "there is nothing of that name here", ""),
        ("${var.list[9]}", "there is no such item in the list", ""),
        ("${ {(secret.word): 1, hunter2: 2} }", "a key stands there twice", ""),
        ("${secret.word | int}", "the text is no number", ""),
        ("${secret.word + 1}", "`+` cannot add a text and a number", "Write it inside text, or add `| string`."),
        ("${secret.word | fromjson}", "the text is not JSON", ""),
        ("${secret.word | fromyaml}", "`fromyaml` cannot be applied to what stands here", ""),
        ("${('%' + secret.word) | format(1)}", "a field of the text means nothing", ""),
        (
            "${file(secret.word)}",
            "`file` takes a name that may be shown, and this one is sensitive",
            "Use a name that is not sensitive.",
        ),
    ],
)
def test_errors_say_nothing_of_a_sensitive_value(text: str, message: str, fix: str) -> None:
    def refuse(value: Any) -> Any:
        raise ExpressionError(f"{value} is wrong", hint=str(value), fix=f"not {value}")

    with pytest.raises(ExpressionError) as caught:
        resolve(text, Scope(MARKED.roots, functions={"fromyaml": refuse, "file": refuse}))
    error = caught.value
    assert (error.message, error.hint, error.fix) == (message, "", fix)
    assert CANARY not in repr(error)


def test_a_path_that_leads_nowhere_in_what_is_sensitive_is_still_missing() -> None:
    with pytest.raises(MissingError):
        resolve("${var.map.gone}", MARKED)


@pytest.mark.parametrize(
    "text", ["${var.told}-${resources.net.id}", "${[var.told, resources.net.id] | join}", "${resources.web[var.told]}"]
)
def test_what_no_text_leads_to_cannot_be_combined_with_what_is_left(text: str) -> None:
    scope = Scope({"var": {"told": Sensitive(CANARY)}}, frozenset({"resources"}))
    with pytest.raises(ExpressionError, match="cannot be combined"):
        resolve(text, scope)
    assert resolve("${ {a: var.told, b: resources.net.id} }", scope) == {
        "a": Sensitive(CANARY),
        "b": Deferred("${resources.net.id}"),
    }


def test_what_is_made_of_too_much_to_be_written_has_no_template() -> None:
    big = Scope({**MARKED.roots, "local": {"big": ["x" * 100] * 15_000}})
    assert resolve("${secret.word in local.big}", big) == Sensitive(value=False)


def test_inside_of_a_mark_the_unknown_stays_unknown() -> None:
    value = Sensitive({"a": Unknown(("net.id",)), "b": 1, "c": Deferred("${resources.x.y}")}, "${var.m}")
    scope = Scope({"var": {"m": value, "bare": Sensitive(value.value)}}, frozenset({"resources"}))
    assert resolve("${var.m.a}", scope) == Unknown(("net.id",), sensitive=True)
    assert resolve("${var.m.b}", scope) == Sensitive(1, "${var.m.b}")
    assert resolve("${var.m.c}", scope) == Deferred("${var.m.c}")
    assert resolve("${var.m | json}", scope) == Unknown(("net.id",), sensitive=True)
    with pytest.raises(ExpressionError, match="cannot be combined"):
        resolve("${var.bare.c}", scope)


def test_a_result_shares_nothing_with_the_scope() -> None:
    value = Sensitive({"a": [1]}, "${var.m}")
    found: Any = resolve("${var.m}", Scope({"var": {"m": value}}))
    assert found == value
    found.value["a"].append(2)
    assert value.value == {"a": [1]}
