"""What the planner has to say, in words for people. Places are added by whoever knows the files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from reign.expression import ExpressionError
from reign.model.address import Address
from reign.model.errors import Problem, ProviderError
from reign.model.finding import Finding, Severity
from reign.model.values import Path, format_path


def invalid(address: Address, problem: Problem) -> Finding:
    """A spec that its type refuses."""
    return Finding(
        code=problem.code,
        summary=problem.summary,
        detail=problem.detail,
        address=str(address),
        path=format_path(problem.path),
        hint=_did_you_mean(problem.nearest),
        fix=problem.fix,
    )


def not_evaluated(address: str, path: Path, error: ExpressionError) -> Finding:
    """An expression that cannot be evaluated with the planned values."""
    return Finding(
        code="plan/expression",
        summary="Expression cannot be evaluated",
        detail=error.message,
        address=address,
        path=format_path(path),
        hint=_did_you_mean(error.hint),
        fix=error.fix,
    )


def output_not_evaluated(name: str, error: ExpressionError) -> Finding:
    """The same for an output of the project."""
    return replace(not_evaluated("", ("outputs", name, "value"), error), detail=f"Output {name}: {error.message}")


def unknown_type(address: Address) -> Finding:
    """A type that no installed provider has."""
    return Finding(
        code="plan/unknown-type",
        summary="Unknown type",
        detail=f"No installed provider has the type {address.type}, so {address} can be neither looked at nor changed.",
        address=str(address),
        fix=f"Install the provider that brings {address.type}, or remove {address} from the state.",
    )


def occupied(address: Address, external_id: str) -> Finding:
    """There is something already, and it is not ours."""
    return Finding(
        code="plan/not-ours",
        summary="It exists already and is not managed here",
        detail=(
            f"{address} is not in the state, but {external_id} is there and does not carry this project's mark. "
            "Nothing is taken over silently, so nothing was planned for it."
        ),
        address=str(address),
        fix="Remove or rename what is there, or choose another name.",
    )


def made_anew(address: Address, external_id: str) -> Finding:
    """What we made is gone, and somebody else's stands in its place."""
    return Finding(
        code="plan/made-anew",
        summary="It was made anew by somebody else",
        detail=(
            f"{address} is in the state, but what stands there now ({external_id}) does not carry this project's mark: "
            "ours was removed and another made, or its mark was lost. Nothing is taken over silently, so nothing was "
            "planned for it."
        ),
        address=str(address),
        fix="Remove what is there and plan again, or remove the block: it is forgotten then, and what is there stays.",
    )


def let_go(address: Address, external_id: str) -> Finding:
    """Something undeclared that is no longer ours: forgotten, and left where it is."""
    return Finding(
        code="plan/left-alone",
        summary="It is not ours any more and stays",
        detail=(
            f"{address} is not declared any more, but what stands there now ({external_id}) does not carry this "
            "project's mark. It is forgotten, and what is there stays."
        ),
        severity=Severity.MINOR,
        address=str(address),
        fix="Remove it by hand if it should go.",
    )


def unreachable(address: Address, error: ProviderError) -> Finding:
    """It cannot be told what is there."""
    return Finding(
        code="plan/unreachable",
        summary="Cannot be looked at",
        detail=f"What stands at {address} cannot be told: {str(error).rstrip('.')}. Without knowing, no plan can be made.",
        address=str(address),
        fix=error.fix or "Make it reachable, or plan from the state alone: reign plan --refresh=false",
    )


def protected(address: Address, action: str) -> Finding:
    """It would go, and its lifecycle forbids that."""
    return Finding(
        code="plan/protected",
        summary="Protected from being destroyed",
        detail=f"The plan would {action} {address}, which is protected by lifecycle.prevent_destroy. It is not applied.",
        address=str(address),
        fix=f"Apply prevent_destroy: false for {address.name} first, or undo what makes it go.",
    )


def outcome_unknown(address: str, verb: str) -> Finding:
    """A call was cut off, and nothing outside carries a mark by which to look it up."""
    return Finding(
        code="plan/outcome-unknown",
        summary="Whether the last run did it is not known",
        detail=(
            f"The last run began to {verb} {address} and was cut off before the answer. What it does leaves no mark "
            "outside, so it cannot be looked up whether it was done, and it is not run twice unasked."
        ),
        address=address,
        fix="Look yourself, then say so in its spec: on_unknown: done, or on_unknown: again",
    )


def no_match(option: str, pattern: str, nearest: str) -> Finding:
    """A pattern on the command line that names nothing."""
    return Finding(
        code="plan/no-match",
        summary="Nothing has that name",
        detail=f"{option} {pattern} names nothing that is declared or in the state.",
        hint=_did_you_mean(nearest),
        fix="List what there is with: reign state list",
    )


def same_identity(first: Address, second: Address, fields: Iterable[str]) -> Finding:
    """Two resources that would be one thing outside."""
    return Finding(
        code="plan/same-identity",
        summary="Two resources are one and the same thing",
        detail=(
            f"{first} and {second} are of one connection and have the same {', '.join(fields)}, so both would stand for "
            "the same thing outside and undo each other's changes."
        ),
        address=str(second),
        fix="Remove one of them, or let them differ.",
    )


def same_identity_first(address: Address, fields: Iterable[str]) -> Finding:
    """A replacement that cannot stand beside what it replaces."""
    return Finding(
        code="plan/same-identity",
        summary="The new one cannot stand beside the old one",
        detail=(
            f"{address} is to be created before it is destroyed, but its {', '.join(fields)} stays the same, and two "
            "things cannot have it at once."
        ),
        address=str(address),
        fix=f"Let {', '.join(fields)} change together with it, or leave out create_before_destroy.",
    )


def same_identity_later(taker: Address, giver: Address, fields: Iterable[str]) -> Finding:
    """A name that cannot be free in time."""
    return Finding(
        code="plan/same-identity",
        summary="The new one cannot wait until the old one is gone",
        detail=(
            f"{taker} takes the {', '.join(fields)} that {giver} has now, but what else is planned needs the new one "
            "before the old one may go."
        ),
        address=str(taker),
        fix="Apply it in two parts, or let the two differ.",
    )


def same_identity_kept(taker: Address, giver: Address, fields: Iterable[str]) -> Finding:
    """A name that stays where it is."""
    return Finding(
        code="plan/same-identity",
        summary="What it takes is not given up",
        detail=(
            f"{taker} takes the {', '.join(fields)} that {giver} has, and this plan leaves what {giver} made where it "
            "is: two things cannot have it at once."
        ),
        address=str(taker),
        fix=f"Let {giver} go first, or let the two differ.",
    )


def moved_suggested(taker: Address, giver: Address) -> Finding:
    """One goes and another with the same identity comes: probably a rename."""
    return Finding(
        code="plan/renamed",
        summary="It looks as if it was only renamed",
        detail=f"{giver} goes and {taker} comes, and both stand for the same thing outside: it is destroyed and made again.",
        severity=Severity.INFO,
        address=str(taker),
        fix=f"To keep what is there, give the block its old name back: {giver.name}",
    )


def _did_you_mean(name: str) -> str:
    return f'did you mean "{name}"?' if name else ""
