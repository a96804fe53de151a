"""`graph`: what waits for what, of the project as declared or of a plan."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

from reign.app.declared import all_findings, read_files
from reign.app.expansion import expanded
from reign.app.nouns import Where
from reign.app.planfile import open_plan
from reign.app.workspace import open_workspace
from reign.config import Project
from reign.expression import Reference, parse, references
from reign.graph import cycle_findings, of_resources
from reign.model.address import Address
from reign.model.errors import Failed
from reign.model.picture import Edge, Node, Picture
from reign.model.plan import Action, Change, Plan
from reign.model.resource import Group, Resource
from reign.model.values import Deferred, Value, leaves
from reign.planning.nesting import nested
from reign.planning.shapes import Shapes

_MODES: Mapping[str, Literal["managed", "data"]] = {"resources": "managed", "data": "data"}


def project_picture(where: Where) -> Picture:
    """The project as declared, blocks expanded. Connects to nothing, runs nothing, and asks for no secret.

    Raises Failed with all findings of its files where they declare none, or where something waits for itself.
    """
    space = open_workspace(where)
    loaded = read_files(space)
    project = loaded.project
    if project is None:
        raise Failed(all_findings(space, loaded))
    declared = expanded(space, project, space.site("", project.name, project.env))
    around = nested(declared.resources, Shapes(space.schema))
    if cycle_findings(of_resources(around), around):
        raise Failed(all_findings(space, loaded))
    nodes = [_node(address) for address in sorted(around, key=Address.sort_key)]
    edges = list(_declared_edges(declared.resources, around))
    for name, output in sorted(project.outputs.items()):
        nodes.append(Node(f"output.{name}", "output", "output"))
        edges += _output_edges(name, output.value, declared.groups)
    return _picture(project, nodes, edges)


def plan_picture(where: Where, data: bytes) -> Picture:
    """The plan in a file. Raises Stale as `open_plan` does."""
    plan = open_plan(where, data).plan
    steps: dict[Address, list[int]] = {}
    for number, step in enumerate(plan.steps, 1):
        steps.setdefault(step.address, []).append(number)
    changes = {change.address: change for change in plan.changes}
    nodes = [
        _node(address, _action(changes[address]) if address in changes else "", tuple(steps.get(address, ())))
        for address in sorted({*changes, *plan.data}, key=Address.sort_key)
    ]
    edges = [Edge(change.address.text, needed, "depends_on") for change in plan.changes for needed in change.depends_on]
    edges += _ordering(plan, {(edge.source, edge.target) for edge in edges})
    for output in plan.outputs:
        nodes.append(Node(f"output.{output.name}", "output", "output", action=output.action))
        edges += _output_edges(output.name, output.value, plan.groups)
    return _picture(plan, nodes, edges)


def _picture(of: Project | Plan, nodes: list[Node], edges: Iterable[Edge]) -> Picture:
    place = {node.address: number for number, node in enumerate(nodes)}
    found = {edge for edge in edges if edge.source in place and edge.target in place}
    ordered = sorted(found, key=lambda edge: (place[edge.source], place[edge.target], edge.kind))
    return Picture(of.project if isinstance(of, Plan) else of.name, of.env, tuple(nodes), tuple(ordered))


def _node(address: Address, action: str = "", steps: tuple[int, ...] = ()) -> Node:
    block = "" if address.key is None else address.group.text
    return Node(address.text, address.type, address.mode, block, action, steps)


def _action(change: Change) -> str:
    """What is said of it in one word: the gravest of what it does."""
    return change.action if change.action is not Action.NOOP else next(iter(change.words), change.action)


def _declared_edges(declared: Mapping[Address, Resource], around: Mapping[Address, Resource]) -> Iterator[Edge]:
    for address, resource in declared.items():
        read = {ref.path[0] for ref in _read(_values(resource)) if ref.path}
        for needed in resource.depends_on:
            yield Edge(address.text, needed.text, "reference" if needed.name in read else "depends_on")
        for needed in around[address].depends_on[len(resource.depends_on) :]:
            yield Edge(address.text, needed.text, "implied")


def _values(resource: Resource) -> Value:
    return [resource.spec, resource.health.target] if resource.health is not None else resource.spec


def _read(value: Value) -> Iterator[Reference]:
    """The resources and the data that a declared value is made of."""
    for _, leaf in leaves(value):
        if isinstance(leaf, Deferred):
            yield from (ref for ref in references(parse(leaf.text)) if ref.root in _MODES)


def _output_edges(name: str, value: Value, groups: Iterable[Group]) -> Iterator[Edge]:
    by_name = {(group.mode, group.name): group for group in groups}
    for ref in _read(value):
        group = by_name.get((_MODES[ref.root], str(ref.path[0]) if ref.path else ""))
        for address in _instances(group, ref) if group is not None else ():
            yield Edge(f"output.{name}", address.text, "reference")


def _instances(group: Group, ref: Reference) -> list[Address]:
    """The instance that is written out, else all of the group; and what these stand for."""
    keys = group.keys
    if len(ref.path) > 1 and group.shape in ("map", "list") and ref.path[1] in keys:
        keys = (ref.path[1],)
    if group.expands:
        return [part.address for part in group.parts if part.of in keys]
    return [Address(group.type, group.name, key, group.mode) for key in keys]


def _ordering(plan: Plan, told: set[tuple[str, str]]) -> Iterator[Edge]:
    """What the steps wait for and no dependency says: what goes, goes after all that needs it."""
    for step in plan.steps:
        for number in step.needs:
            ends = step.address.text, plan.steps[number].address.text
            if ends[0] != ends[1] and ends not in told:
                yield Edge(*ends, "order")
