"""`reign rollback`."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from reign.cli.arguments import Command, examples
from reign.cli.commands.plan import variables
from reign.cli.gate import Gate
from reign.cli.main import Exit
from reign.cli.options import Asked, as_json, gate, into, returning, running, shown
from reign.cli.session import Session

if TYPE_CHECKING:
    from reign.cli.again import Again
    from reign.cli.planned import Forms


@examples(
    "reign rollback --to before-upgrade",
    "reign rollback --to 8c20f7a1 --target web",
    "reign rollback --to 2h --out back.plan",
    "reign rollback --to 2026-11-20T10:00:00Z --markdown",
)
@click.command(cls=Command, name="rollback", streams=True)
@click.option(
    "--to", required=True, metavar="POINT", help="A checkpoint, a run (its end), or a time: RFC 3339, or an age (2h)."
)
@click.option("--out", metavar="FILE", help="Only plan, and save the plan for apply FILE.")
@as_json
@click.option("--markdown", "wants_markdown", is_flag=True, help="Only plan, and print Markdown, for a pull request.")
@into
@click.option("--detailed-exitcode", is_flag=True, help="Only plan, and end with 2 when anything differs.")
@gate
@running
@returning
@shown
@click.pass_obj
def command(
    session: Session,
    to: str,
    out: str | None,
    wants_markdown: bool,
    into: Mapping[str, str | None],
    detailed_exitcode: bool,
    summary: bool,
    full: bool,
    asked: Asked,
    gate: Gate,
    running: dict[str, Any],
) -> Exit:
    """Go back to an earlier point of the state: plan, show, ask, and carry it out under the lock.

    What the resources were then comes from the history: neither git nor the reign.yaml of then is needed, and none at all
    has to be there. What was made since is destroyed, what was destroyed since is made anew, what was only renamed gets
    its name back, and what was taken over since (`import`) is only forgotten. Before the `Plan:` line stands what can be
    undone, what is lost on the way, and what nothing undoes.

    With --out, --markdown or --detailed-exitcode it only plans, without the lock; `apply FILE` then carries out exactly
    that. The next plan says how reign.yaml differs from what was gone back to.
    """
    from reign.cli.again import Again
    from reign.cli.planned import Forms, show_planned

    forms = Forms(into, out, wants_markdown, summary, full, detailed_exitcode)
    again = Again(session.command(), "rollback", (f"--to {shlex.quote(to)}", *variables(session), *asked.words()))
    if out is None and not wants_markdown and not detailed_exitcode:
        return _carry_out(session, to, forms, asked, gate, running, again)
    from reign.app.rollback import make_rollback

    return show_planned(
        session, lambda looked: make_rollback(session.where(), to, asked.options(), looked), forms, gate, again
    )


def _carry_out(
    session: Session, to: str, forms: Forms, asked: Asked, gate: Gate, running: dict[str, Any], again: Again
) -> Exit:
    from reign.app.nouns import ApplyRequest
    from reign.cli.approval import Approval
    from reign.cli.machine import lines_into
    from reign.cli.running import carry_out
    from reign.render.view import View

    session.aftermath = "Nothing was done."
    forms.expect(session)
    request = ApplyRequest(
        command="rollback",
        options=asked.options(),
        back_to=to,
        parallelism=running["parallelism"],
        on_failure=running["on_failure"],
        lock_wait_s=running["lock_timeout"],
    )
    view = View(
        full=forms.full, summary=forms.summary, command=session.command(), next_step=False, width=session.width()
    )
    with lines_into(session, forms.into["json"]):
        return carry_out(session, request, Approval(session, gate, view, again, forms))
