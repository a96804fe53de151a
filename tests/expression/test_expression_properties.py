"""Laws: any text gives a value or a finding; printing then parsing gives the same tree; what is left means the same later."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from reign.expression import (
    ExpressionError,
    Scope,
    Text,
    parse,
    parse_expression,
    references,
    resolve,
    show,
    show_text,
    templates,
)
from reign.expression.carry import merged, quote
from reign.expression.filters import FILTERS
from reign.expression.parser import FUNCTIONS, KEYWORDS
from reign.expression.syntax import (
    ROOTS,
    Attribute,
    Binary,
    Call,
    Conditional,
    Filter,
    Index,
    Item,
    ListFor,
    ListOf,
    Literal,
    MapFor,
    MapOf,
    Name,
    Node,
    Splat,
    Unary,
)
from reign.model.values import Deferred, Unknown
from tests.expression.grammar import typed, wild

LATER_OPERANDS = {
    "text": ['"a"', "'it'", "var.tag", "resources.net.id", "local.late"],
    "number": ["0", "2.5", "var.n", "resources.net.n", "local.typed"],
    "flag": ["true", "false", "var.on"],
    "list": ["[]", '["a", "b"]', "resources.web[*].id", "var.tags", 'resources.web["eu"].tags'],
    "map": ["{}", "{a: 1}", "var.m", "resources.web", "resources.net"],
    "any": ["null", "var.u", "resources.off", "resources.list", "resources"],
}
LATE: dict[str, Any] = {
    "web": {"eu": {"id": "w1", "n": 1, "tags": ["a"]}, "us": {"id": "w2", "n": 2, "tags": []}},
    "net": {"id": "n1", "n": 3},
    "list": [{"id": "l0", "n": 0}],
    "off": None,
}
EARLY: dict[str, Any] = {
    "var": {
        "n": 3,
        "tag": "1.27",
        "xs": [1, 2],
        "tags": ["b", "a"],
        "m": {"a": {"n": 1}},
        "on": True,
        "u": Unknown(("a.b",)),
    },
    "local": {"late": Deferred("${resources.net.id}-x"), "typed": Deferred("${resources.net.n}")},
}
NOW = Scope(EARLY, frozenset({"resources"}))
LATER = Scope({**EARLY, "local": {"late": "n1-x", "typed": 3}, "resources": LATE})

BEFORE = [(scope, repr(scope.roots)) for scope in (NOW, LATER)]


def _words(name: str) -> list[str]:
    return (Path(__file__).parent / "cases" / name).read_text(encoding="utf-8").split()


names = st.from_regex(r"[a-z_][A-Za-z0-9_-]{0,5}", fullmatch=True)
free_names = names.filter(lambda name: name not in KEYWORDS)
bound_names = free_names.filter(lambda name: name not in ROOTS)
literals = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**12), 10**12),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=8),
    st.sampled_from(["${", "$", "}", '"', "\\", "\n", "true"]),
).map(Literal)


def item_paths() -> st.SearchStrategy[Node]:
    return st.recursive(
        st.just(Item()),
        lambda path: st.one_of(
            st.builds(Attribute, path, names),
            st.builds(Index, path, literals),
            st.builds(Splat, st.builds(Attribute, path, names), st.builds(Attribute, st.just(Item()), names)),
        ).filter(lambda node: not _splat_below(node)),
        max_leaves=3,
    )


def _splat_below(node: Node) -> bool:
    """A path goes on inside of its last splat, so none has a splat further left."""
    while isinstance(node, Attribute | Index):
        node = node.base
        if isinstance(node, Splat):
            return True
    return isinstance(node, Splat) and _splat_below(node.source)


def _tuples(nodes: st.SearchStrategy[Node]) -> st.SearchStrategy[tuple[Node, ...]]:
    return st.lists(nodes, max_size=3).map(tuple)


def _larger(nodes: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    fors = st.lists(bound_names, min_size=1, max_size=2).map(tuple)
    maybe = st.none() | nodes
    return st.one_of(
        st.builds(Attribute, nodes, names),
        st.builds(Index, nodes, nodes),
        st.builds(Splat, nodes, item_paths()),
        st.builds(ListOf, _tuples(nodes)),
        st.builds(MapOf, st.lists(st.tuples(st.text(max_size=4).map(Literal) | nodes, nodes), max_size=3).map(tuple)),
        st.builds(ListFor, nodes, fors, nodes, maybe),
        st.builds(MapFor, nodes, nodes, fors, nodes, maybe),
        st.builds(Unary, st.sampled_from(["not", "-"]), nodes),
        st.builds(
            Binary,
            st.sampled_from(["or", "and", "==", "!=", "<", "<=", ">", ">=", "in", "+", "-", "*", "/", "%"]),
            nodes,
            nodes,
        ),
        st.builds(Conditional, nodes, nodes, nodes),
        st.builds(Filter, nodes, st.sampled_from(sorted(FILTERS)), _tuples(nodes)),
        st.builds(Call, st.sampled_from(FUNCTIONS), _tuples(nodes)),
    )


trees: st.SearchStrategy[Node] = st.recursive(literals | free_names.map(Name), _larger, max_leaves=12)
texts: st.SearchStrategy[Text] = st.lists(st.text(min_size=1, max_size=6) | trees, max_size=4).map(
    lambda parts: Text(merged(parts))
)

fragments = st.lists(
    st.sampled_from([*_words("fragments.txt"), " ", "\n", "é", "${var.n}", "for x in", "if true else"]), max_size=14
).map("".join)
grammatical = wild(_words("operands.txt"))
meaningful = st.one_of(*typed(LATER_OPERANDS).values())


@settings(max_examples=400, deadline=None)
@given(trees)
def test_printing_then_parsing_gives_the_same_tree(tree: Node) -> None:
    assert parse_expression(show(tree)) == tree


@settings(max_examples=300, deadline=None)
@given(texts)
def test_printing_then_parsing_gives_the_same_text(text: Text) -> None:
    read = parse(show_text(text))
    # A `$` in front of `${` can only be written as an expression.
    unquoted = [p.value if isinstance(p, Literal) and p.value == "$" else p for p in read.parts]
    given_ = [p.value if isinstance(p, Literal) and p.value == "$" else p for p in text.parts]
    assert merged(unquoted) == merged(given_)


@settings(max_examples=600, deadline=None)
@given(
    st.text()
    | fragments
    | fragments.map(lambda text: f"${{{text}}}")
    | grammatical.map(lambda text: f"${{ {text} }}")
    | meaningful.map(lambda text: f"${{ {text} }}")
)
@example("${" + "[" * 300)
def test_any_text_gives_a_value_or_an_expression_error(text: str) -> None:
    for scope, before in BEFORE:
        try:
            resolve(text, scope)
        except ExpressionError as error:
            assert 0 <= error.offset <= len(text)
            assert error.width >= 1
            assert error.message
            assert "\n" not in error.message
        assert repr(scope.roots) == before, "it was changed"


@settings(max_examples=300, deadline=None)
@given(st.text() | fragments)
def test_any_template_gives_a_value_or_a_template_error(source: str) -> None:
    try:
        rendered = templates.render(
            source, {"x": [1, 2], "y": {"a": None}, "var": EARLY["var"], "local": EARLY["local"]}
        )
    except templates.TemplateError as error:
        lines = source.split("\n")
        assert 1 <= error.line <= len(lines)
        assert 1 <= error.column <= len(lines[error.line - 1]) + 1
    else:
        assert isinstance(rendered, str | Unknown)


@settings(max_examples=800, deadline=None)
@given(meaningful | grammatical | st.builds("{}-${{{}}}".format, grammatical, grammatical))
def test_what_is_left_means_the_same_later(source: str) -> None:
    text = f"${{ {source} }}"
    try:
        whole = resolve(text, LATER)
        now = resolve(text, NOW)
    except ExpressionError:
        return
    assert _agree(_settled(now), whole)


def _agree(settled: Any, whole: Any) -> bool:
    """Are they equal, where it is known?"""
    if isinstance(settled, list) and isinstance(whole, list):
        return len(settled) == len(whole) and all(map(_agree, settled, whole))
    if isinstance(settled, dict) and isinstance(whole, dict):
        return settled.keys() == whole.keys() and all(_agree(settled[key], whole[key]) for key in whole)
    return isinstance(settled, Unknown) or bool(settled == whole)


def _settled(value: Any) -> Any:
    if isinstance(value, Deferred):
        return resolve(value.text, LATER)
    if isinstance(value, list):
        return [_settled(item) for item in value]
    return {key: _settled(item) for key, item in value.items()} if isinstance(value, dict) else value


@settings(max_examples=200, deadline=None)
@given(st.recursive(literals.map(lambda node: node.value), lambda v: st.lists(v) | st.dictionaries(st.text(), v)))
def test_a_value_written_out_evaluates_to_itself(value: Any) -> None:
    assert resolve(show_text(Text((quote(value),))), NOW) == value


@settings(max_examples=200, deadline=None)
@given(trees)
def test_references_stand_where_they_say(tree: Node) -> None:
    shown = show(tree)
    for reference in references(parse_expression(shown)):
        written = shown[reference.offset : reference.offset + reference.width]
        assert written.startswith(reference.root)
        assert references(parse_expression(written))[0].path == reference.path


@settings(max_examples=100, deadline=None)
@given(st.lists(names, min_size=1, max_size=5).map(".".join), st.sampled_from(["", " ", "\n "]))
def test_a_plain_path_is_read_as_any_other_expression(path: str, space: str) -> None:
    text = f"é${{{space}{path}{space}}}"
    try:
        slow = parse_expression(f"({path})")
    except ExpressionError:
        slow = None
    try:
        fast = parse(text).parts[1]
    except ExpressionError:
        fast = None
    assert fast == slow
    for node in _chain(fast):
        assert text[node.offset : node.offset + node.width] == node.name


def _chain(node: Any) -> list[Any]:
    found = []
    while isinstance(node, Attribute | Name):
        found.append(node)
        node = node.base if isinstance(node, Attribute) else None
    return found
