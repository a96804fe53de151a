"""The sections of a document to a project, in the order in which they need each other."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from reign.config.block import REPEAT_ROOTS, VALUE_ROOTS, Block, Types, read_blocks
from reign.config.checks import read_checks, report_twice
from reign.config.document import (
    Document,
    EnvironmentModel,
    ExecutionModel,
    FindingsThresholdsModel,
    HistoryModel,
    OutputModel,
    RequiresModel,
    SettingsModel,
)
from reign.config.environ import Environ
from reign.config.environments import Environment
from reign.config.evaluate import Evaluator
from reign.config.exposure import holds_sensitive
from reign.config.files import FILE, Files
from reign.config.functions import functions_over
from reign.config.instances import DEFERRED, Instances
from reign.config.local import evaluate_locals, read_locals
from reign.config.members import Members
from reign.config.moves import read_imports, read_moved, read_removed
from reign.config.options import retry_of
from reign.config.project import OutputSpec, Project, Request, named_by
from reign.config.secrets import Late, Secrets, declare_secrets
from reign.config.settings import Execution, History, Settings, Thresholds
from reign.config.shape import NAME_PATTERN, M, bodies, mapping, read_model, supported
from reign.config.template import ANY, BROKEN, Known, Reader, Where
from reign.config.variables import assign, declare
from reign.expression import Scope
from reign.model.errors import Problem
from reign.model.schema import Schema
from reign.model.values import Sensitive, Spec, format_path, mapped, to_json
from reign.yaml.nodes import Mapping, Node, Scalar, Source
from reign.yaml.report import Report
from reign.yaml.scalars import core, seconds

CheckSettings: TypeAlias = "Callable[[str, Spec], Sequence[Problem]]"
_STATIC = Where(frozenset())
_SETTINGS = Where(REPEAT_ROOTS)
_CONNECTIONS = Where(VALUE_ROOTS)
_OUTPUTS = VALUE_ROOTS | {"run"}


def nothing_wrong(connection: str, settings: Spec) -> Sequence[Problem]:  # noqa: ARG001
    """What is wrong with the settings of a connection that nobody judges."""
    return ()


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
        self,
        node: Node,
        schema: Callable[[str], Schema | None],
        made: Callable[[], Sequence[str]],
        data: Callable[[], Sequence[str]],
        check_settings: CheckSettings,
    ) -> Project | None:
        """The project that the document declares; None where it is no document at all. `made` and `data` name all types."""
        document = supported(mapping(node, self.report, FILE), Document, self.reader, _STATIC)
        if not isinstance(node, Mapping):
            return None
        types = Types(schema, made, data, self._written_connections(document))
        name = self._head(document)
        self._requirements(document)
        self._names(document)
        variables = self._variables(document)
        roots = self._roots(name, variables, document)
        found = read_locals(document.get("locals"), self.reader)
        self.scope = replace(self.scope, roots={**self.scope.roots, "local": evaluate_locals(found, self._evaluator())})
        settings = self._settings(document, types)
        blocks = self._blocks(document, types)
        members = Members(self.report, {*self.reader.known.resources, *self.reader.known.data})
        instances = Instances(self.reader, self.files, self.scope, blocks, types, members, settings.execution.retry)
        resources = instances.resources()
        connections = self._connections(document, types, check_settings)
        outputs = self._outputs(document)
        for resource in resources.values():
            connections.setdefault(resource.connection, {})
        evaluator = self._evaluator()
        return Project(
            name=name,
            env=self.environment.name,
            folder=str(self.files.folder),
            root=str(self.files.root),
            resources=resources,
            groups=tuple(members.groups.values()),
            outputs=outputs,
            connections=connections,
            settings=settings,
            variables=variables,
            digest=self._digest(variables),
            sources=tuple(source.name for source in self.sources),
            pinned=self.files.pinned,
            roots=roots,
            locals=self.scope.roots["local"],
            secrets=roots["secret"].sources,
            checks=read_checks(document.get("checks"), self._output_values(document, outputs), evaluator),
            imports=read_imports(document.get("imports"), members, evaluator),
            moved=read_moved(document.get("moved"), members, evaluator),
            removed=read_removed(document.get("removed"), members, evaluator),
            part_names=tuple(members.parts),  # which those above have added to
            confirms_by_name=self.environment.confirms_by_name,
            blocks=blocks,
            texts={source.name: source for source in self.sources},
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
        sections = [document.get(key) for key in ("variables", "locals", "resources", "data", "secrets")]
        self.reader.known = Known(*(node.pairs if isinstance(node, Mapping) else {} for node in sections))

    def _evaluator(self) -> Evaluator:
        return Evaluator(self.reader, self.files, self.scope)

    def _variables(self, document: Mapping) -> Spec:
        request = self.request
        declared = declare(document.get("variables"), self._evaluator())
        told = (request.variables, request.var_files, request.environ)
        values, sources = assign(declared, *told, self._evaluator(), request.planned)
        self.sources += sources
        return values

    def _roots(self, name: str, variables: Spec, document: Mapping) -> dict[str, Any]:
        """What `secret`, `var` and `env` are later on. While this is read, what is not known of them stays in the text."""
        env = Environ(self.request.environ, self.request.hides_env)
        project = {"name": name, "env": self.environment.name, "dir": str(self.files.folder)}
        early = {"var": variables, "env": Late("env", env), "project": project}
        self.scope = replace(self.scope, roots=early, deferred=DEFERRED)
        declared = declare_secrets(document.get("secrets"), self._evaluator())
        secret = Secrets(declared, self.request.secret, self.report)
        self.scope = replace(self.scope, roots={**early, "secret": Late("secret", secret)})
        return {"secret": secret, "var": variables, "env": env}

    def _settings(self, document: Mapping, types: Types) -> Settings:
        section = mapping(document.get("settings"), self.report, "`settings`")
        kept = supported(section, SettingsModel, self.reader, _SETTINGS)
        execution = self._setting(kept, "execution", ExecutionModel)
        tolerated = self._setting(kept, "findings_thresholds", FindingsThresholdsModel)
        history = self._setting(kept, "history", HistoryModel)
        default_env = kept.get("default_env")
        self._known_limits(kept, types)
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
            History(None if history.retention == "unlimited" else seconds(history.retention)),
        )

    def _known_limits(self, settings: Mapping, types: Types) -> None:
        """A limit of a provider that there is not would limit nothing."""
        execution = settings.get("execution")
        limits = execution.get("limits") if isinstance(execution, Mapping) else None
        if not isinstance(limits, Mapping) or not limits.pairs:
            return
        providers = sorted(_providers(types))
        for name, (key, _) in limits.pairs.items():
            if name not in providers:
                self.report.at(
                    key,
                    "unknown-provider",
                    "Unknown provider",
                    f'"{name[:80]}" is to be limited, and no provider of that name is installed.',
                    fix=f"Name one of {', '.join(providers)}, or leave it out.",
                    nearest=self.report.nearest(name, providers),
                    path=f"limits.{name}",
                )

    def _setting(self, section: Mapping, key: str, model: type[M]) -> M:
        body = mapping(section.get(key), self.report, f"`{key}`")
        return read_model(body, model, self._evaluator(), _SETTINGS) or model()

    def _connections(self, document: Mapping, types: Types, check: CheckSettings) -> dict[str, Spec]:
        section = mapping(document.get("providers"), self.report, "`providers`")
        # Who is asked for all types loads every provider: only a project that names a connection pays for it.
        providers = sorted(_providers(types)) if section.pairs else []
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
            for problem in check(name, found[name]):
                self._report_setting(key, body, f"providers.{name}", problem)
        return found

    def _report_setting(self, key: Node, body: Node, where: str, problem: Problem) -> None:
        node = named_by(problem, body, problem.path)
        at = f"{where}.{format_path(problem.path)}" if problem.path else where
        self.report.at(
            key if node is body else node,
            problem.code,
            problem.summary,
            problem.detail,
            fix=problem.fix,
            nearest=problem.nearest,
            path=at,
        )

    def _written_connections(self, document: Mapping) -> Collection[str]:
        section = document.get("providers")
        return section.pairs if isinstance(section, Mapping) else ()

    def _blocks(self, document: Mapping, types: Types) -> dict[str, Block]:
        """What is looked up, then what is made; a name is one of them."""
        data = read_blocks(document.get("data"), "data", types, self.reader)
        blocks = read_blocks(document.get("resources"), "managed", types, self.reader)
        for name in data.keys() & blocks.keys():
            detail = f'"{name}" is the name of a resource and of something that is looked up.'
            report_twice(self.report, data.pop(name).key, detail, blocks[name].key.place())
        return {**data, **blocks}

    def _outputs(self, document: Mapping) -> dict[str, OutputSpec]:
        found = {}
        for name, key, body in bodies(document.get("outputs"), self.report, "`outputs`", "The output"):
            where = Where(_OUTPUTS, f"output.{name}")
            scope = replace(self.scope, deferred=self.scope.deferred | {"run"})
            evaluator = replace(self._evaluator(), scope=scope, address=where.address)
            model = read_model(body, OutputModel, evaluator, where)
            if model is None:
                continue
            if not model.sensitive and holds_sensitive(model.value):
                self._report_sensitive(key, where.address)
            found[name] = OutputSpec(model.value, model.sensitive, model.description, body.pairs["value"][1])
        return found

    def _report_sensitive(self, key: Scalar, address: str) -> None:
        self.report.at(
            key,
            "sensitive-output",
            "An output of something sensitive",
            "The value of this output is made of something sensitive, and it does not say so.",
            fix="Add sensitive: true to it.",
            address=address,
        )

    def _output_values(self, document: Mapping, outputs: dict[str, OutputSpec]) -> Spec:
        section = document.get("outputs")
        written = dict.fromkeys(section.pairs, BROKEN) if isinstance(section, Mapping) else {}
        return {**written, **{name: output.value for name, output in outputs.items()}}

    def _digest(self, variables: Spec) -> str:
        """A hash of what was read. Nothing sensitive is in it: who knows the hash could try values out. Of the files of
        variables that were asked for, the last ones, the values are enough: an apply of the plan is not given them again.
        """
        digest = hashlib.sha256()
        for source in self.sources[: len(self.sources) - len(self.request.var_files)]:
            digest.update(json.dumps([source.name, source.told]).encode())
        told = mapped(variables, (Sensitive,), lambda part, _: part.template)
        read = [self.environment.name, to_json(told), sorted(self.files.pinned)]
        digest.update(json.dumps(read, sort_keys=True).encode())
        return digest.hexdigest()


def _providers(types: Types) -> set[str]:
    return {name.partition(".")[0] for name in (*types.made(), *types.data())}
