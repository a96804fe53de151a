"""`reign plan`."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import click

from reign.cli.arguments import Command, examples
from reign.cli.gate import Gate, is_over_threshold
from reign.cli.main import Exit, worst
from reign.cli.options import Asked, as_json, gate, planning, shown
from reign.cli.session import Session

if TYPE_CHECKING:
    from reign.app.nouns import Planned


@examples(
    "reign plan",
    "reign --env prod plan --out prod.plan",
    "reign plan --target web --detailed-exitcode",
    "reign plan --document-into plan.json --auto-approve=create,update --max-destroy 0",
)
@click.command(cls=Command, name="plan", streams=True)
@click.option("--out", metavar="FILE", help="Save the plan, for apply FILE.")
@as_json
@click.option("--document-into", metavar="FILE", help="Write the JSON document of the plan.")
@click.option("--detailed-exitcode", is_flag=True, help="End with 2 when anything differs.")
@gate
@planning
@shown
@click.pass_obj
def command(
    session: Session,
    out: str | None,
    document_into: str | None,
    detailed_exitcode: bool,
    summary: bool,
    full: bool,
    asked: Asked,
    gate: Gate,
) -> Exit:
    """Show what apply would change. Changes nothing."""
    from reign.app.plan import make_plan
    from reign.cli.asking import ask_trust

    session.aftermath = "Nothing was planned."
    ask_trust(session)
    planned = make_plan(session.where(), asked.options())
    refusals = (*planned.refusals, *gate.refusals(planned.plan))
    _write_files(session, planned, out, document_into)
    if session.wants_json:
        from reign.api import stream
        from reign.cli import machine

        machine.stream(session, stream.planned(planned.plan))
        machine.stream(session, map(stream.diagnostic_line, refusals[len(planned.refusals) :]))
    else:
        from reign.render.text import View, text

        view = View(
            full=full,
            summary=summary,
            given=given(session),
            refusals=refusals,
            saved=out or "",
            command=session.command(),
            again=[*variables(session), *asked.words()],
        )
        session.say(text(planned.plan, view))
    return _code(planned, detailed=detailed_exitcode)


def given(session: Session) -> list[str]:
    """The layers of the command line, as the header names them."""
    names = [text.partition("=")[0] for text in session.variables]
    files = [f"--var-file {name}" for name in session.var_files]
    return [*files, f"--var {' '.join(names)}"] if names else files


def variables(session: Session) -> list[str]:
    """The variables as words to be typed again; values are left out, since some must not be shown."""
    files = [f"--var-file {shlex.quote(name)}" for name in session.var_files]
    return files + [f"--var {text.partition('=')[0]}=..." for text in session.variables]


def _write_files(session: Session, planned: Planned, out: str | None, document_into: str | None) -> None:
    from reign.cli.files import write_file

    if out is not None:
        from reign.app.planfile import seal_plan

        write_file(session.path(out), seal_plan(session.where(), planned), mode=0o600)
    if document_into is not None:
        import json

        from reign.api.document import plan_document

        text = json.dumps(plan_document(planned.plan), indent=2, sort_keys=True, ensure_ascii=False)
        write_file(session.path(document_into), f"{text}\n".encode())


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
