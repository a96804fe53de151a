"""The rooms, wired for one project: its folders, its providers, its state."""

from __future__ import annotations

from dataclasses import dataclass

from reign.app.nouns import Where
from reign.config import Request, root_of
from reign.model.errors import Failed
from reign.model.finding import Finding
from reign.model.schema import Schema
from reign.ports import Site
from reign.providers.registry import Registry
from reign.state.layout import Layout


@dataclass(frozen=True, slots=True)
class Workspace:
    """What every use-case starts from."""

    where: Where
    registry: Registry
    layout: Layout

    def site(self, lineage: str, project: str) -> Site:
        """Where the providers' calls stand."""
        folder = self.where.folder.resolve()
        return Site(
            folder=str(folder),
            root=str(root_of(folder)),
            state=str(self.layout.state),
            lineage=lineage,
            project=project,
            env=self.where.env or "",
        )

    def schema(self, type: str) -> Schema:
        """The schema of a type that is known to exist. Raises Failed where its provider is gone."""
        found = self.registry.schema(type)
        if found is None:
            raise Failed(
                [
                    Finding(
                        "provider/unknown-type",
                        "No provider for this type",
                        f"The state holds a {type}, and no installed provider knows that type.",
                        fix="Install the provider that made it.",
                    )
                ]
            )
        return found


def open_workspace(where: Where) -> Workspace:
    """Find the project's rooms. Reads nothing yet."""
    return Workspace(where, Registry(), Layout(where.folder.resolve(), where.env or ""))


def request(where: Where) -> Request:
    """What `config` is asked for. Raises Failed on a `--var` without a `=`."""
    variables = {}
    for text in where.variables:
        name, equals, value = text.partition("=")
        if not equals:
            raise Failed(
                [Finding("usage/variable", "Not a variable", f"--var takes name=value, and {text!r} has no =.")]
            )
        variables[name] = value
    return Request(where.folder.resolve(), where.env, variables, where.var_files, where.environ)
