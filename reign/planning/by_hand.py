"""What is wrong with a change of the state by hand, and with an import by hand, in words for people."""

from __future__ import annotations

from collections.abc import Sequence

from reign.model.address import Address
from reign.model.finding import Finding
from reign.model.values import Path, format_path
from reign.planning.findings import brief, did_you_mean

_NAMED = 4


def no_address(text: str) -> Finding:
    """What nothing can be called."""
    return Finding(
        code="state/not-an-address",
        summary="Not an address",
        detail=f"{text!r} is no name that something in the state could have.",
        fix="An address is a name, with or without its type and its key: web, docker.container.web, 'web[\"eu\"]'.",
    )


def several(source: str, target: str, found: Sequence[Address]) -> Finding:
    """A group that is to become one instance."""
    return Finding(
        code="state/move-several",
        summary="Several cannot become one",
        detail=f"{source} names {_some(found)}, and {target} is a single one.",
        fix=f"Say which one, with its key; or move the whole group, to a name without a key: {target.partition('[')[0]}",
    )


def same_name(address: Address) -> Finding:
    """A move to where it is."""
    return Finding(
        code="state/move-same",
        summary="It has that name already",
        detail=f"{address} is called so already.",
        address=str(address),
        fix="Name what it is to be called instead.",
    )


def other_type(address: Address, end: Address, type: str, *, is_declared: bool) -> Finding:
    """A move to another type."""
    whose = f"{end.name} is declared as {type}" if is_declared else f"{end} is a {type}"
    return Finding(
        code="state/move-type",
        summary="A move cannot change the type",
        detail=f"{address} is a {address.type}, and {whose}. What is there stays what it is.",
        address=str(address),
        fix=f"Give it a name of its own type: {address.type}.NAME",
    )


def occupied(address: Address, end: Address) -> Finding:
    """A move to where something is."""
    return Finding(
        code="state/move-occupied",
        summary="The end of a move is taken",
        detail=f"{address} cannot be called {end}: the state has something by that name already.",
        address=str(end),
        fix=f"Move {end} to another name first, or forget it: reign state rm {brief(end)}",
    )


def protected(address: Address) -> Finding:
    """What must not be forgotten."""
    return Finding(
        code="state/protected",
        summary="Protected from being forgotten",
        detail=f"{address} has lifecycle.prevent_destroy: forgotten, it would be protected no more.",
        address=str(address),
        fix="Apply prevent_destroy: false first; or let a plan forget it, with the reason on record: "
        f"removed: [{{from: {brief(address)}, destroy: false, unprotect: WHY}}]",
    )


def unwritable(address: Address, path: Path, what: str) -> Finding:
    """What a program says of a resource, and that the state could not hold."""
    return Finding(
        code="spec/wrong-type",
        summary="Wrong type",
        detail=f"{format_path(path)} {what}. Nothing was done.",
        address=str(address),
        path=format_path(path),
        fix="Give what JSON can hold: texts, finite numbers, true, false, None, and lists and dicts with texts for keys.",
    )


def still_open(address: str, verb: str) -> Finding:
    """A call whose outcome nobody knows, at what is to be changed."""
    return Finding(
        code="state/outcome-open",
        summary="Whether the last run did it is not known",
        detail=f"The last run began to {verb} {address} and was cut off before the answer. What the state should say of it "
        "has to be settled first.",
        address=address,
        fix="reign plan says what it takes to settle it; apply that, and then change the state.",
    )


def ambiguous(text: str, found: Sequence[Address]) -> Finding:
    """One is asked for, and several are called so."""
    return Finding(
        code="state/several",
        summary="Several have that name",
        detail=f"{text} names {_some(found)}.",
        fix=f"Say which one: {brief(found[0])}",
    )


def other_lineage(pushed: str, held: str) -> Finding:
    """A state of something else."""
    return Finding(
        code="state/other-lineage",
        summary="It is the state of another project or environment",
        detail=f"What is pushed has the lineage {pushed}, and the state here {held}: they never were the same. Nothing was done.",
        fix="Push it where it was pulled. To begin with it elsewhere, push it where nothing was applied yet.",
    )


def lineage_twice(pushed: str, env: str) -> Finding:
    """A state that another environment of the same project has."""
    held = f"the environment {env}" if env else "this project, outside of its environments,"
    return Finding(
        code="state/other-lineage",
        summary="It is the state of another project or environment",
        detail=f"What is pushed has the lineage {pushed}, which {held} has: two states would hold the same things, and each "
        "would undo what the other does. Nothing was done.",
        fix="Push it where it was pulled.",
    )


def older_serial(pushed: int, held: int) -> Finding:
    """A state from before something happened."""
    return Finding(
        code="state/older-serial",
        summary="The state has moved on since",
        detail=f"What is pushed has the serial {pushed}, and the state here {held}: what was done since would be lost. Nothing "
        "was done.",
        fix="Pull it again and edit that: reign state pull. To go back to an earlier point: reign rollback --to",
    )


def same_serial(serial: int) -> Finding:
    """Two states that both say they are the one."""
    return Finding(
        code="state/same-serial",
        summary="Two states have the same serial",
        detail=f"What is pushed and the state here both have the serial {serial}, and they are not the same. Nothing was done.",
        fix=f'Once you have made sure that it was pulled from this very state, write into it: "serial": {serial + 1}',
    )


def slips_out(address: Address) -> Finding:
    """What is protected, and would not be any more."""
    return Finding(
        code="state/protected",
        summary="Protected from being forgotten",
        detail=f"{address} has lifecycle.prevent_destroy, and what is pushed leaves it out, stands for something else, or does "
        "not protect it.",
        address=str(address),
        fix="Leave it as it is; or apply prevent_destroy: false first.",
    )


def secret_lost(name: str) -> Finding:
    """A generated secret that is left out."""
    return Finding(
        code="state/secret-lost",
        summary="A generated secret would be lost",
        detail=f"What is pushed leaves out secret.{name}, which was generated once and cannot be made again as it was.",
        fix=f"Put {name} back under `secrets`, as reign state pull has it.",
    )


def unknown_type(address: Address) -> Finding:
    """A type that no installed provider has."""
    return Finding(
        code="state/unknown-type",
        summary="Unknown type",
        detail=f"No installed provider has the type {address.type}, so {address} could be neither looked at nor changed.",
        address=str(address),
        fix=f"Install the provider that brings {address.type}. All types: reign schema",
    )


def held_twice(address: Address, other: Address, id: str, *, is_aside: bool = False) -> Finding:
    """Two names of one thing. is_aside: it is what was pushed aside at `address`, and not what stands there."""
    detail = f"{other} and {address} would both stand for {id}, and undo each other's changes."
    if is_aside:
        detail = (
            f"{other}, and what a replacement pushed aside at {address}, would both stand for {id}: the next apply would "
            "destroy it."
        )
    return Finding(
        code="state/held-twice",
        summary="Two resources are one and the same thing",
        detail=detail,
        address=str(address),
        fix="Leave one of them out.",
    )


def import_undeclared(text: str, id: str, meant: str, fix: str) -> Finding:
    """An import to where nothing is declared."""
    return Finding(
        code="plan/import-undeclared",
        summary="Nothing is declared where it is imported to",
        detail=f"{id} is to be imported as {text}, and {text} is not declared.",
        hint=did_you_mean(meant),
        fix=fix,
    )


def import_several(text: str, id: str, found: Sequence[Address]) -> Finding:
    """An import to what has several instances."""
    return Finding(
        code="plan/import-several",
        summary="One thing cannot be imported as several",
        detail=f"{id} is to be imported as {text}, which names {_some(found)}.",
        fix=f"Say which one: {brief(found[0])}",
    )


def import_managed(address: Address, id: str, held: str) -> Finding:
    """An import to what is in the state."""
    what = "by this id" if held == id else f"as {held}, and not as {id}"
    return Finding(
        code="plan/import-managed",
        summary="It is managed already",
        detail=f"{address} is in the state already, {what}.",
        address=str(address),
        fix=f"To manage another one in its place, forget this one first: reign state rm {brief(address)}",
    )


def import_blind(address: Address, id: str) -> Finding:
    """An import of what cannot be looked at."""
    return Finding(
        code="plan/import-blind",
        summary="What cannot be looked at cannot be imported",
        detail=f"{id} is to be imported as {address}, and there is no way to look at a {address.type} as it is declared.",
        address=str(address),
        fix="Where its type has one, declare what tells whether it is there (`read`); else let an apply make it.",
    )


def _some(found: Sequence[Address]) -> str:
    return ", ".join(map(str, found[:_NAMED])) + (", ..." if len(found) > _NAMED else "")
