"""What `load` is asked and what it gives: the project as declared, every value that can be known in place."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from reign.config.block import Block
from reign.config.files import Files
from reign.config.functions import functions_over
from reign.config.members import PartName
from reign.config.settings import Settings
from reign.model.address import Address
from reign.model.errors import Problem
from reign.model.finding import Finding, Place
from reign.model.plan import Check, SecretSource
from reign.model.resource import Group, Import, Moved, Removed, Resource
from reign.model.values import Spec, Unknown, Value, format_path
from reign.yaml.nodes import Node, Scalar, Source, find, find_key
from reign.yaml.offsets import place_of
from reign.yaml.report import located


def not_told(name: str, source: SecretSource) -> Value:  # noqa: ARG001
    """The value of a secret where none is to be looked at: unknown."""
    return Unknown((f"secret.{name}",), sensitive=True)


@dataclass(frozen=True, slots=True)
class Request:
    """What to load. `variables` are texts from `--var`; `environ` is the environment, or as much of it as may be read.
    planned: values that variables have whatever else says, where it is loaded for a plan that was made of it.

    secret: the value of a declared secret by its name and where it comes from, in clear or `Unknown`; asked at most once
    for each that an expression reads. Raises Failed with findings, which are placed at the declaration. hides_env: what
    `env` reads is unknown, since the folder is not trusted.
    """

    folder: Path
    env: str | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    var_files: Sequence[Path] = ()
    environ: Mapping[str, str] = field(default_factory=dict)
    secret: Callable[[str, SecretSource], Value] = not_told
    hides_env: bool = False
    planned: Spec = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OutputSpec:
    """A declared output. `value` may hold `Deferred`; `node` is where it is written."""

    value: Value
    sensitive: bool
    description: str
    node: Node = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Project:
    """A project as declared, for one environment (`env` is empty without one).

    `folder` and `root` are absolute, links resolved. `connections` has the settings of every connection that is
    declared or in use. `digest` is a sha256 over everything that was read, and the values of variables. `sources` are the
    names of the files read. `pinned` is sha256 -> absolute path of the files that values came from. `resources` has what
    is looked up as well (`address.mode` `data`). `roots` are `secret`, `var` and `env` as expressions read them, for what
    is evaluated later; `locals` hold `Deferred` where they read resources. `confirms_by_name`: applying wants the name of
    the environment typed. `texts` are the files that were read, by their names.
    """

    name: str
    env: str
    folder: str
    root: str
    resources: dict[Address, Resource]
    groups: tuple[Group, ...]
    outputs: dict[str, OutputSpec]
    connections: dict[str, Spec]
    settings: Settings
    variables: Spec
    digest: str
    sources: tuple[str, ...]
    pinned: dict[str, str]
    roots: Mapping[str, Any] = field(default_factory=dict)
    locals: Spec = field(default_factory=dict)
    secrets: Mapping[str, SecretSource] = field(default_factory=dict)
    checks: tuple[Check, ...] = ()
    imports: tuple[Import, ...] = ()
    moved: tuple[Moved, ...] = ()
    removed: tuple[Removed, ...] = ()
    confirms_by_name: bool = False
    part_names: tuple[PartName, ...] = field(default=(), repr=False, compare=False)
    blocks: Mapping[str, Block] = field(default_factory=dict, repr=False, compare=False)
    texts: Mapping[str, Source] = field(default_factory=dict, repr=False, compare=False)

    def shown(self, finding: Finding) -> Finding:
        """A finding that has its place, with the lines around it."""
        source = self.texts.get(finding.place.file) if finding.place is not None else None
        if source is None or finding.place is None:
            return finding
        overlay_of = source.overlay_of(finding.place)
        return replace(finding, excerpt=source.excerpt(finding.place.line), overlay_of=overlay_of)

    def output_finding(self, name: str, finding: Finding) -> Finding:
        """A finding about an output, at its value."""
        node = self.outputs[name].node
        place = node.place()
        return replace(
            finding,
            address=f"output.{name}",
            place=place,
            excerpt=node.source.excerpt(place.line),
            overlay_of=node.source.overlay_of(place),
        )

    def finding(self, address: Address, problem: Problem) -> Finding:
        """A provider's problem with a spec, at the line that it is about, or at the nearest one that is written; and one
        with a file that the spec names, in that file, with the place that names it beside it.
        """
        block = self.blocks[address.name]
        is_health = problem.path[:1] == ("health",) and block.health is not None
        path = problem.path if is_health else ("spec", *problem.path)
        written = find(block.node, path)
        node = named_by(problem, block.node, path)
        if written is block.node or written is block.node.get("spec"):
            node = block.key
        named = located(
            node.source,
            _place_in(node, problem.place) if problem.place and not problem.place.file else node.place(),
            problem.code,
            problem.summary,
            problem.detail,
            problem.fix,
            problem.nearest,
            str(address),
            format_path(problem.path),
        )
        if problem.place is None or not problem.place.file:
            return named
        related = (named.place,) if named.place else ()
        return replace(named, place=problem.place, excerpt=problem.excerpt, related=related, overlay_of=None)


@dataclass(frozen=True, slots=True)
class Loaded:
    """What came of it. `project` is None where an error finding prevents one; `files` are the names of the files read.

    `partial` is what could be read all the same, so that what else is wrong is told in the same breath; none of it is
    to be planned or applied. `document` is what all files say together, the overlays of the environment included.
    """

    project: Project | None
    findings: tuple[Finding, ...]
    files: tuple[str, ...]
    partial: Project | None = None
    document: Node | None = field(default=None, repr=False, compare=False)


def functions(project: Project) -> Mapping[str, Callable[..., Value]]:
    """The functions of the project's expressions that need files or YAML, for what is evaluated later."""
    return functions_over(Files(Path(project.folder), Path(project.root), project.pinned))


def _place_in(node: Node, within: Place) -> Place:
    """Where a line and a column of the text that `node` says stand in its file."""
    if not isinstance(node, Scalar):
        return node.place()
    before = node.text.split("\n")[: within.line - 1]
    return place_of(node, sum(len(line) + 1 for line in before) + within.column - 1, within.width)


def named_by(problem: Problem, node: Node, path: tuple[str | int, ...]) -> Node:
    """What stands at `path`; the key of it where the name is wrong, not what stands under it."""
    is_key = (bool(problem.nearest) and problem.place is None) or problem.code.endswith("unknown-key")
    return find_key(node, path) if is_key else find(node, path)
