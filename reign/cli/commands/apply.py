"""`reign apply`."""

from __future__ import annotations

from typing import Any

import click

from reign.cli.arguments import Command, examples
from reign.cli.commands.plan import variables
from reign.cli.gate import Gate
from reign.cli.main import Exit
from reign.cli.options import Asked, as_json, gate, planning, running, shown
from reign.cli.session import Session


@examples("reign apply", "reign apply prod.plan", "reign apply --auto-approve=create,update --max-destroy 0")
@click.command(cls=Command, name="apply", streams=True)
@click.argument("file", metavar="[FILE]", required=False)
@as_json
@gate
@running
@planning
@shown
@click.pass_obj
def command(
    session: Session,
    file: str | None,
    summary: bool,
    full: bool,
    asked: Asked,
    gate: Gate,
    running: dict[str, Any],
) -> Exit:
    """Carry out a plan: exactly the one in FILE, without a question; or a new one, after asking.

    With a FILE no option may change what is planned, but --var of a sensitive variable, whose value is not in the file.

    Without one: plan, show, ask, and carry it out under the lock. An environment with `confirm: name` is asked for by
    its name instead of `yes`; where settings.execution.mode is `confirm`, --auto-approve does not stand in for the
    answer. Checks are looked at once more at the end.

    --json prints one JSON object a line: the plan, then what happens, then the outputs.
    """
    from reign.app.nouns import ApplyRequest
    from reign.cli.again import Again
    from reign.cli.approval import Approval
    from reign.cli.files import read_file
    from reign.cli.running import carry_out
    from reign.render.view import View

    if file is not None:
        _refuse_planning(session, asked)
    data = read_file(session.path(file)) if file else None
    if data is not None:
        _refuse_variables(session, data)
    session.aftermath = "Nothing was done."
    request = ApplyRequest(
        command="destroy" if asked.destroy else "apply",
        options=None if file else asked.options(),
        file=data,
        parallelism=running["parallelism"],
        on_failure=running["on_failure"],
        lock_wait_s=running["lock_timeout"],
    )
    view = View(full=full, summary=summary, command=session.command(), next_step=False, width=session.width())
    again = Again(session.command(), "apply", (*variables(session), *asked.words()), file or "")
    return carry_out(session, request, Approval(session, gate, view, again))


def _refuse_planning(session: Session, asked: Asked) -> None:
    """A plan file runs as it is. Raises UsageError when an option would change what is planned."""
    named = [*asked.words(), *(f"--var-file {name}" for name in session.var_files)]
    if named:
        raise _changes_what_is_planned(named[0].partition(" ")[0])


def _refuse_variables(session: Session, data: bytes) -> None:
    """The values of sensitive variables are not in a plan file, so they may be given again; those of others are in it."""
    if not session.variables:
        return
    from reign.app.planfile import open_plan
    from reign.model.values import is_sensitive

    held = open_plan(session.where(), data).plan.basis.variables
    if not all(is_sensitive(held.get(text.partition("=")[0])) for text in session.variables):
        raise _changes_what_is_planned("--var of a variable that is not sensitive")


def _changes_what_is_planned(option: str) -> click.UsageError:
    return click.UsageError(f"{option} changes what is planned, and a plan file runs exactly as it is.")
