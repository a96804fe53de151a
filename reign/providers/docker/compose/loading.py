"""From the names of compose files to what they say together: variables, includes, extensions, one laid over the other."""

from __future__ import annotations

from collections.abc import Iterable

from reign.model.values import Value
from reign.providers.docker.compose.files import Files, folder_of, joined
from reign.providers.docker.compose.filling import Filler, Scope
from reign.providers.docker.compose.merging import merged, without_tags
from reign.providers.docker.compose.models import Extends, Included, checked
from reign.providers.docker.compose.paths import based
from reign.providers.docker.compose.problems import Problems
from reign.providers.docker.compose.shapes import as_list
from reign.providers.docker.compose.tree import entries, key_like, mapping
from reign.providers.docker.compose.variables import Lookup
from reign.yaml.nodes import Mapping as Map
from reign.yaml.nodes import Node, Scalar

MOST_DEEP = 50
SECTIONS = ("services", "networks", "volumes", "secrets", "configs")


class Loader:
    """Loads the files of one block."""

    def __init__(self, files: Files, problems: Problems) -> None:
        self._files, self._problems = files, problems

    def whole(self, names: Iterable[str], folder: str, scope: Scope) -> Map | None:
        """What the files say together, each laid over those before it. `folder` is what their paths are written from."""
        return self._whole([(name, None) for name in names], folder, scope, ())

    def environment(self, names: Iterable[str], lookup: Lookup) -> dict[str, Value]:
        """What files of variables say, the last one first."""
        found: dict[str, Value] = {}
        for name in names:
            found.update(self._files.variables(name, None, lookup))
        return found

    def _whole(
        self, names: Iterable[tuple[str, Node | None]], folder: str, scope: Scope, above: tuple[str, ...]
    ) -> Map | None:
        whole: Node | None = None
        for name, named_by in names:
            one = self._one(name, named_by, folder, scope, above)
            whole = one if whole is None else merged(whole, one)
        return without_tags(whole) if isinstance(whole, Map) else None  # type: ignore[return-value]

    def _one(self, name: str, named_by: Node | None, folder: str, scope: Scope, above: tuple[str, ...]) -> Map | None:
        document = self._files.document(name, named_by)
        if document is None:
            return None
        made = Filler(scope, self._problems)(document)
        if not isinstance(made, Map):
            return None
        root = based(self._with_included(made, folder, scope, (*above, name)), folder)
        return _Extender(self, name, folder, root, scope).extended()

    # include

    def _with_included(self, root: Map, folder: str, scope: Scope, above: tuple[str, ...]) -> Map:
        written = root.get("include")
        if written is None:
            return root
        rest = mapping(root, [(name, *pair) for name, pair in root.pairs.items() if name != "include"])
        whole: Node = mapping(root)
        for item in as_list(written).items:
            one = self._included(item, folder, scope, above)
            whole = whole if one is None else merged(one, whole)
        return merged(_sections(whole), rest)  # type: ignore[return-value]

    def _included(self, item: Node, folder: str, scope: Scope, above: tuple[str, ...]) -> Map | None:
        node = mapping(item, [("path", key_like(item, "path"), item)]) if isinstance(item, Scalar) else item
        entry = checked(Included, node, "include", self._problems)
        if entry is None or not entry.path:
            return None
        names = [joined(folder, name) for name in entry.path]
        if len(above) > MOST_DEEP or set(names) & set(above):
            self._circle(item, names[0])
            return None
        told = entry.project_directory
        inner = folder_of(names[0]) if told is None else joined(folder, told)
        files = [joined(folder, name) for name in entry.env_file if name != "/dev/null"]
        standard = joined(inner, ".env")
        files = files or ([standard] if not entry.env_file and self._files.is_file(standard) else [])
        within = scope.under(self.environment(files, scope.lookup))
        return self._whole([(name, item) for name in names], "" if inner == "." else inner, within, above)

    def _circle(self, node: Node, name: str) -> None:
        self._problems.at(
            node, "docker/compose-circle", "Files that lead back to themselves", f"{name} is part of what includes it."
        )

    # extends

    def base(self, name: str, named_by: Node, scope: Scope) -> Map | None:
        """The services of another file, its paths told from the project folder."""
        document = self._files.document(name, named_by)
        made = Filler(scope, self._problems)(document) if document is not None else None
        return based(made, folder_of(name)) if isinstance(made, Map) else None

    @property
    def problems(self) -> Problems:
        """What is wrong so far."""
        return self._problems


class _Extender:
    """Makes the services of one file whole, each of what it extends."""

    def __init__(self, loader: Loader, name: str, folder: str, root: Map, scope: Scope) -> None:
        self._loader, self._name, self._folder, self._root, self._scope = loader, name, folder, root, scope
        self._bases: dict[str, Map | None] = {}

    def extended(self) -> Map:
        services = self._root.get("services")
        if not isinstance(services, Map):
            return self._root
        made = [(name, key, self._service(services, self._name, name, ())) for name, key, _ in entries(services)]
        pairs = dict(self._root.pairs)
        pairs["services"] = (pairs["services"][0], mapping(services, made))
        return mapping(self._root, [(name, *pair) for name, pair in pairs.items()])

    def _service(self, services: Map, file: str, name: str, above: tuple[tuple[str, str], ...]) -> Node:
        service = services.pairs[name][1]
        written = service.get("extends") if isinstance(service, Map) else None
        if written is None or not isinstance(service, Map):
            return service
        own = mapping(service, [(key, *pair) for key, pair in service.pairs.items() if key != "extends"])
        below = self._below(written, services, file, (*above, (file, name)))
        return own if below is None else merged(below, own, ("services", name))

    def _below(self, written: Node, services: Map, file: str, above: tuple[tuple[str, str], ...]) -> Node | None:
        node = written
        if isinstance(written, Scalar):
            node = mapping(written, [("service", key_like(written, "service"), written)])
        told = checked(Extends, node, "extends", self._loader.problems)
        if told is None:
            return None
        if told.file is not None:
            file = joined(self._folder if file == self._name else folder_of(file), told.file)
            found = self._base(file, written)
            if found is None:
                return None
            services = found
        if (file, told.service) in above or len(above) > MOST_DEEP:
            detail = f"{told.service} extends itself, by way of others."
            self._loader.problems.at(written, "docker/compose-circle", "Files that lead back to themselves", detail)
            return None
        if told.service not in services.pairs:
            self._loader.problems.unknown(written, f"`services` of {file}", told.service, services.pairs)
            return None
        return self._service(services, file, told.service, above)

    def _base(self, file: str, written: Node) -> Map | None:
        if file not in self._bases:
            root = self._loader.base(file, written, self._scope)
            services = root.get("services") if root is not None else None
            self._bases[file] = services if isinstance(services, Map) else None
        return self._bases[file]


def _sections(root: Node) -> Node:
    """Of an included file only what it declares, not what it is called."""
    if not isinstance(root, Map):
        return root
    return mapping(root, [(name, *pair) for name, pair in root.pairs.items() if name in SECTIONS])
