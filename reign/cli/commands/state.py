"""`reign state`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from reign.cli.arguments import Group, examples
from reign.cli.listing import show_rows
from reign.cli.options import as_json, listing
from reign.cli.session import Session

if TYPE_CHECKING:
    from reign.model.resource import Snapshot


@examples("reign state list", "reign state show web")
@click.group(cls=Group, name="state")
def command() -> None:
    """Look at the state: what the last applies left."""


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
@click.pass_obj
def show(session: Session, address: str, full: bool) -> None:
    """Show the resources that ADDRESS names: a full address, a name, web[eu], or a pattern with * and ?."""
    found = _named(session, address)
    if session.wants_json:
        from reign.api.document import resource_document
        from reign.cli.machine import tell

        tell(session, [resource_document(snapshot) for snapshot in found])
        return
    from reign.cli.render.state import resource

    for index, snapshot in enumerate(found):
        session.say([*([""] if index else []), *resource(snapshot, full)])


def _named(session: Session, pattern: str) -> list[Snapshot]:
    """What `pattern` names. Raises Failed when that is nothing."""
    from reign.app.look import state
    from reign.model.errors import Failed
    from reign.model.finding import Finding
    from reign.planning.selection import Names

    resources = state(session.where()).resources
    told: list[Finding] = []
    found = Names(sorted(resources, key=lambda address: address.sort_key())).find_all("ADDRESS", [pattern], told)
    if told:
        raise Failed([replace(finding, detail=f"{pattern} names nothing that is in the state.") for finding in told])
    return [resources[address] for address in found]
