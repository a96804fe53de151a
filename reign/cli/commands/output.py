"""`reign output`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from reign.cli.arguments import Command, examples
from reign.cli.options import as_json
from reign.cli.session import Session

if TYPE_CHECKING:
    from reign.model.errors import Failed
    from reign.model.event import OutputValue
    from reign.model.values import Value


@examples("reign output", "curl $(reign output --raw url)", "reign output --json")
@click.command(cls=Command, name="output")
@click.argument("name", required=False)
@as_json
@click.option("--raw", is_flag=True, help="Print the text of one output as it is.")
@click.pass_obj
def command(session: Session, name: str | None, raw: bool) -> None:
    """Show the outputs as the last apply left them, or the one of NAME.

    A sensitive one is masked, but where it is asked for by its name with --raw or --json.
    """
    if raw and (name is None or session.wants_json):
        raise click.UsageError("--raw goes with the name of one output, and without --json.")
    from reign.app.look import outputs

    shows_values = name is not None and (raw or session.wants_json)
    found = outputs(session.where(), reveal=name if name and shows_values else "")
    if name is None:
        _show_all(session, found)
        return
    if name not in found:
        raise _unknown(name, found)
    if shows_values:
        _show_value(session, name, found[name].value, raw=raw)
    else:
        from reign.render.state import shown
        from reign.render.values import show

        session.say([show(shown(found)[name], full=True)])


def _show_value(session: Session, name: str, value: Value, *, raw: bool) -> None:
    """One output for a script, in clear."""
    from reign.cli.machine import tell
    from reign.model.values import reveal

    clear = reveal(value)
    if raw:
        session.put(_raw(name, clear))
    else:
        tell(session, clear)


def _show_all(session: Session, found: Mapping[str, OutputValue]) -> None:
    if session.wants_json:
        from reign.cli.machine import tell

        tell(session, {name: _told(output) for name, output in found.items()})
        return
    from reign.render import state

    if not found:
        session.note(["No outputs: none is declared, or nothing was applied yet."])
    session.say(state.outputs(state.shown(found), full=True))


def _told(output: OutputValue) -> dict[str, Value]:
    """All of them at once are for looking: what is sensitive is only marked."""
    from reign.api.values import type_of
    from reign.model.values import is_sensitive

    if output.sensitive or is_sensitive(output.value):
        return {"sensitive": True}
    return {"sensitive": False, "type": type_of(output.value), "value": output.value}


def _raw(name: str, value: Value) -> str:
    from reign.model.errors import Failed
    from reign.model.finding import Finding

    if isinstance(value, str):
        return value
    if isinstance(value, bool | int | float):
        from reign.render.values import show

        return show(value)
    raise Failed(
        [Finding("output/not-text", "Not a text", f"Output {name} is no text, number or boolean.", fix="Use --json.")]
    )


def _unknown(name: str, found: Mapping[str, OutputValue]) -> Failed:
    from reign.model.errors import Failed
    from reign.model.finding import Finding
    from reign.model.nearest import nearest

    meant = nearest(name, found)
    known = f"There are: {', '.join(sorted(found))}." if found else "There are none."
    hint = f"Did you mean {meant}?" if meant else ""
    return Failed([Finding("output/unknown", "Unknown output", f"No output {name!r} is recorded. {known}", fix=hint)])
