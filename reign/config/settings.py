"""Settings of a project, each with its default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from reign.model.resource import Retry


@dataclass(frozen=True, slots=True)
class Execution:
    """How plans are run. `limits` are operations at once by provider; `retry` is for resources without one of their own."""

    parallelism: int = 10
    limits: Mapping[str, int] = field(default_factory=dict)
    on_failure: Literal["continue", "stop"] = "continue"
    retry: Retry | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """All of them."""

    execution: Execution = field(default_factory=Execution)
