"""Blocks to instances: for_each, count and enabled; specs evaluated as far as they can be; what depends on what."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from collections.abc import Mapping as Names
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal

from reign.config.block import Block
from reign.config.document import LifecycleModel, OptionsModel, RetryModel
from reign.config.evaluate import Evaluator
from reign.config.files import Files
from reign.config.nodes import Node, Scalar, find
from reign.config.report import Report
from reign.config.shape import checked
from reign.config.template import BROKEN, Reader
from reign.expression import Scope, parse, references
from reign.model.address import Address, Key
from reign.model.resource import Group, Lifecycle, Resource, Retry, Timeouts
from reign.model.values import Deferred, Path, Spec, Unknown, Value, format_path, parse_path

MOST_RESOURCES = 100_000
MOST_COUNT = 10_000
DEFERRED = frozenset(("resources",))
_NAMED = re.compile(r"(?:(?P<type>[a-z][a-z0-9_.]*)\.)?(?P<name>[a-z][a-z0-9_-]*)(?P<key>\[.*\])?", re.DOTALL)


@dataclass(slots=True)
class Instances:
    """Makes the resources of a project. `groups` has every block before any spec is evaluated, since specs refer to them."""

    reader: Reader
    files: Files
    scope: Scope
    blocks: Names[str, Block]
    default_retry: Retry | None = None
    groups: dict[str, Group] = field(default_factory=dict)
    _each: dict[str, list[tuple[Key, Spec]]] = field(default_factory=dict)
    _members: dict[str, dict[Key, Address]] = field(default_factory=dict)

    @property
    def report(self) -> Report:
        """Where findings go."""
        return self.reader.report

    def resources(self) -> dict[Address, Resource]:
        """Every instance of every block, in the order of the file."""
        for block in self.blocks.values():
            self._repeat(block)
        total = sum(len(instances) for instances in self._each.values())
        if total > MOST_RESOURCES:
            block = max(self.blocks.values(), key=lambda block: len(self._each[block.name]))
            self.report.at(
                block.key,
                "too-many-resources",
                "Too many resources",
                f"The project has {total:,} resources, and a project may have {MOST_RESOURCES:,}.",
                fix="Split the project.",
            )
            return {}
        found: dict[Address, Resource] = {}
        for block in self.blocks.values():
            for resource in self._of(block):
                found[resource.address] = resource
        return found

    def _repeat(self, block: Block) -> None:
        """The group of a block, and what `each` and `count` hold in each of its instances."""
        evaluator = Evaluator(self.reader, self.files, self.scope, block.where.address)
        enabled = evaluator.fill(block.enabled)
        if not isinstance(enabled, bool) and enabled != BROKEN:
            self._wrong(block, "enabled", "`enabled` is true or false.")
        shape: Literal["single", "map", "list", "disabled"]
        if block.for_each is not None:
            shape, instances = "map", self._keys(block, evaluator.fill(block.for_each))
        elif block.count is not None:
            shape, instances = "list", self._numbers(block, evaluator.fill(block.count))
        else:
            shape, instances = "single", [(None, {})]
        if enabled is False:
            shape, instances = "disabled", []
        self._each[block.name] = instances
        keys = tuple(key for key, _ in instances)
        self.groups[block.name] = Group(block.schema.type, block.name, shape, keys)
        self._members[block.name] = {key: Address(block.schema.type, block.name, key) for key in keys}

    def _keys(self, block: Block, value: Value) -> list[tuple[Key, Spec]]:
        if isinstance(value, dict):
            return [(key, {"each": {"key": key, "value": item}}) for key, item in value.items()]
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            if len(set(map(str, value))) < len(value):
                self._wrong(block, "for_each", "Each text in the list is a key, and one of them stands there twice.")
            return [(str(item), {"each": {"key": item, "value": item}}) for item in value]
        if not self._is_late(block, "for_each", value):
            self._wrong(block, "for_each", "`for_each` takes a map, or a list of distinct strings.")
        return []

    def _numbers(self, block: Block, value: Value) -> list[tuple[Key, Spec]]:
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_COUNT:
            return [(index, {"count": {"index": index}}) for index in range(value)]
        if not self._is_late(block, "count", value):
            self._wrong(block, "count", f"`count` takes a whole number from 0 to {MOST_COUNT:,}.")
        return []

    def _is_late(self, block: Block, key: str, value: Value) -> bool:
        """True when the value is not known, which is reported unless something else was."""
        if isinstance(value, Deferred):
            self.report.at(
                find(block.node, (key,)),
                "not-known-in-time",
                "Not known in time",
                f"How many instances there are has to be known when the plan is made, and `{key}` comes from a resource here.",
                fix="Make the keys from variables and locals, and put what comes from the resource into the values.",
                address=block.where.address,
                path=key,
            )
        return isinstance(value, Deferred | Unknown)

    def _wrong(self, block: Block, key: str, detail: str) -> None:
        node = find(block.node, (key,))
        self.report.at(node, "wrong-type", "Wrong type", detail, address=block.where.address, path=key)

    def _of(self, block: Block) -> Iterable[Resource]:
        stated = [address for text, node in block.needs for address in self._named(text, node, block, "depends_on")]
        shared = self._options(block, self._evaluator(block, {})) if block.is_constant else None
        common = tuple(dict.fromkeys([*stated, *shared[1]])) if shared else None
        place = block.key.place()
        for key, extra in self._each[block.name]:
            evaluator = self._evaluator(block, extra)
            spec = evaluator.fill(block.spec)
            options, triggers = shared or self._options(block, evaluator)
            needs = common if common is not None else tuple(dict.fromkeys([*stated, *triggers]))
            if evaluator.deferred:
                implied = [a for waiting in evaluator.deferred for a in self._implied(*waiting, block)]
                needs = tuple(dict.fromkeys([*needs, *implied]))
            yield Resource(
                address=self._members[block.name][key],
                spec=spec if isinstance(spec, dict) else {},
                connection=block.connection,
                depends_on=needs,
                lifecycle=options.lifecycle,
                retry=options.retry or self.default_retry,
                timeouts=options.timeouts,
                priority=options.priority,
                tags=options.tags,
                place=place,
            )

    def _evaluator(self, block: Block, extra: Spec) -> Evaluator:
        scope = Scope({**self.scope.roots, **extra}, DEFERRED, self.scope.functions)
        return Evaluator(self.reader, self.files, scope, block.where.address)

    def _implied(self, deferred: Deferred, node: Scalar, path: Path, block: Block) -> Iterable[Address]:
        """The instances that a value waits for: one where the key is written out, else all of the group."""
        found: list[Address] = []
        for ref in references(parse(deferred.text)):
            members = self._members.get(str(ref.path[0])) if ref.path else None
            if members is None:
                continue
            if len(ref.path) > 1 and self.groups[str(ref.path[0])].shape in ("map", "list"):
                member = members.get(ref.path[1])
                if member is None:
                    self._unknown_key(ref.path[1], members, node, path, block)
                else:
                    found.append(member)
            elif block.name != ref.path[0]:
                found.extend(members.values())
        return found

    def _unknown_key(
        self, key: str | int, members: Names[Key, Address], node: Scalar, path: Path, block: Block
    ) -> None:
        self.report.at(
            node,
            "unknown-resource",
            "Unknown resource",
            f"The group that this refers to has no instance {key!r}.",
            nearest=self.report.nearest(str(key), (str(member) for member in members)),
            address=block.where.address,
            path=format_path(path),
        )

    def _named(self, text: str, node: Node, block: Block, key: str) -> list[Address]:
        """The instances that an entry of depends_on or of a trigger names."""
        found = self._find(text)
        if found is None and text in self.reader.known.resources and text not in self.groups:
            return []
        if found is None:
            nearest = self.report.nearest(text, self.groups)
            self.report.at(
                node,
                "unknown-resource",
                "Unknown resource",
                f'`{key}` names "{text[:80]}", and there is no such resource in this project.',
                nearest=nearest,
                address=block.where.address,
                path=key,
            )
            return []
        if found and found[0].name == block.name:
            self.report.at(
                node,
                "self-reference",
                "A resource that refers to itself",
                f'`{key}` of "{block.name}" names the resource itself, which can be neither before nor after itself.',
                fix="Remove it.",
                address=block.where.address,
                path=key,
            )
            return []
        return found

    def _find(self, text: str) -> list[Address] | None:
        match = _NAMED.fullmatch(text)
        group = self.groups.get(match["name"]) if match else None
        if match is None or group is None or (match["type"] or group.type) != group.type:
            return None
        members = self._members[group.name]
        if not match["key"]:
            return list(members.values())
        member = members.get(_key(match["key"][1:-1], group.shape))
        return [member] if member else None

    def _options(self, block: Block, evaluator: Evaluator) -> tuple[Options, list[Address]]:
        """The settings of an instance, and the instances that its triggers name."""
        model = None
        if block.options:
            values = evaluator.fill(block.options)
            model = checked(OptionsModel, values, block.node, self.report, block.where)
        if model is None:
            return _USUAL, []
        lifecycle, triggers = self._lifecycle(block, model.lifecycle)
        timeouts = Timeouts(model.timeout.create, model.timeout.update, model.timeout.delete)
        retry = retry_of(model.retry)
        return Options(lifecycle, retry, timeouts, model.priority, tuple(model.tags)), triggers

    def _lifecycle(self, block: Block, model: LifecycleModel) -> tuple[Lifecycle, list[Address]]:
        triggers: list[Address] = []
        named: dict[str, tuple[str, ...]] = {}
        for key in ("replace_triggered_by", "restart_triggered_by"):
            texts: list[str] = []
            for index, text in enumerate(getattr(model, key)):
                addresses = self._named(text, find(block.node, ("lifecycle", key, index)), block, f"lifecycle.{key}")
                triggers += addresses
                texts += [str(a if "[" in text else a.group) for a in addresses]
            named[key] = tuple(dict.fromkeys(texts))
        paths = [
            self._path(text, find(block.node, ("lifecycle", "ignore_changes", index)), block)
            for index, text in enumerate(model.ignore_changes)
        ]
        paths += [name for name in _following(block, paths) if name not in paths]
        return Lifecycle(
            prevent_destroy=model.prevent_destroy,
            create_before_destroy=model.create_before_destroy,
            ignore_changes=tuple(path for path in paths if path),
            replace_triggered_by=named["replace_triggered_by"],
            restart_triggered_by=named["restart_triggered_by"],
            on_destroy=model.on_destroy,
        ), triggers

    def _path(self, text: str, node: Node, block: Block) -> str:
        """The canonical form of an entry of ignore_changes."""
        address = block.where.address
        try:
            path = parse_path(text)
        except (ValueError, RecursionError) as error:
            detail = f'"{text[:80]}" is no path inside a resource: {str(error)[:200]}.'
            fix = 'Write it as in labels["build"] or ports[0].'
            self.report.at(node, "bad-path", "Not a path", detail, fix=fix, address=address)
            return ""
        if path[0] != "*" and path[0] not in block.schema.fields:
            self.report.at(
                node,
                "unknown-key",
                "Unknown key",
                f'{block.schema.type} has no key "{path[0]}", so no change of it can be ignored.',
                nearest=self.report.nearest(str(path[0]), block.schema.fields),
                address=address,
            )
        return format_path(path)


@dataclass(frozen=True, slots=True)
class Options:
    """The settings of one instance as the model's nouns."""

    lifecycle: Lifecycle = field(default_factory=Lifecycle)
    retry: Retry | None = None
    timeouts: Timeouts = field(default_factory=Timeouts)
    priority: int = 0
    tags: tuple[str, ...] = ()


_USUAL = Options()


def _following(block: Block, paths: list[str]) -> list[str]:
    """Computed fields that tell of ignored ones by other words, as a checksum does: they are ignored along with these."""
    ignored = {str(parse_path(path)[0]) for path in paths if path}
    outputs = block.schema.outputs
    return [
        name
        for name, field in block.schema.fields.items()
        if field.computed and name in outputs and not ignored.isdisjoint(outputs[name].follows or ())
    ]


def _key(text: str, shape: str) -> Key:
    """The key that stands between the brackets of an address: a number, a text in quotes, or a bare word."""
    if shape == "list":
        return int(text) if re.fullmatch("[0-9]{1,9}", text) else text
    if len(text) > 1 and text[0] == text[-1] == '"':
        with suppress(ValueError):
            return str(json.loads(text))
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == "'" else text


def retry_of(model: RetryModel | None) -> Retry | None:
    """The document's retry as the model's noun."""
    if model is None:
        return None
    return Retry(model.attempts, model.initial, model.backoff, model.max, model.jitter)
