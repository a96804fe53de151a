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

    `view` gives an instance's outputs merged over its spec; it is asked only for what is read. An instance that stands
    for others (`Group.expands`) is a map of these by the last word of their type (`file`) and their key, with the list of
    the keys beside it (`files`).
    """
    return _Resources({group.name: group for group in groups}, view)


class _Resources(Mapping[str, Any]):
    __slots__ = ("groups", "maps", "parts", "view")

    def __init__(self, groups: dict[str, Group], view: View) -> None:
        self.groups = groups
        self.view = view
        self.maps: dict[str, _Instances] = {}
        self.parts: dict[str, dict[Key, _Parts]] = {}

    def __getitem__(self, name: str) -> Any:
        group = self.groups[name]
        view = self._view_of(group)
        match group.shape:
            case "single":
                return view(_address(group, None))
            case "map":
                if name not in self.maps:
                    members = {str(key): _address(group, key) for key in group.keys}
                    self.maps[name] = _Instances(members, view)
                return self.maps[name]
            case "list":
                return _Items(group, view)
            case "disabled":
                return None

    def _view_of(self, group: Group) -> View:
        if not group.expands:
            return self.view
        if group.name not in self.parts:
            self.parts[group.name] = _parts(group, self.view)
        made = self.parts[group.name]
        return lambda address: made.get(address.key, _Parts({}))

    def __contains__(self, name: object) -> bool:
        return name in self.groups

    def __iter__(self) -> Iterator[str]:
        return iter(self.groups)

    def __len__(self) -> int:
        return len(self.groups)


class _Parts(Mapping[str, Any]):
    """What one instance stands for, by kind. Where that is nothing, there is none of any kind."""

    __slots__ = ("kinds",)

    def __init__(self, kinds: Mapping[str, Mapping[str, Any]]) -> None:
        self.kinds = kinds

    def __getitem__(self, word: str) -> Any:
        if word in self.kinds:
            return self.kinds[word]
        kind = word.removesuffix("s")
        if self.kinds:
            return list(self.kinds[kind])
        return {} if kind == word else []

    def __contains__(self, word: object) -> bool:
        return not self.kinds or word in self.kinds or (isinstance(word, str) and word.removesuffix("s") in self.kinds)

    def __iter__(self) -> Iterator[str]:
        return (name for kind in self.kinds for name in (kind, f"{kind}s"))

    def __len__(self) -> int:
        return 2 * len(self.kinds)


def _parts(group: Group, view: View) -> dict[Key, _Parts]:
    """By the key of an instance."""
    found: dict[Key, dict[str, dict[str, Address]]] = {key: {} for key in group.keys}
    for part in group.parts:
        kinds = found.setdefault(part.of, {})
        kinds.setdefault(part.address.type.rpartition(".")[2], {})[part.key] = part.address
    return {
        key: _Parts({kind: _Instances(members, view) for kind, members in kinds.items()})
        for key, kinds in found.items()
    }


class _Instances(Mapping[str, Any]):
    """Instances by key: of a block with `for_each`, or of what an instance stands for."""

    __slots__ = ("addresses", "view")

    def __init__(self, addresses: Mapping[str, Address], view: View) -> None:
        self.addresses = addresses
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
