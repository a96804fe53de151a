"""`shell.*`: commands and scripts of this machine. What they leave is told by their `read`, else by the state alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reign.model.address import Address
from reign.model.errors import ErrorKind, ProviderError
from reign.model.resource import Health, Observation, Resource, Snapshot
from reign.model.values import Spec
from reign.ports import Call, Wanted
from reign.providers.modelled import Modelled, nothing_to_adopt
from reign.providers.shell.observe import observe_all
from reign.providers.shell.perform import outputs_of, perform, read_back, texts_of
from reign.providers.shell.run import Ended
from reign.providers.shell.specs import shell_types


class Shell(Modelled):
    """Runs what is declared, and says what came out."""

    name = "shell"

    def __init__(self) -> None:
        self.types = shell_types()

    def check(self, call: Call) -> Health:  # noqa: ARG002
        """This machine is always there."""
        return Health(reachable=True)

    def observe(self, wanted: Sequence[Wanted], call: Call) -> Mapping[Address, Observation | ProviderError | None]:
        """What `read` says; without one, what the state says."""
        return observe_all(wanted, call)

    def create(self, desired: Resource, call: Call) -> Observation:
        """Run `create`, or the script; not where `read` finds that it is there before anything was ever made."""
        address, spec = str(desired.address), desired.spec
        if call.first and spec.get("read") is not None:
            told = read_back(address, spec, call)
            if told is not None:
                return Observation(call.key, spec, outputs_of(told, spec), found=True)
        done = perform(_making(desired), address, spec, call)
        try:
            outputs = _outputs_after(done, desired, call)
        except ProviderError as error:
            made = Observation(call.key, spec, texts_of(done))
            raise ProviderError(error.kind, error.summary, error.detail, error.fix, partial=made) from None
        if outputs is None:
            raise _not_there("create", address)
        return Observation(call.key, spec, outputs)

    def update(self, desired: Resource, prior: Snapshot, call: Call) -> Observation:
        """Run `update` where it is given, else what made it once more."""
        name = "update" if desired.spec.get("update") is not None else _making(desired)
        done = perform(name, str(desired.address), desired.spec, call)
        outputs = _outputs_after(done, desired, call)
        if outputs is None:
            raise _not_there("update", str(desired.address))
        return Observation(prior.external_id, desired.spec, outputs, found=prior.found)

    def delete(self, prior: Snapshot, call: Call) -> None:
        """Run the recorded `delete`, if there is one; never for what was found, and not where `read` says it is gone."""
        if prior.found or prior.spec.get("delete") is None:
            return
        if prior.spec.get("read") is not None and _is_gone(prior, call):
            return
        perform("delete", str(prior.address), prior.spec, call)

    def adopt(self, address: Address, external_id: str, call: Call) -> Observation:  # noqa: ARG002
        """There is nothing to take over. Raises ProviderError `invalid`."""
        raise nothing_to_adopt(address)

    def look_up(self, type: str, spec: Spec, call: Call) -> Spec:
        """What `read` prints. See `ports.Lookup`."""
        told = read_back(type, spec, call)
        if told is None:
            raise ProviderError(
                ErrorKind.MISSING,
                "Not there",
                "The read command ended with exit code 1, which says that what it looks for is not there.",
                "Make it first, or let the command exit with 0 and print that there is nothing.",
            )
        return outputs_of(told, spec)


def _outputs_after(done: list[Ended], desired: Resource, call: Call) -> Spec | None:
    """The outputs after a write: those of `read` where it is given, None where that says that nothing is there."""
    if desired.spec.get("read") is None:
        return outputs_of(done, desired.spec)
    told = read_back(str(desired.address), desired.spec, call)
    return None if told is None else outputs_of(told, desired.spec)


def _not_there(verb: str, address: str) -> ProviderError:
    return ProviderError(
        ErrorKind.FAULT,
        f"Not there after the {verb}",
        f"The {verb} of {address} succeeded, and right after it `read` says that nothing is there.",
        "Correct `read`, or what makes it.",
    )


def _is_gone(prior: Snapshot, call: Call) -> bool:
    try:
        return read_back(str(prior.address), prior.spec, call) is None
    except ProviderError:
        return False  # the delete itself says more


def _making(desired: Resource) -> str:
    return "script" if desired.address.type == "shell.script" else "create"
