"""What is wrong with `moved`, `removed` and `imports`, in words for people. Each stands at its own place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from reign.model.address import Address
from reign.model.finding import Finding, Severity
from reign.model.nearest import nearest
from reign.model.resource import Import, Moved, Removed, Snapshot
from reign.planning.findings import brief, did_you_mean


def move_cycle(moved: Moved, names: Sequence[str]) -> Finding:
    """Moves that lead back to where they begin."""
    return Finding(
        code="plan/move-cycle",
        summary="Moves lead in a circle",
        detail=f"{' -> '.join(names)}: moved leads back to where it begins, so none of these would ever have a name.",
        place=moved.place,
        fix="Remove one of these moves. To let two swap names, move one of them to a third name first.",
    )


def move_twice(moved: Moved) -> Finding:
    """Two moves of one thing."""
    return Finding(
        code="plan/move-twice",
        summary="One thing is moved to two places",
        detail=f"moved says twice where {moved.source} is now, and only one of them can be so.",
        place=moved.place,
        fix=f"Remove one of the moves from {moved.source}.",
    )


def move_declared(moved: Moved, address: Address, end: Address) -> Finding:
    """What moves away and is declared all the same."""
    return Finding(
        code="plan/move-declared",
        summary="What was moved is still declared",
        detail=(
            f"moved says that {address} is {end} now, and {address} is still declared: what would be made there would be "
            "taken for the one that moved."
        ),
        place=moved.place,
        fix=f"Declare {address} under another name, or remove the move from {moved.source}.",
    )


def move_occupied(moved: Moved, address: Address, end: Address, first: Address) -> Finding:
    """Something else is at the end of a move."""
    other = "is in the state already" if first == end else f"is where {first} moves to as well"
    return Finding(
        code="plan/move-occupied",
        summary="The end of a move is taken",
        detail=f"moved says that {address} is {end} now, and {end} {other}. One name cannot stand for two things.",
        place=moved.place,
        fix=f"Remove the move from {moved.source}, or move what is in the way to another name.",
    )


def move_type(moved: Moved, address: Address, name: str, type: str) -> Finding:
    """A move to another type."""
    return Finding(
        code="plan/move-type",
        summary="A move cannot change the type",
        detail=f"moved says that {address} is {name} now, which is a {type}. What is there stays what it is.",
        place=moved.place,
        fix=f"Remove the move from {moved.source}: the one is destroyed then and the other made.",
    )


def removed_declared(removed: Removed, address: Address) -> Finding:
    """What is removed and declared all the same."""
    return Finding(
        code="plan/removed-declared",
        summary="What was removed is still declared",
        detail=f"removed says what becomes of {address} now that it is not declared, and it is declared.",
        address=str(address),
        place=removed.place,
        fix=f"Remove the block of {address.name}, or {removed.source} from removed.",
    )


def import_undeclared(wanted: Import, declared: Iterable[Address]) -> Finding:
    """An import to where nothing is declared."""
    texts = [address.text for address in declared]
    return Finding(
        code="plan/import-undeclared",
        summary="Nothing is declared where it is imported to",
        detail=f"{wanted.id} is to be imported as {wanted.to}, and {wanted.to} is not declared.",
        place=wanted.place,
        hint=did_you_mean(nearest(wanted.to.text, texts)),
        fix=f"Declare {wanted.to} as it should be, or remove the import.",
    )


def import_twice(wanted: Import, first: Import) -> Finding:
    """Two imports that cannot both be so."""
    one = f"{first.to} and {wanted.to}" if first.to != wanted.to else f"{first.id} and {wanted.id}"
    return Finding(
        code="plan/import-twice",
        summary="Two imports contradict each other",
        detail=f"{wanted.id} is to be imported as {wanted.to}, and {first.id} as {first.to}: {one} would be one and the same.",
        address=str(wanted.to),
        place=wanted.place,
        related=(first.place,) if first.place else (),
        fix="Remove one of the two.",
    )


def nothing_to_import(wanted: Import, was_looked_at: bool) -> Finding:
    """An import of what is not there, or of what nobody looked at."""
    if not was_looked_at:
        return Finding(
            code="plan/import-unseen",
            summary="What is to be imported was not looked at",
            detail=f"{wanted.id} is to be imported as {wanted.to}, which takes a look at it, and there was none.",
            address=str(wanted.to),
            place=wanted.place,
            fix="Plan without --refresh=false, or remove the import.",
        )
    return Finding(
        code="plan/import-missing",
        summary="There is nothing to import",
        detail=f"{wanted.id} is to be imported as {wanted.to}, and there is nothing that is called so.",
        address=str(wanted.to),
        place=wanted.place,
        fix="Correct the id, or remove the import: it is made anew then.",
    )


def other_id(wanted: Import, held: Snapshot) -> Finding:
    """An import to where the state has something by another id: the one that it has counts."""
    return Finding(
        code="plan/import-other-id",
        summary="It is in the state by another id",
        detail=(
            f"{wanted.id} is to be imported as {wanted.to}, and {wanted.to} is in the state already, as {held.external_id}. "
            "Nothing is imported: the one that is in the state stays."
        ),
        severity=Severity.MINOR,
        address=str(wanted.to),
        place=wanted.place,
        fix="Remove the import. To have the other one, let the one that is there go first.",
    )


def import_held(wanted: Import, holder: Address) -> Finding:
    """An import of what the state has under another name."""
    return Finding(
        code="plan/import-held",
        summary="It is managed here already",
        detail=f"{wanted.id} is to be imported as {wanted.to}, and the state has it as {holder}.",
        address=str(wanted.to),
        place=wanted.place,
        fix=f"To give it another name, replace the import by: moved: [{{from: {brief(holder)}, to: {brief(wanted.to)}}}]",
    )
