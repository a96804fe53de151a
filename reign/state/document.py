"""A state as one document, to be kept elsewhere, looked at, edited and brought back: `state pull` and `state push`.

What is sensitive stands in it as the journal has it: encrypted, bound to its lineage, its key and its place.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any, NoReturn, cast

from reign.model.address import Address, parse_address
from reign.model.codec import decode, encode
from reign.model.errors import Failed
from reign.model.event import OutputValue, State
from reign.model.finding import Finding
from reign.model.misfit import Misfit, count_misfits, deep_misfits, misfits, value_misfits
from reign.model.resource import Snapshot
from reign.model.values import Path, Secret, format_path, from_json, to_json

FORM = 1
_PARTS: Mapping[str, type] = {
    "format": int,
    "lineage": str,
    "serial": int,
    "resources": list,
    "deposed": list,
    "outputs": dict,
    "secrets": dict,
}
_TOLD = 20
"""So many things that are wrong are told of one document."""


def document(state: State) -> dict[str, Any]:
    """`state`, unopened, as plain JSON: the same for the same state."""

    def several(held: Mapping[Address, Snapshot]) -> list[Any]:
        return [encode(held[address]) for address in sorted(held, key=Address.sort_key)]

    return {
        "format": FORM,
        "lineage": state.lineage,
        "serial": state.serial,
        "resources": several(state.resources),
        "deposed": several(state.deposed),
        "outputs": {name: encode(output) for name, output in state.outputs.items()},
        "secrets": {name: to_json(secret) for name, secret in state.secrets.items()},
    }


def read_document(data: bytes) -> State:
    """The inverse. Raises Failed with everything that is wrong with the document, each with its path."""
    raw = _parsed(data)
    wrong = list(_misfits(raw))
    if wrong:
        raise Failed(_told(wrong))
    return State(
        lineage=raw["lineage"],
        serial=raw["serial"],
        resources=_snapshots(raw["resources"]),
        deposed=_snapshots(raw.get("deposed", [])),
        outputs={name: decode(OutputValue, output) for name, output in raw["outputs"].items()},
        secrets={name: cast("Secret", from_json(secret)) for name, secret in raw["secrets"].items()},
        is_sealed=True,
    )


def _snapshots(raw: list[Any]) -> dict[Address, Snapshot]:
    return {snapshot.address: snapshot for snapshot in (decode(Snapshot, each) for each in raw)}


def _parsed(data: bytes) -> Any:
    try:
        return json.loads(data, parse_constant=_no_number, parse_float=_number, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        why = "it is nested too deep" if isinstance(error, RecursionError) else str(error)
        raise Failed([_wrong((), f"It is no JSON that could be read: {why}.")]) from None


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number of JSON")


def _number(text: str) -> float:
    """What is too large becomes infinite, which JSON has no word for."""
    number = float(text)
    return number if isfinite(number) else _no_number(text)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {twice!r} is there twice in one object")
    return found


def _misfits(raw: Any) -> Iterator[Misfit]:
    """Everything that is not as `document` writes it. `deposed` may be left out: usually there is none."""
    if not isinstance(raw, dict) or not {"format", "lineage"} <= raw.keys():
        yield Misfit((), "is not what reign state pull prints")
        return
    if raw["format"] != FORM or isinstance(raw["format"], bool):
        yield Misfit(("format",), f"is {raw['format']!r}, and this Reign reads {FORM}")
        return
    deep = [*deep_misfits(raw)]
    if deep:
        yield from deep
        return
    for name in raw.keys() - _PARTS.keys():
        yield Misfit((name,), "is not known")
    for name, kind in _PARTS.items():
        if name not in raw and name != "deposed":
            yield Misfit((name,), "is missing")
        elif name in raw and (not isinstance(raw[name], kind) or isinstance(raw[name], bool)):
            yield Misfit((name,), f"is not {_KINDS[kind]}")
        elif name in _INSIDE and name in raw:
            yield from _INSIDE[name](name, raw[name])
    if isinstance(raw.get("serial"), int) and raw["serial"] < 0:
        yield Misfit(("serial",), "is below 0")
    elif isinstance(raw.get("serial"), int):
        yield from count_misfits(raw["serial"], ("serial",))


_KINDS = {int: "a whole number", str: "a text", list: "a list", dict: "an object"}


def _in_resources(part: str, raw: list[Any]) -> Iterator[Misfit]:
    seen: dict[Address, int] = {}
    for index, each in enumerate(raw):
        wrong = list(misfits(Snapshot, each, (part, index)))
        yield from wrong
        first = index if wrong else seen.setdefault(parse_address(each["address"]), index)
        if first != index:
            yield Misfit((part, index, "address"), f"is that of {part}[{first}] as well")


def _in_outputs(part: str, raw: Mapping[str, Any]) -> Iterator[Misfit]:
    for name, each in raw.items():
        yield from misfits(OutputValue, each, (part, name))


def _in_secrets(part: str, raw: Mapping[str, Any]) -> Iterator[Misfit]:
    for name, each in raw.items():
        if not isinstance(each, dict) or each.get("$reign") != "secret":
            yield Misfit((part, name), "is not an encrypted value")
        else:
            yield from value_misfits(each, (part, name))


_INSIDE: Mapping[str, Any] = {
    "resources": _in_resources,
    "deposed": _in_resources,
    "outputs": _in_outputs,
    "secrets": _in_secrets,
}


def _told(wrong: list[Misfit]) -> Iterator[Finding]:
    for each in wrong[:_TOLD]:
        subject = format_path(each.path) if each.path else "It"
        yield _wrong(each.path, f"{subject} {each.what}.")
    if len(wrong) > _TOLD:
        yield _wrong((), f"{len(wrong) - _TOLD:,} more are wrong in the same document.")


def _wrong(path: Path, said: str) -> Finding:
    return Finding(
        "state/not-a-state",
        "Not the document of a state",
        f"{said} Nothing was done.",
        path=format_path(path) if path else "",
        fix="See what one looks like: reign state pull (schemas/state-pull.schema.json)",
    )
