"""`reign fmt`."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

import click

from reign.cli.arguments import Command, examples
from reign.cli.main import Exit
from reign.cli.session import Session, is_terminal

if TYPE_CHECKING:
    from reign.config import Formatted
    from reign.model.finding import Finding

_STDIN = "-"
_SHOWN = "<stdin>"


@examples("reign fmt", "reign fmt --check --diff", "reign fmt shared/network.yaml", "reign fmt - < reign.yaml")
@click.command(cls=Command, name="fmt")
@click.argument("path", metavar="[PATH]...", nargs=-1)
@click.option("--check", is_flag=True, help="Write nothing; end with 2 where a file would change.")
@click.option("--diff", is_flag=True, help="Print what changes, as a unified diff.")
@click.pass_obj
def command(session: Session, path: tuple[str, ...], check: bool, diff: bool) -> Exit:
    """Write the project's files in the one way that they are written: indentation, spaces, quotes, blank lines.

    Comments, order and meaning stay. PATH is a file, or a folder with projects; with `-` what stdin says is printed. The
    names of the files that changed are printed.
    """
    if _STDIN in path:
        if len(path) > 1:
            raise click.UsageError("- is stdin, and goes with no other PATH.")
        return _stream(session, check, diff)
    return _files(session, path, check, diff)


def _files(session: Session, paths: tuple[str, ...], check: bool, diff: bool) -> Exit:
    from pathlib import Path

    from reign.app.fmt import fmt

    findings: list[Finding] = []
    differs = False
    for file in fmt(Path(session.folder), paths, write=not check):
        findings += file.findings
        if file.result is not None and file.result.changed:
            differs = True
            session.say([file.name])
            if diff:
                _tell_diff(session, file.name, file.result)
    if findings:
        from reign.render.finding import report

        session.note(report(findings))
        return Exit.ERROR
    return Exit.DIFFERS if check and differs else Exit.DONE


def _stream(session: Session, check: bool, diff: bool) -> Exit:
    """What was read goes to stdout, unless only the difference is asked for."""
    from reign.app.fmt import fmt_stream

    stream = sys.stdin.buffer if sys.stdin is not None else io.BytesIO()
    result = fmt_stream(stream, _SHOWN)
    if check and result.changed:
        session.say([_SHOWN])
    if diff:
        _tell_diff(session, _SHOWN, result)
    elif not check:
        session.put(result.text)
    return Exit.DIFFERS if check and result.changed else Exit.DONE


def _tell_diff(session: Session, name: str, result: Formatted) -> None:
    """As `patch` reads it; on a terminal nothing in it may pass for a command to that."""
    from reign.render.unified import unified
    from reign.render.words import safe

    text = unified(name, result.before, result.after, result.origins)
    session.put(safe(text) if is_terminal(sys.stdout) else text)
