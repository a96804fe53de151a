"""`reign plan`."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import click

from reign.cli.arguments import Command, examples
from reign.cli.gate import Gate
from reign.cli.main import Exit
from reign.cli.options import Asked, as_json, gate, into, planning, shown
from reign.cli.session import Session

if TYPE_CHECKING:
    from collections.abc import Mapping


@examples(
    "reign plan",
    "reign --env prod plan --out prod.plan",
    "reign plan --target web --detailed-exitcode",
    "reign plan --document-into plan.json --max-destroy 0",
)
@click.command(cls=Command, name="plan", streams=True)
@click.option("--out", metavar="FILE", help="Save the plan, for apply FILE.")
@as_json
@click.option("--markdown", "wants_markdown", is_flag=True, help="Print Markdown, for a pull request.")
@into
@click.option("--detailed-exitcode", is_flag=True, help="End with 2 when anything differs.")
@gate
@planning
@shown
@click.pass_obj
def command(
    session: Session,
    out: str | None,
    wants_markdown: bool,
    into: Mapping[str, str | None],
    detailed_exitcode: bool,
    summary: bool,
    full: bool,
    asked: Asked,
    gate: Gate,
) -> Exit:
    """Show what apply would change. Changes nothing, takes no lock, and works on a .reign that cannot be written.

    A plan that apply would refuse is printed all the same, and says so. Its first line names the files and options that
    it was made from, the one that goes first last: `reign.yaml < reign.prod.yaml < --var tag`.

    In a folder that is not trusted (docs/language.md#trust) it asks on a terminal; else it says what it did not look at.

    --json prints one JSON object a line, in the shape of Terraform's UI stream; --document-into writes the plan in the
    shape of `terraform show -json`. --auto-approve and --max-destroy say what apply with the same options would refuse,
    and do not change the exit code.
    """
    from reign.app.plan import make_plan
    from reign.cli.again import Again
    from reign.cli.planned import Forms, show_planned

    forms = Forms(into, out, wants_markdown, summary, full, detailed_exitcode)
    again = Again(session.command(), "apply", (*variables(session), *asked.words()))
    return show_planned(session, lambda looked: make_plan(session.where(), asked.options(), looked), forms, gate, again)


def variables(session: Session) -> list[str]:
    """The variables as words to be typed again; values are left out, since some must not be shown."""
    files = [f"--var-file {shlex.quote(name)}" for name in session.var_files]
    return files + [f"--var {text.partition('=')[0]}=..." for text in session.variables]
