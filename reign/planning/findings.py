"""What the planner has to say, in words for people. Places are added by whoever knows the files."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from dataclasses import replace

from reign.expression import ExpressionError
from reign.model.address import Address
from reign.model.errors import ErrorKind, Problem, ProviderError
from reign.model.finding import Finding, Severity
from reign.model.plan import Check
from reign.model.values import Path, format_path


def invalid(address: Address, problem: Problem) -> Finding:
    """A spec that its type refuses."""
    return Finding(
        code=problem.code,
        summary=problem.summary,
        detail=problem.detail,
        address=str(address),
        path=format_path(problem.path),
        hint=did_you_mean(problem.nearest),
        fix=problem.fix,
        place=problem.place,
        excerpt=problem.excerpt,
    )


def recorded_danger(address: Address, problem: Problem) -> Finding:
    """What the delete of something would do by what the state holds of it."""
    fix = (
        f"Look at what it would do. If it is meant, declare {address.name} with allow: [{{code: {problem.code}, reason: why}}] "
        f"and destroy it by: reign destroy --target {brief(address)}. Or let it be: reign state rm {brief(address)}"
    )
    return invalid(address, replace(problem, fix=fix, place=None))


def health_invalid(address: Address, problem: Problem) -> Finding:
    """A health command that cannot be run as it is written."""
    path = ("health", "command", *problem.path[1:])
    detail = problem.detail.replace(format_path(problem.path), format_path(path)) if problem.path else problem.detail
    fix = _HEALTH_FIX if problem.code == "spec/sensitive-exposed" else problem.fix
    return invalid(address, replace(problem, path=path, detail=detail, fix=fix))


_HEALTH_FIX = "Write the command as one string, in which a value is handed over as a variable."


def not_evaluated(address: str, path: Path, error: ExpressionError) -> Finding:
    """An expression that cannot be evaluated with the planned values."""
    return Finding(
        code="plan/expression",
        summary="Expression cannot be evaluated",
        detail=f"What stands here cannot be evaluated with the values that are planned: {_sentence(error.message)}",
        address=address,
        path=format_path(path),
        hint=did_you_mean(error.hint),
        fix=error.fix,
    )


def output_not_evaluated(name: str, error: ExpressionError) -> Finding:
    """The same for an output of the project."""
    detail = f"The output {name} cannot be evaluated with the values that are planned: {_sentence(error.message)}"
    return replace(not_evaluated("", ("outputs", name, "value"), error), detail=detail)


def health_not_evaluated(address: str, error: ExpressionError) -> Finding:
    """The same for what the health of a resource looks at."""
    detail = f"The health of {address} cannot be evaluated with the values that are planned: {_sentence(error.message)}"
    return replace(not_evaluated(address, (), error), detail=detail)


def check_not_evaluated(check: Check, error: ExpressionError) -> Finding:
    """The same for a check."""
    detail = f"The check {check.name} cannot be evaluated with the values that are planned: {_sentence(error.message)}"
    return replace(not_evaluated("", (), error), detail=detail, place=check.place)


def check_no_answer(check: Check) -> Finding:
    """A check that comes out as neither true nor false."""
    return Finding(
        code="check/no-answer",
        summary="Check is neither true nor false",
        detail=f"What the check {check.name} asserts comes out as neither true nor false, so it cannot be told whether it holds.",
        place=check.place,
        fix="Compare it, as in ${resources.web.status == 'running'}.",
    )


def check_failed(check: Check) -> Finding:
    """An assertion that does not hold."""
    return Finding(
        code="check/failed",
        summary="Check failed",
        detail=check.message or f"What the check {check.name} asserts is not so.",
        severity=check.severity,
        place=check.place,
        fix=f"Make it so, or change the check {check.name}.",
    )


def sensitive_output(name: str) -> Finding:
    """An output of the project that would show what must not be shown."""
    return Finding(
        code="plan/sensitive-output",
        summary="Output would show a sensitive value",
        detail=f"The output {name} is made from something sensitive, and is not declared to be sensitive itself.",
        path=format_path(("outputs", name, "value")),
        fix=f"Add to the output {name}: sensitive: true",
    )


def not_looked_up(address: Address, error: ProviderError) -> Finding:
    """Data that is not there, or cannot be told."""
    missing = error.kind is ErrorKind.MISSING
    return Finding(
        code="data/not-found" if missing else "data/unreachable",
        summary="Data is not there" if missing else "Data cannot be looked up",
        detail=f"{address} cannot be looked up: {str(error).rstrip('.')}. What refers to it cannot be planned.",
        address=str(address),
        fix=error.fix or ("Make it, or look something else up." if missing else "Make it reachable and plan again."),
    )


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
    way = f", or: {importing(address.text, external_id)}" if external_id else ""  # at the end, where it can be copied
    return Finding(
        code="plan/not-ours",
        summary="It exists already and is not managed here",
        detail=(
            f"{address} is not in the state, but {external_id} is there and does not carry this project's mark. "
            "Nothing is taken over silently, so nothing was planned for it."
        ),
        address=str(address),
        fix=f"Remove or rename what is there, choose another name, or take it over by imports (to: {brief(address)}){way}",
    )


def place_taken(address: Address, held: str, external_id: str, *, ours: bool) -> Finding:
    """What a replacement would be made by is there already; what it replaces is left standing."""
    fix = "Remove or rename what is there, or choose another name"
    if ours:
        whose = "It carries this project's mark: it was left standing before (on_destroy: retain)"
        forget = shlex.join(["reign", "state", "rm", address.text])
        fix = (
            f"To have it recorded again, let go of {held}, which stays: {forget}, and then: reign apply\nOr r{fix[1:]}"
        )
    else:
        whose = "It does not carry this project's mark"
    return Finding(
        code="plan/not-ours",
        summary="It exists already and is not managed here",
        detail=(
            f"{address} is {held} in the state and is to become {external_id}, which is there already. {whose}. Nothing is "
            "taken over silently, so nothing was planned for it."
        ),
        address=str(address),
        fix=fix,
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


def protected(address: Address, action: str, *, is_back: bool) -> Finding:
    """It would go, and its lifecycle forbids that. `is_back`: in a rollback, where only the state's lifecycle counts."""
    name = brief(address)
    return Finding(
        code="plan/protected",
        summary="Protected from being destroyed",
        detail=f"The plan would {action} {address}, which is protected by lifecycle.prevent_destroy. It is not applied.",
        address=str(address),
        fix=(
            f"Go back without it (--exclude {name}), or apply prevent_destroy: false for {address.name} first."
            if is_back
            else f"Apply prevent_destroy: false for {address.name} first, or undo what makes it go. What is not declared any "
            f"more may go by removed: [{{from: {name}, unprotect: the reason}}]"
        ),
    )


def other_project(last: str, now: str) -> Finding:
    """The folder's state is that of a project with another name."""
    return Finding(
        code="plan/other-project",
        summary="The state is that of another project",
        detail=(
            f"What the state holds was last applied by the project {last}, and reign.yaml says {now}. Where it was only "
            f"renamed, all is well: from the next apply on it is {now}. Where it is another project, what {last} made "
            "would be destroyed as something that is not declared any more."
        ),
        severity=Severity.MEDIUM,
        fix="If it is another project, give it a folder of its own.",
    )


def outcome_unknown(address: str, verb: str, reason: str, env: str) -> Finding:
    """A call was cut off, and nobody can tell what became of it; `reason` says why."""
    reason = reason or "What it does leaves no mark outside, so it cannot be looked up whether it was done."
    return Finding(
        code="plan/outcome-unknown",
        summary="Whether the last run did it is not known",
        detail=(
            f"The last run began to {verb} {address} and was cut off before the answer. {reason} "
            "Nothing is done twice unasked."
        ),
        address=address,
        fix=f"Look yourself, then say whether it was done: {resolving(address, env)}",
    )


IN_ADVANCE = "Or answer in advance, for this time as well, in its spec: on_unknown: done, or on_unknown: again"


def importing(address: str, external_id: str) -> str:
    """The command line that takes over what exists as `external_id`."""
    words = shlex.join([address, external_id])
    return f"reign import {'-- ' if external_id.startswith('-') else ''}{words}"


def resolving(address: str, env: str) -> str:
    """The command lines that answer for a call that was cut off."""
    reign = f"reign --env {env}" if env else "reign"
    return f"{reign} doctor --resolve {shlex.quote(f'{address}=done')}, or =again where it was not"


def no_match(option: str, pattern: str, nearest: str) -> Finding:
    """A pattern on the command line that names nothing. Without an option only the state was looked through."""
    named, where = (f"{option} {pattern}", "declared or in the state") if option else (pattern, "in the state")
    return Finding(
        code="plan/no-match",
        summary="Nothing has that name",
        detail=f"{named} names nothing that is {where}.",
        hint=did_you_mean(nearest),
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


def same_identity_retained(address: Address, fields: Iterable[str]) -> Finding:
    """A replacement of what stays."""
    return Finding(
        code="plan/same-identity",
        summary="The new one cannot stand beside the old one",
        detail=(
            f"{address} is replaced and what is there now is to stay (on_destroy: retain), but its {', '.join(fields)} "
            "stays the same, and two things cannot have it at once."
        ),
        address=str(address),
        fix=f"Let {', '.join(fields)} change together with it, or apply on_destroy: delete first.",
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
        fix=f"To keep what is there, add: moved: [{{from: {brief(giver)}, to: {brief(taker)}}}]",
    )


def brief(address: Address) -> str:
    """The name as it is written in a list of YAML."""
    name = address.text.removeprefix(f"{address.type}.")
    return name if address.key is None else f"'{name}'"


def _sentence(text: str) -> str:
    return text if text.endswith((".", "?", "!")) else f"{text}."


def did_you_mean(name: str) -> str:
    """What stands under the caret; empty where no name is near."""
    return f'did you mean "{name}"?' if name else ""
