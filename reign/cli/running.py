"""A run from the command line: the approval before it, the signals and the progress during it, and how it ended."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reign.cli.approval import Approval
from reign.cli.gate import is_over_threshold
from reign.cli.main import Exit, system_error, worst
from reign.cli.session import Session
from reign.cli.signals import Signals
from reign.cli.watch import Watch

if TYPE_CHECKING:
    from reign.app.nouns import Applied, ApplyRequest, Planned
    from reign.model.finding import Finding


def carry_out(session: Session, request: ApplyRequest, approval: Approval) -> Exit:
    """Apply, telling everything on the way. Returns the exit code; raises what kept the run from beginning."""
    from reign.app.apply import apply
    from reign.cli.asking import ask_trust
    from reign.cli.confirming import Questions
    from reign.cli.looking import looking
    from reign.execution.cancel import Cancel

    cancel = Cancel()
    watch = Watch(session, approval.again.file)
    questions = Questions(session)
    signals = Signals(cancel, watch)
    approval.is_destroy = request.command == "destroy"

    if request.file is None and not request.resume:
        ask_trust(session)
    tolerated = []
    shown: list[Finding] = []

    def approve(planned: Planned) -> None:
        approval(planned)
        tolerated.append(planned.settings.findings_thresholds)
        shown.extend(planned.plan.findings if request.file is None else ())
        watch.is_asking = request.file is None and planned.settings.execution.mode == "confirm"
        session.aftermath = ""  # from here on an error does not mean that nothing was done
        watch.begin(planned.plan, request.parallelism or planned.settings.execution.parallelism)
        signals.install()

    def undoing(planned: Planned) -> None:
        watch.turn(planned.plan, request.parallelism or planned.settings.execution.parallelism)
        _say_undoing(session, planned)

    try:
        with looking(session) as looked:
            note = session.note
            applied = apply(
                session.where(), request, approve, watch, cancel, looked, lambda line: note([line]), undoing, questions
            )
    finally:
        watch.end()
        signals.restore()
    codes = [*signals.codes, *([Exit.CANCELLED] if questions.said_no else [])]
    failed_checks = [finding for finding in applied.warnings if finding.code == "check/failed"]
    if applied.status != "completed" or is_over_threshold(failed_checks, tolerated[0]):
        codes.append(Exit.PARTLY)
    news = [finding for finding in applied.warnings if finding in failed_checks or finding not in shown]
    return _tell_end(session, replace(applied, warnings=tuple(news)), approval, codes, watch)


def _tell_end(session: Session, applied: Applied, approval: Approval, codes: list[Exit], watch: Watch) -> Exit:
    """How it ended, on every stream that still takes it. Returns the exit code."""
    unheard = watch.error
    try:
        (_stream_end if session.wants_json else _say_end)(session, applied, approval)
    except OSError as error:
        unheard = error
    if unheard is not None:
        from reign.render.finding import full

        codes.append(Exit.ERROR)
        session.note(["", *full(system_error(unheard))])
    code = worst(codes)
    if applied.rolled_back and not session.wants_json:
        session.note([f"Nothing of it is left to do.     (exit {code:d})"])
    elif applied.status != "completed" and not session.wants_json:
        from reign.render.words import plural

        left = [f"{plural(watch.left, 'operation')} left to do."] if watch.left else []
        run = applied.rolling_back or applied.run
        session.note([*left, f"Continue with: {approval.again.resume(run)}     (exit {code:d})"])
    return code


def _say_undoing(session: Session, planned: Planned) -> None:
    """What undoes a run that failed: it was asked for by the project, so nobody is asked again."""
    if session.wants_json:
        from reign.api.stream import planned as lines
        from reign.cli.machine import stream

        stream(session, lines(planned.plan))
        return
    from reign.render.text import text
    from reign.render.view import View

    view = View(summary=True, command=session.command(), next_step=False, width=session.note_width())
    session.note(
        ["", "The run failed, and settings.execution.on_failure is `rollback`.", "", *text(planned.plan, view), ""]
    )


def _say_end(session: Session, applied: Applied, approval: Approval) -> None:
    from reign.cli import ending
    from reign.render.finding import brief
    from reign.render.state import outputs

    session.note([line for finding in applied.warnings for line in ["", *brief(finding, session.note_width())]])
    session.note([*ending.recap(applied), ""])
    if applied.message:
        session.note([f"Error: {applied.message}", ""])
    command = "destroy" if approval.is_destroy else approval.again.verb
    session.say([ending.ending(applied, command), *ending.checks_line(applied)])
    if applied.status == "completed":
        session.say(ending.outputs_block(outputs(applied.outputs, full=False)))


def _stream_end(session: Session, applied: Applied, approval: Approval) -> None:
    from reign.api import stream
    from reign.api.diagnostic import diagnostic_line
    from reign.cli.machine import stream as put
    from reign.model.plan import Counts

    counts = Counts(imports=applied.imported, add=applied.added, change=applied.changed, destroy=applied.destroyed)
    command = "destroy" if approval.is_destroy else "apply"
    put(
        session,
        [
            *map(diagnostic_line, applied.warnings),
            stream.summary(counts, command, complete=applied.status == "completed"),
            stream.outputs(applied.outputs),
        ],
    )
