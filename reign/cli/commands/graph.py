"""`reign graph`."""

from __future__ import annotations

import click

from reign.cli.arguments import Command, examples
from reign.cli.options import as_json
from reign.cli.session import Session

FORMATS = ("dot", "mermaid", "json")


@examples(
    "reign graph | dot -Tsvg > graph.svg",
    "reign --env prod graph --format mermaid",
    "reign graph prod.plan --json",
)
@click.command(cls=Command, name="graph")
@click.argument("file", metavar="[FILE]", required=False)
@click.option("-o", "--format", "form", type=click.Choice(FORMATS), help="How to print it; dot by default.")
@as_json
@click.pass_obj
def command(session: Session, file: str | None, form: str | None) -> None:
    """Show what waits for what: of the project as declared, or of the plan in FILE with what it does to each.

    Each arrow leads to what is waited for. A dashed one is implied (a file lies in its folder), a dotted one is the order
    in which a plan does it. Connects to nothing and runs nothing, so the folder need not be trusted.
    """
    if session.wants_json and form not in (None, "json"):
        raise click.UsageError(f"--json and --format {form} contradict each other.")
    session.wants_json = session.wants_json or form == "json"
    from reign.app.graph import plan_picture, project_picture
    from reign.cli.files import read_file

    where = session.where()
    picture = project_picture(where) if file is None else plan_picture(where, read_file(session.path(file)))
    if session.wants_json:
        from reign.api.graph import graph_document
        from reign.cli.machine import tell

        tell(session, graph_document(picture))
        return
    from reign.render.graph import beyond_mermaid, dot, mermaid

    text = mermaid(picture) if form == "mermaid" else dot(picture)
    beyond = beyond_mermaid(picture, text) if form == "mermaid" else ""
    if beyond:
        session.note([beyond])
    session.put(text)
