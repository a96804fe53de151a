"""From a folder to a project: read, check and evaluate reign.yaml, with every finding at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from reign.config import cut
from reign.config.environments import Environment
from reign.config.files import Files, Unreachable, decode, find_root, open_regular, read_limited
from reign.config.nodes import Node, Scalar, Source
from reign.config.project import Loaded, Request
from reign.config.report import Report
from reign.config.scalars import is_null
from reign.config.sections import FILE, Sections
from reign.model.finding import Finding, Place
from reign.model.schema import Schema


def load(request: Request, schema: Callable[[str], Schema | None], types: Callable[[], Sequence[str]]) -> Loaded:
    """The project in `request.folder`. Never raises on what users wrote: that comes back as findings."""
    report = Report()
    folder = Path(request.folder).resolve()
    files = Files(folder, find_root(folder))
    source = _read_source(files, report)
    if source is None:
        return Loaded(None, report.sorted(), ())
    _report_overlays(folder, request, report)
    document = cut.read(source, report)
    if document is None or (isinstance(document, Scalar) and is_null(document)):
        if not report.failed:
            _report_empty(source, report)
        return Loaded(None, report.sorted(), (source.name,))
    project = Sections(request, files, report, [source], Environment()).project(document, schema, types)
    sources = project.sources if project else (source.name,)
    return Loaded(None if report.failed else project, report.sorted(), sources, project)


def root_of(folder: Path) -> Path:
    """What a project in `folder` may read: the git work tree that holds it, else the folder."""
    return find_root(folder.resolve())


def _read_source(files: Files, report: Report) -> Source | None:
    try:
        with open_regular(FILE, str(files.locate(FILE))) as file:
            return Source(FILE, decode(read_limited(file, FILE), FILE))
    except Unreachable as error:
        missing = not (files.folder / FILE).is_symlink() and not (files.folder / FILE).exists()
        if missing:
            detail = f"There is no {FILE} in {files.folder}, and that is where a project begins."
            report.add(Finding("config/no-file", "No such file", detail, fix="Begin one with: reign init"))
        else:
            report.add(Finding(f"config/{error.code}", error.summary, error.detail, fix=error.fix))
        return None


def _report_empty(source: Source, report: Report) -> None:
    place = Node(source, 0, 0, 0, 0)
    detail = f"{FILE} says nothing, not even the version of the language and the project's name."
    report.at(place, "empty", "An empty file", detail, fix="Begin it with: version: 1, project: NAME, resources: ...")


def _report_overlays(folder: Path, request: Request, report: Report) -> None:
    """Environments and overlays come later; one that lies there would change what the user expects to see."""
    if request.env:
        report.add(
            Finding(
                "config/unknown-environment",
                "Unknown environment",
                f'There is no environment "{request.env[:80]}": this version of Reign does not support environments.',
                fix="Leave out --env and REIGN_ENV.",
            )
        )
    for path in sorted(folder.glob("reign.*.yaml")):
        if path.name == "reign.local.yaml" and "CI" in request.environ:
            continue
        report.add(
            Finding(
                "config/not-supported",
                "Not supported by this version",
                f"This version of Reign does not read the overlay {path.name}, and what it says would have no effect.",
                place=Place(path.name, 1, 1),
                fix="Move it elsewhere.",
            )
        )
