"""Configs and secrets, which services get as files: those of the machine are bound, others are put into the containers."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field

from reign.model.values import Sensitive, Spec, Value
from reign.providers.docker.compose.filling import Scope
from reign.providers.docker.compose.models import Config, Grant, Secret, checked
from reign.providers.docker.compose.project import Project
from reign.providers.docker.compose.refusals import PLACED
from reign.providers.docker.compose.shapes import as_list
from reign.providers.docker.compose.tree import as_text, entries, key_like, mapping, private_value_of, text_of
from reign.yaml.nodes import Mapping, Node, Scalar, find, find_key

_FOLDER = {"secrets": "/run/secrets/", "configs": "/"}


@dataclass(frozen=True, slots=True)
class Granted:
    """What a service gets: a file of the machine, or else a content, with the permissions that it is told."""

    source: str
    target: str
    file: str | None
    content: Value = None
    rights: Spec = field(default_factory=dict)


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
        content = self._content(section, told, *declared)
        rights: Spec = {name: value for name in PLACED if (value := getattr(grant, name)) is not None}
        return Granted(grant.source, grant.target or "", told.file, content, rights)

    def given(self, node: Mapping) -> tuple[list[Value], Spec]:
        """What a service gets, as mounts of the files of the machine, and as files that are put into its containers."""
        mounts: list[Value] = []
        files: Spec = {}
        for section, folder in _FOLDER.items():
            written = node.get(section)
            for item in as_list(written).items if written is not None else ():
                granted = self.of(section, item)
                if granted is None:
                    continue
                target = posixpath.join(folder, granted.target or granted.source)
                if granted.file is None:
                    self._refuse_read_only(item, granted, node)
                    files[target] = {"content": granted.content, **granted.rights}
                else:
                    self._refuse_rights(item, granted)
                    mounts.append(_bound(granted.file, target))
        return mounts, files

    def _refuse_read_only(self, item: Node, granted: Granted, service: Mapping) -> None:
        if text_of(service.get("read_only")) == "true":
            self._project.problems.at(
                item,
                "docker/files",
                "Nothing can be put into it",
                f"Nothing is written into a container that is read_only, and {granted.source} has no file to mount.",
                "Give it by `file`: local.file writes one.",
            )

    def _refuse_rights(self, item: Node, granted: Granted) -> None:
        for name in granted.rights:
            self._project.problems.refuse(find_key(item, (name,)), PLACED[name])

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

    def _content(self, section: str, told: Secret, key: Node, node: Node) -> Value:
        """In clear where anybody may see it: a config that stands in the file, or is given by the block."""
        if told.environment is None:
            return as_text(private_value_of(find(node, ("content",)))) if told.file is None else None
        try:
            value = self._scope.lookup(told.environment)
        except KeyError:
            self._unset(key, told.environment)
            return ""
        is_told = section == "configs" and told.environment in self._scope.given
        return value if is_told or not isinstance(value, str) else Sensitive(value)

    def _unset(self, key: Node, name: str) -> None:
        self._project.problems.at(
            key,
            "docker/compose-variable",
            "Variable without a value",
            f"It is made of {name}, which is neither in the block's `environment` nor in the .env file.",
            "Give it a value there.",
        )


def _bound(file: str, target: str) -> Spec:
    """A file of the machine as a mount."""
    bind: Spec = {"create_host_path": False}
    return {"type": "bind", "source": file, "target": target, "read_only": True, "bind": bind}


def _text(told: Secret) -> Value:
    return told.content if isinstance(told, Config) else None
