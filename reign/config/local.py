"""Locals, evaluated in the order in which they refer to each other."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as Names
from dataclasses import dataclass, replace

from reign.config.evaluate import Evaluator
from reign.config.shape import entries
from reign.config.template import ANY, BROKEN, Made, Reader, Template, Where
from reign.expression import Scope
from reign.model.values import Spec
from reign.yaml.nodes import Node, Scalar

MOST_CYCLES = 50
"""Cycles that are told with their path; finding the path of every one takes too long where all locals need all others."""

MOST_ITEMS = 100_000
"""Of the lists and maps that expressions make in all locals: a few of them, each with the one before twice, make millions."""

ROOTS = frozenset(("var", "local", "env", "project", "resources", "data", "secret"))


@dataclass(frozen=True, slots=True)
class Local:
    """A local as read. `needs` are the locals that it refers to; all of them where that cannot be told."""

    key: Scalar
    template: Template
    needs: tuple[str, ...]


def read_locals(section: Node | None, reader: Reader) -> dict[str, Local]:
    """The locals that the document declares."""
    found: dict[str, Local] = {}
    for name, key, node in entries(section, reader.report, "`locals`"):
        reader.uses.clear()
        template = reader.read(node, ANY, Where(ROOTS), (name,))
        uses = [ref.path[0] if ref.path else None for ref in reader.uses if ref.root == "local"]
        every = tuple(reader.known.locals) if None in uses else ()
        found[name] = Local(key, template, tuple(dict.fromkeys(str(use) for use in uses if use is not None)) + every)
    return found


def evaluate_locals(found: Names[str, Local], evaluator: Evaluator) -> Spec:
    """The value of every local. Those in a cycle are reported, with the whole path, and `BROKEN`."""
    values: Spec = {}
    scope = evaluator.scope
    roots = {**scope.roots, "local": values}
    made, evaluator.reader.made = evaluator.reader.made, Made(MOST_ITEMS)
    inner = replace(evaluator, scope=Scope(roots, scope.deferred, scope.functions))
    for name, cycle in _in_order(found):
        if cycle:
            if len(cycle) > 1 or name in found[name].needs:
                _report_cycle(found, cycle, evaluator)
            for part in cycle:
                values[part] = BROKEN
        elif name not in values:
            values[name] = inner.fill(found[name].template)
    evaluator.reader.made = made
    return values


def _in_order(found: Names[str, Local]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each name after those it needs; a cycle comes as its path, when it is met. Iterative: a chain may be thousands long."""
    done: set[str] = set()
    cycles = 0
    for start in found:
        stack = [(start, iter(found[start].needs))] if start not in done else []
        path = dict.fromkeys(name for name, _ in stack)
        while stack:
            name, needs = stack[-1]
            need = next((n for n in needs if n not in done and n in found), None)
            if need is None:
                stack.pop()
                del path[name]
                done.add(name)
                yield name, ()
            elif need in path:
                cycles += 1
                names = list(path) if cycles <= MOST_CYCLES else [need]
                yield need, tuple(names[names.index(need) :])
            else:
                stack.append((need, iter(found[need].needs)))
                path[need] = None


def _report_cycle(found: Names[str, Local], cycle: tuple[str, ...], evaluator: Evaluator) -> None:
    first = min(cycle, key=lambda name: found[name].key.start)
    at = cycle.index(first)
    path = " -> ".join([*cycle[at:], *cycle[:at], first])
    evaluator.reader.report.at(
        found[first].key,
        "local-cycle",
        "Locals that need each other",
        f"None of these can be made before the others: {path}.",
        fix="Write one of them without the next.",
        related=tuple(found[name].key.place() for name in cycle if name != first),
    )
