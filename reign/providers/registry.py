"""Which providers there are: an explicit table of those that come with Reign, and what packages add to it.

Nothing of a provider is imported before one of its types is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib import import_module
from threading import RLock
from typing import Any

from reign.model.errors import Failed, InvalidSpec, Problem
from reign.model.finding import Finding
from reign.model.redact import Redact
from reign.model.resource import Block, Resource
from reign.model.schema import Schema
from reign.model.values import Spec, is_sensitive, reveal
from reign.ports import Call, Cautious, Configured, Marked, Provider, Site
from reign.providers.sensitive import hidden_again, normalized, told_safely, with_marked_fields
from reign.providers.wrap import Deadline, Redacting, Retrying

ENTRY_POINTS = "reign.providers"

BUILT_IN: Mapping[str, tuple[str, str, tuple[str, ...]]] = {
    "value": ("reign.providers.value", "Values", ("value",)),
    "local": (
        "reign.providers.local",
        "Local",
        ("data.local.file", "local.directory", "local.file", "local.template", "local.tree"),
    ),
    "shell": ("reign.providers.shell", "Shell", ("data.shell.command", "shell.command", "shell.script")),
    "git": ("reign.providers.git", "Git", ("data.git",)),
    "docker": (
        "reign.providers.docker",
        "Docker",
        (
            "data.docker.image",
            "data.docker.network",
            "data.docker.volume",
            "docker.compose",
            "docker.container",
            "docker.image",
            "docker.network",
            "docker.volume",
        ),
    ),
}
"""Provider -> module, class, types; `data.` stands in front of what is only looked up."""

REDACTING = ("shell",)
"""Of these, those that write down by themselves what an outside system said, so that they need to know what must not be."""

DATA = "data."

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


def provider_of(type: str) -> str:
    """The name of the provider of a type, or of a `data.TYPE`."""
    return type.removeprefix(DATA).partition(".")[0]


def unmasked(text: str) -> str:
    """The redaction where nothing is sensitive."""
    return text


@dataclass(slots=True)
class _Loaded:
    """A provider, wrapped, and its schemas; or why it cannot be used."""

    wrapped: Provider | None = None
    cautious: Cautious | None = None
    configured: Configured | None = None
    is_listing: bool = False
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
        """Every type of resources, sorted. Providers that cannot be loaded are left out; asking for one of theirs says why."""
        return tuple(sorted(name for name in self._all_types() if not name.startswith(DATA)))

    def data_types(self) -> tuple[str, ...]:
        """Every type of data by its own name (`git`), which its schema has `data.` in front of; else as `types`."""
        return tuple(sorted(name.removeprefix(DATA) for name in self._all_types() if name.startswith(DATA)))

    def _all_types(self) -> set[str]:
        names = {each for key, (_, _, types) in BUILT_IN.items() if key not in self._extra for each in types}
        return names.union(*(self._load(name).schemas for name in (*self._extra, *self._entry_points())))

    def schema(self, type: str) -> Schema | None:
        """The schema of `type`, or of `data.TYPE`; None where there is none. Raises Failed where its provider is broken."""
        name = provider_of(type)
        built_in = BUILT_IN.get(name) if name not in self._extra else None
        if built_in and type not in built_in[2]:
            return None
        if not built_in and not self._knows(name):
            return None
        return self._usable(name).schemas.get(type)

    def normalize(self, type: str, spec: Spec) -> Spec:
        """`spec` checked and completed by its provider, which sees what is sensitive in clear; in what comes out it is
        marked again. Raises InvalidSpec, in words that tell nothing of it; Failed where the provider is broken.
        """
        loaded = self._working(provider_of(type))
        normalize, schema = loaded[0].normalize, loaded[1].get(type)
        if schema is None:
            return normalize(type, spec)
        if is_sensitive(spec):
            return with_marked_fields(schema, normalized(schema, normalize, spec, self._redact))
        return with_marked_fields(schema, normalize(type, spec))

    def expand(self, block: Block, call: Call) -> Sequence[Resource]:
        """What `block` stands for: itself, unless its type stands for others. Raises InvalidSpec, ProviderError; Failed
        where the provider is broken.
        """
        schema = self.schema(block.address.type)
        if schema is None or not (schema.expands or schema.reads):
            return (block,)
        marked = self.normalize(block.address.type, block.spec)
        provider = self.provider(block.address.provider)
        if schema.expands:
            found = provider.expand(replace(block, spec=marked), call)
            return [
                part for each in found for part in self._read(replace(each, spec=hidden_again(each.spec, marked)), call)
            ]
        spec = reveal(marked)
        found = provider.expand(replace(block, spec=spec if isinstance(spec, dict) else {}), call)
        return [replace(block, spec=_with_read(schema, block.spec, each)) for each in found]

    def _read(self, part: Resource, call: Call) -> Sequence[Resource]:
        """A part that a block stands for, read further where its type does; what is wrong with it is told at its place."""
        try:
            return self.expand(part, call)
        except InvalidSpec as error:
            raise InvalidSpec(
                replace(each, place=each.place or part.place, path=each.path if each.place else ())
                for each in error.problems
            ) from None

    def dangers(self, type: str, spec: Spec, site: Site, *, going: bool = False) -> Sequence[Problem]:
        """What `ports.Cautious.dangers` says, in words that tell nothing sensitive; nothing of types without any."""
        loaded = self._usable(provider_of(type))
        clear = reveal(spec)
        if loaded.cautious is None or type not in loaded.schemas or not isinstance(clear, dict):
            return ()
        return told_safely(type, spec, loaded.cautious.dangers(type, clear, site, going=going), self._redact)

    def check_settings(self, connection: str, settings: Spec) -> Sequence[Problem]:
        """What is wrong with the settings of a connection, in words that tell nothing sensitive; nothing where its provider
        is not there, is broken, or does not say.
        """
        name = provider_of(connection)
        configured = self._load(name).configured if self._knows(name) else None
        clear = reveal(settings)
        if configured is None or not isinstance(clear, dict):
            return ()
        found = configured.check_settings(clear)
        return told_safely(f"The connection {connection}", settings, found, self._redact)

    def lists_marked(self, name: str) -> bool:
        """Whether a provider can say what carries a mark (`ports.Marked`). Raises Failed as `provider`."""
        self._working(name)
        return self._load(name).is_listing

    def provider(self, name: str) -> Provider:
        """The provider, wrapped. Raises Failed where there is none, or where it is broken."""
        return self._working(name)[0]

    def _working(self, name: str) -> tuple[Provider, Mapping[str, Schema]]:
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
        loaded = self._usable(name)
        if loaded.wrapped is None:
            raise KeyError(name)
        return loaded.wrapped, loaded.schemas

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
            made: Callable[..., Provider] = getattr(import_module(module), attribute)
            return self._wrapped(made(self._redact) if name in REDACTING else made())
        entry = self._entry_points()[name]
        try:
            loaded = self._wrapped(entry.load()())
            strangers = [each for each in loaded.schemas if provider_of(each) != name]
            if strangers:
                raise ValueError(f"it brings {', '.join(strangers)}, whose names do not begin with {name}")
        except _BREAKS as error:
            return _Loaded(finding=_broken(name, entry, error))
        return loaded

    def _wrapped(self, bare: Provider) -> _Loaded:
        wrapped = Retrying(Redacting(Deadline(bare), self._redact))
        cautious, configured = (
            bare if isinstance(bare, Cautious) else None,
            bare if isinstance(bare, Configured) else None,
        )
        return _Loaded(wrapped, cautious, configured, isinstance(bare, Marked), bare.schemas())

    def _entry_points(self) -> dict[str, Any]:
        """What installed packages bring, by name; those that come with Reign cannot be taken over."""
        with self._lock:
            if self._found is None:
                from importlib.metadata import entry_points

                found = entry_points(group=ENTRY_POINTS)
                self._found = {entry.name: entry for entry in found if entry.name not in BUILT_IN}
            return self._found


def _with_read(schema: Schema, spec: Spec, read: Resource) -> Spec:
    """`spec`, in which what is sensitive is marked, and what the provider read of its own."""
    return {**spec, **{name: value for name, value in read.spec.items() if schema.fields[name].computed}}


def _broken(name: str, entry: Any, error: BaseException) -> Finding:
    package = entry.dist.name if entry.dist else entry.value
    return Finding(
        "provider/broken",
        "Provider cannot be loaded",
        f"The package {package} brings the provider {name}, and loading it ended with {type(error).__name__}: {error}.",
        fix=f"Repair or remove the package {package}; resources of {name} wait for it.",
    )
