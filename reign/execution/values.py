"""The values that a run fills in: what the state holds, as it changes, behind the names that expressions use."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from reign.expression import Scope, resolve, resource_root
from reign.model.address import Address
from reign.model.resource import Group, Snapshot
from reign.model.values import Deferred, Value


class Values:
    """Resolves what was `Deferred` at plan with the outputs that are known by now."""

    def __init__(
        self,
        groups: Iterable[Group],
        resources: Mapping[Address, Snapshot],
        run: str,
        functions: Mapping[str, Callable[..., Value]],
    ) -> None:
        self._snapshots = dict(resources)
        self._views: dict[Address, Mapping[str, Value]] = {}
        roots: dict[str, Any] = {"resources": resource_root(groups, self._view), "run": {"id": run}}
        self._scope = Scope(roots=roots, functions=functions)

    def snapshot(self, address: Address) -> Snapshot | None:
        """What holds at `address` now."""
        return self._snapshots.get(address)

    def record(self, address: Address, snapshot: Snapshot | None) -> None:
        """From now on this is what holds at `address`; None: nothing."""
        self._views.pop(address, None)
        if snapshot is None:
            self._snapshots.pop(address, None)
        else:
            self._snapshots[address] = snapshot

    def resolve(self, value: Value) -> Value:
        """`value` with every `Deferred` at or under it evaluated. Raises ExpressionError."""
        if isinstance(value, Deferred):
            return resolve(value.text, self._scope, value.kind)
        if isinstance(value, dict):
            return {key: self.resolve(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.resolve(item) for item in value]
        return value

    def _view(self, address: Address) -> Mapping[str, Value]:
        view = self._views.get(address)
        if view is None:
            snapshot = self._snapshots.get(address)
            view = {} if snapshot is None else {**snapshot.spec, **snapshot.outputs}
            self._views[address] = view
        return view
