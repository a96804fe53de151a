"""What each block stands for: itself, or the resources that its provider makes of it."""

from __future__ import annotations

from dataclasses import replace

from reign.app.workspace import Workspace
from reign.config import Project
from reign.model.address import Address
from reign.model.errors import Failed, InvalidSpec, Problem, ProviderError
from reign.model.finding import Finding
from reign.model.resource import Group, Part, Resource
from reign.ports import Call, Connection, Site


def expanded(space: Workspace, project: Project, site: Site) -> tuple[dict[Address, Resource], tuple[Group, ...]]:
    """Every resource that the project declares, and the groups with what their instances stand for.

    Raises Failed with a finding for each block that cannot be read.
    """
    expanding = {group.name for group in project.groups if group.expands}
    if not expanding:
        return project.resources, project.groups
    found: dict[Address, Resource] = {}
    parts: dict[str, list[Part]] = {}
    findings: list[Finding] = []
    for block in project.resources.values():
        if block.address.name not in expanding or block.address.mode == "data":
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
            parts.setdefault(block.address.name, []).append(_part(block.address, child.address))
    if findings:
        raise Failed(findings)
    return found, tuple(replace(group, parts=tuple(parts.get(group.name, ()))) for group in project.groups)


def _part(block: Address, child: Address) -> Part:
    """How `resources.NAME.WORD[key]` names a child; of one instance among several, its key begins with that one's."""
    key = str(child.key)
    return Part(child, block.key, key if block.key is None else key.removeprefix(f"{block.key}/"))
