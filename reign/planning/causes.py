"""Why a resource is replaced or restarted whatever its own spec says: triggers, what it holds, what was asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from reign.expression import parse, references
from reign.graph import Graph
from reign.model.address import Address
from reign.model.plan import Action, Change
from reign.model.resource import Group, Resource, Snapshot
from reign.model.values import Deferred, leaves
from reign.planning.compare import Cause, Causes, Subject
from reign.planning.diff import is_immutable
from reign.planning.standing import acts


class Others:
    """What the changes that are planned so far mean for the next one."""

    def __init__(
        self,
        changes: Mapping[Address, Change],
        graph: Graph[Address],
        groups: Iterable[Group],
        on_request: Iterable[Address],
    ) -> None:
        self._changes = changes
        self._on_request = frozenset(on_request)
        self._fired: dict[str, bool] = {}
        self._instances: dict[str, list[Address]] = {}
        for address in graph.nodes:
            for name in {address.text, address.group.text}:
                self._instances.setdefault(name, []).append(address)
        for group in groups:
            for part in group.parts:
                whole = Address(group.type, group.name, part.of)
                for name in {whole.text, whole.group.text}:
                    self._instances.setdefault(name, []).append(part.address)

    def causes(self, subject: Subject, prior: Snapshot, *, tainted: bool = False) -> Causes:
        """What replaces or restarts it, whatever its own spec says."""
        resource, lifecycle = subject.resource, subject.resource.lifecycle
        replace: list[Cause] = []
        if tainted:
            replace.append(
                ("replace_because_tainted", "it is tainted: it never came to work, or was marked so by hand")
            )
        if resource.address in self._on_request:
            replace.append(("replace_by_request", "asked for with --replace"))
        replace += [
            ("replace_by_triggers", f"{trigger} changes, which replaces it")
            for trigger in lifecycle.replace_triggered_by
            if self._fires(trigger)
        ]
        if prior.connection != resource.connection:
            text = f"it moves from connection {prior.connection} to {resource.connection}"
            replace.append(("replace_because_cannot_update", text))
        update: list[Cause] = []
        if subject.shape.holds:
            self._note_held(subject, replace, update)
        restarting = [trigger for trigger in lifecycle.restart_triggered_by if self._fires(trigger)]
        update += [("update_because_triggered", f"{trigger} changes, which restarts it") for trigger in restarting]
        return Causes(tuple(replace), tuple(update), bool(restarting))

    def _fires(self, trigger: str) -> bool:
        """True when anything that `trigger` names is made or changed. A trigger without a key is the whole group."""
        fired = self._fired.get(trigger)
        if fired is None:
            fired = any(acts(self._changes.get(address)) for address in self._instances.get(trigger, ()))
            self._fired[trigger] = fired
        return fired

    def _note_held(self, subject: Subject, replace: list[Cause], update: list[Cause]) -> None:
        """What it holds cannot go while it stands: it lets go, in place where the new one is there before the old one goes."""
        for name in subject.shape.holds:
            for target in self._targets(subject.resource, name):
                change = self._changes.get(target)
                if change is None or change.action is not Action.REPLACE:
                    continue
                text = f"{target} is replaced, and {name} holds it"
                first = change.desired is not None and change.desired.lifecycle.create_before_destroy
                if first and not is_immutable(subject.shape.schema, (name,), subject.spec):
                    update.append(("update_because_triggered", text))
                else:
                    replace.append(("replace_because_cannot_update", text))

    def _targets(self, resource: Resource, field: str) -> list[Address]:
        """What the field refers to, of what the resource depends on."""
        named: set[str] = set()
        parts: set[str] = set()
        for _, value in leaves(resource.spec.get(field)):
            if isinstance(value, Deferred):
                for reference in references(parse(value.text)):
                    if reference.root == "resources" and reference.path:
                        named.add(str(reference.path[0]))
                        parts.add(" ".join(map(str, reference.path)))
        found = [address for address in resource.depends_on if address.name in named]
        exactly = [address for address in found if any(_is_part(address, path) for path in parts)]
        return exactly or found


def _is_part(address: Address, path: str) -> bool:
    """Whether a reference's path goes by the word of the type and the key, as that to a part of a block does."""
    key, word = str(address.key), address.type.rpartition(".")[2]
    return any(path.startswith(f"{front} {word} {inner} ") for front, inner in _ways(address.name, key))


def _ways(name: str, key: str) -> tuple[tuple[str, str], ...]:
    instance, _, inner = key.partition("/")
    return ((name, key), (f"{name} {instance}", inner))
