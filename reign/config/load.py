"""From a folder to a project: read, check and evaluate reign.yaml, with every finding at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from reign.config.environments import (
    LOCAL,
    Environment,
    choose,
    confirms_by_name,
    known_names,
    overlays_beside,
    report_unknown_overlays,
)
from reign.config.files import FILE, Files, find_root
from reign.config.hiding import hide_defaults
from reign.config.include import read_included
from reign.config.overlay import lay_over
from reign.config.project import Loaded, Request
from reign.config.reading import Reading
from reign.config.requires import check_providers, installed_version, is_for_this_reign
from reign.config.sections import CheckSettings, Sections, nothing_wrong
from reign.model.finding import Finding
from reign.model.schema import Schema
from reign.yaml.nodes import Mapping, Node, Source
from reign.yaml.report import Report


def load(
    request: Request,
    schema: Callable[[str], Schema | None],
    types: Callable[[], Sequence[str]],
    versions: Callable[[str], str | None] = installed_version,
    data_types: Callable[[], Sequence[str]] = tuple,
    check_settings: CheckSettings = nothing_wrong,
) -> Loaded:
    """The project in `request.folder`. Never raises on what users wrote: that comes back as findings.

    schema: by the name of a type, with `data.` in front of one that is looked up; types and data_types name them all.
    versions: the version of an installed provider by its name, None for one that comes with Reign or is not there.
    check_settings: what is wrong with the settings of a connection, by its name.
    """
    report = Report()
    folder = Path(request.folder).resolve()
    files = Files(folder, find_root(folder))
    reading = Reading(files, report)
    read = _read(request, reading)
    names = tuple(source.name for source in reading.sources)
    if read is None:
        return Loaded(None, report.sorted(), names)
    document, environment = read
    check_providers(document.get("requires"), lambda: (*types(), *data_types()), versions, report)
    project = Sections(request, files, report, reading.sources, environment).project(
        document, schema, types, data_types, check_settings
    )
    sources = project.sources if project else names
    return Loaded(None if report.failed else project, report.sorted(), sources, project, document)


def root_of(folder: Path) -> Path:
    """What a project in `folder` may read: the git work tree that holds it, else the folder."""
    return find_root(folder.resolve())


def _read(request: Request, reading: Reading) -> tuple[Mapping, Environment] | None:
    """What all files of the project say together, and for which environment. None where that cannot be told."""
    folder, report = reading.files.folder, reading.report
    source = _main(reading)
    document = reading.mapping(source) if source else None
    if document is None:
        if source is not None and not report.failed:
            _report_empty(source, report)
        return None
    if not is_for_this_reign(document.get("requires"), report):
        return None
    beside = overlays_beside(folder)
    known = known_names(document, beside, report)
    report_unknown_overlays(beside, known, report)
    name = choose(request, document, known, report)
    document = read_included(document, reading)
    if name is None:
        return None
    overlays = [beside[each] for each in (name, LOCAL) if each in beside]
    if "CI" in request.environ and LOCAL in beside:
        overlays.remove(beside[LOCAL])
    texts = [reading.text(overlay) for overlay in overlays]
    layers = [document]
    for text in texts:
        over = reading.mapping(text) if text else None
        if over is not None:
            document = lay_over(document, over, known, report)
            layers.append(over)
    hide_defaults(layers, document)
    if reading.broken or not is_for_this_reign(document.get("requires"), report):
        return None
    return document, Environment(name, confirms_by_name(document, name))


def _main(reading: Reading) -> Source | None:
    """The text of reign.yaml; a folder without one is no project yet."""
    folder = reading.files.folder
    if (folder / FILE).is_symlink() or (folder / FILE).exists():
        return reading.text(FILE)
    detail = f"There is no {FILE} in {folder}, and that is where a project begins."
    reading.report.add(Finding("config/no-file", "No such file", detail, fix="Begin one with: reign init"))
    return None


def _report_empty(source: Source, report: Report) -> None:
    place = Node(source, 0, 0, 0, 0)
    detail = f"{FILE} says nothing, not even the version of the language and the project's name."
    report.at(place, "empty", "An empty file", detail, fix="Begin it with: version: 1, project: NAME, resources: ...")
