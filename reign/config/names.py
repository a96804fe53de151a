"""What a project's files name, for who asks for nothing else. What cannot be read names nothing."""

from __future__ import annotations

from pathlib import Path

from reign.config.environments import known_names, overlays_beside
from reign.config.files import FILE, Files, find_root
from reign.config.reading import Reading
from reign.yaml.nodes import Mapping
from reign.yaml.report import Report


def environments(folder: Path) -> list[str]:
    """The environments that reign.yaml declares, or those that there are overlays of."""
    document = _document(folder)
    return [] if document is None else list(known_names(document, overlays_beside(folder), Report()))


def variables(folder: Path) -> list[str]:
    """The variables that reign.yaml declares."""
    document = _document(folder)
    section = document.get("variables") if document is not None else None
    return list(section.pairs) if isinstance(section, Mapping) else []


def _document(folder: Path) -> Mapping | None:
    folder = folder.resolve()
    if not (folder / FILE).is_file():
        return None
    reading = Reading(Files(folder, find_root(folder)), Report())
    source = reading.text(FILE)
    return reading.mapping(source) if source is not None else None
