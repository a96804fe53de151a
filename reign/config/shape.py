"""Nodes against the models of the document: what is missing, of the wrong type or out of range, at its place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from pydantic import ValidationError

from reign.config.document import NAME, NOT_SUPPORTED, Part, kind_of, written_fields
from reign.config.evaluate import Evaluator
from reign.config.exposure import holds_sensitive, report_shown
from reign.config.reading import is_nothing
from reign.config.template import Reader, Where, is_broken, referred
from reign.model.values import MISSING, Deferred, Path, Unknown, Value, format_path, lookup
from reign.yaml.nodes import Mapping, Node, Scalar, Source, find, find_key
from reign.yaml.report import Report

_WORDS = {
    "bool_type": "It should be true or false",
    "int_type": "It should be a whole number",
    "float_type": "It should be a number",
    "string_type": "It should be a text",
    "list_type": "It should be a list",
    "dict_type": "It should be a map",
    "model_type": "It should be a map",
}
_BEGINS = re.compile(r"^\w+ should")
"""pydantic's type errors in the words of YAML; its other messages say what is wrong well enough."""

M = TypeVar("M", bound=Part)
NAME_PATTERN = re.compile(NAME)


def bodies(node: Node | None, report: Report, what: str, each: str) -> Iterator[tuple[str, Scalar, Mapping]]:
    """As `entries`, of a section whose values are maps; a value that is none is reported and left out."""
    for name, key, value in entries(node, report, what):
        if isinstance(value, Mapping) or is_nothing(value):
            yield name, key, mapping(value, report, each)
        else:
            mapping(value, report, f"{each} {name}", name)


def entries(node: Node | None, report: Report, what: str, address: str = "") -> Iterator[tuple[str, Scalar, Node]]:
    """(name, its node, value) of a section that is a map of names; names that are none are reported and left out."""
    for name, (key, value) in mapping(node, report, what, address).pairs.items():
        if NAME_PATTERN.fullmatch(name):
            yield name, key, value
        else:
            better = re.sub(r"[^a-z0-9_-]+", "-", name.lower()).strip("-_0123456789")[:60]
            report.at(
                key,
                "bad-name",
                "Not a name",
                f'"{name[:80]}" is no name: one begins with a to z, and goes on with a to z, 0 to 9, _ and -.',
                fix=f'Write "{better}".' if better else "",
                address=address,
            )


def mapping(node: Node | None, report: Report, what: str, address: str = "") -> Mapping:
    """`node` as a map; an empty one where nothing stands, or where what stands there was reported to be none."""
    if isinstance(node, Mapping):
        return node
    if node is not None and not is_nothing(node):
        report.at(
            node,
            "wrong-type",
            "Wrong type",
            f"{what} is a map of keys and values; here stands something else.",
            address=address,
        )
    return (
        Mapping(node.source, node.line, node.column, node.start, node.end)
        if node
        else Mapping(Source("", ""), 0, 0, 0, 0)
    )


def supported(node: Mapping, model: type[Part], reader: Reader, where: Where, skip: tuple[str, ...] = ()) -> Mapping:
    """`node` without the keys that the model does not have, each reported, and without `skip`.

    A null counts as not written, except where any value may stand.
    """
    kept = Mapping(node.source, node.line, node.column, node.start, node.end)
    fields = written_fields(model)
    for key, pair in node.pairs.items():
        if key in NOT_SUPPORTED.get(model, ()):
            reader.report.at(
                pair[0],
                "not-supported",
                "Not supported by this version",
                f'This version of Reign does not read "{key}", and going on without it would not do what is written.',
                fix="Remove it.",
                address=where.address,
            )
        elif key not in fields:
            reader.unknown_key(pair[0], tuple(fields), where)
        elif key not in skip and (fields[key].annotation is Any or not is_nothing(pair[1])):
            kept.pairs[key] = pair
    return kept


def report_one_of(
    node: Node, what: str, keys: Sequence[str], written: Sequence[str], report: Report, address: str, path: str = ""
) -> None:
    """Report that not exactly one of `keys` is written, but `written`."""
    listed = ", ".join(f"`{key}`" for key in keys[:-1]) + f" and `{keys[-1]}`"
    said = "and has none of them" if not written else f"and has {', '.join(f'`{key}`' for key in written)}"
    report.at(
        find_key(node, (written[1],)) if written else node,
        "one-of",
        "Exactly one of several keys is needed",
        f"{what} takes exactly one of {listed}, {said}.",
        fix="Remove all but one." if written else "Write one of them.",
        address=address,
        path=path,
    )


def report_late(report: Report, node: Node, address: str, path: str, value: Value) -> None:
    """Report that what stands at `node` would have to be known before anything is looked at, and is not."""
    hidden = isinstance(value, Deferred) and all(ref.root == "env" for ref in referred(value.text))
    detail = "What stands here has to be known before anything is looked at, and it would be known only later."
    if hidden:
        detail = (
            "What stands here has to be known now, and the environment is not read in a folder that is not trusted."
        )
    fix = "Trust the folder: reign trust" if hidden else "Make it from variables and locals."
    report.at(node, "not-known-in-time", "Not known in time", detail, fix=fix, address=address, path=path)


def read_model(
    node: Mapping, model: type[M], evaluator: Evaluator, where: Where, skip: tuple[str, ...] = ()
) -> M | None:
    """The model that `node` holds, its expressions evaluated; None after reporting what is wrong."""
    kept = supported(node, model, evaluator.reader, where, skip)
    template = evaluator.reader.read(kept, kind_of(model), where)
    return checked(model, evaluator.fill(template), node, evaluator.reader.report, where)


def checked(model: type[M], values: Value, node: Node, report: Report, where: Where) -> M | None:
    """`values`, which were read from `node`, as the model; None after reporting what is wrong."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        for problem in error.errors(include_url=False):
            _report(problem, values, node, report, where)
        return None


def _report(problem: Any, values: Value, node: Node, report: Report, where: Where) -> None:
    path: Path = problem["loc"]
    value = lookup(values, path)
    if is_broken(value):
        return
    shown = format_path(path)
    if problem["type"] == "missing":
        report.at(
            node,
            "missing-key",
            "A key is missing",
            f'The key "{shown}" has to be given here.',
            address=where.address,
            path=shown,
        )
        return
    if holds_sensitive(value):
        report_shown(report, find(node, path), where.address, shown)
        return
    if isinstance(value, Unknown | Deferred):
        report_late(report, find(node, path), where.address, shown, value)
        return
    is_type = problem["type"].endswith(("_type", "_parsing"))
    words = _WORDS.get(problem["type"]) or _BEGINS.sub("It should", problem["msg"], count=1)
    report.at(
        find(node, path),
        "wrong-type" if is_type else "wrong-value",
        "Wrong type" if is_type else "Wrong value",
        f'"{shown}" cannot be this. {words}.' if value is not MISSING else f"{words}.",
        address=where.address,
        path=shown,
    )
