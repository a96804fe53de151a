"""`reign state`."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from reign.cli.arguments import Group, examples
from reign.cli.listing import show_rows
from reign.cli.options import as_json, listing
from reign.cli.session import Session, is_terminal
from reign.cli.surgery import change, changing

if TYPE_CHECKING:
    from reign.model.resource import Snapshot


@examples("reign state list", "reign state show web")
@click.group(cls=Group, name="state")
def command() -> None:
    """Look at the state, which is what the last applies left, and change it by hand."""


@examples("reign state list", "reign state list -o json")
@command.command(name="list")
@listing
@click.pass_obj
def list_(session: Session, form: str) -> None:
    """List every resource of the state."""
    from reign.app.look import state

    found = sorted(state(session.where()).resources.values(), key=lambda snapshot: snapshot.address.sort_key())
    rows = [
        (
            snapshot.address.text,
            snapshot.address.type,
            snapshot.address.provider,
            snapshot.external_id,
            "tainted" if snapshot.tainted else "active",
            snapshot.lifecycle.prevent_destroy,
        )
        for snapshot in found
    ]
    show_rows(session, form, ("address", "type", "provider", "external_id", "status", "protected"), rows)


@examples("reign state show web", "reign state show 'docker.container.web[\"eu\"]' --json")
@command.command(name="show")
@click.argument("address")
@as_json
@click.option("--full", is_flag=True, help="Cut no value.")
@click.option("--show-sensitive", is_flag=True, help="Show sensitive values, on a terminal only.")
@click.pass_obj
def show(session: Session, address: str, full: bool, show_sensitive: bool) -> None:
    """Show the resources that ADDRESS names: a full address, a name, web[eu], or a pattern with * and ?."""
    if show_sensitive:
        _refuse_elsewhere(session)
    found = _named(session, address, reveal=show_sensitive)
    if session.wants_json:
        from reign.api.document import resource_document
        from reign.cli.machine import tell

        tell(session, [resource_document(snapshot) for snapshot in found])
        return
    from reign.render.state import resource

    for index, snapshot in enumerate(found):
        session.say([*([""] if index else []), *resource(snapshot, full)])


@examples("reign state mv web app", "reign state mv 'web[eu]' 'web[us]' --dry-run")
@command.command(name="mv")
@click.argument("source")
@click.argument("target")
@changing
@click.pass_obj
def mv(session: Session, /, source: str, target: str, **how: Any) -> None:
    """Call what SOURCE names TARGET from now on: one instance, or a whole group with its keys.

    What depends on it follows. Give the block in reign.yaml the new name as well, or write `moved` there instead, which
    a plan shows and everybody's state takes in.
    """
    from reign.app.surgery import move

    change(session, move(source, target), (source, target), **how)


@examples("reign state rm web", "reign state rm 'web[eu]' 'db*' --dry-run", "reign state rm web --auto-approve")
@command.command(name="rm")
@click.argument("address", nargs=-1, required=True)
@changing
@click.pass_obj
def rm(session: Session, /, address: tuple[str, ...], **how: Any) -> None:
    """Forget each ADDRESS, and destroy nothing: a full address, a name, web[eu], or a pattern with * and ?.

    What is protected is not forgotten. What is still declared would be taken up again by the next apply.
    """
    from reign.app.surgery import remove

    change(session, remove(address), address, **how)


@examples("reign state taint web", "reign state taint 'web[eu]' --auto-approve")
@command.command(name="taint")
@click.argument("address", nargs=-1, required=True)
@changing
@click.pass_obj
def taint(session: Session, /, address: tuple[str, ...], **how: Any) -> None:
    """Mark each ADDRESS as damaged, so that the next apply replaces it. `plan --replace` does so without the state."""
    from reign.app import surgery

    change(session, surgery.taint(address), address, **how)


@examples("reign state untaint web")
@command.command(name="untaint")
@click.argument("address", nargs=-1, required=True)
@changing
@click.pass_obj
def untaint(session: Session, /, address: tuple[str, ...], **how: Any) -> None:
    """Mark each ADDRESS as sound again, so that it is not replaced: also after a failed health check."""
    from reign.app import surgery

    change(session, surgery.taint(address, tainted=False), address, **how)


def _refuse_elsewhere(session: Session) -> None:
    """What must not be shown is for the eyes of a person. Raises Refused where it would go to a file, a pipe or a log."""
    from reign.model.errors import Refused
    from reign.model.finding import Finding

    if session.wants_json or not is_terminal(sys.stdout):
        said = "--show-sensitive shows them to a person at a terminal, and here the output goes somewhere else."
        fix = f"A script reads one output at a time: {session.command()} output NAME --raw"
        raise Refused([Finding("state/no-terminal", "Sensitive values are not shown here", said, fix=fix)])


def _named(session: Session, pattern: str, *, reveal: bool) -> list[Snapshot]:
    """What `pattern` names, in clear where asked for. Raises Failed when that is nothing."""
    from reign.app.look import state
    from reign.model.errors import Failed
    from reign.model.finding import Finding
    from reign.model.rewrite import rewritten
    from reign.model.values import Sensitive
    from reign.planning.selection import Names

    resources = state(session.where(), reveal=reveal).resources
    told: list[Finding] = []
    found = Names(sorted(resources, key=lambda address: address.sort_key())).find_all("ADDRESS", [pattern], told)
    if told:
        raise Failed([replace(finding, detail=f"{pattern} names nothing that is in the state.") for finding in told])
    named = [resources[address] for address in found]
    return [rewritten(each, (Sensitive,), lambda part, _: part.value) for each in named] if reveal else named
