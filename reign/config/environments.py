"""Which environment is meant: by name, by `settings.default_env`, or none where a project has none."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Environment:
    """One environment; the name is empty in a project without any. confirms_by_name: applying asks for the name."""

    name: str = ""
    confirms_by_name: bool = False
