"""What only a trusted folder is asked: commands of the project, the connections that it names, what lies outside of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from reign.app.workspace import Workspace
from reign.config import Project
from reign.expression import parse, references
from reign.model.address import Address
from reign.model.event import State
from reign.model.finding import Finding
from reign.model.resource import Resource, Snapshot
from reign.model.schema import Schema
from reign.model.values import Deferred, Path, Spec, Unknown, Value, leaves

_ENV = "env."


@dataclass(frozen=True, slots=True)
class Hidden:
    """What is not looked at: the addresses, and all of it in words."""

    addresses: frozenset[Address] = frozenset()
    phrases: tuple[str, ...] = ()


def hidden(
    space: Workspace, desired: Mapping[Address, Resource], state: State, connections: Mapping[str, Spec]
) -> Hidden:
    """What of everything declared or recorded is not looked at; nothing in a trusted folder."""
    if space.trusted:
        return Hidden()
    found: dict[Address, str] = {}
    for address in sorted({*desired, *state.resources}, key=Address.sort_key):
        phrase = phrase_of(
            space.registry.schema(address.kind),
            desired.get(address),
            state.resources.get(address),
            connections,
            space.where.environ,
        )
        if phrase:
            found[address] = phrase
    return Hidden(frozenset(found), tuple(dict.fromkeys(found.values())))


def phrase_of(
    schema: Schema | None,
    desired: Resource | None,
    known: Snapshot | None,
    connections: Mapping[str, Spec],
    environ: Mapping[str, str],
) -> str:
    """What looking at one thing would run or reach, in words; empty where it does neither, and where the user's own
    environment names what is reached.
    """
    specs = [each.spec for each in (desired, known) if each is not None]
    each = known if known is not None else desired
    if each is None or schema is None or not (schema.data or schema.is_observable(*specs)):
        return ""
    if connections.get(each.connection):
        return f"connection {each.connection}"
    for name in schema.runs:
        if any(spec.get(name) is not None for spec in specs):
            return f"{each.address} ({name})"
    if any(environ.get(name) for name in schema.named_by):
        return ""
    return "" if schema.beneath else str(each.address)


def hidden_values(space: Workspace, project: Project) -> tuple[str, ...]:
    """What the project reads and was not told, in words: variables of the environment, and outputs that need trust."""
    if space.trusted:
        return ()
    untold = _untold(space, project)
    roots = ("env", "data") if untold else ("env",)
    found: set[str] = set()
    for value in _values(project):
        for _, leaf in leaves(value):
            if isinstance(leaf, Unknown):
                found.update(name for name in leaf.waits_for if name.startswith(_ENV))
            elif isinstance(leaf, Deferred) and any(root in leaf.text for root in roots):
                for each in references(parse(leaf.text)):
                    if each.root == "env":
                        found.add(f"{_ENV}{each.path[0]}" if each.path else "env")
                    elif each.root == "data":
                        found.update(phrase for named, phrase in untold if named(each.path))
    return tuple(sorted(found))


def _untold(space: Workspace, project: Project) -> list[tuple[Callable[[Path], bool], str]]:
    """For every output of data that needs trust: whether a path in `data` may lead to it, and what it is in words."""
    found: dict[str, tuple[Callable[[Path], bool], str]] = {}
    for address in project.resources:
        schema = space.registry.schema(address.kind) if address.mode == "data" else None
        outputs = schema.outputs if schema else {}
        for name in (name for name, output in outputs.items() if output.needs_trust):
            phrase = f"{address.kind}.{address.name} ({name})"
            found[phrase] = partial(_leads_to, address.name, name, frozenset(outputs)), phrase
    return list(found.values())


def _leads_to(block: str, output: str, outputs: frozenset[str], path: Path) -> bool:
    """What names no output takes all of them along."""
    return path[:1] in ((), (block,)) and (output in path[1:] or outputs.isdisjoint(path[1:]))


def _values(project: Project) -> Iterator[Value]:
    yield from project.connections.values()
    for resource in project.resources.values():
        yield resource.spec
        if resource.health is not None:
            yield resource.health.target
    yield from (output.value for output in project.outputs.values())
    yield from (check.condition for check in project.checks)


def untrusted(phrases: Iterable[str]) -> Finding:
    """Why a plan that was made without looking cannot be applied."""
    return Finding(
        "plan/untrusted",
        "Folder is not trusted",
        f"The folder is not trusted, so this was not looked at: {', '.join(phrases)}. What a plan says without that may "
        "be wrong, so it cannot be applied.",
        fix="Read what the project would run and reach, then trust the folder: reign trust",
    )
