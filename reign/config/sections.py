"""The sections of a document to a project, in the order in which they need each other."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import replace

from reign.config.block import REPEAT_ROOTS, Block, Types, read_blocks
from reign.config.document import (
    Document,
    EnvironmentModel,
    ExecutionModel,
    FindingsThresholdsModel,
    OutputModel,
    RequiresModel,
    SettingsModel,
)
from reign.config.environments import Environment
from reign.config.evaluate import Evaluator
from reign.config.files import Files
from reign.config.functions import functions_over
from reign.config.instances import DEFERRED, Instances, retry_of
from reign.config.local import evaluate_locals, read_locals
from reign.config.nodes import Mapping, Node, Scalar, Source
from reign.config.project import OutputSpec, Project, Request
from reign.config.report import Report
from reign.config.scalars import core
from reign.config.settings import Execution, Settings, Thresholds
from reign.config.shape import NAME_PATTERN, M, bodies, mapping, read_model, supported
from reign.config.template import ANY, HARMLESS, Known, Reader, Where
from reign.config.variables import assign, declare
from reign.expression import Scope
from reign.model.schema import Schema
from reign.model.values import Spec, Value, to_json

FILE = "reign.yaml"
_STATIC = Where(frozenset())
_SETTINGS = Where(REPEAT_ROOTS)
_CONNECTIONS = Where(REPEAT_ROOTS | {"resources"})


class Sections:
    """One load, section by section, in the order in which they need each other. `environment`: which one it is for."""

    def __init__(
        self, request: Request, files: Files, report: Report, sources: Sequence[Source], environment: Environment
    ) -> None:
        self.request = request
        self.environment = environment
        self.files = files
        self.report = report
        self.sources = [*sources]
        self.reader = Reader(report, Known())
        self.scope = Scope({}, frozenset(), functions_over(files))

    def project(
        self, node: Node, schema: Callable[[str], Schema | None], types: Callable[[], Sequence[str]]
    ) -> Project | None:
        document = supported(mapping(node, self.report, FILE), Document, self.reader, _STATIC)
        if not isinstance(node, Mapping):
            return None
        name = self._head(document)
        self._requirements(document)
        self._names(document)
        variables = self._variables(document)
        self.scope = replace(self.scope, roots={**self._roots(name), "var": variables}, deferred=DEFERRED)
        found = read_locals(document.get("locals"), self.reader)
        self.scope = replace(self.scope, roots={**self.scope.roots, "local": evaluate_locals(found, self._evaluator())})
        settings = self._settings(document)
        blocks = self._blocks(document, schema, types)
        instances = Instances(self.reader, self.files, self.scope, blocks, settings.execution.retry)
        resources = instances.resources()
        connections = self._connections(document, types)
        outputs = self._outputs(document)
        for resource in resources.values():
            connections.setdefault(resource.connection, {})
        return Project(
            name=name,
            env=self.environment.name,
            folder=str(self.files.folder),
            root=str(self.files.root),
            resources=resources,
            groups=tuple(instances.groups.values()),
            outputs=outputs,
            connections=connections,
            settings=settings,
            variables=variables,
            digest=self._digest(variables),
            sources=tuple(source.name for source in self.sources),
            pinned=self.files.pinned,
            confirms_by_name=self.environment.confirms_by_name,
            blocks=blocks,
        )

    def _head(self, document: Mapping) -> str:
        """`version` and `project`, which everything else is read by."""
        for key, example in (("version", "1"), ("project", "shop")):
            if document.get(key) is None:
                self.report.at(
                    document,
                    "missing-key",
                    "A key is missing",
                    f"{FILE} has no `{key}`.",
                    fix=f"Write it at the top: {key}: {example}",
                    path=key,
                )
        version, project = document.get("version"), document.get("project")
        if version is not None and not (isinstance(version, Scalar) and core(version) == 1):
            detail = "This version of Reign reads version 1 of the language, and no other."
            self.report.at(version, "wrong-value", "Wrong value", detail, fix="Write version: 1", path="version")
        name = project.text if isinstance(project, Scalar) else ""
        if project is not None and not NAME_PATTERN.fullmatch(name):
            detail = "A project is named by a to z, then a to z, 0 to 9, _ and -."
            self.report.at(project, "bad-name", "Not a name", detail, path="project")
        return name

    def _requirements(self, document: Mapping) -> None:
        """The shape of what was acted upon before: which environments there are, and what has to be installed."""
        for _, _, body in bodies(document.get("environments"), self.report, "`environments`", "The environment"):
            read_model(body, EnvironmentModel, self._evaluator(), _STATIC)
        body = mapping(document.get("requires"), self.report, "`requires`")
        read_model(body, RequiresModel, self._evaluator(), _STATIC)

    def _names(self, document: Mapping) -> None:
        """What expressions may refer to, known before the first of them is read."""
        sections = [document.get(key) for key in ("variables", "locals", "resources")]
        self.reader.known = Known(*(node.pairs if isinstance(node, Mapping) else {} for node in sections))

    def _evaluator(self) -> Evaluator:
        return Evaluator(self.reader, self.files, self.scope)

    def _variables(self, document: Mapping) -> Spec:
        request = self.request
        declared = declare(document.get("variables"), self._evaluator())
        values, sources = assign(declared, request.variables, request.var_files, request.environ, self._evaluator())
        self.sources += sources
        return values

    def _roots(self, name: str) -> dict[str, Value]:
        environ = {
            key: value for key, value in self.request.environ.items() if key in HARMLESS or key.startswith("GITHUB_REF")
        }
        return {
            "env": dict(environ),
            "project": {"name": name, "env": self.environment.name, "dir": str(self.files.folder)},
        }

    def _settings(self, document: Mapping) -> Settings:
        section = mapping(document.get("settings"), self.report, "`settings`")
        kept = supported(section, SettingsModel, self.reader, _SETTINGS)
        execution = self._setting(kept, "execution", ExecutionModel)
        tolerated = self._setting(kept, "findings_thresholds", FindingsThresholdsModel)
        default_env = kept.get("default_env")
        return Settings(
            Execution(
                execution.parallelism,
                execution.limits,
                execution.on_failure,
                retry_of(execution.retry),
                execution.mode,
            ),
            Thresholds(tolerated.major, tolerated.medium, tolerated.minor),
            default_env.text if isinstance(default_env, Scalar) else "",
        )

    def _setting(self, section: Mapping, key: str, model: type[M]) -> M:
        body = mapping(section.get(key), self.report, f"`{key}`")
        return read_model(body, model, self._evaluator(), _SETTINGS) or model()

    def _connections(self, document: Mapping, types: Callable[[], Sequence[str]]) -> dict[str, Spec]:
        section = mapping(document.get("providers"), self.report, "`providers`")
        # Who is asked for all types loads every provider: only a project that names a connection pays for it.
        providers = sorted({name.partition(".")[0] for name in types()}) if section.pairs else []
        found: dict[str, Spec] = {}
        for name, (key, node) in section.pairs.items():
            provider = name.partition(".")[0]
            if provider not in providers:
                self.report.at(
                    key,
                    "unknown-provider",
                    "Unknown provider",
                    f'"{name[:80]}" names a connection of the provider "{provider[:80]}", and none is installed.',
                    nearest=self.report.nearest(provider, providers),
                    fix="A connection is named by its provider, or by provider.name.",
                )
            elif not all(NAME_PATTERN.fullmatch(part) for part in name.split(".")) or name.count(".") > 1:
                self.report.at(key, "bad-name", "Not a name", f'"{name[:80]}" is not provider, nor provider.name.')
            body = mapping(node, self.report, f"The connection {name}")
            value = self._evaluator().fill(self.reader.read(body, ANY, _CONNECTIONS))
            found[name] = value if isinstance(value, dict) else {}
        return found

    def _blocks(
        self, document: Mapping, schema: Callable[[str], Schema | None], types: Callable[[], Sequence[str]]
    ) -> dict[str, Block]:
        providers = document.get("providers")
        connections = providers.pairs if isinstance(providers, Mapping) else {}
        return read_blocks(document.get("resources"), Types(schema, types, connections), self.reader)

    def _outputs(self, document: Mapping) -> dict[str, OutputSpec]:
        found = {}
        for name, _, body in bodies(document.get("outputs"), self.report, "`outputs`", "The output"):
            where = Where(_CONNECTIONS.roots, f"output.{name}")
            model = read_model(body, OutputModel, replace(self._evaluator(), address=where.address), where)
            if model is not None:
                if model.sensitive:
                    self._report_sensitive(body)
                found[name] = OutputSpec(model.value, model.sensitive, model.description, body.pairs["value"][1])
        return found

    def _report_sensitive(self, body: Mapping) -> None:
        self.report.at(
            body.pairs["sensitive"][0],
            "not-supported",
            "Not supported by this version",
            "This version of Reign cannot keep a value sensitive, so it would stand in plans and in the state in clear.",
            fix="Remove it, and keep the value out of the project.",
        )

    def _digest(self, variables: Spec) -> str:
        digest = hashlib.sha256()
        for source in self.sources:
            digest.update(json.dumps([source.name, source.text]).encode())
        digest.update(json.dumps([to_json(variables), sorted(self.files.pinned)], sort_keys=True).encode())
        return digest.hexdigest()
