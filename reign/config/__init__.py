"""From reign.yaml to a project: read with positions, checked, expanded and evaluated. Plans nothing and runs nothing."""

from __future__ import annotations

from reign.config.load import load, root_of
from reign.config.project import Loaded, OutputSpec, Project, Request, functions
from reign.config.schema import reign_schema
from reign.config.settings import Execution, Settings, Thresholds

__all__ = [
    "Execution",
    "Loaded",
    "OutputSpec",
    "Project",
    "Request",
    "Settings",
    "Thresholds",
    "functions",
    "load",
    "reign_schema",
    "root_of",
]
