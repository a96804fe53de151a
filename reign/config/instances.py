"""Blocks to instances: for_each, count and enabled; specs evaluated as far as they can be; what depends on what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Mapping as Names
from dataclasses import dataclass, field
from typing import Literal

from reign.config.block import Block, Types, connection_of
from reign.config.document import OptionsModel, TimeoutsModel, WholeTimeoutModel
from reign.config.evaluate import Evaluator
from reign.config.exposure import holds_sensitive, report_shown, sensitive_path
from reign.config.files import Files
from reign.config.health import LATER, health_check
from reign.config.members import Members, Said
from reign.config.options import Options, lifecycle_of, options_of
from reign.config.shape import checked, report_late
from reign.config.template import Reader, is_broken, referred
from reign.expression import Scope, Text, parse, resolve, show_text
from reign.expression.syntax import ROOTS, MapOf
from reign.expression.syntax import Literal as Written
from reign.model.address import Address, Key
from reign.model.resource import Group, HealthCheck, Resource, Retry
from reign.model.values import Deferred, Path, Sensitive, Spec, Unknown, Value, format_path
from reign.yaml.nodes import Node, Scalar, find
from reign.yaml.report import Report

MOST_RESOURCES = 100_000
MOST_COUNT = 10_000
DEFERRED = frozenset(("resources", "data"))
_USUAL = Options()
_LEFT = Scope({}, frozenset(ROOTS))
"""For what was evaluated already: every reference in it is left."""


@dataclass(slots=True)
class Instances:
    """Makes the resources of a project. `members` has every block before any spec is evaluated, since specs refer to them."""

    reader: Reader
    files: Files
    scope: Scope
    blocks: Names[str, Block]
    types: Types
    members: Members
    default_retry: Retry | None = None
    _each: dict[str, list[tuple[Key, Spec]]] = field(default_factory=dict)

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
            if not self.report.is_full:
                found.update((resource.address, resource) for resource in self._of(block))
        return found

    def _repeat(self, block: Block) -> None:
        """The group of a block, and what `each` and `count` hold in each of its instances."""
        evaluator = Evaluator(self.reader, self.files, self.scope, block.where.address)
        enabled = evaluator.fill(block.enabled)
        if not isinstance(enabled, bool) and not self._is_late(block, "enabled", enabled):
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
        self.members.add(Group(block.type, block.name, shape, keys, block.mode, block.schema.expands))

    def _keys(self, block: Block, value: Value) -> list[tuple[Key, Spec]]:
        if isinstance(value, Deferred):
            value = _opened(value)
        if isinstance(value, dict):
            return [(key, {"each": {"key": key, "value": item}}) for key, item in value.items()]
        if self._is_late(block, "for_each", value):
            return []
        items = value if isinstance(value, list) else [None]
        if any(self._is_late(block, "for_each", item) for item in items):
            return []
        if not all(isinstance(item, str) for item in items):
            self._wrong(block, "for_each", "`for_each` takes a map, or a list of distinct strings.")
            return []
        keys = dict.fromkeys(map(str, items))
        if len(keys) < len(items):
            self._wrong(block, "for_each", "Each text in the list is a key, and one of them stands there twice.")
        return [(key, {"each": {"key": key, "value": key}}) for key in keys]

    def _numbers(self, block: Block, value: Value) -> list[tuple[Key, Spec]]:
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_COUNT:
            return [(index, {"count": {"index": index}}) for index in range(value)]
        if not self._is_late(block, "count", value):
            self._wrong(block, "count", f"`count` takes a whole number from 0 to {MOST_COUNT:,}.")
        return []

    def _is_late(self, block: Block, key: str, value: Value) -> bool:
        """True when the value is not known or not to be shown, which is reported unless something else was."""
        if not isinstance(value, Deferred | Unknown | Sensitive):
            return False
        if is_broken(value):
            return True
        node, address = find(block.node, (key,)), block.where.address
        if holds_sensitive(value):
            report_shown(self.report, node, address, key)
            return True
        if isinstance(value, Deferred) and all(ref.root == "env" for ref in referred(value.text)):
            report_late(self.report, node, address, key, value)
            return True
        self.report.at(
            node,
            "not-known-in-time",
            "Not known in time",
            "How many instances there are, and their keys, have to be known when the plan is made, and here they would be "
            "known only later.",
            fix="Make the keys from variables and locals, and put what is known later into the values.",
            address=address,
            path=key,
        )
        return True

    def _wrong(self, block: Block, key: str, detail: str) -> None:
        node = find(block.node, (key,))
        self.report.at(node, "wrong-type", "Wrong type", detail, address=block.where.address, path=key)

    def _of(self, block: Block) -> Iterator[Resource]:
        shared = self._settled(block, self._evaluator(block, {})) if block.is_constant else None
        place = block.key.place()
        addresses = self.members.keys[block.name]
        for key, extra in self._each[block.name]:
            evaluator = self._evaluator(block, extra)
            spec = evaluator.fill(block.spec)
            settled = shared or self._settled(block, evaluator)
            options = settled.options
            health = self._health(block, settled, extra, evaluator)
            needs = settled.needs
            if evaluator.deferred:
                implied = [a for waiting in evaluator.deferred for a in self._implied(*waiting, block)]
                needs = tuple(dict.fromkeys((*needs, *implied)))
            yield Resource(
                address=addresses[key],
                spec=spec if isinstance(spec, dict) else {},
                connection=settled.connection,
                depends_on=needs,
                lifecycle=options.lifecycle,
                retry=options.retry or self.default_retry,
                timeouts=options.timeouts,
                priority=options.priority,
                tags=options.tags,
                health=health,
                allow=options.allow,
                place=place,
            )

    def _evaluator(self, block: Block, extra: Spec) -> Evaluator:
        scope = Scope({**self.scope.roots, **extra}, DEFERRED, self.scope.functions)
        return Evaluator(self.reader, self.files, scope, block.where.address)

    def _health(self, block: Block, settled: Settled, extra: Spec, evaluator: Evaluator) -> HealthCheck | None:
        if block.health is None or settled.model is None:
            return None
        scope = Scope({**self.scope.roots, **extra}, DEFERRED | LATER, self.scope.functions)
        later = Evaluator(self.reader, self.files, scope, block.where.address, evaluator.deferred)
        return health_check(block.health, settled.model.health, later)

    def _implied(self, deferred: Deferred, node: Scalar, path: Path, block: Block) -> Iterable[Address]:
        """The instances that a value waits for: one where the key is written out, else all of the group."""
        found: list[Address] = []
        for ref in referred(deferred.text):
            members = self.members.keys.get(str(ref.path[0])) if ref.path and ref.root in DEFERRED else None
            if members is None:
                continue
            group = self.members.groups[str(ref.path[0])]
            if len(ref.path) > 1 and group.shape in ("map", "list"):
                member = members.get(ref.path[1])
                if member is None:
                    self._unknown_key(group, ref.path[1], node, path, block)
                else:
                    found.append(member)
            elif block.name != group.name:
                found.extend(members.values())
        return found

    def _unknown_key(self, group: Group, key: str | int, node: Scalar, path: Path, block: Block) -> None:
        self.report.at(
            node,
            "unknown-resource",
            "Unknown resource",
            f'The group "{group.name}" has no instance {key!r}.',
            nearest=self.members.near_key(group, key),
            address=block.where.address,
            path=format_path(path),
        )

    def _settled(self, block: Block, evaluator: Evaluator) -> Settled:
        """The settings of an instance, its connection, and the instances that `depends_on` and its triggers name."""
        named: Spec = {"provider": evaluator.fill(block.connection), "depends_on": evaluator.fill(block.needs)}
        values: Spec = {key: evaluator.fill(part) for key, part in block.options.items()}
        shown = sensitive_path({**named, **values})
        if shown is not None:
            node = find(block.node, shown)
            report_shown(self.report, node, block.where.address, format_path(shown))
            return Settled(_USUAL, None, block.type.partition(".")[0], ())
        connection = connection_of(block, named["provider"], self.types, self.reader)
        stated = self._stated(block, named["depends_on"])
        model: OptionsModel | None = None
        options = _USUAL
        triggers: tuple[Address, ...] = ()
        if values:
            kind = WholeTimeoutModel if block.is_timed_once else TimeoutsModel
            model = checked(kind, values, block.node, self.report, block.where)
        if model is not None:
            lifecycle, triggers = lifecycle_of(block, model.lifecycle, self.named, self.report)
            options = options_of(model, lifecycle)
        return Settled(options, model, connection, tuple(dict.fromkeys((*stated, *triggers))))

    def _stated(self, block: Block, value: Value) -> list[Address]:
        """What depends_on names; one name alone may stand without the list."""
        at = find(block.node, ("depends_on",))
        if value is None or is_broken(value):
            return []
        items = value if isinstance(value, list) else [value]
        found = []
        for index, text in enumerate(items):
            if isinstance(text, str):
                node = find(at, (index,)) if isinstance(value, list) else at
                found += self.named(text, node, block, "depends_on")
            elif not is_broken(text):
                self._wrong(block, "depends_on", "`depends_on` is a list of the names of resources.")
        return found

    def named(self, text: str, node: Node, block: Block, key: str) -> list[Address]:
        """The instances that an entry of depends_on or of a trigger names; what is wrong with it is reported."""
        found = self.members.find(text, Said(node, key, block.where.address))
        if found is None:
            if not self.members.is_broken(text):
                self.members.report_unknown(node, key, text, block.where.address)
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


@dataclass(frozen=True, slots=True)
class Settled:
    """What an instance has besides its spec. `model` is None where the options are as usual, or broken."""

    options: Options
    model: OptionsModel | None
    connection: str
    needs: tuple[Address, ...]


def _opened(value: Deferred) -> Value:
    """A map whose keys are known, of which values are left, by key; anything else as it is."""
    whole = parse(value.text).whole
    if not isinstance(whole, MapOf):
        return value
    found: Spec = {}
    for key, item in whole.entries:
        if not (isinstance(key, Written) and isinstance(key.value, str)):
            return value
        found[key.value] = resolve(show_text(Text((item,))), _LEFT)
    return found
