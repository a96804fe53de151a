"""Images of ours that have lost their name to the next build, and go as soon as no container uses them.

An image that somebody built upon one of ours inherits its labels. It was built upon one where what the engine calls its parent
has the whole of our mark, too: the engine gives one label after the other. BuildKit tells no parent, so what it built goes
only where its id is known.
"""

from __future__ import annotations

from contextlib import suppress

from reign.model.errors import ProviderError
from reign.ports import Call
from reign.providers.docker.engine import Engine
from reign.providers.docker.errors import mapped
from reign.providers.docker.images.look import NAME, There, look
from reign.providers.docker.images.making import remove_by
from reign.providers.docker.marks import LINEAGE, PREFIX, is_ours


def remove_leftovers(engine: Engine, name: str, known: str, call: Call) -> None:
    """Those that were built as `name`, and the one that is `known` to be. One that is in use stays."""
    mine = {"dangling": True, "label": [f"{LINEAGE}={call.site.lineage}", f"{NAME}={name}"]}
    with mapped(engine, "listing the images"):
        found = [raw["Id"] for raw in engine.api.images(filters=mine)]
    for id_ in dict.fromkeys([*found, known]):
        remove_leftover(engine, id_, call, is_known=id_ == known)


def remove_leftover(engine: Engine, id: str, call: Call, *, is_known: bool = False) -> None:
    """One, where it is such an image and nothing uses it. `is_known`: it was not built upon one."""
    there = look(engine, id) if id else None
    if there is None or there.raw.get("RepoTags") or not is_ours(there.labels, call) or NAME not in there.labels:
        return
    if is_known or _is_built_here(engine, there):
        with suppress(ProviderError):
            for name in there.raw.get("RepoDigests") or [id]:
                remove_by(engine, name)


def _is_built_here(engine: Engine, there: There) -> bool:
    parent = look(engine, there.raw["Parent"]) if there.raw.get("Parent") else None
    return parent is not None and _marks(parent) != _marks(there)


def _marks(image: There) -> dict[str, str]:
    return {name: value for name, value in image.labels.items() if name.startswith(PREFIX)}
