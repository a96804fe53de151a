"""`apply` and `destroy`: the lock, the plan, the approval, a last look, and then the run."""

from __future__ import annotations

import getpass
import secrets
import socket
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from reign.app.clock import SystemClock
from reign.app.git import head
from reign.app.nouns import Applied, ApplyRequest, Planned, Where
from reign.app.plan import make_plan
from reign.app.planfile import check_basis, open_plan
from reign.app.recovery import recover
from reign.app.sources import keep_sources
from reign.app.stillness import check_reality
from reign.app.tally import Tally
from reign.app.workspace import Workspace, load_project, open_workspace
from reign.config import Project, Settings, functions
from reign.execution.cancel import Cancel
from reign.execution.drive import drive
from reign.execution.executor import execute
from reign.execution.job import Job, Limits, Origin, Seams
from reign.execution.task import perform
from reign.model.errors import Refused, ReignError
from reign.model.finding import Finding, Severity
from reign.model.values import Value
from reign.planning import Options
from reign.ports import Subscriber
from reign.state.lock import Owner
from reign.state.seal import seal
from reign.state.writer import Writer, open_writer

Approve = Callable[[Planned], None]
"""Returns when the plan may run; raises Refused or Cancelled when it may not."""


@dataclass(frozen=True, slots=True)
class _Configured:
    """What the project's own files add to a plan: limits, functions, and whether they changed since."""

    limits: Limits
    functions: Mapping[str, Callable[..., Value]]
    warnings: tuple[Finding, ...] = ()


def apply(where: Where, request: ApplyRequest, approve: Approve, watch: Subscriber, cancel: Cancel) -> Applied:
    """Carry out a plan file, or plan and carry that out, under the lock.

    Raises Locked, Stale, Refused, Cancelled or Failed before anything is called; afterwards failures are in the answer.
    """
    space = open_workspace(where)
    filed = open_plan(where, request.file) if request.file is not None else None
    lineage = filed.plan.basis.lineage if filed and filed.plan.basis.fresh else None
    with open_writer(space.layout, _owner(where, request), request.lock_wait_s, lineage) as writer:
        recovered = recover(space, writer)
        planned = filed or make_plan(where, request.options or Options(), writer.state)
        if filed:
            check_basis(filed.plan, where.env or "", writer.state)
        if planned.refusals:
            raise Refused(planned.refusals)
        configured = _configured(space, request, planned)
        if filed:
            check_reality(space, planned, writer.state)
        approve(planned)
        if cancel.level:
            raise Refused([Finding("apply/cancelled", "Cancelled before anything was done", severity=Severity.INFO)])
        return _run(space, writer, planned, configured, request, (watch, cancel), recovered)


def _run(
    space: Workspace,
    writer: Writer,
    planned: Planned,
    configured: _Configured,
    request: ApplyRequest,
    live: tuple[Subscriber, Cancel],
    recovered: tuple[Finding, ...],
) -> Applied:
    watch, cancel = live
    run = secrets.token_hex(5)
    plan = planned.plan
    writer.save_plan(run, seal(plan, space.layout, space.where.environ))
    keep_sources(space, planned)
    job = Job(
        plan,
        writer.state,
        space.site(plan.basis.lineage, plan.project),
        _origin(space, run, request),
        configured.limits,
    )
    seams = Seams(
        perform=partial(perform, space.registry.provider),
        schema=space.schema,
        normalize=space.registry.normalize,
        functions=configured.functions,
    )
    tally = Tally(run)
    # Idle threads cost nothing, and a call that was given up keeps its thread: the others must still find one.
    pool = ThreadPoolExecutor(max_workers=configured.limits.parallelism * 2 + 8, thread_name_prefix="reign")
    try:
        drive(execute(job, seams, pool, SystemClock(), cancel), writer.journal, (tally, watch))
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    return tally.applied((*recovered, *configured.warnings))


def _configured(space: Workspace, request: ApplyRequest, planned: Planned) -> _Configured:
    """A plan file runs as it is: a configuration that was edited since, or does not load, is a warning (commands.md)."""
    warnings: tuple[Finding, ...] = ()
    project: Project | None = None
    try:
        project, _ = load_project(space)
    except ReignError:
        if request.file is None:
            raise
    if request.file is not None and (project is None or project.digest != planned.plan.basis.config_digest):
        warnings = (
            Finding(
                "plan/config-edited",
                "Configuration edited since the plan was made",
                "The plan file runs exactly as it was reviewed; what was edited since is not in it.",
                severity=Severity.MINOR,
                fix="To apply the edits, plan again.",
            ),
        )
    settings = (project.settings if project else Settings()).execution
    limits = Limits(
        parallelism=request.parallelism or settings.parallelism,
        on_failure=request.on_failure or settings.on_failure,
    )
    return _Configured(limits, functions(project) if project else {}, warnings)


def _owner(where: Where, request: ApplyRequest) -> Owner:
    return Owner(command=request.command, ci_url=ci_url(where.environ))


def _origin(space: Workspace, run: str, request: ApplyRequest) -> Origin:
    checked_out = head(space.where.folder.resolve())
    environ = space.where.environ
    return Origin(
        run=run,
        command=request.command,
        actor=environ.get("GITHUB_ACTOR") or _user(),
        host=socket.gethostname(),
        ci_url=ci_url(environ),
        git_sha=checked_out.sha,
        git_branch=checked_out.branch or environ.get("GITHUB_REF_NAME", ""),
    )


def ci_url(environ: Mapping[str, str]) -> str:
    """The page of the CI job that this process is part of; empty outside of one that is known."""
    server, repository, job = (environ.get(f"GITHUB_{key}", "") for key in ("SERVER_URL", "REPOSITORY", "RUN_ID"))
    if server and repository and job:
        return f"{server}/{repository}/actions/runs/{job}"
    return environ.get("CI_JOB_URL", "") or environ.get("BUILD_URL", "")


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""
