"""`checks`: assertions about the project as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as Names
from dataclasses import replace

from reign.config.block import VALUE_ROOTS
from reign.config.document import CheckModel, kind_of
from reign.config.evaluate import Evaluator
from reign.config.exposure import holds_sensitive, report_shown
from reign.config.reading import is_nothing
from reign.config.shape import checked, mapping, supported
from reign.config.template import Where, is_broken
from reign.expression import Scope
from reign.model.finding import Place, Severity
from reign.model.plan import Check
from reign.model.values import Deferred, Unknown, Value, reveal
from reign.yaml.nodes import Mapping, Node, Scalar, Sequence, find
from reign.yaml.report import Report

ROOTS = VALUE_ROOTS | {"self", "run"}


def read_checks(section: Node | None, outputs: Names[str, Value], evaluator: Evaluator) -> tuple[Check, ...]:
    """The checks that the document declares. In them `self` is the project's outputs, by name."""
    report = evaluator.reader.report
    scope = evaluator.scope
    inner = Scope({**scope.roots, "self": dict(outputs)}, scope.deferred | {"run"}, scope.functions)
    found: dict[str, Check] = {}
    for node in items(section, report, "`checks`", "A check"):
        written = node.get("name")
        check = _read(node, replace(evaluator, scope=inner))
        if check is None or written is None:
            continue
        if check.name in found:
            report_twice(report, written, f'There is a check "{check.name}" already.', found[check.name].place)
        found.setdefault(check.name, check)
    return tuple(found.values())


def _read(node: Mapping, evaluator: Evaluator) -> Check | None:
    report, kind = evaluator.reader.report, kind_of(CheckModel)
    name = node.get("name")
    address = f"check.{name.text[:80]}" if isinstance(name, Scalar) else ""
    where = Where(ROOTS, address)
    kept = supported(node, CheckModel, evaluator.reader, where)
    values = replace(evaluator, address=address).fill(evaluator.reader.read(kept, kind, where))
    if not isinstance(values, dict):
        return None
    condition = values.get("assert")
    late = isinstance(condition, Deferred | Unknown)
    for key in ("name", "severity", "message"):
        if holds_sensitive(values.get(key)):
            report_shown(report, find(node, (key,)), address, key)
            return None
    # Whether it holds is all that is told, so it may be about something sensitive.
    values["assert"] = True if late else reveal(condition)
    if "assert" not in kept.pairs:
        del values["assert"]
    model = checked(CheckModel, values, node, report, where)
    if model is None or is_broken(condition):
        return None
    return Check(
        model.name, condition if late else model.condition, Severity(model.severity), model.message, place=node.place()
    )


def items(section: Node | None, report: Report, what: str, each: str) -> Iterator[Mapping]:
    """The entries of a section that is a list of maps; what is none is reported."""
    if section is None or is_nothing(section):
        return
    if not isinstance(section, Sequence):
        report.at(section, "wrong-type", "Wrong type", f"{what} is a list; here stands something else.")
        return
    for node in section.items:
        if report.is_full:
            return
        body = mapping(node, report, each)
        if isinstance(node, Mapping) or is_nothing(node):
            yield body


def report_twice(report: Report, node: Node, detail: str, first: Place | None) -> None:
    """Report that what is said at `node` was said at `first`."""
    report.at(
        node,
        "said-twice",
        "Said twice",
        detail,
        fix="Remove one of them, or give it another name.",
        related=(first,) if first else (),
    )
