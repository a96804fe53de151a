"""What the surfaces hand in and get back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from reign.config import Settings
from reign.model.address import Address
from reign.model.finding import Finding, Place
from reign.model.plan import Plan
from reign.model.schema import Schema
from reign.model.values import Value
from reign.planning import Options as PlanOptions


@dataclass(frozen=True, slots=True)
class Where:
    """Which project, as the user named it. `variables` are `name=value` texts of `--var`, `environ` the process's own."""

    folder: Path
    env: str | None = None
    variables: tuple[str, ...] = ()
    var_files: tuple[Path, ...] = ()
    environ: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Look:
    """One thing that is looked at, or (`address.mode` `data`) looked up. `external_id`: as far as it is known, else empty."""

    address: Address
    external_id: str = ""


Looking = Callable[[Literal["start", "complete"], Sequence[Look]], None]
"""Told before each question to an outside system what it is about, and again once it was answered, whatever the answer.

One question is about all that stands behind one connection of one provider. Several are under way at once, but they are
told one at a time, on the thread that the use-case was called on. Raises nothing.
"""


def nobody(_: Literal["start", "complete"], __: Sequence[Look]) -> None:
    """`Looking` of whoever does not want to know."""


@dataclass(frozen=True, slots=True)
class Validated:
    """What `validate` found. `resources` counts instances; `files` are those read, relative to the project folder."""

    findings: tuple[Finding, ...]
    files: tuple[str, ...]
    resources: int
    settings: Settings = field(default_factory=Settings)


@dataclass(frozen=True, slots=True)
class Initialised:
    """The files that `init` wrote, relative to the project folder."""

    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan, and what reading it needs: the schemas of its types. Its findings are inside it, placed.

    `refusals` are error findings that keep `apply` from running this plan, which was made all the same (protection).
    `settings` and `confirms_by_name` (whether the environment's name is asked for instead of `yes`) are the project's;
    beside a plan file whose project does not load, the defaults.
    """

    plan: Plan
    schema: Callable[[str], Schema]
    warnings: tuple[Finding, ...] = ()
    refusals: tuple[Finding, ...] = ()
    settings: Settings = field(default_factory=Settings)
    confirms_by_name: bool = False


@dataclass(frozen=True, slots=True)
class Failure:
    """A resource that failed, or was skipped because of `because`; `place` is where it is declared."""

    address: str
    kind: str
    summary: str
    detail: str = ""
    fix: str = ""
    because: str = ""
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Applied:
    """How a run ended. A run that was cancelled, or is cut off, is `paused`. checks: whether each that could be told holds.
    rolled_back: the run that went back to the point before it, where it failed and that was asked for and done.
    rolling_back: the run that was to do so and did not come to its end: what is left to do is left of that one.
    """

    run: str
    status: Literal["completed", "failed", "aborted", "paused"]
    imported: int = 0
    added: int = 0
    changed: int = 0
    destroyed: int = 0
    failed: tuple[Failure, ...] = ()
    skipped: tuple[Failure, ...] = ()
    outputs: Mapping[str, Value] = field(default_factory=dict)
    warnings: tuple[Finding, ...] = ()
    message: str = ""
    checks: Mapping[str, bool] = field(default_factory=dict)
    rolled_back: str = ""
    rolling_back: str = ""


@dataclass(frozen=True, slots=True)
class Taking:
    """What `import` is asked for: the address as the user wrote it, and the id that its system knows it by."""

    to: str
    id: str


@dataclass(frozen=True, slots=True)
class ApplyRequest:
    """How to apply. `file` is a sealed plan; without one, `options` say what to plan, or `taking` what alone to import;
    `back_to` is what to roll back to, as the user wrote it, and `resume` the run that goes on.

    `parallelism` None means what the settings say; `lock_wait_s` is how long to wait for the lock; `command` is what
    the history calls the run (`apply`, `destroy`, `import`).
    """

    command: str = "apply"
    options: PlanOptions | None = None
    file: bytes | None = None
    taking: Taking | None = None
    back_to: str = ""
    resume: str = ""
    parallelism: int | None = None
    on_failure: Literal["continue", "stop"] | None = None
    lock_wait_s: float = 0.0
