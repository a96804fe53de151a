"""Texts of expressions that are in the grammar, over given operands: what the property tests draw from."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import strategies as st

from reign.expression.filters import FILTERS

Texts = st.SearchStrategy[str]
Operands = Mapping[str, list[str]]
"""By what they are: text, number, flag, list (of texts), map (from texts to anything), any."""

OPERATORS = ["+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=", "in", "not in", "and", "or"]
STEPS = [".n", ".id", ".a", "[0]", '["a"]', "[-1]", "[*]", "[*].n", "[*].tags[*]"]
NAMES = {"text": ["x"], "any": ["x"]}
_OF_TEXT = [
    *("upper", "lower", "trim", "trim('h')", "base64", "sha256", "quote", "basename", "dirname", "string", "json"),
    *("indent(2)", "indent(1, true)", "replace('a', 'b')", "replace('h', 'x')", "split('u') | first", "split | last"),
    *("base64 | frombase64", "json | fromjson"),
]


def wild(operands: list[str], leaves: int = 8) -> Texts:
    """Every construct and every filter on anything: all of it can be read, little of it has a value."""

    def larger(inner: Texts) -> Texts:
        return st.one_of(
            st.builds("({} {} {})".format, inner, st.sampled_from(OPERATORS), inner),
            st.builds("({} if {} else {})".format, inner, inner, inner),
            st.builds("[{} for x in {}]".format, inner, inner),
            st.builds("[{} for x, y in {} if {}]".format, inner, inner, inner),
            st.builds("{{{} | string: {} for x, y in {}}}".format, inner, inner, inner),
            st.builds("[{}, {}]".format, inner, inner),
            st.builds("{{a: {}, n: {}}}".format, inner, inner),
            st.builds("{{({}): {}, a: 1}}".format, inner, inner),
            st.builds("({})[{}]".format, inner, inner),
            st.builds("({}){}".format, inner, st.sampled_from(STEPS)),
            st.builds("({} | {})".format, inner, st.sampled_from([*sorted(FILTERS), "default(1)", "sort('n')"])),
            st.builds("({}{} | default({}))".format, inner, st.sampled_from(STEPS), inner),
            st.builds("(not {})".format, inner),
            st.builds("(-{})".format, inner),
        )

    return st.recursive(st.sampled_from(operands), larger, max_leaves=leaves)


def typed(operands: Operands, depth: int = 3) -> dict[str, Texts]:
    """The same by kind, put together so that most of it has a value."""
    found = {kind: st.sampled_from(choices) for kind, choices in operands.items()}
    for level in range(depth):
        inner = typed({kind: [*names, *NAMES.get(kind, [])] for kind, names in operands.items()}, 1) if level else found
        found = {kind: one | _larger(kind, found, inner) for kind, one in found.items()}
    return found


def _larger(kind: str, given: dict[str, Texts], inner: dict[str, Texts]) -> Texts:
    """Of `kind`, out of smaller ones; `inner` may hold the name that a comprehension binds."""
    text, number, flag, many, entries, some = (given[k] for k in ("text", "number", "flag", "list", "map", "any"))
    same = given[kind]
    common = [
        st.builds("({} if {} else {})".format, same, flag, same),
        st.builds("({}{} | default({}))".format, entries, st.sampled_from([".gone", ".a", '["id"]']), same),
        st.builds("({} | default({}))".format, same, same),
        st.builds("[{}, {}][{}]".format, same, same, st.sampled_from(["0", "1", "-1"])),
        st.builds("{{k: {}}}.k".format, same),
        st.builds("[{} for x in {}][0]".format, inner[kind], many),
    ]
    own: dict[str, list[Texts]] = {
        "text": [
            st.builds("({} + {})".format, text, text),
            st.builds(
                "({} | {})".format,
                text,
                st.sampled_from(_OF_TEXT),
            ),
            st.builds("({} | join({}))".format, many, text),
            st.builds("({} | json)".format, some),
            st.builds("({} | json(2))".format, some),
            st.builds("({} | string)".format, number | flag),
            st.builds("('%s=%s' | format({}, {}))".format, text, number | text),
            st.builds("('%03d|%.2f|%x' | format({0}, {0}, {0}))".format, number),
            st.builds("({} | replace({}, {}))".format, text, text, text),
        ],
        "number": [
            st.builds("({} {} {})".format, number, st.sampled_from(["+", "-", "*", "/", "%"]), number),
            st.builds("(-{})".format, number),
            st.builds("({} | length)".format, text | many | entries),
            st.builds("({} | string | {})".format, number, st.sampled_from(["int", "number"])),
        ],
        "flag": [
            st.builds("({} {} {})".format, flag, st.sampled_from(["and", "or"]), flag),
            st.builds("(not {})".format, flag),
            st.builds("({} {} {})".format, some, st.sampled_from(["==", "!="]), some),
            st.builds("({} {} {})".format, number, st.sampled_from(["<", "<=", ">", ">="]), number),
            st.builds("({} {} {})".format, text, st.sampled_from(["<", ">=", "in", "not in", "=="]), text),
            st.builds("({} in {})".format, some, many),
            st.builds("({} in {})".format, text, entries),
            st.builds("({} | string | bool)".format, flag),
        ],
        "list": [
            st.builds("[{}, {}]".format, text, text),
            st.builds("({} + {})".format, many, many),
            st.builds("[{} for x in {}]".format, inner["text"], many),
            st.builds("[{} for x in {} if {}]".format, inner["text"], many, inner["flag"]),
            st.builds("[x for x, y in {}]".format, entries),
            st.builds("[x for x in {} if x != {}]".format, many, inner["text"]),
            st.builds("[{{n: {}}} for x in {}][*].n".format, inner["text"], many),
            st.builds("({} | {})".format, many, st.sampled_from(["sort", "unique", "flatten", "json | fromjson"])),
            st.builds("({} | split({}))".format, text, st.just("'e'")),
            st.builds("({} | keys)".format, entries),
            st.builds("({} | items)[*].key".format, entries),
        ],
        "map": [
            st.builds("{{a: {}, id: {}}}".format, some, some),
            st.builds("{{({}): {}, a_: 1}}".format, text, some),
            st.builds("({} | merge({}))".format, entries, entries),
            st.builds("([{}, {}] | merge)".format, entries, entries),
            st.builds("{{x: y for x, y in {}}}".format, entries),
            st.builds("{{x: {} for x in {}}}".format, inner["any"], many),
            st.builds("{{x: y for x, y in {} if {}}}".format, entries, inner["flag"]),
            st.builds("{{(x + '_'): {} for x, y in {}}}".format, inner["any"], entries),
        ],
        "any": [
            text | number | flag | many | entries,
            st.builds("({} | {})".format, many, st.sampled_from(["first", "last", "length", "sort", "unique"])),
            st.builds("({} | {})".format, entries, st.sampled_from(["values", "items", "keys", "length"])),
            st.builds("{}[{}]".format, entries, text),
            st.builds("{}[*]".format, many),
        ],
    }
    return st.one_of(*common, *own[kind])


def texts(operands: Operands) -> Texts:
    """One whole expression, or text with some in it."""
    every = typed(operands)
    loose = sorted({name for names in operands.values() for name in names})
    part = st.one_of(every["text"], every["number"], every["flag"])
    return st.one_of(
        st.one_of(*every.values()).map("${{ {} }}".format),
        st.builds("a ${{ {} }}-${{ {} }}".format, part, part),
        wild([*loose, "x", "y"], 6).map("${{ {} }}".format),
    )
