"""`docker.compose` expanded: what its files say, as resources."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from reign.model.address import Address
from reign.model.errors import InvalidSpec, Problem
from reign.model.resource import Block, Resource
from reign.model.values import Spec, Value, is_known, is_sensitive
from reign.ports import Call
from reign.providers.docker.compose.files import STANDARD, Files, folder_of, joined
from reign.providers.docker.compose.filling import Filler, Scope
from reign.providers.docker.compose.ignoring import without_ignored
from reign.providers.docker.compose.loading import Loader
from reign.providers.docker.compose.models import Root, checked, place
from reign.providers.docker.compose.problems import Problems
from reign.providers.docker.compose.project import Project
from reign.providers.docker.compose.services import Services
from reign.providers.docker.compose.spec import is_project_name, told_of_project
from reign.providers.docker.compose.texts import Texts
from reign.providers.docker.compose.tree import text_of
from reign.providers.docker.compose.wanted import wanted
from reign.yaml.nodes import Mapping, Node, find

Normalize = Callable[[str, Spec], Spec]
_EARLY = ("files", "project", "project_directory", "profiles", "env_file", "ignore")
_NAME = "COMPOSE_PROJECT_NAME"
_OUTSIDE = re.compile(r"[^a-z0-9_-]")


def expand_compose(block: Block, call: Call, normalize: Normalize) -> Sequence[Resource]:
    """The networks, volumes, images and containers of a normalised block, whose values may be `Sensitive`.

    `normalize` is that of the provider. Raises InvalidSpec with everything that is wrong in the files.
    """
    problems = Problems()
    made = _Expansion(block, call, problems).resources()
    if not len(problems):
        for resource in made.resources.values():
            _check(resource, made.root, normalize, problems)
    if len(problems):
        raise InvalidSpec(problems.all)
    return list(made.resources.values())


@dataclass(frozen=True, slots=True)
class _Made:
    resources: dict[Address, Resource]
    root: Mapping | None


class _Expansion:
    def __init__(self, block: Block, call: Call, problems: Problems) -> None:
        self._block, self._problems, self._spec = block, problems, block.spec
        self._files = Files(call.site, problems)
        self._loader = Loader(self._files, problems)
        self._base = Path(call.site.folder).resolve()

    def resources(self) -> _Made:
        """Everything that the block stands for, as far as that can be told."""
        self._refuse_unknown()
        scope, names, folder = self._beginning()
        name = self._name(names, folder, scope)
        scope = Scope({**scope.given, _NAME: name}, scope.told)
        root = self._loader.whole(names, folder, scope) if names else None
        if root is None:
            return _Made({}, None)
        root = without_ignored(root, self._texts("ignore"))
        checked(Root, root, "A compose file", self._problems)
        project = Project(name, str(self._base), self._block, self._problems)
        services = wanted(root.get("services"), self._profiles(scope), self._problems)
        Services(project, root, services, Texts(self._files, scope, self._problems), scope).make()
        return _Made(dict(project.made), root)

    def _beginning(self) -> tuple[Scope, list[str], str]:
        """The variables, the files, and the folder that paths are written from."""
        given = self._spec.get("environment")
        given = given if isinstance(given, dict) else {}
        names = self._texts("files")
        folder = self._folder(names)
        told = self._loader.environment(self._env_files(folder), Scope(given).lookup)
        scope = Scope(given, told)
        names = names or [joined(folder, each) for each in _of_variable(scope, "COMPOSE_FILE", os.pathsep)]
        names = names or self._files.standard(folder)
        if not names:
            self._problems.add(_no_file(folder))
        return scope, names, folder

    def _folder(self, names: list[str]) -> str:
        told = self._spec.get("project_directory")
        folder = told if isinstance(told, str) else folder_of(names[0]) if names else ""
        return "" if os.path.normpath(folder or ".") == "." else folder

    def _env_files(self, folder: str) -> list[str]:
        if "env_file" in self._spec:
            return self._texts("env_file")
        return [joined(folder, ".env")] if self._files.is_file(joined(folder, ".env")) else []

    def _profiles(self, scope: Scope) -> set[str]:
        return {*self._texts("profiles"), *_of_variable(scope, "COMPOSE_PROFILES", ",")}

    def _name(self, names: list[str], folder: str, scope: Scope) -> str:
        """What compose calls the project: as told, by a variable, in the file, or after its folder."""
        told = self._spec.get("project") or self._in_variable(scope) or self._named_in(names, scope)
        base = Path(folder).name if folder else self._base.name
        name = told if isinstance(told, str) else _OUTSIDE.sub("", base.lower()).lstrip("_-") or "project"
        key = self._block.address.key
        return name if key is None or "project" in self._spec else f"{name}-{_OUTSIDE.sub('-', str(key).lower())}"

    def _in_variable(self, scope: Scope) -> str | None:
        name = next(iter(_of_variable(scope, _NAME, "\0")), None)
        if name is not None and not is_project_name(name):
            code, summary, detail, fix = told_of_project(name)
            self._problems.add(Problem(("environment",), code, summary, f"{_NAME} says it: {detail}", fix=fix))
        return name

    def _named_in(self, names: list[str], scope: Scope) -> Value:
        """What the files say, the last one first."""
        for name in reversed(names):
            document = self._files.document(name, None)
            written = document.get("name") if document is not None else None
            if written is not None:
                return self._checked_name(Filler(scope, self._problems)(written))
        return None

    def _checked_name(self, node: Node) -> Value:
        name = text_of(node)
        if isinstance(name, str) and not is_project_name(name):
            self._problems.at(node, *told_of_project(name))
        return name

    def _texts(self, name: str) -> list[str]:
        value = self._spec.get(name)
        return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []

    def _refuse_unknown(self) -> None:
        late = [name for name in _EARLY if not is_known(self._spec.get(name))]
        if late:
            raise InvalidSpec([_late(name) for name in late])


def _of_variable(scope: Scope, name: str, between: str) -> list[str]:
    """What a variable of compose's own lists."""
    try:
        value: Value = scope.lookup(name)
    except KeyError:
        return []
    return [part.strip() for part in value.split(between) if part.strip()] if isinstance(value, str) else []


def _check(resource: Resource, root: Mapping | None, normalize: Normalize, problems: Problems) -> None:
    """Tell what is wrong with a part at the key of the file that says it. What holds something sensitive is checked later,
    where its words are masked.
    """
    if root is None or is_sensitive(resource.spec):
        return
    try:
        normalize(resource.address.type, resource.spec)
    except InvalidSpec as error:
        section = {"network": "networks", "volume": "volumes"}.get(resource.address.type.partition(".")[2], "services")
        for problem in error.problems:
            place(problem, find(root, (section, *_named(resource, root, section))), problems)


def _named(resource: Resource, root: Mapping, section: str) -> tuple[str, ...]:
    """The key of what a part was made of: its own, less what tells one of several."""
    key = str(resource.address.key)
    known = root.get(section)
    names = known.pairs if isinstance(known, Mapping) else {}
    inner = key.partition("/")[2] if key not in names and "/" in key else key
    return (inner if inner in names else inner.rpartition("-")[0],)


def _late(name: str) -> Problem:
    return Problem(
        (name,),
        "spec/not-pinned",
        "Source not known at plan",
        f"What a compose file stands for has to be known when the plan is made, and `{name}` comes from something later.",
        fix="Write it down, or make it from variables and locals only.",
    )


def _no_file(folder: str) -> Problem:
    return Problem(
        ("files",),
        "spec/no-source",
        "No compose file",
        f"None of {', '.join(STANDARD)} stands in {folder or 'the project folder'}.",
        fix="Name it under `files`.",
    )
