"""What each block stands for: itself, or the resources that its provider makes of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from reign.app.workspace import Workspace
from reign.config import Project
from reign.model.address import Address
from reign.model.errors import Failed, InvalidSpec, Problem, ProviderError
from reign.model.finding import Finding
from reign.model.resource import Group, Import, Part, Resource
from reign.ports import Call, Connection, Site


@dataclass(frozen=True, slots=True)
class Expanded:
    """Every resource that a project declares, the groups with what their instances stand for, and what is taken over."""

    resources: dict[Address, Resource]
    groups: tuple[Group, ...]
    imports: tuple[Import, ...]


def expanded(space: Workspace, project: Project, site: Site) -> Expanded:
    """`project` with the blocks that stand for others opened.

    Raises Failed with a finding for each block that cannot be read, and for each part named that there is not.
    """
    expanding = {group.name for group in project.groups if group.expands}
    reading = _reading(space, project)
    if not expanding and not reading:
        return Expanded(project.resources, project.groups, project.imports)
    found: dict[Address, Resource] = {}
    parts: dict[str, list[Part]] = {}
    findings: list[Finding] = []
    for block in project.resources.values():
        is_group = block.address.name in expanding
        if block.address.mode == "data" or not (is_group or block.address.type in reading):
            found[block.address] = block
            continue
        settings = project.connections.get(block.connection, {})
        call = Call("", Connection(block.connection, settings), site)
        try:
            children = space.registry.expand(block, call)
        except InvalidSpec as error:
            findings += [project.finding(block.address, problem) for problem in error.problems]
            continue
        except ProviderError as error:
            problem = Problem((), "spec/not-expanded", error.summary, error.detail, fix=error.fix)
            findings.append(project.finding(block.address, problem))
            continue
        for child in children:
            found[child.address] = child
            if is_group:
                parts.setdefault(block.address.name, []).append(_part(block.address, child.address))
    if findings:
        raise Failed(findings)
    groups = tuple(replace(group, parts=tuple(parts.get(group.name, ()))) for group in project.groups)
    stands = _stands_for(groups)
    if unknown := _unknown_parts(project, stands, parts):
        raise Failed(unknown)
    imports = tuple(
        replace(each, to=stands[each.to.text][0]) if each.to.text in stands else each for each in project.imports
    )
    return Expanded({address: _waiting(resource, stands) for address, resource in found.items()}, groups, imports)


def _reading(space: Workspace, project: Project) -> set[str]:
    """The types whose blocks are read further than their specs (`Schema.reads`)."""
    schemas = [space.registry.schema(each) for each in {at.type for at in project.resources if at.mode != "data"}]
    return {schema.type for schema in schemas if schema is not None and schema.reads}


def _unknown_parts(
    project: Project, stands: Mapping[str, tuple[Address, ...]], parts: Mapping[str, list[Part]]
) -> list[Finding]:
    """Parts that are named and that there are not, each told once."""
    found = (
        name.unknown([str(part.address.key) for part in parts.get(name.part.name, ())])
        for name in project.part_names
        if name.part.text not in stands
    )
    return list(dict.fromkeys(found))


def _stands_for(groups: Iterable[Group]) -> dict[str, tuple[Address, ...]]:
    """The resources behind each instance of the blocks that stand for others, and behind all of one block; and each of
    these by the block's type as well. By their text.
    """
    found: dict[str, tuple[Address, ...]] = {}
    for group in groups:
        if group.expands:
            found[f"{group.type}.{group.name}"] = tuple(part.address for part in group.parts)
            for part in group.parts:
                found[Address(group.type, group.name, part.address.key, group.mode).text] = (part.address,)
            for key in group.keys:
                instance = Address(group.type, group.name, key, group.mode)
                found[str(instance)] = tuple(part.address for part in group.parts if part.of == key)
    return found


def _waiting(resource: Resource, stands: Mapping[str, tuple[Address, ...]]) -> Resource:
    """`resource`, waiting for and triggered by those that a block stands for, where it names the block."""
    needs, lifecycle = resource.depends_on, resource.lifecycle
    triggers = (*lifecycle.replace_triggered_by, *lifecycle.restart_triggered_by)
    if not any(need.text in stands for need in needs) and not any(text in stands for text in triggers):
        return resource
    known = [child for need in needs for child in stands.get(need.text, (need,))]

    def named(texts: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for text in texts for name in _names(text, stands)))

    return replace(
        resource,
        depends_on=tuple(dict.fromkeys(known)),
        lifecycle=replace(
            lifecycle,
            replace_triggered_by=named(lifecycle.replace_triggered_by),
            restart_triggered_by=named(lifecycle.restart_triggered_by),
        ),
    )


def _names(text: str, stands: Mapping[str, tuple[Address, ...]]) -> tuple[str, ...]:
    return tuple(address.text for address in stands[text]) if text in stands else (text,)


def _part(block: Address, child: Address) -> Part:
    """How `resources.NAME.WORD[key]` names a child; of one instance among several, its key begins with that one's."""
    key = str(child.key)
    return Part(child, block.key, key if block.key is None else key.removeprefix(f"{block.key}/"))
