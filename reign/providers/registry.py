"""Which providers there are: an explicit table of those that come with Reign, and what packages add to it.

Nothing of a provider is imported before one of its types is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from threading import RLock
from typing import Any

from reign.model.errors import Failed
from reign.model.finding import Finding
from reign.model.redact import Redact
from reign.model.schema import Schema
from reign.model.values import Spec
from reign.ports import Provider
from reign.providers.wrap import Deadline, Redacting, Retrying

ENTRY_POINTS = "reign.providers"

BUILT_IN: Mapping[str, tuple[str, str, tuple[str, ...]]] = {
    "value": ("reign.providers.value", "Values", ("value",)),
    "local": ("reign.providers.local", "Local", ("local.directory", "local.file", "local.template")),
    "shell": ("reign.providers.shell", "Shell", ("shell.command", "shell.script")),
}
"""Provider -> module, class, types."""

_BREAKS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    ImportError,
    LookupError,
    NameError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
)
"""What importing somebody else's package may end with."""


def unmasked(text: str) -> str:
    """The redaction where nothing is sensitive."""
    return text


@dataclass(slots=True)
class _Loaded:
    """A provider as it is, wrapped, and its schemas; or why it cannot be used."""

    bare: Provider | None = None
    wrapped: Provider | None = None
    schemas: Mapping[str, Schema] = field(default_factory=dict)
    finding: Finding | None = None


class Registry:
    """The providers of one process. Safe to use from many threads; pickles when `extra` and `redact` do."""

    def __init__(
        self,
        extra: Mapping[str, Callable[[], Provider]] | None = None,
        redact: Redact = unmasked,
    ) -> None:
        """`extra` adds providers by name, before the table. `redact` masks what their outside systems say."""
        self._extra, self._redact = dict(extra or {}), redact
        self._loaded: dict[str, _Loaded] = {}
        self._found: dict[str, Any] | None = None
        self._lock = RLock()

    def __reduce__(self) -> tuple[Any, ...]:
        return Registry, (self._extra, self._redact)

    def types(self) -> tuple[str, ...]:
        """Every type there is, sorted. Providers that cannot be loaded are left out; asking for one of theirs says why."""
        names = [each for _, _, types in BUILT_IN.values() for each in types]
        for name in (*self._extra, *self._entry_points()):
            names += self._load(name).schemas
        return tuple(sorted(names))

    def schema(self, type: str) -> Schema | None:
        """The schema of `type`; None where there is none. Raises Failed where its provider is broken."""
        name = type.partition(".")[0]
        built_in = BUILT_IN.get(name) if name not in self._extra else None
        if built_in and type not in built_in[2]:
            return None
        if not built_in and not self._knows(name):
            return None
        return self._usable(name).schemas.get(type)

    def normalize(self, type: str, spec: Spec) -> Spec:
        """`spec` checked and completed by its provider. Raises InvalidSpec; Failed where the provider is broken."""
        return self.provider(type.partition(".")[0]).normalize(type, spec)

    def provider(self, name: str) -> Provider:
        """The provider, wrapped. Raises Failed where there is none, or where it is broken."""
        if not self._knows(name):
            raise Failed(
                [
                    Finding(
                        "provider/unknown",
                        "No such provider",
                        f"No provider is called {name}. There are {', '.join(sorted(self._names()))}.",
                        fix="Install the package that brings it.",
                    )
                ]
            )
        wrapped = self._usable(name).wrapped
        if wrapped is None:
            raise KeyError(name)
        return wrapped

    def _names(self) -> set[str]:
        return {*self._extra, *BUILT_IN, *self._entry_points()}

    def _knows(self, name: str) -> bool:
        return name in self._extra or name in BUILT_IN or name in self._entry_points()

    def _usable(self, name: str) -> _Loaded:
        loaded = self._load(name)
        if loaded.finding is not None:
            raise Failed([loaded.finding])
        return loaded

    def _load(self, name: str) -> _Loaded:
        with self._lock:
            if name not in self._loaded:
                self._loaded[name] = self._loading(name)
            return self._loaded[name]

    def _loading(self, name: str) -> _Loaded:
        if name in self._extra:
            return self._wrapped(self._extra[name]())
        if name in BUILT_IN:
            module, attribute, _ = BUILT_IN[name]
            return self._wrapped(getattr(import_module(module), attribute)())
        entry = self._entry_points()[name]
        try:
            loaded = self._wrapped(entry.load()())
            strangers = [each for each in loaded.schemas if each.partition(".")[0] != name]
            if strangers:
                raise ValueError(f"it brings {', '.join(strangers)}, whose names do not begin with {name}")
        except _BREAKS as error:
            return _Loaded(finding=_broken(name, entry, error))
        return loaded

    def _wrapped(self, bare: Provider) -> _Loaded:
        return _Loaded(bare, Retrying(Redacting(Deadline(bare), self._redact)), bare.schemas())

    def _entry_points(self) -> dict[str, Any]:
        """What installed packages bring, by name; those that come with Reign cannot be taken over."""
        with self._lock:
            if self._found is None:
                from importlib.metadata import entry_points

                found = entry_points(group=ENTRY_POINTS)
                self._found = {entry.name: entry for entry in found if entry.name not in BUILT_IN}
            return self._found


def _broken(name: str, entry: Any, error: BaseException) -> Finding:
    package = entry.dist.name if entry.dist else entry.value
    return Finding(
        "provider/broken",
        "Provider cannot be loaded",
        f"The package {package} brings the provider {name}, and loading it ended with {type(error).__name__}: {error}.",
        fix=f"Repair or remove the package {package}; resources of {name} wait for it.",
    )
