"""What all files of a project say together, and where each value of it comes from. Nothing sensitive is in it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reign.config import cut
from reign.config.emit import emit, origin
from reign.config.files import Unreachable, decode, open_regular, read_limited
from reign.config.project import Loaded, Request
from reign.config.variables import ENVIRONMENT
from reign.model.finding import Place
from reign.model.schema import Kind, Schema
from reign.model.values import Path as Way
from reign.model.values import Value, format_path, is_sensitive, to_json
from reign.yaml.nodes import Mapping, Node, Scalar, Source
from reign.yaml.nodes import Sequence as Items
from reign.yaml.report import Report
from reign.yaml.scalars import core

HIDDEN = "(sensitive value)"


@dataclass(frozen=True, slots=True)
class ShownValue:
    """A scalar or an empty list or map that is written. `path` is in the words of YAML: `resources.web.spec.image`."""

    path: str
    value: Any
    place: Place


@dataclass(frozen=True, slots=True)
class ShownVariable:
    """The final value of a variable. `origin` says who gave it: `--var`, `--var-file F:3`, `REIGN_VAR_x`, `default F:3`."""

    name: str
    value: Any
    origin: str
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class ShownConfig:
    """The merged document. `lines` are YAML that can be read again, each with its file and line as a comment.

    `values` are sorted by path, `variables` by name; `files` are those that were read, in the order of their weight.
    """

    project: str
    env: str
    files: tuple[str, ...]
    lines: tuple[str, ...]
    values: tuple[ShownValue, ...]
    variables: tuple[ShownVariable, ...]

    def to_json(self) -> dict[str, Any]:
        """The same as JSON: `config` by path and `variables` by name, each with its value, file, line and column."""
        return {
            "project": self.project,
            "env": self.env,
            "files": list(self.files),
            "config": {each.path: {"value": each.value, **_place(each.place)} for each in self.values},
            "variables": {
                each.name: {"value": each.value, "origin": each.origin, **(_place(each.place) if each.place else {})}
                for each in self.variables
            },
        }


def show(request: Request, loaded: Loaded, schema: Callable[[str], Schema | None]) -> ShownConfig:
    """What a project that was loaded without errors says, and where. Raises ValueError for one with errors."""
    project, document = loaded.project, loaded.document
    if project is None or not isinstance(document, Mapping):
        raise ValueError("a project with errors has no configuration to show")
    hidden = _Hidden(document, schema)
    variables = {each.name: each for each in _variables(request, document, project.variables, hidden)}

    def instead(path: Way, node: Node) -> str | None:
        return HIDDEN if hidden.covers(path, node) else None

    def notes(path: Way) -> Iterator[str]:
        if len(path) == 2 and path[0] == "variables" and path[1] in variables:
            given = variables[str(path[1])]
            yield f"its value is {json.dumps(given.value, ensure_ascii=False)}, from {given.origin}"

    return ShownConfig(
        project.name,
        project.env,
        loaded.files,
        tuple(emit(document, instead, notes)),
        tuple(sorted(_values(document, (), hidden), key=lambda each: each.path)),
        tuple(variables[name] for name in sorted(variables)),
    )


class _Hidden:
    """What of a document is not to be shown: literal values in places that are sensitive."""

    def __init__(self, document: Mapping, schema: Callable[[str], Schema | None]) -> None:
        self._document = document
        self._schema = schema

    def covers(self, path: Way, node: Node) -> bool:
        """True for a literal value in a sensitive place. An expression names where a value comes from, and may be read.

        The default of a variable is a value as a whole, with the keys in it; of others, what is written in them.
        """
        if not isinstance(node, Scalar):
            return path[:1] == ("variables",) and path[2:] == ("default",) and self.is_said_of("variables", path[1])
        if node.text.startswith("${") and node.text.endswith("}") and "${" not in node.text[1:]:
            return False
        match path:
            case ("variables", name, "default", *_):
                return self.is_said_of("variables", name)
            case ("outputs", name, "value", *_):
                return self.is_said_of("outputs", name)
            case ("resources" | "data" as section, name, "spec", *inside):
                return self._is_field(str(section), name, tuple(inside))
        return False

    def is_said_of(self, section: str, name: str | int) -> bool:
        """True when what is declared there says `sensitive: true`."""
        said = self._at(section, name, "sensitive")
        return isinstance(said, Scalar) and core(said) is not False

    def _is_field(self, section: str, name: str | int, path: Way) -> bool:
        kind = self._at(section, name, "type")
        if not isinstance(kind, Scalar):
            return False
        schema = (self._schema(f"data.{kind.text}") if section == "data" else None) or self._schema(kind.text)
        inner: Kind | None = Kind(fields=schema.fields) if schema else None
        for part in path:
            if inner is None:
                return False
            if inner.fields is not None:
                field = inner.fields.get(str(part))
                if field is not None and field.sensitive:
                    return True
                inner = field.kind if field else None
            else:
                inner = inner.item
        return False

    def _at(self, *path: str | int) -> Node | None:
        node: Node | None = self._document
        for key in path:
            node = node.get(str(key)) if isinstance(node, Mapping) else None
        return node


def _values(node: Node, path: Way, hidden: _Hidden) -> Iterator[ShownValue]:
    if hidden.covers(path, node):
        yield ShownValue(format_path(path), HIDDEN, node.place())
    elif isinstance(node, Mapping) and node.pairs:
        for key, (_, value) in node.pairs.items():
            yield from _values(value, (*path, key), hidden)
    elif isinstance(node, Items) and node.items:
        for index, item in enumerate(node.items):
            yield from _values(item, (*path, index), hidden)
    else:
        yield ShownValue(format_path(path), _plain(node), node.place())


def _plain(node: Node) -> Any:
    """A scalar as it is written: a number that would be written otherwise again keeps its text, such as 0644."""
    if isinstance(node, Mapping):
        return {}
    if not isinstance(node, Scalar):
        return []
    value = core(node)
    return node.text if isinstance(value, int | float) and json.dumps(value) != node.text.lower() else value


def _variables(
    request: Request, document: Mapping, values: dict[str, Value], hidden: _Hidden
) -> Iterator[ShownVariable]:
    given = _given_in_files(request.var_files, Path(request.folder).resolve())
    declared = document.get("variables")
    for name, value in values.items():
        body = declared.get(name) if isinstance(declared, Mapping) else None
        node = body.get("default") if isinstance(body, Mapping) else None
        if name in request.variables:
            said, node = "--var", None
        elif name in given:
            node = given[name]
            said = f"--var-file {origin(node)}"
        elif ENVIRONMENT + name in request.environ:
            said, node = ENVIRONMENT + name, None
        else:
            said = f"default {origin(node)}" if node else "default"
        masked = is_sensitive(value) or hidden.is_said_of("variables", name)
        yield ShownVariable(name, HIDDEN if masked else to_json(value), said, node.place() if node else None)


def _given_in_files(paths: Sequence[Path], folder: Path) -> dict[str, Node]:
    """Where a file of variables gives each value; the last one that does."""
    given: dict[str, Node] = {}
    for path in paths:
        real = path.resolve()
        name = str(real.relative_to(folder)) if real.is_relative_to(folder) else str(path)
        try:
            with open_regular(name, str(real)) as file:
                document = cut.read(Source(name, decode(read_limited(file, name), name)), Report())
        except Unreachable:
            continue  # it was there when the project was loaded
        if isinstance(document, Mapping):
            given.update({key: node for key, (_, node) in document.pairs.items()})
    return given


def _place(place: Place) -> dict[str, Any]:
    return {"file": place.file, "line": place.line, "column": place.column}
