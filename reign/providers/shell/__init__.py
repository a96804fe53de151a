"""`shell.*`: commands and scripts of this machine. They leave nothing to look at: the state says what was run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reign.model.address import Address
from reign.model.errors import ProviderError
from reign.model.resource import Health, Observation, Resource, Snapshot
from reign.ports import Call, Wanted
from reign.providers.modelled import Modelled, as_recorded, nothing_to_adopt
from reign.providers.shell.perform import outputs_of, perform
from reign.providers.shell.specs import shell_types


class Shell(Modelled):
    """Runs what is declared, and says what came out."""

    name = "shell"

    def __init__(self) -> None:
        self.types = shell_types()

    def check(self, call: Call) -> Health:  # noqa: ARG002
        """This machine is always there."""
        return Health(reachable=True)

    def observe(self, wanted: Sequence[Wanted], call: Call) -> Mapping[Address, Observation | ProviderError | None]:  # noqa: ARG002
        """What the state says."""
        return as_recorded(wanted)

    def create(self, desired: Resource, call: Call) -> Observation:
        """Run `create`, or the script."""
        ended = perform(_making(desired), desired.address, desired.spec, call)
        return outputs_of(ended, call.key, desired.spec)

    def update(self, desired: Resource, prior: Snapshot, call: Call) -> Observation:
        """Run `update` where it is given, else what made it once more."""
        name = "update" if desired.spec.get("update") is not None else _making(desired)
        return outputs_of(perform(name, desired.address, desired.spec, call), prior.external_id, desired.spec)

    def delete(self, prior: Snapshot, call: Call) -> None:
        """Run the recorded `delete`, if there is one."""
        if prior.spec.get("delete") is not None:
            perform("delete", prior.address, prior.spec, call)

    def adopt(self, address: Address, external_id: str, call: Call) -> Observation:  # noqa: ARG002
        """There is nothing to take over. Raises ProviderError `invalid`."""
        raise nothing_to_adopt(address)


def _making(desired: Resource) -> str:
    return "script" if desired.address.type == "shell.script" else "create"
