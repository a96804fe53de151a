"""A run that goes on: the rest of its own sealed plan, once it is sure that state and reality are as it left them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from reign.app.declared import Declared
from reign.app.nouns import Looking, Planned
from reign.app.observe import Observed, observe
from reign.app.plan import part
from reign.app.reopened import Reopening
from reign.app.runs import SEE, Told, check_basis_of, find_run
from reign.app.secrets import Secrets
from reign.app.stillness import check_reality, unreachable
from reign.app.unseen import untrusted
from reign.app.workspace import Workspace, request
from reign.execution.earlier import Earlier, earlier
from reign.model.address import Address, parse_address
from reign.model.errors import Failed, ProviderError, Refused, ReignError, Stale
from reign.model.event import Event, State
from reign.model.finding import Finding
from reign.model.lifecycle import RESUMABLE, RunStatus
from reign.model.plan import Action, Change, Plan
from reign.model.resource import Observation
from reign.model.values import is_sensitive
from reign.planning import has_moved, remaining
from reign.planning.findings import outcome_unknown
from reign.state.seal import unseal


@dataclass(frozen=True, slots=True)
class Resumed:
    """What is left of a run, the roots that its templates read, and what it has done."""

    run: str
    planned: Planned
    roots: Mapping[str, Any]
    earlier: Earlier


def resume(
    space: Workspace,
    history: Iterable[Event],
    named: str,
    state: State,
    declared: Declared | None,
    secrets: Secrets,
    looking: Looking,
) -> Resumed:
    """The rest of the run that `named` begins the id of. For the lock's holder, after recovery; `state` is opened.

    Raises Failed where there is no such run or none that can go on, Refused, and Stale where anything has moved since.
    """
    told = find_run(history, named)
    _check_status(told)
    _check_questions(space, told, state)
    plan = _stored(space, told.run)
    check_basis_of(plan, told.run, state)
    _check_variables(space, plan)
    before = earlier(told.events)
    rest = remaining(plan, told.run, state, before.done, before.settled)
    space.learn(rest)
    roots = _values(space, rest, state, declared, secrets)
    planned = part(space, rest, declared.project if declared else None)
    try:
        _check_reality(space, planned, state, before, looking)
    except Stale as error:
        raise Stale([replace(finding, fix=SEE) for finding in error.findings]) from None
    return Resumed(told.run, planned, roots, before)


def _check_status(told: Told) -> None:
    if told.status in RESUMABLE:
        return
    why = "It was aborted" if told.status is RunStatus.ABORTED else "It is completed, and nothing is left of it"
    said = f"Run {told.run} cannot be resumed. {why}."
    raise Failed([Finding("runs/over", "The run is over", said, fix="Plan what is to be done now: reign apply")])


def _check_questions(space: Workspace, told: Told, state: State) -> None:
    """What became of every call has to be known: nothing is done twice unasked."""
    asked = {(event.op, event.data["verb"]): event.data["reason"] for event in state.interventions}
    findings = [
        outcome_unknown(open_.address, open_.data["verb"], asked.get((open_.op, open_.data["verb"]), ""), space.env)
        for open_ in state.open_intents
        if open_.run == told.run and space.schema(parse_address(open_.address).type).effects
    ]
    if findings:
        raise Failed(findings)


def _stored(space: Workspace, run: str) -> Plan:
    """The plan that the run stored before it began. Raises Stale where it is not there any more, or not as it was."""
    path = space.layout.run_plan(run)
    try:
        plan = unseal(path.read_bytes(), space.layout, space.where.environ)
    except OSError as error:
        raise Stale([_lost(run, f"Its stored plan cannot be read: {error.strerror}.")]) from None
    except ReignError as error:
        raise Stale([_lost(run, each.detail, each.fix) for each in error.findings]) from None
    return space.vault(plan.basis.lineage).decrypt(plan)


def _lost(run: str, why: str, fix: str = "") -> Finding:
    said = f"What run {run} was to do is not known any more. {why}".removesuffix(" Nothing was done.")
    more = fix.partition("Or bring the key")[1:]
    fix = f"{SEE}. {''.join(more)}" if any(more) else SEE
    return Finding("runs/plan-lost", "The run's plan is lost", f"{said} Nothing was done.", fix=fix)


def _check_variables(space: Workspace, plan: Plan) -> None:
    """The values of sensitive variables may be given again; all else is as it was planned."""
    names = [name for name in request(space.where).variables if not is_sensitive(plan.basis.variables.get(name))]
    if names or space.where.var_files:
        what = f"--var {names[0]}" if names else "--var-file"
        said = f"{what} changes what is planned, and a run goes on with its own plan. Nothing was done."
        raise Failed([Finding("usage/wrong", "Wrong usage", said, fix="All options: reign runs resume --help")])


def _values(
    space: Workspace, rest: Plan, state: State, declared: Declared | None, secrets: Secrets
) -> Mapping[str, Any]:
    """What templates read. Raises Refused where the folder is not trusted with what is left to do, and Stale where a
    sensitive value is not what it was.
    """
    vault = space.vault(rest.basis.lineage)
    acting = vault.conceal(replace(rest, changes=tuple(rest.actions())))
    reopening = Reopening(space, acting, state, declared, secrets)
    needs = () if space.trusted else reopening.needs_trust()
    if needs:
        raise Refused([untrusted(needs)])
    try:
        reopening.reopened()
    except Stale as error:
        raise Stale([replace(finding, fix=_VALUE_FIX) for finding in error.findings]) from None
    return reopening.roots


_VALUE_FIX = f"Bring back the value that was planned with. Or {SEE[0].lower()}{SEE[1:]}"


def _check_reality(space: Workspace, planned: Planned, state: State, before: Earlier, looking: Looking) -> None:
    """What was not begun must be what the plan was made from, and the rest what the run recorded. Raises Stale."""
    plan = planned.plan
    untouched = tuple(change for change in plan.actions() if change.address not in before.tried)
    check_reality(space, replace(planned, plan=replace(plan, changes=untouched)), state, looking)
    tried = {change.address: change for change in plan.changes if change.address in before.tried}
    seen = _seen(space, plan, tried, state, looking)
    findings = [
        finding
        for address, change in tried.items()
        if address in seen and (finding := _moved(space, change, seen[address], state))
    ]
    if findings:
        raise Stale(findings)


def _seen(space: Workspace, plan: Plan, tried: Mapping[Address, Change], state: State, looking: Looking) -> Observed:
    desired = {
        at: replace(change.desired, spec=state.resources[at].spec if at in state.resources else change.after or {})
        for at, change in tried.items()
        if change.desired
    }
    site = space.site(plan.basis.lineage, plan.project, plan.env)
    return observe(space, site, desired, state, plan.connections, tried, (), looking)


def _moved(space: Workspace, change: Change, seen: Observation | ProviderError | None, state: State) -> Finding | None:
    """What to say of something that is not as the run left it; of what it could not finish only whose it is can be told."""
    held = state.resources.get(change.address)
    if isinstance(seen, ProviderError):
        return unreachable(change.address, seen)
    if held is not None and (change.action is Action.NOOP or change.recorded_only):
        is_other = has_moved(space.schema(change.address.type), held, seen)
    else:
        is_other = change.action is Action.UPDATE if seen is None else not seen.owned
    if not is_other:
        return None
    said = f"{change.address} is not what the run left, so nothing was done."
    return Finding("plan/reality-changed", "Reality changed since the run", said, address=str(change.address))
