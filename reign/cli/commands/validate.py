"""`reign validate`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reign.cli.arguments import Command, examples
from reign.cli.gate import is_over_threshold
from reign.cli.main import Exit
from reign.cli.options import as_json
from reign.cli.session import Session

if TYPE_CHECKING:
    from reign.model.finding import Finding


@examples("reign validate", "reign --env prod validate --json")
@click.command(cls=Command, name="validate")
@as_json
@click.pass_obj
def command(session: Session) -> Exit:
    """Check the project's files: everything that can be said without connecting to anything or running anything.

    Of a project with environments the one that --env names. Ends with 1 where there is an error, with 3 where there are
    more findings than the settings tolerate (docs/settings.md).
    """
    from reign.app.validate import validate
    from reign.model.finding import Severity

    found = validate(session.where())
    errors = sum(finding.severity is Severity.ERROR for finding in found.findings)
    if session.wants_json:
        _tell_json(session, found.findings, errors)
    else:
        from reign.render.finding import report
        from reign.render.words import plural

        if found.findings:
            session.note([*report(found.findings, width=session.note_width()), *([] if errors else [""])])
        if not errors:
            size = f"{plural(found.resources, 'resource')} in {plural(len(found.files), 'file')}"
            session.say([f"Success! The configuration is valid. {size}."])
    if errors:
        return Exit.ERROR
    return Exit.OVER_THRESHOLD if is_over_threshold(found.findings, found.settings.findings_thresholds) else Exit.DONE


def _tell_json(session: Session, findings: tuple[Finding, ...], errors: int) -> None:
    from reign.api.diagnostic import diagnostic
    from reign.cli.machine import tell

    tell(
        session,
        {
            "format_version": "1.0",
            "valid": not errors,
            "error_count": errors,
            "warning_count": len(findings) - errors,
            "diagnostics": [diagnostic(finding) for finding in findings],
        },
    )
