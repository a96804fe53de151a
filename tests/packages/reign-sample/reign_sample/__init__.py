"""`sample.note`: notes on a shelf, and `data.sample.shelf`: what is on it.

The shelf is a folder that the connection names (`shelf`), one file for each note.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

from reign.model.address import Address
from reign.model.errors import ErrorKind, ProviderError
from reign.model.resource import Health, Observation, Resource, Snapshot
from reign.model.schema import Kind, Output
from reign.model.values import Spec
from reign.ports import Call, Wanted
from reign.providers.modelled import Modelled
from reign.providers.spec import IDENTITY, IMMUTABLE, Model, Types, TypeSpec


class NoteSpec(Model):
    """A note on the shelf."""

    title: Annotated[str, IDENTITY]
    text: str
    color: Annotated[str, IMMUTABLE] = "yellow"


class ShelfSpec(Model):
    """The notes whose titles begin alike."""

    prefix: str = ""


class Sample(Modelled):
    """Each note's file carries its mark."""

    name = "sample"

    def __init__(self) -> None:
        outputs = {"title": Output(Kind("string")), "length": Output(Kind("integer"), follows=("text",))}
        told = {"titles": Output(Kind("list", item=Kind("string"))), "count": Output(Kind("integer"))}
        self.types = Types(
            TypeSpec("sample.note", NoteSpec, outputs),
            TypeSpec("data.sample.shelf", ShelfSpec, told, data=True),
        )

    def look_up(self, type: str, spec: Spec, call: Call) -> Spec:
        found = sorted(path.stem for path in _shelf(call).glob("*.note") if path.stem.startswith(str(spec["prefix"])))
        if not found:
            raise ProviderError(
                ErrorKind.MISSING, "No such notes", f"Nothing begins with {spec['prefix']}.", "Write one."
            )
        return {"titles": [*found], "count": len(found)}

    def check(self, call: Call) -> Health:
        try:
            _shelf(call)
        except ProviderError as error:
            return Health(False, error.summary, error.detail, error.fix)
        return Health(True)

    def observe(self, wanted: Sequence[Wanted], call: Call) -> Mapping[Address, Observation | ProviderError | None]:
        shelf = _shelf(call)
        return {item.address: _seen(_read(shelf / _file(item)), call) for item in wanted}

    def create(self, desired: Resource, call: Call) -> Observation:
        path = _shelf(call) / f"{desired.spec['title']}.note"
        mark = [call.site.lineage, str(desired.address), call.key]
        note = {"spec": desired.spec, "mark": mark}
        if not _put_new(path, note):
            there = _read(path)
            if there is None or there["mark"] != mark:
                raise ProviderError(
                    ErrorKind.CONFLICT, "Already on the shelf", f"{path.name} is there.", "Import it, or rename yours."
                )
        return _made(note)

    def update(self, desired: Resource, prior: Snapshot, call: Call) -> Observation:
        path = _shelf(call) / f"{prior.external_id}.note"
        there = _read(path)
        if there is None:
            raise ProviderError(ErrorKind.MISSING, "Gone", f"{path.name} is not there any more.", "Plan again.")
        _refuse_foreign(there, call)
        note = {**there, "spec": desired.spec}
        _put(path, note)
        return _made(note)

    def delete(self, prior: Snapshot, call: Call) -> None:
        path = _shelf(call) / f"{prior.external_id}.note"
        there = _read(path)
        if there is not None:
            _refuse_foreign(there, call)
            path.unlink()

    def adopt(self, address: Address, external_id: str, call: Call) -> Observation:
        path = _shelf(call) / f"{external_id}.note"
        there = _read(path)
        if there is None:
            raise ProviderError(ErrorKind.INVALID, "No such note", f"{external_id} is not on the shelf.", "Name one.")
        note = {**there, "mark": [call.site.lineage, str(address), call.key]}
        _put(path, note)
        return _made(note)


def _shelf(call: Call) -> Path:
    shelf = Path(str(call.connection.settings.get("shelf", "")))
    if not shelf.is_absolute() or not shelf.is_dir():
        raise ProviderError(ErrorKind.TRANSIENT, "No shelf", f"{shelf} is not there.", "Put up a shelf.")
    return shelf


def _file(wanted: Wanted) -> str:
    if wanted.known:
        return f"{wanted.known.external_id}.note"
    return f"{wanted.desired.spec['title'] if wanted.desired else ''}.note"


def _read(path: Path) -> dict[str, Any] | None:
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None


def _put(path: Path, note: dict[str, Any]) -> None:
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False, encoding="utf-8") as file:
        json.dump(note, file)
    Path(file.name).replace(path)


def _put_new(path: Path, note: dict[str, Any]) -> bool:
    with tempfile.NamedTemporaryFile("w", dir=path.parent, encoding="utf-8") as file:
        json.dump(note, file)
        file.flush()
        try:
            os.link(file.name, path)
        except FileExistsError:
            return False
    return True


def _made(note: dict[str, Any]) -> Observation:
    spec = note["spec"]
    return Observation(spec["title"], spec, {"title": spec["title"], "length": len(spec["text"])})


def _seen(note: dict[str, Any] | None, call: Call) -> Observation | None:
    if note is None:
        return None
    made = _made(note)
    return Observation(made.external_id, made.spec, made.outputs, (note["mark"] or [""])[0] == call.site.lineage)


def _refuse_foreign(note: dict[str, Any], call: Call) -> None:
    if (note["mark"] or [""])[0] != call.site.lineage:
        raise ProviderError(ErrorKind.CONFLICT, "Not ours", "Somebody else put it there.", "Import it.")
