"""`reign logs`."""

from __future__ import annotations

import sys

import click

from reign.cli.arguments import Command, Whole, examples
from reign.cli.session import Session, drain


@examples("reign logs web", "reign logs 'web[eu]' -f", "reign logs web --lines 1000 > web.log")
@click.command(cls=Command, name="logs")
@click.argument("address")
@click.option("-f", "--follow", is_flag=True, help="Go on with each new line, until it ends or Ctrl-C.")
@click.option(
    "-n",
    "--lines",
    "--tail",
    "lines",
    type=Whole(0),
    default=100,
    metavar="N",
    help="How many of the last lines; 100 unless given.",
)
@click.pass_obj
def command(session: Session, address: str, follow: bool, lines: int) -> None:
    """Show the last lines that something wrote.

    ADDRESS names one thing of the state: a full address, a name, or web[eu]. What it wrote is asked of the system that runs
    it, also where it has stopped. Known sensitive values are masked.
    """
    from reign.app.outside import logs
    from reign.cli.reader import while_read
    from reign.render.words import safe

    told = logs(session.where(), address, lines, follow=follow)
    try:
        for line in while_read(told, sys.stdout) if follow else told:
            sys.stdout.write(f"{safe(line)}\n")
            sys.stdout.flush()
    except BrokenPipeError:
        drain(sys.stdout)
