"""The variables and labels of a service: what it says itself, over what its files say."""

from __future__ import annotations

from reign.model.values import Sensitive, Spec, Value
from reign.providers.docker.compose.files import Files
from reign.providers.docker.compose.filling import Scope
from reign.providers.docker.compose.models import EnvFile, checked
from reign.providers.docker.compose.problems import Problems
from reign.providers.docker.compose.shapes import as_list
from reign.providers.docker.compose.stores import given, texts
from reign.providers.docker.compose.tree import key_like, mapping, text_of
from reign.yaml.nodes import Mapping, Node, Scalar


class Texts:
    """Reads them for one service at a time."""

    def __init__(self, files: Files, scope: Scope, problems: Problems) -> None:
        self._files, self._scope, self._problems = files, scope, problems

    def environment(self, node: Mapping) -> Spec:
        """Its variables; nothing of its files is shown, since that is where passwords are kept."""
        written = node.get("environment")
        own: Spec = {}
        if written is not None and not isinstance(written, Scalar):
            own = given(written, self._scope, self._problems)
        lookup = self._scope.under(own).lookup
        found: Spec = {}
        for entry, item in self._env_files(node.get("env_file")):
            if entry.required or self._files.is_file(entry.path):
                read = self._files.variables(entry.path, item, lookup, entry.format == "raw")
                found.update({name: _hidden(value) for name, value in read.items()})
        return {**found, **own}

    def labels(self, node: Mapping) -> Spec:
        """Its labels."""
        found: Spec = {}
        written = node.get("label_file")
        for item in as_list(written).items if written is not None else ():
            found.update(self._files.variables(str(text_of(item)), item, self._scope.lookup))
        return {**found, **texts(node.get("labels"))}

    def _env_files(self, written: Node | None) -> list[tuple[EnvFile, Node]]:
        found = []
        for item in as_list(written).items if written is not None else ():
            node = mapping(item, [("path", key_like(item, "path"), item)]) if isinstance(item, Scalar) else item
            entry = checked(EnvFile, node, "env_file", self._problems)
            if entry is not None:
                found.append((entry, item))
        return found


def _hidden(value: Value) -> Value:
    return Sensitive(value) if isinstance(value, str) else value
