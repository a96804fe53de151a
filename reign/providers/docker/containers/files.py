"""What a container's block names inside the root: files of variables and of labels. And what its lifecycle cannot be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from reign.model.errors import ErrorKind, InvalidSpec, Problem, ProviderError
from reign.model.finding import Place
from reign.model.resource import Block, Resource
from reign.model.values import Spec, Value
from reign.ports import Call, Site
from reign.providers.docker.compose.dotenv import BadLine, parse
from reign.providers.docker.compose.files import decoded
from reign.providers.docker.containers.ports import is_fixed
from reign.providers.sources import located
from reign.providers.spec import OPAQUE


def expand_container(block: Block, call: Call) -> Sequence[Resource]:
    """The block, with what its files hold. Raises InvalidSpec with every problem of it."""
    problems: list[Problem] = [*_ports_twice(block)]
    found: Spec = {}
    for name, into in (("env_file", "file_environment"), ("label_file", "file_labels")):
        files = block.spec.get(name)
        if isinstance(files, list) and files:
            found[into] = _read(files, name, call.site, problems)
    if problems:
        raise InvalidSpec(problems)
    return (replace(block, spec={**block.spec, **found}),)


def _ports_twice(block: Block) -> list[Problem]:
    """Two containers that stand side by side for a while cannot both have the same port of the machine."""
    if not block.lifecycle.create_before_destroy:
        return []
    published = block.spec.get("ports")
    return [
        Problem(
            ("ports", index),
            "docker/fixed-port",
            "Fixed port of a container that is made before the old one goes",
            f"create_before_destroy has two containers stand side by side, and port {port['published']} of the machine "
            "can be published by one of them alone.",
            fix="Leave `published` away, or give a range to choose from; or remove create_before_destroy.",
        )
        for index, port in enumerate(published if isinstance(published, list) else ())
        if isinstance(port, dict) and is_fixed(port)
    ]


def _read(files: list[Value], field: str, site: Site, problems: list[Problem]) -> Value:
    found: dict[str, Value] = {}
    for index, item in enumerate(files):
        told: Mapping[str, Any] = item if isinstance(item, dict) else {"path": item}
        path = told["path"]
        if isinstance(path, OPAQUE):
            problems.append(_unknown(field, index))
            continue
        try:
            text = decoded(str(path), located(str(path), site))
            found.update(parse(text, _nothing, raw=told.get("format") == "raw"))
        except ProviderError as error:
            if error.kind is not ErrorKind.MISSING or told.get("required", True):
                problems.append(_unread((field, index), error))
        except BadLine as bad:
            problems.append(_bad_line((field, index), str(path), text, bad))
    return found


def _nothing(name: str) -> Value:
    """Nothing is taken from the environment of whoever runs this."""
    raise KeyError(name)


def _unread(path: tuple[str | int, ...], error: ProviderError) -> Problem:
    code = "spec/no-source" if error.kind is ErrorKind.MISSING else "spec/outside-root"
    return Problem(path, code, error.summary, error.detail, fix=error.fix)


def _unknown(field: str, index: int) -> Problem:
    return Problem(
        (field, index),
        "spec/not-pinned",
        "Source not known at plan",
        "The path was not known when the plan was made, so what the file holds could not be read.",
        fix="Write the path, or make it from variables and locals only.",
    )


def _bad_line(path: tuple[str | int, ...], name: str, text: str, bad: BadLine) -> Problem:
    text = text.replace("\r\n", "\n")
    line = text.count("\n", 0, bad.offset) + 1
    at = Place(name, line, bad.offset - (text.rfind("\n", 0, bad.offset) + 1) + 1)
    mistake = bad.mistake
    return Problem(path, "docker/env-file", mistake.summary, mistake.detail, fix=mistake.fix, place=at)
