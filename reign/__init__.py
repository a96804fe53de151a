"""Reign: one reviewable plan over containers, clusters, Terraform, GitHub, scripts and files.

The names for Python are those of `__init__.pyi`, each loaded when it is first asked for.
"""

__version__ = "0.1.0"

_NAMES = {
    "StateManager": "reign.api.state_manager",
    "ResourceState": "reign.api.state_manager",
    "RollbackPlan": "reign.api.state_manager",
    "TimelineEntry": "reign.api.state_manager",
    "Undone": "reign.api.state_manager",
    "Applied": "reign.app.nouns",
    "Checkpoint": "reign.model.event",
    "Finding": "reign.model.finding",
    "Failed": "reign.model.errors",
    "Locked": "reign.model.errors",
    "Refused": "reign.model.errors",
    "ReignError": "reign.model.errors",
    "Stale": "reign.model.errors",
}


def __getattr__(name: str) -> object:
    if name not in _NAMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_NAMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_NAMES])
