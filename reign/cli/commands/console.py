"""`reign console`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from reign.cli.arguments import Command, examples
from reign.cli.main import Exit
from reign.cli.options import as_json
from reign.cli.session import Session, is_terminal

if TYPE_CHECKING:
    from reign.cli.typed import Typed
    from reign.model.finding import Finding
    from reign.model.values import Value


@examples("reign console", "echo 'var.tag | upper' | reign console", "reign --env prod console --json < expressions")
@click.command(cls=Command, name="console")
@as_json
@click.pass_obj
def command(session: Session) -> Exit:
    """Evaluate expressions, one a line, on the project and its state.

    They may read what expressions of the project may: variables, locals, resources with the outputs that the state has,
    filters and functions. What only a look, a secret or an apply would tell is unknown. Nothing is run, reached, locked
    or written, so the folder need not be trusted. What is sensitive is masked, in JSON null.

    On a terminal `exit` or Ctrl-D ends it, and a wrong expression does not. Elsewhere the first wrong one ends it with 1.
    An expression goes on on the next line while a bracket is open.
    """
    from reign.app.console import open_console

    evaluate = open_console(session.where())
    if is_terminal(sys.stdin):
        _talk(session, evaluate)
        return Exit.DONE
    return Exit.DONE if _answer_all(session, evaluate) else Exit.ERROR


def _answer_all(session: Session, evaluate: Callable[[str], Value]) -> bool:
    """Every line of a file or a pipe. False as soon as one is wrong."""
    from reign.cli.typed import Typed, stdin_lines

    typed = Typed()
    for line in stdin_lines():
        if typed.take(line):
            if _is_end(typed.text):
                return True
            if not _answer(session, evaluate, typed):
                return False
            typed.drop()
    return not typed.text or _answer(session, evaluate, typed)


def _talk(session: Session, evaluate: Callable[[str], Value]) -> None:
    """Until the person has had enough: an end of input, `exit`, or Ctrl-C on an empty line."""
    from reign.cli.typed import Typed, ask

    typed = Typed()
    while True:
        try:
            is_whole = typed.take(ask(": " if typed.text else "> "))
        except EOFError:
            session.note([""])
            return
        except KeyboardInterrupt as interrupt:
            session.note([""])
            if not typed.text and not any(interrupt.args):
                return
            typed.drop()
            continue
        if not is_whole:
            continue
        if _is_end(typed.text):
            return
        _answer(session, evaluate, typed)
        typed.drop()


def _is_end(text: str) -> bool:
    return text.strip() in ("exit", "quit")


def _answer(session: Session, evaluate: Callable[[str], Value], typed: Typed) -> bool:
    """Print the value of what was typed; where it has none, why, and return False."""
    from reign.app.console import refused
    from reign.expression import ExpressionError

    try:
        value = evaluate(typed.text)
    except ExpressionError as error:
        _tell(session, refused(error, typed.text, typed.number))
        return False
    if session.wants_json:
        from reign.api.values import known
        from reign.cli.machine import tell

        tell(session, known(value), indent=None)
    else:
        from reign.render.value import laid_out

        session.say(laid_out(value))
    return True


def _tell(session: Session, finding: Finding) -> None:
    if session.wants_json:
        from reign.cli.machine import tell_findings

        tell_findings(session, [finding], indent=None)
        return
    from reign.render.finding import full

    session.note([*full(finding), ""])
