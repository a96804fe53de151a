"""`local.*`: files and folders of this machine, below the project folder or a connection's `folder`."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from reign.model.address import Address
from reign.model.errors import ProviderError
from reign.model.resource import Block, Health, Observation, Resource, Snapshot
from reign.model.values import Spec
from reign.ports import Call, Wanted
from reign.providers.local.description import described
from reign.providers.local.files import adopt_file, create_file, delete_file, observe_file, update_file
from reign.providers.local.folders import adopt_folder, create_folder, delete_folder, observe_folder, update_folder
from reign.providers.local.lookup import look_up_file
from reign.providers.local.place import Place, place_of
from reign.providers.local.specs import imported_path, local_types
from reign.providers.local.tree import expand_tree
from reign.providers.modelled import Modelled

_FOLDER = "local.directory"


class Local(Modelled):
    """Every file and folder carries a mark in the state, made durable before it stands at its path."""

    name = "local"

    def __init__(self) -> None:
        self.types = local_types()

    def expand(self, block: Block, call: Call) -> Sequence[Resource]:
        """The files of a `local.tree`; anything else is itself."""
        return expand_tree(block, call) if block.address.type == "local.tree" else (block,)

    def look_up(self, type: str, spec: Spec, call: Call) -> Spec:  # noqa: ARG002
        """What a file holds. See `ports.Lookup`."""
        return look_up_file(spec, call)

    def check(self, call: Call) -> Health:
        """Whether the folder is there and may be written to."""
        try:
            place = place_of(call)
        except ProviderError as error:
            return Health(False, error.summary, error.detail, error.fix)
        if not os.access(place.base, os.W_OK | os.X_OK):
            return Health(
                False,
                "Folder not writable",
                f"{place.base} may not be written to by this user.",
                "Change its permissions, or run as its owner.",
            )
        return Health(reachable=True)

    def observe(self, wanted: Sequence[Wanted], call: Call) -> Mapping[Address, Observation | ProviderError | None]:
        """See `ports.Provider`."""
        place = place_of(call)
        return {item.address: _observed(item, place) for item in wanted}

    def create(self, desired: Resource, call: Call) -> Observation:
        """See `ports.Provider`."""
        return create_folder(desired, call) if desired.address.type == _FOLDER else create_file(desired, call)

    def update(self, desired: Resource, prior: Snapshot, call: Call) -> Observation:
        """See `ports.Provider`."""
        act = update_folder if desired.address.type == _FOLDER else update_file
        return act(desired, prior, call)

    def delete(self, prior: Snapshot, call: Call) -> None:
        """See `ports.Provider`."""
        if prior.address.type == _FOLDER:
            delete_folder(prior, call)
        else:
            delete_file(prior, call)

    def adopt(self, address: Address, external_id: str, call: Call) -> Observation:
        """Take over what is at the path `external_id`. See `ports.Provider`."""
        path = imported_path(address.type, external_id)
        return adopt_folder(address, path, call) if address.type == _FOLDER else adopt_file(address, path, call)

    def inspect(self, prior: Snapshot, call: Call) -> Spec:
        """What the file system says. See `ports.Inspect`."""
        return described(prior, call)


def _observed(wanted: Wanted, place: Place) -> Observation | ProviderError | None:
    try:
        return observe_folder(wanted, place) if wanted.address.type == _FOLDER else observe_file(wanted, place)
    except ProviderError as error:
        return error
