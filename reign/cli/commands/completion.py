"""`reign completion`."""

from __future__ import annotations

import click

from reign.cli.arguments import Command, examples
from reign.cli.session import Session
from reign.cli.shells import SHELLS, script


@examples(
    'eval "$(reign completion bash)"',
    'eval "$(reign completion zsh)"',
    "reign completion fish > ~/.config/fish/completions/reign.fish",
)
@click.command(cls=Command, name="completion")
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_obj
def command(session: Session, shell: str) -> None:
    """Print the completion script for a SHELL, to be read by its start-up file.

    It completes commands, options and their values: addresses of the state and of the project, environments, runs,
    outputs, types and variables. To find them it runs, reaches and writes nothing, also where nobody trusts the folder.
    """
    session.put(script(shell))
