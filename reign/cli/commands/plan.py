"""`reign plan`."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import click

from reign.cli.arguments import Command, examples
from reign.cli.gate import Gate, is_over_threshold, refusals
from reign.cli.main import Exit, worst
from reign.cli.options import Asked, as_json, gate, into, planning, shown
from reign.cli.session import Session

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reign.app.nouns import Planned


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
    from reign.cli.asking import ask_trust
    from reign.cli.files import expect_files, write_file
    from reign.cli.looking import looking
    from reign.cli.machine import lines_into, plan_lines, stream
    from reign.cli.telling import told_as
    from reign.render.text import text
    from reign.render.view import View

    if wants_markdown and session.wants_json:
        raise click.UsageError("--json and --markdown contradict each other.")
    session.aftermath = "Nothing was planned."
    expect_files(session, {"--out": out, **{f"--{form}-into": name for form, name in into.items()}})
    again = Again(session.command(), "apply", (*variables(session), *asked.words()))
    ask_trust(session)
    with lines_into(session, into["json"]), looking(session) as looked:
        planned = make_plan(session.where(), asked.options(), looked)
        if out is not None:
            _save(session, planned, out)
        view = View(
            full=full,
            summary=summary,
            refusals=refusals(planned, gate, again),
            saved=out or "",
            command=session.command(),
            again=again.words,
            width=session.width(),
        )
        for form in ("document", "markdown"):
            if name := into[form]:
                write_file(session.path(name), told_as(form, planned, view).encode())
        stream(session, plan_lines(planned, view))
    if wants_markdown:
        session.put(told_as("markdown", planned, view))
    elif not session.wants_json:
        session.say(text(planned.plan, view))
    return _code(planned, detailed=detailed_exitcode)


def variables(session: Session) -> list[str]:
    """The variables as words to be typed again; values are left out, since some must not be shown."""
    files = [f"--var-file {shlex.quote(name)}" for name in session.var_files]
    return files + [f"--var {text.partition('=')[0]}=..." for text in session.variables]


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
