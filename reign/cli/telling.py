"""A plan in each of the forms that can be written beside what a person reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reign.app.nouns import Planned
    from reign.render.view import View


def told_as(form: str, planned: Planned, view: View) -> str:
    """The text of `form`: `json` (lines of a stream), `document` or `markdown`."""
    from reign.cli.machine import document_text, plan_lines, stamped

    match form:
        case "json":
            from reign.api.stream import version

            return stamped([version(), *plan_lines(planned, view)])
        case "document":
            from reign.api.document import plan_document

            return document_text(plan_document(planned.plan))
        case _:
            from reign.render.markdown import markdown

            return markdown(planned.plan, view)
