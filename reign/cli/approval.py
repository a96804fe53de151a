"""Whether a plan may be carried out: what the project tolerates, what the options allow, and what the person says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reign.cli.again import Again
from reign.cli.gate import Gate, is_over_threshold, refusals
from reign.cli.session import Session

if TYPE_CHECKING:
    from reign.app.nouns import Planned
    from reign.cli.planned import Forms
    from reign.model.finding import Finding
    from reign.render.view import View


class Approval:
    """What comes before a run. Called with the plan while the lock is held. `again` is the command line at hand, `forms`
    where the plan is written besides.
    """

    def __init__(self, session: Session, gate: Gate, view: View, again: Again, forms: Forms | None = None) -> None:
        self._session, self._gate, self._view, self.again, self._forms = session, gate, view, again, forms
        self.is_destroy = False

    def __call__(self, planned: Planned) -> None:
        """Return when `planned` may run. Raises Refused, OverThreshold or Cancelled when it may not."""
        from reign.model.errors import OverThreshold, Refused

        self._show(planned)
        refused = [*self._unheard(planned), *refusals(planned, self._gate, self.again)]
        is_over = is_over_threshold(planned.warnings, planned.settings.findings_thresholds)
        if is_over:
            seen = self._session.wants_json or not self.again.file
            told = refused if seen else [*planned.warnings, *refused]
            raise OverThreshold(told) if len(refused) == 1 else Refused(told)
        if refused:
            raise Refused(refused)
        if self._asks(planned):
            self._ask(planned)

    def _asks(self, planned: Planned) -> bool:
        """True when somebody has to say yes."""
        is_approved = self._gate.words is not None and planned.settings.execution.mode == "auto"
        return not self.again.file and not is_approved and planned.plan.does_something

    def _unheard(self, planned: Planned) -> list[Finding]:
        """That nobody is there to say it."""
        from reign.cli.asking import can_ask

        if not self._asks(planned) or can_ask(self._session):
            return []
        return [_nobody_to_ask(self.again, confirms=planned.settings.execution.mode == "confirm")]

    def _show(self, planned: Planned) -> None:
        if self._forms is not None:
            self._forms.write(self._session, planned, self._forms.view(self._session, planned, self._gate, self.again))
        if self._session.wants_json or self._session.lines_into is not None:
            from reign.api.stream import planned as lines
            from reign.cli.machine import stream

            stream(self._session, lines(planned.plan))
        if self._session.wants_json:
            return
        if not self.again.file:
            from reign.render.text import text

            self._session.say(text(planned.plan, self._view))
            self._session.note([""])

    def _ask(self, planned: Planned) -> None:
        from reign.cli.asking import accepted, confirm

        word = planned.plan.env if planned.confirms_by_name and planned.plan.env else "yes"
        purpose = "confirm" if self.is_destroy else "approve"
        told = [*(_DESTROY if self.is_destroy else _APPLY), accepted(word, purpose)]
        confirm(self._session, told, word)


_APPLY = ["Do you want to perform these actions?", "  Reign will perform the actions described above."]
_DESTROY = [
    "Do you really want to destroy all resources?",
    "  Reign will destroy everything named above. There is no undo.",
]


def _nobody_to_ask(again: Again, *, confirms: bool) -> Finding:
    from reign.model.finding import Finding

    looked_at = again.looked_at()
    file = f"pply a plan file that was looked at: {looked_at}" if looked_at else ""
    if confirms:
        return Finding(
            "apply/not-approved",
            "Nobody to ask",
            "`settings.execution.mode` is `confirm`, so that only what somebody looked at is carried out, and there is no "
            "terminal to ask at; nothing was done.",
            fix=f"A{file}" if file else "Do it at a terminal.",
        )
    return Finding(
        "apply/not-approved",
        "Nobody to ask",
        "The plan was not approved, and there is no terminal to ask at; nothing was done.",
        fix="\n".join(filter(None, (f"Approve it beforehand: {again.line('--auto-approve')}", file and f"Or a{file}"))),
    )
