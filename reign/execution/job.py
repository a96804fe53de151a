"""What a run is given, and what it hands out."""

from __future__ import annotations

import hashlib
import secrets
import string
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, TypeVar

from reign.execution.earlier import Earlier
from reign.execution.task import Perform
from reign.model.address import Address
from reign.model.event import Event, State
from reign.model.plan import Change, Plan
from reign.model.redact import Masks
from reign.model.resource import Retry
from reign.model.schema import Schema
from reign.model.values import Spec, Value
from reign.ports import Site, Vault

T = TypeVar("T")
Answer: TypeAlias = "Literal['yes', 'all', 'no']"
"""Whether an operation may begin; all: neither need any other be asked about. After a no, nothing begins any more."""
Confirm: TypeAlias = "Callable[[Change, Callable[[Answer], None]], None]"
_SIGNS = string.ascii_letters + string.digits


@dataclass(frozen=True, slots=True)
class Origin:
    """Who started the run, from where and from which commit: data of its first event."""

    run: str
    command: str = "apply"
    actor: str = ""
    host: str = ""
    ci_url: str = ""
    git_sha: str = ""
    git_branch: str = ""


def operation_id(run: str, address: Address | str) -> str:
    """One resource's part in one run, the same whenever the run is resumed."""
    return hashlib.sha256(f"{run} {address}".encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Limits:
    """How much at once, and what a failure ends.

    by_provider: calls at once by the provider's name, within `parallelism`. retry: for resources without one of their
    own. overrun_s: a call that outlives its deadline by this is given up. grace_s: how long a second interrupt waits.
    """

    parallelism: int = 10
    by_provider: Mapping[str, int] = field(default_factory=dict)
    retry: Retry = field(default_factory=Retry)
    on_failure: Literal["continue", "stop"] = "continue"
    overrun_s: float = 5.0
    grace_s: float = 1.0
    batch_events: int = 1000


@dataclass(frozen=True, slots=True)
class Passed:
    """A phase that came before the run could be told of. Times are those of events."""

    name: str
    began: str
    ended: str


@dataclass(frozen=True, slots=True)
class Job:
    """A plan to run on the state it was made for. `state` is what holds when the run begins, opened.

    roots: `secret`, `var` and `env`, which templates of sensitive values read; a secret that is to be generated is not
    among them yet. passed: the phases before this one. earlier: what the run did before, where it goes on; `plan` is then
    what is left of its own.
    """

    plan: Plan
    state: State
    site: Site
    origin: Origin
    limits: Limits = field(default_factory=Limits)
    roots: Mapping[str, Any] = field(default_factory=dict)
    passed: Sequence[Passed] = ()
    earlier: Earlier | None = None


def made_up(length: int) -> str:
    """A new secret of `length` letters and digits: they need no quoting wherever one may stand."""
    return "".join(secrets.choice(_SIGNS) for _ in range(length))


class OpenVault:
    """`ports.Vault` where nothing is sensitive: whatever is leaves as it came, and writing it is refused by `to_json`."""

    def hash(self, value: Value) -> str:
        """Refused."""
        raise TypeError(f"{value!r} cannot be hashed here")

    def conceal(self, noun: T) -> T:
        """As it is."""
        return noun

    encrypt = decrypt = conceal


@dataclass(frozen=True, slots=True)
class Seams:
    """What the run calls. `perform` runs on the pool and pickles; the others are pure.

    generate: a new value for a secret, by its length. vault: through which everything that is journalled goes. masks:
    learns each sensitive value that comes to be, and masks what is told in words. confirm: asks whether an operation may
    begin, None where nobody is to be asked. It returns at once, and whoever was asked calls what it was given, from any
    thread, once; it asks one thing at a time.
    """

    perform: Perform
    schema: Callable[[str], Schema]
    normalize: Callable[[str, Spec], Spec]
    functions: Mapping[str, Callable[..., Value]] = field(default_factory=dict)
    generate: Callable[[int], str] = made_up
    vault: Vault = field(default_factory=OpenVault)
    masks: Masks = field(default_factory=Masks)
    confirm: Confirm | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """Every event that is ready now. The driver makes it durable before it resumes the run."""

    events: tuple[Event, ...]
