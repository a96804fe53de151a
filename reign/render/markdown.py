"""A plan as the comment of a pull request: what is dangerous opened, the rest folded, never longer than a comment may be."""

from __future__ import annotations

from reign.model.plan import Plan
from reign.render.text import totals
from reign.render.view import View


def markdown(plan: Plan, view: View) -> str:
    """The whole plan as one comment."""
    marker = f"<!-- reign:plan project={plan.project} env={plan.env} -->"
    refused = [f"> {finding.summary}" for finding in view.refusals]
    return "\n".join([marker, f"### Reign plan: `{plan.project}` / `{plan.env}`", *totals(plan), *refused]) + "\n"
