"""`apply` and `destroy`: the lock, the plan, the approval, a last look, and then the run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from secrets import token_hex
from typing import Any

from reign.app.beside import clear_beside_forgotten, mark_recorded
from reign.app.clock import SystemClock, event_time
from reign.app.declared import Declared, load_project
from reign.app.held import telling
from reign.app.imports import plan_import
from reign.app.nouns import Applied, ApplyRequest, Looking, Planned, Where, nobody
from reign.app.origin import origin, owner
from reign.app.plan import part, plan_project
from reign.app.planfile import check_basis, open_plan
from reign.app.point import find_point
from reign.app.prune import retire
from reign.app.recall import Waiting, forgetting, unheard, wait_for_running
from reign.app.recovery import recover
from reign.app.reopened import Reopening
from reign.app.resume import Resumed, resume
from reign.app.rollback import declared_beside, declared_still, look_back, plan_rollback
from reign.app.runs import unknown_run
from reign.app.schema import renew_schemas
from reign.app.secrets import Secrets
from reign.app.sources import keep_sources
from reign.app.stillness import check_reality
from reign.app.tally import Tally
from reign.app.undo import Undo, unseen
from reign.app.unseen import untrusted
from reign.app.workspace import Workspace, open_workspace
from reign.config import Settings, functions
from reign.execution.cancel import Cancel
from reign.execution.drive import drive
from reign.execution.executor import execute
from reign.execution.job import Confirm, Job, Limits, Passed, Seams
from reign.execution.task import perform
from reign.model.errors import Cancelled, Failed, Refused
from reign.model.event import State
from reign.model.finding import Finding, Severity
from reign.model.plan import Plan
from reign.model.resource import HealthCheck, Readiness, Retry
from reign.model.values import Value, is_sensitive
from reign.planning import Options
from reign.ports import Call, Hearer, Subscriber
from reign.state.reader import Reading
from reign.state.seal import seal
from reign.state.writer import Writer, open_writer

Approve = Callable[[Planned], None]
"""Returns when the plan may run; raises Refused or Cancelled when it may not."""


@dataclass(frozen=True, slots=True)
class _Configured:
    """What the request and the project's own files add to a plan; `resumed` where a run goes on with it."""

    command: str
    limits: Limits
    functions: Mapping[str, Callable[..., Value]]
    roots: Mapping[str, Any]
    phases: tuple[Passed, ...] = ()
    resumed: Resumed | None = None
    confirm: Confirm | None = None


def apply(
    where: Where,
    request: ApplyRequest,
    approve: Approve,
    watch: Subscriber,
    cancel: Cancel,
    looking: Looking = nobody,
    waiting: Waiting = unheard,
    undoing: Callable[[Planned], None] = unseen,
    confirm: Confirm | None = None,
) -> Applied:
    """Carry out a plan file, or plan and carry that out, under the lock. What an earlier run left running is waited for.
    `undoing` is told what undoes a run that failed, where the project asks for that, before it is carried out. `confirm`
    is asked before each operation, where the project asks for that and the plan comes from no file. A `watch` that is a
    Hearer is told as well what providers say.

    Raises Locked, Stale, Refused, Cancelled or Failed before anything is called; afterwards failures are in the answer.
    """
    filed = open_plan(where, request.file) if request.file is not None else None
    env = filed.plan.env if filed and not where.env else None
    where = replace(where, env=env) if env else where  # else its files are not those of that environment
    space = open_workspace(where, env)
    if request.resume and not space.layout.journal.is_dir():  # a lock would make a state where there is none
        raise Failed([unknown_run(request.resume, [])])
    if request.back_to and not space.layout.journal.is_dir():
        find_point(space.reading, State(), request.back_to)
    lineage = filed.plan.basis.lineage if filed and filed.plan.basis.fresh else None
    told: list[Finding] = []
    whose = owner(where.environ, request.command)
    with open_writer(space.layout, whose, request.lock_wait_s, lineage) as writer, telling(told):
        secrets = Secrets(space, lambda: space.opened(writer.state))
        declared = _declared(space, request, secrets, filed.plan if filed else None)
        wait_for_running(space, writer.state, waiting)
        told += writer.findings
        told += recover(space, writer, declared.project.resources if declared else {})
        began, resumed = event_time(), None
        if filed is not None:
            check_basis(filed.plan, space.env, writer.state)
        state = space.opened(writer.state)
        if filed is not None:
            planned, roots = _reopened(space, filed, state, declared, secrets, looking)
            told += _edited(filed, declared)
        elif request.back_to:
            reading = Reading(space.layout, writer.fold)
            past = look_back(space, reading, find_point(reading, state, request.back_to))
            planned, roots = plan_rollback(space, declared, past, request.options or Options(), state, looking), {}
        elif request.resume:
            resumed = resume(space, writer.journal.read(), request.resume, state, declared, secrets, looking)
            planned, roots = resumed.planned, resumed.roots
        elif declared is not None:
            planned = _planned(space, declared, request, state, looking)
            roots = declared.project.roots
        if planned.refusals:
            raise Refused(planned.refusals)
        noted = tuple(told)
        if filed is None:  # it is about to be shown
            planned = _noted(planned, noted)
            told.clear()
        made = event_time()
        approve(planned)
        phases = (Passed("plan", began, made), Passed("gate", made, event_time()))
        if cancel.level:
            raise Cancelled([Finding("apply/cancelled", "Cancelled before anything was done", severity=Severity.INFO)])
        renew_schemas(space, [change.address for change in planned.plan.changes])
        asks = confirm if filed is None and planned.settings.execution.mode == "confirm" else None
        configured = replace(_configured(request, declared, roots), phases=phases, resumed=resumed, confirm=asks)
        applied = _run(space, writer, state, planned, configured, (watch, cancel), noted)
        if applied.status == "failed" and _is_undone(request, planned, declared):
            again = _Configured("rollback", configured.limits, {}, {}, confirm=configured.confirm)
            carry_out = partial(_run_again, space, writer, again, (watch, cancel))
            applied = Undo(space, writer, declared, undoing, carry_out, looking).after(applied)
        retire(writer, declared.project.settings if declared else None, applied.run)
        return applied


def _is_undone(request: ApplyRequest, planned: Planned, declared: Declared | None) -> bool:
    """Whether a failure is answered by going back: the project says so, and no option says otherwise."""
    if declared is None or request.on_failure is not None or planned.plan.rollback is not None:
        return False
    return declared.project.settings.execution.on_failure == "rollback"


def _run_again(
    space: Workspace,
    writer: Writer,
    configured: _Configured,
    live: tuple[Subscriber, Cancel],
    planned: Planned,
    state: State,
) -> Applied:
    return _run(space, writer, state, planned, configured, live, ())


def _noted(planned: Planned, told: Sequence[Finding]) -> Planned:
    """A plan that says as well what was found out before it was made."""
    plan = replace(planned.plan, findings=(*told, *planned.plan.findings))
    return replace(planned, plan=plan, warnings=(*told, *planned.warnings))


def _declared(space: Workspace, request: ApplyRequest, secrets: Secrets, filed: Plan | None) -> Declared | None:
    """The project's files: where what is carried out does not come from them, only if they load. For the plan of a file they
    are read with the variables that it was made with: nobody can give them again.
    """
    if request.back_to:
        return declared_beside(space, secrets)
    if filed is not None:
        given = {name: value for name, value in filed.basis.variables.items() if not is_sensitive(value)}
        return declared_still(space, secrets, given)
    if request.resume:
        return declared_still(space, secrets)
    return load_project(space, secrets)


def _planned(space: Workspace, declared: Declared, request: ApplyRequest, state: State, looking: Looking) -> Planned:
    if request.taking is not None:
        return plan_import(space, declared, request.taking, state, looking)
    return plan_project(space, declared, request.options or Options(), state, looking)


def _reopened(
    space: Workspace,
    filed: Planned,
    state: State,
    declared: Declared | None,
    secrets: Secrets,
    looking: Looking,
) -> tuple[Planned, Mapping[str, Any]]:
    """The plan of a file with its values, and the roots that its templates read, after the last look at reality.

    Raises Refused, Stale.
    """
    if filed.refusals:
        raise Refused(filed.refusals)
    reopening = Reopening(space, filed.plan, state, declared, secrets)
    needs = () if space.trusted else reopening.needs_trust()
    if needs:
        raise Refused([untrusted(needs)])
    planned = part(space, reopening.reopened(), declared.project if declared else None)
    seen = check_reality(space, planned, state, looking)
    return replace(planned, plan=reopening.with_seen(planned.plan, seen)), reopening.roots


def _run(
    space: Workspace,
    writer: Writer,
    state: State,
    planned: Planned,
    configured: _Configured,
    live: tuple[Subscriber, Cancel],
    told: tuple[Finding, ...],
) -> Applied:
    watch, cancel = live
    resumed, plan = configured.resumed, planned.plan
    run = resumed.run if resumed else token_hex(5)
    vault = space.vault(plan.basis.lineage)
    if resumed is None:
        writer.save_plan(run, seal(vault.keep(plan), space.layout, space.where.environ))
    keep_sources(space, planned)
    job = Job(
        plan,
        state,
        space.site(plan.basis.lineage, plan.project, plan.env),
        origin(space, run, _command(configured, plan)),
        configured.limits,
        configured.roots,
        configured.phases,
        resumed.earlier if resumed else None,
    )
    seams = Seams(
        perform=partial(
            perform, space.registry.provider, _asked, hears=watch.hear if isinstance(watch, Hearer) else None
        ),
        schema=space.schema,
        normalize=space.registry.normalize,
        functions=configured.functions,
        vault=vault,
        masks=space.masks,
        confirm=configured.confirm,
    )
    mark_recorded(job.site, plan)
    tally = Tally(run, plan, resumed.earlier.imported if resumed else 0)
    # Idle threads cost nothing, and a call that was given up keeps its thread: the others must still find one.
    pool = ThreadPoolExecutor(max_workers=configured.limits.parallelism * 2 + 8, thread_name_prefix="reign")
    try:
        heard = (tally, forgetting(space, plan, job.site), watch)
        drive(execute(job, seams, pool, SystemClock(), cancel), writer.journal, heard)
        clear_beside_forgotten(space, job.site, plan)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    return tally.applied(told)


def _command(configured: _Configured, plan: Plan) -> str:
    """What the history calls the run: one that goes back is a rollback, whether or not its plan came from a file."""
    return "rollback" if plan.rollback is not None and configured.resumed is None else configured.command


def _asked(check: HealthCheck, call: Call) -> Readiness:
    """`ports.Probe`, loaded when something is asked."""
    from reign.providers.probe import probe

    return probe(check, call)


def _edited(filed: Planned, declared: Declared | None) -> tuple[Finding, ...]:
    """A configuration that was edited since, or does not load any more, is a warning: none that is not read at all."""
    is_read = filed.plan.rollback is None
    if not is_read or (declared is not None and declared.project.digest == filed.plan.basis.config_digest):
        return ()
    return (
        Finding(
            "plan/config-edited",
            "Configuration edited since the plan was made",
            "The plan file runs exactly as it was reviewed; what was edited since is not in it.",
            severity=Severity.MINOR,
            fix="To apply the edits, plan again.",
        ),
    )


def _configured(request: ApplyRequest, declared: Declared | None, roots: Mapping[str, Any]) -> _Configured:
    settings = (declared.project.settings if declared else Settings()).execution
    limits = Limits(
        parallelism=request.parallelism or settings.parallelism,
        by_provider=settings.limits,
        retry=settings.retry or Retry(),
        on_failure=request.on_failure or ("continue" if settings.on_failure == "continue" else "stop"),
    )
    return _Configured(request.command, limits, functions(declared.project) if declared else {}, roots)
