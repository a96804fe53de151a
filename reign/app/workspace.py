"""The rooms, wired for one project: its folders, its providers, its state, and what must not be shown of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import cast

from reign.app.git import tracks
from reign.app.nouns import Where
from reign.app.trusted import is_trusted
from reign.config import root_of
from reign.config.environments import resolve_env
from reign.config.files import FILE
from reign.config.project import Request
from reign.model.errors import Failed
from reign.model.event import State
from reign.model.finding import Finding
from reign.model.redact import Masks
from reign.model.rewrite import rewritten
from reign.model.schema import Schema
from reign.model.values import Path as Inner
from reign.model.values import Sensitive, Value
from reign.ports import Provider, Site
from reign.providers.registry import Registry
from reign.state.layout import Layout
from reign.state.reader import Reading
from reign.state.vault import KeyVault


@dataclass(frozen=True)
class Workspace:
    """What every use-case starts from. Everything in it is found when it is first asked for, and then kept.

    `named_env` is the environment where it is known without asking the project: a plan file says so.
    """

    where: Where
    registry: Registry
    masks: Masks
    named_env: str | None = None
    _vaults: dict[str, KeyVault] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def folder(self) -> Path:
        """The project's folder, links resolved."""
        return self.where.folder.resolve()

    @cached_property
    def root(self) -> Path:
        """What may be read."""
        return root_of(self.folder)

    @cached_property
    def env(self) -> str:
        """The name of the environment, empty in a project without any. Raises Failed where it is not clear which is meant."""
        if self.named_env is not None:
            return self.named_env
        return resolve_env(request(self.where))

    @cached_property
    def trusted(self) -> bool:
        """Whether commands of the project may run, and what it names may be reached."""
        return is_trusted(self.folder, self.root, self.where.environ)

    @cached_property
    def layout(self) -> Layout:
        """The environment's state, for reading or writing. Raises Failed where git tracks it.

        And where something in it leads elsewhere, as long as the folder is not trusted: it may be another project's state.
        """
        layout = Layout(self.folder, self.env)
        if tracks(self.folder, layout.root.name, trusted=self.trusted):
            raise Failed([_tracked()])
        stray = None if self.trusted else layout.stray()
        if stray is not None:
            raise Failed([_leads_elsewhere(stray.relative_to(self.folder))])
        return layout

    @cached_property
    def reading(self) -> Reading:
        """The journal as it was when it was first asked for: for whoever takes no lock."""
        return Reading(self.layout)

    @cached_property
    def held(self) -> State:
        """The state as it was then, opened."""
        return self.opened(self.reading.fold.state())

    def vault(self, lineage: str) -> KeyVault:
        """The vault of a lineage: one, so that its key is looked for once."""
        if lineage not in self._vaults:
            self._vaults[lineage] = KeyVault(self.layout, self.where.environ, lineage)
        return self._vaults[lineage]

    def opened(self, state: State) -> State:
        """`state` with what is encrypted in it opened, and never shown from now on. Raises Failed without the key."""
        if not state.is_sealed:
            return state
        vault = self.vault(state.lineage)
        opened = vault.decrypt(state)
        made: list[Value] = [vault.decrypt(cast("Value", secret)) for secret in state.secrets.values()]
        self.learn((opened.resources, opened.outputs, opened.deposed, made))
        return opened

    def learn(self, noun: object) -> None:
        """Show nothing from now on that is `Sensitive` in `noun`."""
        found: list[Value] = []

        def note(part: Sensitive, _: Inner) -> Value:
            found.append(part)
            return part

        rewritten(noun, (Sensitive,), note)
        self.masks.learn(*found)

    def site(self, lineage: str, project: str, env: str) -> Site:
        """Where the providers' calls stand."""
        return Site(
            folder=str(self.folder),
            root=str(self.root),
            state=str(Layout(self.folder, env).state),
            lineage=lineage,
            project=project,
            env=env,
            trusted=self.trusted,
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


def open_workspace(where: Where, named_env: str | None = None) -> Workspace:
    """Find the project's rooms. Reads nothing yet."""
    masks = Masks()
    projects = partial(_projects, dict(where.environ))
    return Workspace(where, Registry({"project": projects}, masks), masks, named_env)


def open_existing(where: Where) -> Workspace:
    """The same, where nothing is to be made. Raises Failed where no project is: of a folder that was named wrong, nothing
    must be told as an empty answer."""
    space = open_workspace(where)
    if not (space.folder / ".reign").is_dir() and not (space.folder / FILE).is_file():
        said = f"There is neither a {FILE} nor a .reign in {space.folder}, so there is nothing to look at."
        raise Failed([Finding("usage/no-project", "No project here", said, fix="Name the project's folder with -C.")])
    return space


def _projects(environ: Mapping[str, str]) -> Provider:
    from reign.app.projects import Projects

    return Projects(environ)


def request(where: Where) -> Request:
    """What `config` is asked for, secrets aside. Raises Failed on a `--var` without a `=`."""
    variables = {}
    for text in where.variables:
        name, equals, value = text.partition("=")
        if not equals:
            raise Failed(
                [Finding("usage/variable", "Not a variable", f"--var takes name=value, and {text!r} has no =.")]
            )
        variables[name] = value
    return Request(where.folder.resolve(), where.env, variables, where.var_files, where.environ)


def _tracked() -> Finding:
    return Finding(
        "project/state-tracked",
        "git tracks the state",
        "The index of git holds .reign, so that the state and its key go wherever the repository goes, and a state that "
        "others wrote may come back with it. Nothing was read from it, and nothing was written.",
        fix="Take it out of git, and keep the files: git rm -r --cached .reign",
    )


def _leads_elsewhere(stray: Path) -> Finding:
    return Finding(
        "project/state-elsewhere",
        "The state leads elsewhere",
        f"{stray} is no file or folder of its own: a link, perhaps, to the state of another project. In a folder that is "
        "not trusted nothing is read or written through it. Nothing was done.",
        fix="Remove it; or, where you put it there yourself, trust the folder: reign trust",
    )
