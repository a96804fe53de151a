"""The instances of a project by the names that users write: `web`, `web["eu"]`, `docker.container.web["eu"]`."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, field
from typing import NamedTuple

from reign.model.address import Address, Key
from reign.model.finding import Finding
from reign.model.nearest import nearest
from reign.model.resource import Group
from reign.yaml.nodes import Node
from reign.yaml.report import Report, located

NAMED = re.compile(r"(?:(?P<type>[a-z][a-z0-9_.]*)\.)?(?P<name>[a-z][a-z0-9_-]*)(?P<key>\[.*\])?", re.DOTALL)


class Said(NamedTuple):
    """Where something is named: at `node`, under `key` of what is at `address`."""

    node: Node
    key: str
    address: str = ""


class PartName(NamedTuple):
    """Where a part of a block that stands for others is named, as `part`; only the block's provider tells whether it has one."""

    part: Address
    said: Said

    def unknown(self, known: Collection[str]) -> Finding:
        """What to say where it has none; `known` are the keys of those that it has."""
        near = nearest(str(self.part.key), known)
        detail = f'`{self.said.key}` names "{str(self.part.key)[:80]}" of "{self.part.name}", which stands for no such thing.'
        node, meant = self.said.node, f"{self.part.name}[{near}]" if near else ""
        return located(
            node.source,
            node.place(),
            "config/unknown-resource",
            "Unknown resource",
            detail,
            "",
            meant,
            self.said.address,
            self.said.key,
        )


@dataclass(slots=True)
class Members:
    """Every group, and its instances by key. `written` are the names of all blocks, the broken ones included; `parts`
    what is named of blocks that stand for others.
    """

    report: Report
    written: Collection[str] = ()
    groups: dict[str, Group] = field(default_factory=dict)
    keys: dict[str, dict[Key, Address]] = field(default_factory=dict)
    parts: list[PartName] = field(default_factory=list)

    def add(self, group: Group) -> None:
        """Take in a group with its instances."""
        self.groups[group.name] = group
        self.keys[group.name] = {key: Address(group.type, group.name, key, group.mode) for key in group.keys}

    def group_of(self, text: str) -> Group | None:
        """The group that a name is of, whether or not it has the instance."""
        match = NAMED.fullmatch(text)
        group = self.groups.get(match["name"]) if match else None
        if match is None or group is None:
            return None
        type_ = f"data.{group.type}" if group.mode == "data" else group.type
        is_part = group.expands and match["key"]  # which is of a type of its own
        return group if is_part or (match["type"] or type_) == type_ else None

    def find(self, text: str, said: Said | None = None) -> list[Address] | None:
        """The instances that a name stands for; None where there is no such group or instance.

        What may be a part of an instance is named like one, and noted as `said`.
        """
        match, group = NAMED.fullmatch(text), self.group_of(text)
        if match is None or group is None:
            return None
        members = self.keys[group.name]
        if not match["key"]:
            return list(members.values())
        member = members.get(_key(match["key"][1:-1], group.shape))
        if member is None and group.expands and group.shape != "disabled":
            member = Address(group.type, group.name, _key(match["key"][1:-1], "map"), group.mode)
            if said is not None:
                self.parts.append(PartName(member, said))
        return [member] if member else None

    def is_part(self, address: Address) -> bool:
        """Whether an address that was found is no declared instance but a part of one."""
        return address.key not in self.keys[address.name]

    def is_broken(self, text: str) -> bool:
        """Whether a name is that of a block that could not be read, which was reported."""
        match = NAMED.fullmatch(text)
        return match is not None and match["name"] in self.written and match["name"] not in self.groups

    def canonical(self, text: str) -> str:
        """The canonical address of what a name stands for, an instance or a group; as it is where nothing is declared."""
        found, group = self.find(text), self.group_of(text)
        if not found or group is None:
            return text
        name = str(found[0] if "[" in text else found[0].group)
        return name.removeprefix(f"{group.type}.") if group.expands else name  # its parts are of another type

    def near_key(self, group: Group, key: Key) -> str:
        """The key of an instance that `key` was probably meant to be; in brackets where it is a number."""
        members = self.keys[group.name]
        if group.shape == "list":
            number = int(key) if isinstance(key, str) and re.fullmatch("[0-9]{1,9}", key) else None
            return f"[{number}]" if number in members else ""
        return self.report.nearest(str(key), (str(member) for member in members))

    def report_unknown(self, node: Node, key: str, text: str, address: str) -> None:
        """Report that what is named under `key` is not declared."""
        detail = f'`{key}` names "{text[:80]}", and there is no such resource in this project.'
        match, group = NAMED.fullmatch(text), self.group_of(text)
        if match and group and group.shape in ("map", "list"):
            written = match["key"][1:-1]
            detail = f'`{key}` names "{text[:80]}", and the group "{group.name}" has no such instance.'
            near = self.near_key(group, written.strip("'\"") if group.shape == "list" else _key(written, group.shape))
            nearest = f"{group.name}[{near.strip('[]')}]" if near else ""
        else:
            nearest = group.name if group else self.report.nearest(text, self.groups)
        self.report.at(node, "unknown-resource", "Unknown resource", detail, nearest=nearest, address=address, path=key)


def _key(text: str, shape: str) -> Key:
    """The key that stands between the brackets of an address: a number, a text in quotes, or a bare word."""
    if shape == "list":
        return int(text) if re.fullmatch("[0-9]{1,9}", text) else text
    if len(text) > 1 and text[0] == text[-1] == '"':
        with suppress(ValueError):
            return str(json.loads(text))
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == "'" else text
