"""From reign.yaml to a project: read with positions, checked, expanded and evaluated. Plans nothing and runs nothing."""

from __future__ import annotations

from reign.config.environments import resolve_env
from reign.config.fmt import Formatted, formatted, project_files
from reign.config.load import load, root_of
from reign.config.project import Loaded, OutputSpec, Project, Request, functions
from reign.config.schema import include_schema, overlay_schema, reign_schema, type_schema
from reign.config.settings import Execution, Settings, Thresholds
from reign.config.show import ShownConfig, ShownValue, ShownVariable, show

__all__ = [
    "Execution",
    "Formatted",
    "Loaded",
    "OutputSpec",
    "Project",
    "Request",
    "Settings",
    "ShownConfig",
    "ShownValue",
    "ShownVariable",
    "Thresholds",
    "formatted",
    "functions",
    "include_schema",
    "load",
    "overlay_schema",
    "project_files",
    "reign_schema",
    "resolve_env",
    "root_of",
    "show",
    "type_schema",
]
