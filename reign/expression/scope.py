"""What names stand for, and what `resources` is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, overload

from reign.model.address import Address, Key
from reign.model.resource import Group
from reign.model.values import Value

View = Callable[[Address], Mapping[str, Value]]


@dataclass(frozen=True, slots=True)
class Scope:
    """What an expression may read.

    roots: by name; any maps and lists, read lazily by key. deferred: roots that are not known yet, so that what reads
    them is left as text. functions: `file filehash files yaml fromyaml`, as far as there are any; each raises
    ExpressionError, unplaced.
    """

    roots: Mapping[str, Any]
    deferred: frozenset[str] = frozenset()
    functions: Mapping[str, Callable[..., Any]] = field(default_factory=dict)


def resource_root(groups: Iterable[Group], view: View) -> Mapping[str, Any]:
    """What `resources` is: by the name of a block one view, a map or a list of them, or null when it is disabled.

    `view` gives an instance's outputs merged over its spec; it is asked only for what is read.
    """
    return _Resources({group.name: group for group in groups}, view)


class _Resources(Mapping[str, Any]):
    __slots__ = ("groups", "maps", "view")

    def __init__(self, groups: dict[str, Group], view: View) -> None:
        self.groups = groups
        self.view = view
        self.maps: dict[str, _Instances] = {}

    def __getitem__(self, name: str) -> Any:
        group = self.groups[name]
        match group.shape:
            case "single":
                return self.view(_address(group, None))
            case "map":
                if name not in self.maps:
                    self.maps[name] = _Instances(group, self.view)
                return self.maps[name]
            case "list":
                return _Items(group, self.view)
            case "disabled":
                return None

    def __contains__(self, name: object) -> bool:
        return name in self.groups

    def __iter__(self) -> Iterator[str]:
        return iter(self.groups)

    def __len__(self) -> int:
        return len(self.groups)


class _Instances(Mapping[str, Any]):
    """A block with `for_each`."""

    __slots__ = ("addresses", "view")

    def __init__(self, group: Group, view: View) -> None:
        self.addresses = {str(key): _address(group, key) for key in group.keys}
        self.view = view

    def __getitem__(self, key: str) -> Any:
        return self.view(self.addresses[key])

    def __contains__(self, key: object) -> bool:
        return key in self.addresses

    def __iter__(self) -> Iterator[str]:
        return iter(self.addresses)

    def __len__(self) -> int:
        return len(self.addresses)


class _Items(Sequence[Any]):
    """A block with `count`."""

    __slots__ = ("group", "view")

    def __init__(self, group: Group, view: View) -> None:
        self.group = group
        self.view = view

    @overload
    def __getitem__(self, index: int) -> Any: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Any]: ...
    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return [self[at] for at in range(*index.indices(len(self)))]
        return self.view(_address(self.group, self.group.keys[index]))

    def __len__(self) -> int:
        return len(self.group.keys)


def _address(group: Group, key: Key) -> Address:
    return Address(group.type, group.name, key, group.mode)
