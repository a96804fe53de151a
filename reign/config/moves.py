"""`imports`, `moved` and `removed`: what becomes of things that exist, told by the names that users write."""

from __future__ import annotations

from collections.abc import Iterator

from reign.config.block import REPEAT_ROOTS
from reign.config.checks import items, report_twice
from reign.config.document import ImportModel, MovedModel, RemovedModel, kind_of
from reign.config.evaluate import Evaluator
from reign.config.exposure import report_shown, sensitive_path
from reign.config.members import NAMED, Members, Said
from reign.config.shape import M, checked, supported
from reign.config.template import Where
from reign.model.finding import Place
from reign.model.resource import Import, Moved, Removed
from reign.model.values import format_path
from reign.yaml.nodes import Mapping, Node, find
from reign.yaml.report import Report


class _Twice:
    """What was said already in a section, by what it is about."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._first: dict[object, Place] = {}

    def met(self, about: object, node: Node, detail: str) -> bool:
        """Whether it was; then it is reported."""
        first = self._first.setdefault(about, node.place())
        if first == node.place():
            return False
        report_twice(self._report, node, detail, first)
        return True


def read_imports(section: Node | None, members: Members, evaluator: Evaluator) -> tuple[Import, ...]:
    """What is taken over; each of a declared instance."""
    report = evaluator.reader.report
    twice, found = _Twice(report), []
    for node, model in _read(section, "`imports`", "An import", ImportModel, evaluator):
        at = find(node, ("to",))
        addresses = members.find(model.to, Said(at, "to"))
        group = members.group_of(model.to)
        if addresses is None:
            if not members.is_broken(model.to):
                members.report_unknown(at, "to", model.to, "")
        elif group is not None and (group.mode == "data" or group.shape == "disabled"):
            what = "is looked up" if group.mode == "data" else "is not enabled"
            _wrong(
                report, at, "to", f'"{group.name}" {what}, so nothing can be taken over as it.', "Remove the import."
            )
        elif group is not None and group.shape != "single" and "[" not in model.to:
            detail = f'"{model.to}" is a group, and one thing is taken over as one instance of it.'
            example = next(iter(group.keys), "key")
            shown = example if isinstance(example, int) else f'"{example}"'
            _wrong(report, at, "to", detail, f"Name one: '{model.to}[{shown}]'.")
        elif group is not None and group.expands and not members.is_part(addresses[0]):
            detail = f'"{model.to}" stands for others, and one thing is taken over as one of these.'
            _wrong(report, at, "to", detail, f"Name one: '{group.name}[\"its key\"]'.")
        else:
            (address,) = addresses
            known = twice.met(address, at, f"Something is taken over as {address} already.")
            same = f"The {address.type} {model.id} is taken over already."
            if not known and not twice.met((address.type, model.id), find(node, ("id",)), same):
                found.append(Import(address, model.id, node.place()))
    return tuple(found)


def read_moved(section: Node | None, members: Members, evaluator: Evaluator) -> tuple[Moved, ...]:
    """What is called otherwise from now on; names canonical where they are declared."""
    report = evaluator.reader.report
    read = [
        (node, members.canonical(model.source), members.canonical(model.target))
        for node, model in _read(section, "`moved`", "A move", MovedModel, evaluator)
        if _is_name(find(node, ("from",)), "from", model.source, report)
        and _is_name(find(node, ("to",)), "to", model.target, report)
    ]
    sources = {_bare(source) for _, source, _ in read}
    twice, found = _Twice(report), []
    for node, source, target in read:
        to = find(node, ("to",))
        if source == target:
            _wrong(report, to, "to", f'"{source}" would move to where it is.', "Remove the move.")
        elif members.find(target, Said(to, "to")) is None and _bare(target) not in sources:
            if not members.is_broken(target):
                members.report_unknown(to, "to", target, "")
        elif not twice.met(source, find(node, ("from",)), f'"{source}" moves to somewhere else already.'):
            found.append(Moved(source, target, node.place()))
    return tuple(found)


def _bare(text: str) -> str:
    """The name without type and key."""
    match = NAMED.fullmatch(text)
    return match["name"] if match else text


def read_removed(section: Node | None, members: Members, evaluator: Evaluator) -> tuple[Removed, ...]:
    """What becomes of things that are not declared any more."""
    report = evaluator.reader.report
    twice, found = _Twice(report), []
    for node, model in _read(section, "`removed`", "What is removed", RemovedModel, evaluator):
        at = find(node, ("from",))
        if not _is_name(at, "from", model.source, report):
            continue
        named = members.find(model.source)
        if named is not None and not any(map(members.is_part, named)):
            report.at(
                at,
                "removed-declared",
                "Removed, and still declared",
                f'"{model.source}" is declared, so it cannot be removed.',
                fix="Remove its declaration, or take it off this list.",
                path="from",
            )
        elif not twice.met(model.source, at, f'What becomes of "{model.source}" is said already.'):
            found.append(Removed(model.source, model.destroy, model.unprotect, node.place()))
    return tuple(found)


def _read(
    section: Node | None, what: str, each: str, kind: type[M], evaluator: Evaluator
) -> Iterator[tuple[Mapping, M]]:
    """The entries of a section that can be read, as models. They are shown, so nothing in them may be sensitive."""
    report = evaluator.reader.report
    where = Where(REPEAT_ROOTS)
    for node in items(section, report, what, each):
        kept = supported(node, kind, evaluator.reader, where)
        values = evaluator.fill(evaluator.reader.read(kept, kind_of(kind), where))
        shown = sensitive_path(values)
        if shown is not None:
            report_shown(report, find(node, shown), "", format_path(shown))
            continue
        model = checked(kind, values, node, report, where)
        if model is not None:
            yield node, model


def _is_name(node: Node, key: str, text: str, report: Report) -> bool:
    if NAMED.fullmatch(text):
        return True
    detail = f'"{text[:80]}" names no resource.'
    _wrong(report, node, key, detail, 'Write a name, or one with a key: web, web["eu"], docker.container.web[0].')
    return False


def _wrong(report: Report, node: Node, key: str, detail: str, fix: str) -> None:
    report.at(node, "wrong-value", "Wrong value", detail, fix=fix, path=key)
