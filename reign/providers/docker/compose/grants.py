"""Configs and secrets, which services get as files: those of the machine are bound, as far as one engine can."""

from __future__ import annotations

from dataclasses import dataclass

from reign.model.values import Sensitive, Spec, Value
from reign.providers.docker.compose.filling import Scope
from reign.providers.docker.compose.models import Config, Grant, Secret, checked
from reign.providers.docker.compose.project import Project
from reign.providers.docker.compose.tree import entries, key_like, mapping
from reign.yaml.nodes import Mapping, Node, Scalar

_FOLDER = {"secrets": "/run/secrets/", "configs": "/"}


@dataclass(frozen=True, slots=True)
class Granted:
    """What a service gets: a file of the machine, or else a content."""

    source: str
    target: str
    file: str | None
    content: Value = None


class Grants:
    """Looks up what services are granted in the sections `configs` and `secrets`."""

    def __init__(self, project: Project, root: Mapping, scope: Scope) -> None:
        self._project, self._scope = project, scope
        self._declared = {
            section: {name: (key, node) for name, key, node in entries(root.get(section))} for section in _FOLDER
        }
        self._read: dict[tuple[str, str], Secret | None] = {}

    def of(self, section: str, item: Node) -> Granted | None:
        """What one entry of a service's `configs` or `secrets` grants; None where that cannot be, which is told."""
        node = mapping(item, [("source", key_like(item, "source"), item)]) if isinstance(item, Scalar) else item
        grant = checked(Grant, node, section, self._project.problems)
        if grant is None:
            return None
        declared = self._declared[section].get(grant.source)
        if declared is None:
            self._project.problems.unknown(item, f"`{section}`", grant.source, self._declared[section])
            return None
        told = self._told(section, grant.source, *declared)
        if told is None:
            return None
        return Granted(grant.source, grant.target or "", told.file, self._content(told, declared[0]))

    def mount(self, section: str, item: Node) -> Spec | None:
        """The same as a mount of a container."""
        granted = self.of(section, item)
        if granted is None:
            return None
        if granted.file is None:
            self._inline(section, item, granted.source)
            return None
        target = (
            granted.target
            if granted.target.startswith("/")
            else f"{_FOLDER[section]}{granted.target or granted.source}"
        )
        bind: Spec = {"create_host_path": False}
        return {"type": "bind", "source": granted.file, "target": target, "read_only": True, "bind": bind}

    def _told(self, section: str, name: str, key: Node, node: Node) -> Secret | None:
        if (section, name) not in self._read:
            model = Secret if section == "secrets" else Config
            told = checked(model, node, f"{section}.{name}", self._project.problems)
            if told is not None and sum(each is not None for each in (told.file, _text(told), told.environment)) != 1:
                self._one(section, name, key)
                told = None
            self._read[section, name] = told
        return self._read[section, name]

    def _one(self, section: str, name: str, key: Node) -> None:
        ways = "`file` or `environment`" if section == "secrets" else "`file`, `content` or `environment`"
        self._project.problems.at(
            key, "spec/one-of", "Exactly one is needed", f"{name} needs exactly one of {ways}.", "Keep one."
        )

    def _content(self, told: Secret, key: Node) -> Value:
        if told.environment is None:
            return _text(told)
        try:
            return (
                self._scope.lookup(told.environment)
                if told.environment in self._scope.given
                else Sensitive(self._scope.lookup(told.environment))
            )
        except KeyError:
            self._project.problems.at(
                key,
                "docker/compose-variable",
                "Variable without a value",
                f"It is made of {told.environment}, which is neither in the block's `environment` nor in the .env file.",
                "Give it a value there.",
            )
            return ""

    def _inline(self, section: str, item: Node, name: str) -> None:
        self._project.problems.at(
            item,
            "docker/compose-inline",
            "Content without a file",
            f"{name} of `{section}` has its content in the compose file or in a variable, and a container sees files of the "
            "machine, which nothing would write there.",
            f"Write it by a local.file, and name that: {section}: {{{name}: {{file: PATH}}}}.",
        )


def _text(told: Secret) -> str | None:
    return told.content if isinstance(told, Config) else None
