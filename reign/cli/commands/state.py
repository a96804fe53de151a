"""`reign state`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from reign.cli.arguments import Group, examples
from reign.cli.listing import show_rows
from reign.cli.options import as_json, listing
from reign.cli.session import Session, is_terminal
from reign.cli.surgery import change, changing

if TYPE_CHECKING:
    from reign.model.address import Address
    from reign.model.event import State
    from reign.model.resource import Snapshot

_STATUSES = ("active", "tainted", "deposed")


@examples("reign state list", "reign state show web")
@click.group(cls=Group, name="state")
def command() -> None:
    """Look at the state, which is what the last applies left, and change it by hand."""


@examples(
    "reign state list",
    "reign state list 'web*' -o json",
    "reign state list --type local.file",
    "reign state list --status tainted",
    "reign state list --id 3f2a",
)
@command.command(name="list")
@click.argument("address", nargs=-1)
@click.option("--id", "external_id", metavar="ID", help="Only what its system knows by this id.")
@click.option("--type", "type_", metavar="TYPE", help="Only what is of this type.")
@click.option("--provider", metavar="NAME", help="Only what this provider has made.")
@click.option("--status", type=click.Choice(_STATUSES), metavar="STATUS", help="Only what has this status.")
@listing
@click.pass_obj
def list_(
    session: Session,
    form: str,
    address: tuple[str, ...],
    external_id: str | None,
    type_: str | None,
    provider: str | None,
    status: str | None,
) -> None:
    """List what the state holds.

    All of it, or what each ADDRESS names: a full address, a name, web[eu], or a pattern with * and ?. The status is active,
    tainted (the next apply replaces it) or deposed (a replacement pushed it aside, and the next apply destroys it).
    """
    found = _held(session, address)[1]
    rows = [
        (
            snapshot.address.text,
            snapshot.address.type,
            snapshot.address.provider,
            snapshot.external_id,
            _status(snapshot, aside),
            snapshot.lifecycle.prevent_destroy,
        )
        for snapshot, aside in found
        if external_id in (None, snapshot.external_id)
        and type_ in (None, snapshot.address.type)
        and provider in (None, snapshot.address.provider)
        and status in (None, _status(snapshot, aside))
    ]
    asked = address or external_id or type_ or provider or status
    nothing = _nothing([snapshot.address for snapshot, _ in found], type_, provider) if asked else "The state is empty."
    show_rows(session, form, ("address", "type", "provider", "external_id", "status", "protected"), rows, nothing)


def _nothing(held: Sequence[Address], type_: str | None, provider: str | None) -> str:
    """What is said where nothing fits, with the type or the provider that was probably meant."""
    from reign.model.nearest import nearest

    for asked, names in ((type_, {each.type for each in held}), (provider, {each.provider for each in held})):
        if asked and asked not in names and (meant := nearest(asked, sorted(names))):
            return f'Nothing in the state is so. Did you mean "{meant}"?'
    return "Nothing in the state is so."


def _status(snapshot: Snapshot, aside: bool) -> str:
    return "deposed" if aside else "tainted" if snapshot.tainted else "active"


@examples("reign state show web", "reign state show 'docker.container.web[\"eu\"]' --json")
@command.command(name="show")
@click.argument("address")
@as_json
@click.option("--full", is_flag=True, help="Cut no value.")
@click.option("--show-sensitive", is_flag=True, help="Show sensitive values, on a terminal only.")
@click.pass_obj
def show(session: Session, address: str, full: bool, show_sensitive: bool) -> None:
    """Show what the state holds of something, what it depends on and what depends on it.

    ADDRESS is a full address, a name, web[eu], or a pattern with * and ?.
    """
    if show_sensitive:
        _refuse_elsewhere(session)
    from reign.planning.dependents import dependents_of

    held, found = _held(session, [address], reveal=show_sensitive)
    needed_by = {snapshot.address: dependents_of(held, snapshot.address) for snapshot, _ in found}
    if session.wants_json:
        from reign.api.document import deposed_document, resource_document
        from reign.cli.machine import tell

        told = [(deposed_document if aside else resource_document)(snapshot) for snapshot, aside in found]
        for document, (snapshot, _) in zip(told, found, strict=True):
            document["x_reign"]["needed_by"] = [each.text for each in needed_by[snapshot.address]]
        tell(session, told)
        return
    from reign.render.state import edges, resource

    for index, (snapshot, aside) in enumerate(found):
        about = resource(snapshot, full, aside=aside)
        session.say([*([""] if index else []), *about, *edges(snapshot, needed_by[snapshot.address], session.width())])


@examples("reign state mv web app", "reign state mv 'web[eu]' 'web[us]' --dry-run")
@command.command(name="mv")
@click.argument("source")
@click.argument("target")
@changing
@click.pass_obj
def mv(session: Session, /, source: str, target: str, **how: Any) -> None:
    """Give something another name in the state.

    What SOURCE names is called TARGET from now on: one instance, or a whole group with its keys. What depends on it
    follows. Give the block in reign.yaml the new name as well, or write `moved` there instead, which a plan shows and
    everybody's state takes in.
    """
    from reign.app.surgery import move

    change(session, move(source, target), (source, target), **how)


@examples("reign state rm web", "reign state rm 'web[eu]' 'db*' --dry-run", "reign state rm web --auto-approve")
@command.command(name="rm")
@click.argument("address", nargs=-1, required=True)
@changing
@click.pass_obj
def rm(session: Session, /, address: tuple[str, ...], **how: Any) -> None:
    """Forget something, and destroy nothing of it.

    ADDRESS is a full address, a name, web[eu], or a pattern with * and ?; there may be several. What is protected is not
    forgotten. What is still declared would be taken up again by the next apply.
    """
    from reign.app.surgery import remove

    change(session, remove(address), address, **how)


@examples("reign state pull > state.json")
@command.command(name="pull")
@as_json
@click.pass_obj
def pull(session: Session) -> None:
    """Print the whole state as one JSON document.

    What is sensitive is in it as the state keeps it: encrypted with the project's key, which is not. `state push` brings it
    back. The same state prints the same bytes.
    """
    from reign.app.push import pull as pulled
    from reign.cli.machine import tell

    tell(session, pulled(session.where()))


@examples(
    "reign state push state.json",
    "reign state push state.json --dry-run",
    "reign state push - --auto-approve < state.json",
)
@command.command(name="push")
@click.argument("file", metavar="FILE")
@changing
@click.pass_obj
def push(session: Session, /, file: str, **how: Any) -> None:
    """Let the state become what FILE says, which `state pull` printed, perhaps elsewhere; - reads it from stdin.

    It must be of the same lineage, unless nothing was applied here yet, and not be older: who edits it writes a greater serial
    into it. What is protected can neither be left out nor lose its protection. Nothing outside is touched, and the history
    stays: what is pushed becomes a run in it.
    """
    from reign.app.push import push as pushed

    change(session, pushed(_document(session, file)), (file,), **how)


def _document(session: Session, file: str) -> bytes:
    from reign.cli.files import MOST_BYTES, read_file

    return sys.stdin.buffer.read(MOST_BYTES) if file == "-" else read_file(session.path(file))


@examples("reign state taint web", "reign state taint 'web[eu]' --auto-approve")
@command.command(name="taint")
@click.argument("address", nargs=-1, required=True)
@changing
@click.pass_obj
def taint(session: Session, /, address: tuple[str, ...], **how: Any) -> None:
    """Mark something as damaged, so that it is replaced.

    ADDRESS is as of `state rm`. The next apply replaces it; `plan --replace` shows and does the same without a mark.
    """
    from reign.app import surgery

    change(session, surgery.taint(address), address, **how)


@examples("reign state untaint web")
@command.command(name="untaint")
@click.argument("address", nargs=-1, required=True)
@changing
@click.pass_obj
def untaint(session: Session, /, address: tuple[str, ...], **how: Any) -> None:
    """Mark something as sound again.

    ADDRESS is as of `state rm`. It is not replaced then: also where the mark is that of a failed health check.
    """
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


def _held(
    session: Session, patterns: Sequence[str], *, reveal: bool = False
) -> tuple[State, list[tuple[Snapshot, bool]]]:
    """The state, and of it what `patterns` name, or everything without any, in clear where asked for; True goes with what
    was pushed aside.

    Raises Failed where a pattern names nothing.
    """
    from reign.app.look import state
    from reign.model.address import Address
    from reign.model.errors import Failed
    from reign.model.rewrite import rewritten
    from reign.model.values import Sensitive
    from reign.planning.surgery import matches

    held = state(session.where(), reveal=reveal)
    everything = {**held.deposed, **held.resources}
    found, told = matches(everything, patterns) if patterns else (sorted(everything, key=Address.sort_key), [])
    if told:
        raise Failed(told)
    sides = ((held.resources, False), (held.deposed, True))
    both = [(there[address], aside) for address in found for there, aside in sides if address in there]
    if not reveal:
        return held, both
    return held, [(rewritten(each, (Sensitive,), lambda part, _: part.value), aside) for each, aside in both]
