"""What stands inside another declared thing waits for it: a file for its folder, though nobody wrote so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from reign.graph import closure
from reign.model.address import Address
from reign.model.resource import Resource
from reign.planning.shapes import Shapes

_Place = tuple[str, str, tuple[str, ...]]
"""(space, connection, the parts of the path)."""


def nested(desired: Mapping[Address, Resource], shapes: Shapes) -> Mapping[Address, Resource]:
    """`desired` with an edge from each thing to the innermost declared one that it stands in, where that is known.

    Without it a folder would be made after a file had made it, and removed before it is empty. An edge that would
    close a circle is left out: who says that the folder waits for the file is believed.
    """
    places = {address: place for address in desired if (place := _place(desired[address], shapes))}
    if len(places) < 2:
        return desired
    at = {place: address for address, place in places.items()}
    found = dict(desired)
    for address, (space, connection, parts) in places.items():
        around = (at.get((space, connection, parts[:length])) for length in range(len(parts) - 1, 0, -1))
        container = next((each for each in around if each is not None), None)
        resource = found[address]
        if container is not None and container not in resource.depends_on and not _waits_for(found, container, address):
            found[address] = replace(resource, depends_on=(*resource.depends_on, container))
    return found


def _place(resource: Resource, shapes: Shapes) -> _Place | None:
    shape = shapes.of(resource.address.kind)
    if shape is None or not shape.schema.nests:
        return None
    path = resource.spec.get(shape.identity[0])
    if not isinstance(path, str):
        return None
    return (shape.space, resource.connection, tuple(part for part in path.split("/") if part not in ("", ".")))


def _waits_for(desired: Mapping[Address, Resource], waiting: Address, needed: Address) -> bool:
    if not desired[waiting].depends_on:
        return False
    return needed in closure([waiting], lambda each: desired[each].depends_on if each in desired else ())
