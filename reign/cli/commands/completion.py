"""`reign completion`."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from reign.cli.arguments import Command, examples
from reign.cli.session import Session


@examples('eval "$(reign completion bash)"', "reign completion fish > ~/.config/fish/completions/reign.fish")
@click.command(cls=Command, name="completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print the completion script for a SHELL, to be read by its start-up file."""
    found = get_completion_class(shell)
    if found is None:
        raise click.UsageError(f"No completion for {shell}.", ctx)
    completer = found(ctx.find_root().command, {}, "reign", "_REIGN_COMPLETE")
    session = ctx.ensure_object(Session)
    session.put(completer.source_template % completer.source_vars())
