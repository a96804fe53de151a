"""A plan that is made to be looked at: in every form that is asked for, saved where that is, and the code it ends with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from reign.cli.again import Again
from reign.cli.gate import Gate, is_over_threshold, refusals
from reign.cli.main import Exit, worst
from reign.cli.session import Session

if TYPE_CHECKING:
    from reign.app.nouns import Looking, Planned
    from reign.render.view import View


@dataclass(frozen=True, slots=True)
class Forms:
    """How a plan is shown, and where it goes besides. `into`: form -> file, or None."""

    into: Mapping[str, str | None]
    out: str | None = None
    markdown: bool = False
    summary: bool = False
    full: bool = False
    detailed: bool = False

    def expect(self, session: Session) -> None:
        """Raises UsageError or Failed where that cannot be had, before anything is planned."""
        from reign.cli.files import expect_files

        if self.markdown and session.wants_json:
            raise click.UsageError("--json and --markdown contradict each other.")
        expect_files(session, {"--out": self.out, **{f"--{form}-into": name for form, name in self.into.items()}})

    def view(self, session: Session, planned: Planned, gate: Gate, again: Again) -> View:
        """How to show it to a person."""
        from reign.render.view import View

        return View(
            full=self.full,
            summary=self.summary,
            refusals=refusals(planned, gate, again),
            saved=self.out or "",
            command=session.command(),
            again=again.words,
            width=session.width(),
        )

    def write(self, session: Session, planned: Planned, view: View) -> None:
        """The documents that are asked for besides."""
        from reign.cli.files import write_file
        from reign.cli.telling import told_as

        for form in ("document", "markdown"):
            if name := self.into[form]:
                write_file(session.path(name), told_as(form, planned, view).encode())


def show_planned(session: Session, make: Callable[[Looking], Planned], forms: Forms, gate: Gate, again: Again) -> Exit:
    """Plan by `make`, save that where asked for, and tell it. Returns the exit code."""
    from reign.cli.asking import ask_trust
    from reign.cli.looking import looking
    from reign.cli.machine import lines_into, plan_lines, stream
    from reign.cli.telling import told_as
    from reign.render.text import text

    session.aftermath = "Nothing was planned."
    forms.expect(session)
    ask_trust(session)
    with lines_into(session, forms.into["json"]), looking(session) as looked:
        planned = make(looked)
        if forms.out is not None:
            _save(session, planned, forms.out)
        view = forms.view(session, planned, gate, again)
        forms.write(session, planned, view)
        stream(session, plan_lines(planned, view))
    if forms.markdown:
        session.put(told_as("markdown", planned, view))
    elif not session.wants_json:
        session.say(text(planned.plan, view))
    return _code(planned, detailed=forms.detailed)


def _save(session: Session, planned: Planned, name: str) -> None:
    from reign.app.planfile import seal_plan
    from reign.cli.files import write_file

    write_file(session.path(name), seal_plan(session.where(), planned), mode=0o600)


def _code(planned: Planned, *, detailed: bool) -> Exit:
    from reign.model.plan import Action

    plan = planned.plan
    harmless = (Action.NOOP, Action.READ)
    differs = (
        any(word not in harmless for change in plan.actions() for word in change.words)
        or any(output.action != "no-op" for output in plan.outputs)
        or bool(plan.drift)
    )
    codes = [Exit.DIFFERS] if detailed and differs else []
    if is_over_threshold(planned.warnings, planned.settings.findings_thresholds):
        codes.append(Exit.OVER_THRESHOLD)
    return worst(codes)
