"""Data: what is looked up before planning, as far as it is known by then what to look for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from reign.app.allowed import refused
from reign.app.looking import ask_all
from reign.app.nouns import Look, Looking, nobody
from reign.app.unseen import phrase_of
from reign.app.workspace import Workspace
from reign.model.address import Address
from reign.model.errors import ErrorKind, ProviderError
from reign.model.resource import Resource
from reign.model.values import Path, Sensitive, Spec, Unknown, Value, format_path, is_known, mapped, reveal
from reign.planning import Inputs, LookedUp, desired_now
from reign.ports import Call, Connection, Lookup, Site

Answer = LookedUp | ProviderError


@dataclass(frozen=True, slots=True)
class Data:
    """The answers by address, and what was not looked up since the folder is not trusted, in words."""

    answers: dict[Address, Answer] = field(default_factory=dict)
    unseen: tuple[str, ...] = ()


def look_up_data(space: Workspace, inputs: Inputs, site: Site, looking: Looking = nobody) -> Data:
    """Every data whose spec is known once what it is made of was looked up, each after those, the others at once.

    What waits for something that is still to be made is left to the apply.
    """
    inputs = _with_needs(inputs)
    waiting = {address for address in inputs.desired if address.mode == "data"}
    answers: dict[Address, Answer] = {}
    unseen: dict[str, None] = {}
    while waiting:
        now = desired_now(replace(inputs, data=answers))
        ready = [now[address] for address in sorted(waiting, key=Address.sort_key) if _is_ready(now, address)]
        if not ready:
            break
        waiting.difference_update(each.address for each in ready)
        asked = []
        stopped = refused(inputs, {each.address: each for each in ready})
        for each in ready:
            if each.address in stopped:
                continue
            phrase = "" if space.trusted else _phrase(space, each, inputs.connections)
            if phrase:
                unseen[phrase] = None
            else:
                asked.append(each)
        answers |= _ask_all(space, asked, inputs.connections, site, looking)
    return Data(answers, tuple(unseen))


def _phrase(space: Workspace, each: Resource, connections: Mapping[str, Spec]) -> str:
    return phrase_of(space.schema(each.address.kind), each, None, connections, space.where.environ)


def _with_needs(inputs: Inputs) -> Inputs:
    """`inputs` with what is looked up alone, and all that it is made of."""
    wanted = [address for address in inputs.desired if address.mode == "data"]
    kept: dict[Address, Resource] = {}
    while wanted:
        address = wanted.pop()
        if address in inputs.desired and address not in kept:
            kept[address] = inputs.desired[address]
            wanted += inputs.desired[address].depends_on
    return replace(inputs, desired={address: inputs.desired[address] for address in inputs.desired if address in kept})


def _is_ready(now: Mapping[Address, Resource], address: Address) -> bool:
    return address in now and is_known(now[address].spec)


def _ask_all(
    space: Workspace, asked: list[Resource], connections: Mapping[str, Spec], site: Site, looking: Looking
) -> dict[Address, Answer]:
    def ask(resource: Resource) -> tuple[Address, Answer]:
        return resource.address, look_up(space, resource, connections.get(resource.connection, {}), site)

    return dict(ask_all(asked, ask, lambda resource: [Look(resource.address)], looking))


def look_up(space: Workspace, resource: Resource, settings: Spec, site: Site) -> Answer:
    """One answer; what of it must not be shown is never shown from now on."""
    address = resource.address
    provider = space.registry.provider(address.provider)
    if not is_known(settings) or not isinstance(provider, Lookup):
        text = f"{address} is looked up over {resource.connection}, whose settings only the apply tells."
        return ProviderError(
            ErrorKind.INVALID, "Cannot be looked up yet", text, "Write settings that are known at plan."
        )
    spec, clear = reveal(resource.spec), reveal(settings)
    over = Connection(resource.connection, clear if isinstance(clear, dict) else {})
    call = Call("", over, site, allow=resource.allow)
    try:
        outputs = provider.look_up(address.kind, spec if isinstance(spec, dict) else {}, call)
    except ProviderError as error:
        return error
    outputs = {name: _named(value, address, name) for name, value in outputs.items()}
    hot = space.schema(address.kind).sensitive_outputs(resource.spec)
    space.learn([Sensitive(value) if name in hot else value for name, value in outputs.items()])
    return LookedUp(resource.spec, outputs)


def _named(value: Value, address: Address, output: str) -> Value:
    """`value` with a way back to each sensitive part of it; what was not told says what it is."""
    front = ("data", address.name, *(() if address.key is None else (address.key,)), output)

    def named(part: Sensitive | Unknown, path: Path) -> Value:
        if isinstance(part, Unknown):
            return Unknown((f"{address}.{output}",), part.sensitive)
        return part if part.template else Sensitive(part.value, f"${{{format_path((*front, *path))}}}")

    return mapped(value, (Sensitive, Unknown), named)
