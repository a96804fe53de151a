"""Which environment is meant: the one that is named, `settings.default_env`, or none where a project has none."""

from __future__ import annotations

import re
from collections.abc import Mapping as Names
from dataclasses import dataclass
from pathlib import Path

from reign.config.files import FILE, Files, find_root
from reign.config.project import Request
from reign.config.reading import Reading, is_nothing
from reign.config.shape import NAME_PATTERN, entries
from reign.model.errors import Failed
from reign.model.finding import Finding, Place, Severity
from reign.yaml.nodes import Mapping, Node, Scalar, Sequence
from reign.yaml.report import Report

LOCAL = "local"
"""What `reign.local.yaml` is named by: it goes over every environment and is none itself."""

_OVERLAY = re.compile(r"reign\.(.+)\.yaml")
_SIGNS = ("environments", "default_env", "\\x", "\\u", "\\U")
"""A text without any of these neither declares environments nor names one; a key may be written with escapes."""


@dataclass(frozen=True, slots=True)
class Environment:
    """One environment; the name is empty in a project without any. confirms_by_name: applying asks for the name."""

    name: str = ""
    confirms_by_name: bool = False


def resolve_env(request: Request) -> str:
    """The environment that a request means, empty in a project without any; nothing but `reign.yaml` is read for it.

    A folder without a `reign.yaml` takes any name, since its state can still be looked at. Raises Failed with findings.
    """
    folder = Path(request.folder).resolve()
    if not (folder / FILE).is_symlink() and not (folder / FILE).exists():
        return request.env or ""
    report = Report()
    reading = Reading(Files(folder, find_root(folder)), report)
    source = reading.text(FILE)
    beside = overlays_beside(folder)
    if source is not None:
        if not request.env and not (beside.keys() - {LOCAL}) and not any(sign in source.text for sign in _SIGNS):
            return ""
        document = reading.mapping(source)
        if document is not None:
            name = choose(request, document, known_names(document, beside, report), report)
            if name is not None:
                return name
    if not report.failed:
        return request.env or ""
    raise Failed(report.sorted())


def overlays_beside(folder: Path) -> dict[str, str]:
    """The files `reign.NAME.yaml` in the project's folder, by NAME, in order."""
    names = [path.name for path in folder.iterdir()] if folder.is_dir() else []
    return {overlay: name for name in sorted(names) if (overlay := overlay_name(name))}


def overlay_name(file: str) -> str:
    """`prod` of `reign.prod.yaml`; empty for a file that is no overlay by its name."""
    named = _OVERLAY.fullmatch(file)
    return named[1] if named else ""


def known_names(document: Mapping, beside: Names[str, str], report: Report) -> dict[str, Node | None]:
    """The environments of a project with what is declared of each; without a declaration, those with an overlay."""
    declared = document.get("environments")
    if is_nothing(declared):
        return {name: None for name in beside if name != LOCAL and NAME_PATTERN.fullmatch(name)}
    known: dict[str, Node | None] = {}
    if isinstance(declared, Sequence):
        names = ", ".join(f"{item.text[:40]}: {{}}" for item in declared.items[:10] if isinstance(item, Scalar))
        detail = "`environments` is a map of names; here stands a list."
        report.at(declared, "wrong-type", "Wrong type", detail, fix=f"Write environments: {{{names}}}")
        return known
    for name, key, body in entries(declared, report, "`environments`"):
        if name == LOCAL:
            detail = "reign.local.yaml goes over every environment, on one machine, so `local` names none."
            report.at(key, "bad-name", "Not a name", detail, fix="Name it otherwise.")
        else:
            known[name] = body
    return known


def choose(request: Request, document: Mapping, known: Names[str, Node | None], report: Report) -> str | None:
    """The name of the environment that is meant, empty where there are none; None after reporting why it is unclear."""
    settings = document.get("settings")
    default = settings.get("default_env") if isinstance(settings, Mapping) else None
    named = "" if is_nothing(default) else _default(default, known, report)
    if request.env:
        return _named(request.env, document, known, report)
    if named or named is None or not known:
        return named
    detail = f"The project has the environments {', '.join(known)}, each with a state of its own, and none was named."
    fix = f"Name one: --env {next(iter(known))}, the variable REIGN_ENV, or `default_env` under `settings`."
    _tell(document, "no-environment", "No environment is named", detail, fix, report)
    return None


def confirms_by_name(document: Mapping, name: str) -> bool:
    """True when `environments` asks for the name of `name` before it is changed."""
    declared = document.get("environments")
    body = declared.get(name) if isinstance(declared, Mapping) else None
    confirm = body.get("confirm") if isinstance(body, Mapping) else None
    return isinstance(confirm, Scalar) and confirm.text == "name"


def report_unknown_overlays(beside: Names[str, str], known: Names[str, Node | None], report: Report) -> None:
    """What lies there like an overlay and is never read: no error, since it changes nothing, but worth knowing."""
    for name, file in beside.items():
        if name == LOCAL or name in known:
            continue
        near = report.nearest(name, known)
        told = f"there is no environment {name}" if NAME_PATTERN.fullmatch(name) else f'"{name[:80]}" is no name'
        report.add(
            Finding(
                "config/unknown-overlay",
                "An overlay of no environment",
                f"{file[:120]} is never read, since {told}.",
                severity=Severity.MINOR,
                place=Place(file, 1, 1),
                hint=f'did you mean "reign.{near}.yaml"?' if near else "",
                fix=f"Rename it to reign.{near}.yaml, or remove it."
                if near
                else "Declare the environment under `environments`, or rename the file.",
            )
        )


def _tell(document: Mapping, code: str, summary: str, detail: str, fix: str, report: Report, near: str = "") -> None:
    """A finding about what was named from outside, at the declaration if there is one."""
    if "environments" in document.pairs:
        key, _ = document.pairs["environments"]
        report.at(key, code, summary, detail, fix=fix, nearest=near)
    else:
        hint = f'did you mean "{near}"?' if near else ""
        report.add(Finding(f"config/{code}", summary, detail, hint=hint, fix=fix))


def _default(node: Node | None, known: Names[str, Node | None], report: Report) -> str | None:
    name = node.text if isinstance(node, Scalar) else ""
    if name in known or node is None:
        return name
    report.at(
        node,
        "unknown-environment" if name else "wrong-type",
        "Unknown environment" if name else "Wrong type",
        _there_is_none(name, known) if name else "`default_env` is the name of an environment.",
        nearest=report.nearest(name, known),
        path="default_env",
    )
    return None


def _named(name: str, document: Mapping, known: Names[str, Node | None], report: Report) -> str | None:
    if name in known:
        return name
    detail, near = _there_is_none(name, known), report.nearest(name, known)
    fix = f"Name one of {', '.join(known)}, with --env or REIGN_ENV."
    if not known:
        fix = "Leave out --env and REIGN_ENV, or declare it in reign.yaml under `environments`."
    elif near:
        fix = f"Write --env {near}."
    if name == LOCAL:
        detail += " reign.local.yaml goes over every environment."
    _tell(document, "unknown-environment", "Unknown environment", detail, fix, report, near)
    return None


def _there_is_none(name: str, known: Names[str, Node | None]) -> str:
    there = f"those that there are: {', '.join(known)}" if known else "this project has none"
    return f'There is no environment "{name[:80]}"; {there}.'
