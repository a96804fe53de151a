"""`shell.*`: commands and scripts of this machine. What they leave is told by their `read`, else by the state alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reign.model.address import Address
from reign.model.errors import ErrorKind, Problem, ProviderError
from reign.model.redact import Masks, Redact
from reign.model.resource import Health, Observation, Resource, Snapshot
from reign.model.values import Spec
from reign.ports import Call, Recalled, Site, Wanted
from reign.providers.modelled import Modelled, nothing_to_adopt
from reign.providers.shell.observe import observe_all
from reign.providers.shell.outcome import field_of, made, updated
from reign.providers.shell.perform import outputs_of, perform, read_back
from reign.providers.shell.recall import recalled
from reign.providers.shell.record import Ended, forget, path_of
from reign.providers.shell.safety.concerns import concerns, refuse
from reign.providers.shell.specs import shell_types
from reign.providers.shell.watched import Nursery


class Shell(Modelled):
    """Runs what is declared, and says what came out."""

    name = "shell"

    def __init__(self, redact: Redact | None = None) -> None:
        """`redact` knows what must not be written down of what commands say."""
        self.types = shell_types()
        self._redact = redact
        self._nursery = Nursery()

    @property
    def _hidden(self) -> frozenset[str]:
        return self._redact.forms if isinstance(self._redact, Masks) else frozenset()

    def dangers(self, type: str, spec: Spec, site: Site, *, going: bool = False) -> Sequence[Problem]:  # noqa: ARG002
        """What its commands would do. See `ports.Cautious`."""
        return concerns(spec, site, ("delete",)) if going else concerns(spec, site)

    def check(self, call: Call) -> Health:  # noqa: ARG002
        """This machine is always there."""
        return Health(reachable=True)

    def observe(self, wanted: Sequence[Wanted], call: Call) -> Mapping[Address, Observation | ProviderError | None]:
        """What `read` says; without one, what the state says."""
        return observe_all(wanted, call)

    def create(self, desired: Resource, call: Call) -> Observation:
        """Run `create`, or the script; not where `read` finds that it is there before anything was ever made."""
        address, spec = str(desired.address), desired.spec
        refuse(concerns(spec, call.site), desired.allow, address)
        if call.first and spec.get("read") is not None:
            told = read_back(address, spec, call)
            if told is not None:
                return Observation(call.key, spec, outputs_of(told, spec), found=True)
        done = self._perform("create", desired, call)
        return made(done, desired, call)

    def update(self, desired: Resource, prior: Snapshot, call: Call) -> Observation:
        """Run `update` where it is given, else what made it once more."""
        refuse(concerns(desired.spec, call.site), desired.allow, str(desired.address))
        done = self._perform("update", desired, call)
        return updated(done, desired, prior, call)

    def delete(self, prior: Snapshot, call: Call) -> None:
        """Run the recorded `delete`, if there is one; never for what was found, and not where `read` says it is gone."""
        if prior.found or prior.spec.get("delete") is None:
            return
        if prior.spec.get("read") is not None and _is_gone(prior, call):
            return
        self._perform("delete", prior, call)

    def _perform(self, verb: str, called: Resource | Snapshot, call: Call) -> list[Ended]:
        name = field_of(verb, called.address.type, called.spec)
        return perform(name, verb, str(called.address), called.spec, call, self._nursery, self._hidden)

    def adopt(self, address: Address, external_id: str, call: Call) -> Observation:  # noqa: ARG002
        """There is nothing to take over. Raises ProviderError `invalid`."""
        raise nothing_to_adopt(address)

    def recall(self, verb: str, desired: Resource | None, prior: Snapshot | None, call: Call) -> Recalled:
        """What the record of the command says; what it led to is told by `read`, else by what the command printed."""
        return recalled(verb, desired, prior, call)

    def forget(self, verb: str, call: Call) -> None:
        """Remove the record."""
        forget(path_of(call.site, call.key, verb, call.attempt))

    def look_up(self, type: str, spec: Spec, call: Call) -> Spec:
        """What `read` prints. See `ports.Lookup`."""
        refuse(concerns(spec, call.site), call.allow, type)
        told = read_back(type, spec, call)
        if told is None:
            raise ProviderError(
                ErrorKind.MISSING,
                "Not there",
                "The read command ended with exit code 1, which says that what it looks for is not there.",
                "Make it first, or let the command exit with 0 and print that there is nothing.",
            )
        return outputs_of(told, spec)


def _is_gone(prior: Snapshot, call: Call) -> bool:
    try:
        return read_back(str(prior.address), prior.spec, call) is None
    except ProviderError:
        return False  # the delete itself says more
