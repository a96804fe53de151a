"""Data of type `project`: the outputs of another project, as the state beside its files holds them."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

from pydantic import Field as Described

from reign.app.git import tracks
from reign.config.environments import resolve_env
from reign.config.project import Request
from reign.model.address import Address
from reign.model.errors import ErrorKind, Failed, ProviderError
from reign.model.resource import Health, Observation, Resource, Snapshot
from reign.model.schema import Kind, Output
from reign.model.values import Spec
from reign.ports import Call, Wanted
from reign.providers.modelled import Modelled, nothing_to_adopt
from reign.providers.spec import Model, Types, TypeSpec
from reign.state import read
from reign.state.layout import Layout
from reign.state.vault import KeyVault

TYPE = "data.project"


class ProjectSpec(Model):
    """Another project inside the root, and its environment where it has any."""

    path: Annotated[str, Described(description="Its folder, relative to this project's; // is the root.")]
    env: Annotated[
        str | None, Described(description="Its environment; what its own `default_env` says unless given.")
    ] = None


class Projects(Modelled):
    """Reads states inside the root, and nothing else. `environ` may hold the key that they are encrypted with."""

    name = "project"

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        outputs = {"outputs": Output(Kind("map"), description="Its outputs, by name.")}
        self.types = Types(TypeSpec(TYPE, ProjectSpec, outputs, beneath=True, data=True))

    def look_up(self, type: str, spec: Spec, call: Call) -> Spec:  # noqa: ARG002
        """See `ports.Lookup`. What is sensitive there comes as `Sensitive`."""
        folder, written = _folder(spec, call), str(spec["path"])
        try:
            env = str(spec["env"]) if spec.get("env") else resolve_env(Request(folder))
            layout = Layout(folder, env)
            if tracks(folder, layout.root.name, trusted=call.site.trusted):
                raise _refused(
                    ErrorKind.DENIED, written, "git tracks its .reign, so what stands there is not believed."
                )
            if not call.site.trusted and layout.stray() is not None:
                raise _refused(
                    ErrorKind.DENIED,
                    written,
                    "Its .reign leads elsewhere, and this folder is not trusted.",
                    "reign trust",
                )
            state = read(layout)
            if not state.lineage:
                where = f" in its environment {env}" if env else ""
                raise _refused(ErrorKind.MISSING, written, f"Nothing was ever applied there{where}.", "Apply it first.")
            opened = KeyVault(layout, self._environ, state.lineage).decrypt(state) if state.is_sealed else state
        except Failed as error:
            first = error.findings[0]
            raise _refused(ErrorKind.DENIED, written, first.detail, first.fix) from None
        return {"outputs": {name: output.value for name, output in opened.outputs.items()}}

    def check(self, call: Call) -> Health:  # noqa: ARG002
        """Always there."""
        return Health(reachable=True)

    def observe(
        self,
        wanted: Sequence[Wanted],  # noqa: ARG002
        call: Call,  # noqa: ARG002
    ) -> Mapping[Address, Observation | ProviderError | None]:
        """Nothing of it is ever made."""
        return {}

    def create(self, desired: Resource, call: Call) -> Observation:  # noqa: ARG002
        """Nothing of it is ever made. Raises ProviderError `invalid`."""
        raise nothing_to_adopt(desired.address)

    def update(self, desired: Resource, prior: Snapshot, call: Call) -> Observation:  # noqa: ARG002
        """As `create`."""
        raise nothing_to_adopt(desired.address)

    def delete(self, prior: Snapshot, call: Call) -> None:
        """There is nothing to remove."""

    def adopt(self, address: Address, external_id: str, call: Call) -> Observation:  # noqa: ARG002
        """As `create`."""
        raise nothing_to_adopt(address)


def _folder(spec: Spec, call: Call) -> Path:
    written = str(spec["path"])
    above = call.site.root if written.startswith("//") else call.site.folder
    found = Path(os.path.realpath(Path(above, written.lstrip("/") if written.startswith("//") else written)))
    if "\0" in written or not found.is_relative_to(call.site.root):
        raise _refused(
            ErrorKind.INVALID, written, f"It leads out of {call.site.root}, and only what is in there is read."
        )
    if not found.is_dir():
        raise _refused(ErrorKind.MISSING, written, "There is no such folder.", "Name the folder of its reign.yaml.")
    return found


def _refused(kind: ErrorKind, written: str, why: str, fix: str = "") -> ProviderError:
    return ProviderError(
        kind, "Project cannot be read", f"The outputs of the project in {written} were asked for. {why}", fix
    )
