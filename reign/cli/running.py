"""A run at the terminal: the question before it, the signals and the progress during it, and how it ended."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterable, Sequence
from types import FrameType
from typing import TYPE_CHECKING, Any

from reign.cli.gate import Gate, is_over_threshold
from reign.cli.main import Exit, worst
from reign.cli.session import Session

if TYPE_CHECKING:
    from reign.app.nouns import Applied, ApplyRequest, Planned
    from reign.execution.cancel import Cancel
    from reign.model.event import Event
    from reign.model.finding import Finding
    from reign.model.plan import Plan
    from reign.render.view import View

HEARTBEAT_S = 30.0


class Watch:
    """The subscriber that tells the run: lines on stderr for people, or lines of JSON on stdout for programs."""

    def __init__(self, session: Session, source: str, interval_s: float = HEARTBEAT_S) -> None:
        self._session = session
        self._source = source
        self._interval_s = interval_s
        self._lock = threading.RLock()
        self._over = threading.Event()
        self._beating: threading.Thread | None = None

    def begin(self, plan: Plan) -> None:
        """The plan was approved: from here on there is something to tell."""
        from reign.api.run import Running
        from reign.cli.progress import Progress, ids

        self._progress = Progress(plan, self._source)
        self._stream = Running(ids(plan))
        self._beating = threading.Thread(target=self._beat, name="heartbeat", daemon=True)
        self._beating.start()

    def __call__(self, events: Iterable[Event]) -> None:
        """Tell durable events."""
        events = tuple(events)
        with self._lock:
            lines = list(self._progress.lines(events, time.monotonic()))
            if self._session.wants_json:
                self._put(self._stream.lines(events))
            else:
                self._session.note(lines)

    def end(self) -> None:
        """No more heartbeats, not even one that is being written."""
        self._over.set()
        if self._beating is not None:
            self._beating.join()

    def _beat(self) -> None:
        while not self._over.wait(self._interval_s):
            with self._lock:
                line = self._progress.heartbeat(time.monotonic())
                if line:
                    self._session.note([line])

    def _put(self, lines: Iterable[dict[str, Any]]) -> None:
        from reign.cli.machine import stream

        stream(self._session, lines)


class Signals:
    """What the user or the system sent while operations ran. Installed only for that time: before, a signal just ends."""

    def __init__(self, cancel: Cancel) -> None:
        self._cancel = cancel
        self._before: dict[int, Any] = {}
        self.codes: list[Exit] = []

    def install(self) -> None:
        """Take over SIGINT and SIGTERM."""
        for number in (signal.SIGINT, signal.SIGTERM):
            self._before[number] = signal.signal(number, self._take)

    def restore(self) -> None:
        """Give them back."""
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before.clear()

    def _take(self, number: int, _: FrameType | None) -> None:
        again = bool(self.codes)
        self.codes.append(Exit.INTERRUPTED if number == signal.SIGINT else Exit.CANCELLED)
        if again or number == signal.SIGTERM:
            self._cancel.stop()
            _shout(b"\nStopping now. What was running is recorded as unknown.\n")
        else:
            self._cancel.finish()
            _shout(b"\nNothing new starts; what runs is finished. Interrupt again to stop now.\n")


def _shout(text: bytes) -> None:
    """Past the buffered stream, which a signal handler must not enter while it is being written to."""
    try:
        os.write(2, text)
    except OSError:
        return


class Approval:
    """The question before a run. Called with the plan while the lock is held."""

    def __init__(self, session: Session, gate: Gate, view: View, *, from_file: bool) -> None:
        self._session = session
        self._gate = gate
        self._view = view
        self._from_file = from_file
        self.is_destroy = False

    def __call__(self, planned: Planned) -> None:
        """Return when `planned` may run. Raises Refused, OverThreshold or Cancelled when it may not."""
        from reign.model.errors import OverThreshold, Refused

        self._show(planned)
        if is_over_threshold(planned.warnings, planned.settings.findings_thresholds):
            raise OverThreshold(planned.warnings)
        refusals = self._gate.refusals(planned.plan)
        if refusals:
            raise Refused(refusals)
        is_approved = self._gate.words is not None and planned.settings.execution.mode == "auto"
        if not self._from_file and not is_approved and _has_work(planned.plan):
            self._ask(planned)

    def _show(self, planned: Planned) -> None:
        if self._session.wants_json:
            from reign.api.stream import planned as lines
            from reign.cli.machine import stream

            stream(self._session, lines(planned.plan))
        elif not self._from_file:
            from reign.render.text import text

            self._session.say(text(planned.plan, self._view))
            self._session.note([""])

    def _ask(self, planned: Planned) -> None:
        from reign.cli.asking import answer, can_ask
        from reign.model.errors import Cancelled, Refused
        from reign.model.finding import Finding, Severity

        if not can_ask(self._session):
            raise Refused([_nobody_to_ask(confirms=planned.settings.execution.mode == "confirm")])
        word = planned.plan.env if planned.confirms_by_name and planned.plan.env else "yes"
        self._session.note([*(_DESTROY if self.is_destroy else _APPLY), _accepted(word, self.is_destroy), ""])
        if answer(self._session) != word:
            said = f"The answer was not {word}; nothing was done."
            raise Cancelled([Finding("apply/cancelled", "Cancelled", said, Severity.INFO)])


_APPLY = ["Do you want to perform these actions?", "  Reign will perform the actions described above."]
_DESTROY = [
    "Do you really want to destroy all resources?",
    "  Reign will destroy everything named above. There is no undo.",
]


def _accepted(word: str, is_destroy: bool) -> str:
    what = f"'{word}'" if word == "yes" else f"the environment's name, '{word}',"
    return f"  Only {what} will be accepted to {'confirm' if is_destroy else 'approve'}."


def _nobody_to_ask(*, confirms: bool) -> Finding:
    from reign.model.finding import Finding

    if confirms:
        return Finding(
            "apply/not-approved",
            "Nobody to ask",
            "`settings.execution.mode` is `confirm`, so that only what somebody looked at is carried out, and there is no "
            "terminal to ask at; nothing was done.",
            fix="Apply a plan file that was looked at: plan --out FILE, apply FILE.",
        )
    return Finding(
        "apply/not-approved",
        "Nobody to ask",
        "The plan was not approved, and there is no terminal to ask at; nothing was done.",
        fix="Apply a plan file that was looked at (plan --out FILE, apply FILE), or say --auto-approve.",
    )


def _has_work(plan: Plan) -> bool:
    return any(plan.actions()) or any(output.action != "no-op" for output in plan.outputs)


def carry_out(
    session: Session, request: ApplyRequest, approval: Approval, again: Sequence[str], source: str = ""
) -> Exit:
    """Apply, telling everything on the way. Returns the exit code; raises what kept the run from beginning.

    `again` are the words that ask for the same once more, where the run leaves something undone.
    """
    from reign.app.apply import apply
    from reign.app.nouns import nobody
    from reign.cli.asking import ask_trust
    from reign.cli.machine import looking
    from reign.execution.cancel import Cancel

    cancel = Cancel()
    signals = Signals(cancel)
    watch = Watch(session, source)
    approval.is_destroy = request.command == "destroy"

    if request.file is None:
        ask_trust(session)
    tolerated = []

    def approve(planned: Planned) -> None:
        approval(planned)
        tolerated.append(planned.settings.findings_thresholds)
        session.aftermath = ""  # from here on an error does not mean that nothing was done
        watch.begin(planned.plan)
        signals.install()

    try:
        applied = apply(session.where(), request, approve, watch, cancel, looking(session, nobody))
    finally:
        watch.end()
        signals.restore()
    _tell_end(session, applied, request.command, again)
    codes = [*signals.codes]
    failed_checks = [finding for finding in applied.warnings if finding.code == "check/failed"]
    if applied.status != "completed" or is_over_threshold(failed_checks, tolerated[0]):
        codes.append(Exit.PARTLY)
    return worst(codes)


def _tell_end(session: Session, applied: Applied, command: str, again: Sequence[str]) -> None:
    from reign.cli import progress

    if session.wants_json:
        _stream_end(session, applied, command)
        return
    from reign.render.finding import brief
    from reign.render.state import outputs

    session.note([line for finding in applied.warnings for line in ["", *brief(finding)]])
    session.note(progress.recap(applied))
    session.note([""])
    session.say([progress.ending(applied, command), *progress.checks_line(applied)])
    if applied.message:
        session.note([f"Error: {applied.message}"])
    if applied.status == "completed":
        session.say(progress.outputs_block(outputs(applied.outputs, full=False)))
    else:
        session.note([f"Continue with: {' '.join([session.command(), *again])}"])


def _stream_end(session: Session, applied: Applied, command: str) -> None:
    from reign.api import stream
    from reign.api.diagnostic import diagnostic_line
    from reign.cli.machine import stream as put
    from reign.model.plan import Counts

    counts = Counts(add=applied.added, change=applied.changed, destroy=applied.destroyed)
    put(
        session,
        [
            *map(diagnostic_line, applied.warnings),
            stream.summary(counts, command, complete=applied.status == "completed"),
            stream.outputs(applied.outputs),
        ],
    )
