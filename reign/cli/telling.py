"""A plan in each of the forms that can be written beside what a person reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reign.app.nouns import Planned
    from reign.render.view import View


def told_as(form: str, planned: Planned, view: View) -> str:
    """The text of `form`: `document` or `markdown`."""
    if form == "document":
        from reign.api.document import plan_document
        from reign.render.json_text import json_text

        return json_text(plan_document(planned.plan, view.refusals)) + "\n"
    from reign.render.markdown import markdown

    return markdown(planned.plan, view)
