"""`sample.note`, notes on a shelf, and `data.sample.shelf`, what is on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reign.model.address import Address
from reign.model.errors import ErrorKind, ProviderError
from reign.model.resource import Health, Observation, Resource, Snapshot
from reign.model.values import Spec
from reign.ports import Call, Wanted
from reign.providers.modelled import Modelled
from reign_sample.shelf import Shelf
from reign_sample.specs import TYPES

Note = dict[str, Any]


class Sample(Modelled):
    """Notes on a shelf. Holds no state: every call comes with its connection."""

    name = "sample"
    types = TYPES

    def check(self, call: Call) -> Health:
        try:
            Shelf(call)
        except ProviderError as error:
            return Health(False, error.summary, error.detail, error.fix)
        return Health(True)

    def observe(self, wanted: Sequence[Wanted], call: Call) -> Mapping[Address, Observation | ProviderError | None]:
        shelf = Shelf(call)
        return {item.address: _seen(shelf.read(_title(item)), call) for item in wanted}

    def create(self, desired: Resource, call: Call) -> Observation:
        title = str(desired.spec["title"])
        note = {"spec": desired.spec, "mark": _mark(desired.address, call)}
        if not Shelf(call).add(title, note):
            there = Shelf(call).read(title)
            if there is None or there["mark"] != note["mark"]:  # with our mark, only the answer was lost
                raise ProviderError(
                    ErrorKind.CONFLICT, "Already on the shelf", f"{title} is there.", "Import it, or rename yours."
                )
        return _made(note)

    def update(self, desired: Resource, prior: Snapshot, call: Call) -> Observation:
        shelf = Shelf(call)
        there = shelf.read(prior.external_id)
        if there is None:
            raise ProviderError(ErrorKind.MISSING, "Gone", f"{prior.external_id} is not there any more.", "Plan again.")
        _refuse_foreign(there, call)
        note = {**there, "spec": desired.spec}
        shelf.replace(prior.external_id, note)
        return _made(note)

    def delete(self, prior: Snapshot, call: Call) -> None:
        shelf = Shelf(call)
        there = shelf.read(prior.external_id)
        if there is not None:
            _refuse_foreign(there, call)
            shelf.remove(prior.external_id)

    def adopt(self, address: Address, external_id: str, call: Call) -> Observation:
        shelf = Shelf(call)
        there = shelf.read(external_id)
        if there is None:
            raise ProviderError(
                ErrorKind.INVALID, "No such note", f"{external_id} is not on the shelf.", "Name one that is."
            )
        note = {**there, "mark": _mark(address, call)}
        shelf.replace(external_id, note)
        return _made(note)

    def look_up(self, type: str, spec: Spec, call: Call) -> Spec:
        found = [title for title in Shelf(call).titles() if title.startswith(str(spec["prefix"]))]
        if not found:
            raise ProviderError(
                ErrorKind.MISSING, "No such notes", f"Nothing begins with {spec['prefix']}.", "Write one."
            )
        return {"titles": [*found], "count": len(found)}


def _mark(address: Address, call: Call) -> list[str]:
    """Whose it is: of which state, under which address, made by which operation."""
    return [call.site.lineage, str(address), call.key]


def _title(wanted: Wanted) -> str:
    if wanted.known:
        return wanted.known.external_id
    return str(wanted.desired.spec["title"]) if wanted.desired else ""


def _made(note: Note) -> Observation:
    spec = note["spec"]
    return Observation(spec["title"], spec, {"title": spec["title"], "length": len(spec["text"])})


def _seen(note: Note | None, call: Call) -> Observation | None:
    if note is None:
        return None
    made = _made(note)
    return Observation(made.external_id, made.spec, made.outputs, owned=_is_ours(note, call))


def _is_ours(note: Note, call: Call) -> bool:
    return bool(note["mark"]) and note["mark"][0] == call.site.lineage


def _refuse_foreign(note: Note, call: Call) -> None:
    if not _is_ours(note, call):
        raise ProviderError(ErrorKind.CONFLICT, "Not ours", "Somebody else put it there.", "Import it.")
