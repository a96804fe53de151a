"""What a plan is computed from, all of it as data."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from reign.model.address import Address
from reign.model.errors import Problem, ProviderError
from reign.model.event import State
from reign.model.plan import Basis, Check, Rollback, SecretSource
from reign.model.redact import Masks
from reign.model.resource import Group, Import, Moved, Observation, Removed, Resource
from reign.model.schema import Schema
from reign.model.values import Spec, Value


@dataclass(frozen=True, slots=True)
class Options:
    """What is asked for. `targets`, `excludes` and `replace` are patterns as users type them: an address, a bare name
    (all instances), `web[eu]`, or a glob of these in which only `*` and `?` are special.
    """

    destroy: bool = False
    refresh: bool = True
    refresh_only: bool = False
    targets: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    replace: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OutputDeclaration:
    """A declared output of the project; `value` may hold `Deferred`."""

    value: Value
    sensitive: bool = False
    description: str = ""


@dataclass(frozen=True, slots=True)
class Back:
    """A plan goes back to an earlier point: what held there is what is declared, under the names of then.

    previous: by its name of then, what has another one now. kept: what is only forgotten, and why.
    """

    rollback: Rollback
    previous: Mapping[Address, Address] = field(default_factory=dict)
    kept: Mapping[Address, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LookedUp:
    """Something of mode `data` as it was looked up: by which spec, as normalised, and what it told."""

    spec: Spec
    outputs: Spec


def not_hashed(value: Value) -> str:
    """The hash where nothing is sensitive: asked for one, it refuses."""
    raise TypeError(f"{value!r} cannot be hashed here")


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything `plan` looks at.

    observed: what was seen at each address; an address that is not there was not looked at, and the state is believed.
    schema: None for a type that no provider has. normalize: `Provider.normalize` by type; raises InvalidSpec.
    functions: what expressions may call besides the built-in filters. roots: `secret`, `var` and `env`, which templates
    of sensitive values read. data: what was looked up, or why it could not be; what is not there the apply looks up.
    command: what is wrong with a command as such. dangers, dangers_of_delete: `ports.Cautious.dangers`. hash: `Vault.hash`,
    by which a digest holds what is sensitive.
    masks: what is known to be sensitive by itself, in all its forms. secrets, unseen: handed on to the plan. back: where
    it goes back; then `observed` is by the names of then.
    """

    project: str
    env: str
    desired: Mapping[Address, Resource]
    groups: tuple[Group, ...]
    outputs: Mapping[str, OutputDeclaration]
    prior: State
    observed: Mapping[Address, Observation | ProviderError | None]
    schema: Callable[[str], Schema | None]
    normalize: Callable[[str, Spec], Spec]
    basis: Basis
    options: Options = field(default_factory=Options)
    functions: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    roots: Mapping[str, Any] = field(default_factory=dict)
    data: Mapping[Address, LookedUp | ProviderError] = field(default_factory=dict)
    checks: tuple[Check, ...] = ()
    imports: tuple[Import, ...] = ()
    moved: tuple[Moved, ...] = ()
    removed: tuple[Removed, ...] = ()
    back: Back | None = None
    command: Callable[[Value], Sequence[Problem]] = lambda _: ()
    dangers: Callable[[str, Spec], Sequence[Problem]] = lambda *_: ()
    dangers_of_delete: Callable[[str, Spec], Sequence[Problem]] = lambda *_: ()
    hash: Callable[[Value], str] = not_hashed
    masks: Masks = field(default_factory=Masks)
    secrets: Mapping[str, SecretSource] = field(default_factory=dict)
    unseen: tuple[str, ...] = ()
    connections: Mapping[str, Spec] = field(default_factory=dict)
    now: str = ""
    version: str = ""
