"""The instances of a project by the names that users write: `web`, `web["eu"]`, `docker.container.web["eu"]`."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, field

from reign.config.nodes import Node
from reign.config.report import Report
from reign.model.address import Address, Key
from reign.model.resource import Group

NAMED = re.compile(r"(?:(?P<type>[a-z][a-z0-9_.]*)\.)?(?P<name>[a-z][a-z0-9_-]*)(?P<key>\[.*\])?", re.DOTALL)


@dataclass(slots=True)
class Members:
    """Every group, and its instances by key. `written` are the names of all blocks, the broken ones included."""

    report: Report
    written: Collection[str] = ()
    groups: dict[str, Group] = field(default_factory=dict)
    keys: dict[str, dict[Key, Address]] = field(default_factory=dict)

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
        return group if (match["type"] or type_) == type_ else None

    def find(self, text: str) -> list[Address] | None:
        """The instances that a name stands for; None where there is no such group or instance."""
        match, group = NAMED.fullmatch(text), self.group_of(text)
        if match is None or group is None:
            return None
        members = self.keys[group.name]
        if not match["key"]:
            return list(members.values())
        member = members.get(_key(match["key"][1:-1], group.shape))
        return [member] if member else None

    def is_broken(self, text: str) -> bool:
        """Whether a name is that of a block that could not be read, which was reported."""
        match = NAMED.fullmatch(text)
        return match is not None and match["name"] in self.written and match["name"] not in self.groups

    def canonical(self, text: str) -> str:
        """The canonical address of what a name stands for, an instance or a group; as it is where nothing is declared."""
        found, group = self.find(text), self.group_of(text)
        if not found or group is None:
            return text
        return str(found[0] if "[" in text else found[0].group)

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
