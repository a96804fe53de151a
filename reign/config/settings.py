"""Settings of a project, each with its default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from reign.model.resource import Retry


@dataclass(frozen=True, slots=True)
class Execution:
    """How plans are run. `limits` are operations at once by provider; `retry` is for resources without one of their own.

    mode `confirm`: what was not looked at by a person, at a terminal or in a plan file, is not carried out; at a terminal,
    each operation is asked about.
    """

    parallelism: int = 10
    limits: Mapping[str, int] = field(default_factory=dict)
    on_failure: Literal["continue", "stop", "rollback"] = "continue"
    retry: Retry | None = None
    mode: Literal["auto", "confirm"] = "auto"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """How many findings of a severity a gate tolerates, None for any number. An error is never tolerated."""

    major: int | None = 0
    medium: int | None = 10
    minor: int | None = None


@dataclass(frozen=True, slots=True)
class History:
    """How long events are kept, in seconds; None: for good."""

    retention_s: float | None = 90 * 86400.0


@dataclass(frozen=True, slots=True)
class Settings:
    """All of them."""

    execution: Execution = field(default_factory=Execution)
    findings_thresholds: Thresholds = field(default_factory=Thresholds)
    default_env: str = ""
    history: History = field(default_factory=History)
