"""The values that a run fills in: what the state holds, as it changes, behind the names that expressions use."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Mapping
from typing import Any

from reign.execution.job import Job
from reign.execution.marks import is_sealed
from reign.expression import Scope, resolve, resource_root
from reign.model.address import Address
from reign.model.plan import Action, Change
from reign.model.resource import Snapshot
from reign.model.values import Deferred, Sensitive, Spec, Value


class Values:
    """Resolves what was `Deferred` at plan with the outputs that are known by now."""

    def __init__(self, job: Job, functions: Mapping[str, Callable[..., Value]]) -> None:
        self._snapshots = dict(job.state.resources)
        self._views: dict[Address, Mapping[str, Value]] = {**job.plan.data}
        self._still = {change.address: change for change in job.plan.changes if change.action is Action.NOOP}
        self._generated: dict[str, Value] = {}
        groups = job.plan.groups
        roots: dict[str, Any] = {
            **job.roots,
            "secret": ChainMap(self._generated, job.roots.get("secret", {})),
            "resources": resource_root([group for group in groups if group.mode == "managed"], self._view),
            "data": resource_root([group for group in groups if group.mode == "data"], self._view),
            "run": {"id": job.origin.run},
        }
        self._scope = Scope(roots=roots, functions=functions)

    @property
    def secrets(self) -> Mapping[str, Any]:
        """The secrets that can be read by now, by name."""
        found: Mapping[str, Any] = self._scope.roots["secret"]
        return found

    def snapshot(self, address: Address) -> Snapshot | None:
        """What holds at `address` now."""
        return self._snapshots.get(address)

    def record(self, address: Address, snapshot: Snapshot | None) -> None:
        """From now on this is what holds at `address`; None: nothing."""
        self._views.pop(address, None)
        self._still.pop(address, None)
        if snapshot is None:
            self._snapshots.pop(address, None)
        else:
            self._snapshots[address] = snapshot

    def take(self, address: Address, outputs: Spec) -> None:
        """This is what was looked up at `address`."""
        self._views[address] = outputs

    def generate(self, name: str, value: Sensitive) -> None:
        """The secret `name` has its value."""
        self._generated[name] = value

    def resolve(self, value: Value, own: Address | None = None) -> Value:
        """`value` with every `Deferred` at or under it evaluated; `own` is what `self` stands for. Raises ExpressionError."""
        scope = self._scope
        if own is not None:
            scope = Scope(roots={**scope.roots, "self": self._view(own)}, functions=scope.functions)
        return _resolved(value, scope)

    def _view(self, address: Address) -> Mapping[str, Value]:
        view = self._views.get(address)
        if view is None:
            snapshot = self._snapshots.get(address)
            view = {} if snapshot is None else {**snapshot.spec, **snapshot.outputs}
            still = self._still.get(address)
            if still is not None:
                view |= _seen(still)
            self._views[address] = view
        return view


def _seen(change: Change) -> Spec:
    """What the plan saw of something that it leaves as it is: an ignored change that the state knows nothing of, too.

    What was planned from it must come out the same. What a plan file holds only as a hash is as the state has it.
    """
    seen = {**(change.after or {}), **change.after_outputs}
    return {name: value for name, value in seen.items() if not is_sealed(value)}


def _resolved(value: Value, scope: Scope) -> Value:
    if isinstance(value, Deferred):
        return resolve(value.text, scope, value.kind)
    if isinstance(value, dict):
        return {key: _resolved(item, scope) for key, item in value.items()}
    if isinstance(value, list):
        return [_resolved(item, scope) for item in value]
    return value
