"""What may be carried out without asking, and what not at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reign.config import Thresholds
    from reign.model.finding import Finding
    from reign.model.plan import Plan

WORDS = ("create", "update", "replace", "delete", "forget", "import", "move")
"""The actions that need approval; a read needs none."""


@dataclass(frozen=True, slots=True)
class Gate:
    """`words` are approved beforehand, None when nothing was said; `max_destroy` bounds deletes and replaces."""

    words: frozenset[str] | None = None
    max_destroy: int | None = None

    def refusals(self, plan: Plan) -> list[Finding]:
        """Why `plan` may not be carried out."""
        return [*self._unapproved(plan), *self._too_many(plan)]

    def _unapproved(self, plan: Plan) -> Iterable[Finding]:
        from reign.model.finding import Finding

        if self.words is None:
            return
        for word in WORDS:
            named = [] if word in self.words else [c.address.text for c in plan.actions() if word in c.words]
            if named:
                yield Finding(
                    "apply/not-approved",
                    "Action not approved",
                    f"--auto-approve allows {_said(self.words)}, and this plan would {word} {_some(named)}. "
                    "It is refused as a whole.",
                    fix=f"Approve it as well (--auto-approve={_said(self.words | {word})}), or leave it out (--exclude).",
                )

    def _too_many(self, plan: Plan) -> Iterable[Finding]:
        from reign.model.finding import Finding
        from reign.model.plan import count

        destroyed = count(plan).destroy
        if self.max_destroy is not None and destroyed > self.max_destroy:
            yield Finding(
                "apply/too-many-destroyed",
                "More destroyed than allowed",
                f"--max-destroy allows {self.max_destroy}, and this plan would destroy {destroyed}; a replace counts.",
                fix=f"If that is meant: --max-destroy {destroyed}",
            )


def is_over_threshold(findings: Sequence[Finding], tolerated: Thresholds) -> bool:
    """True when more was found about a plan than the project's settings tolerate; of errors, none ever are."""
    found = Counter(finding.severity.value for finding in findings)
    limits = {"error": 0, "major": tolerated.major, "medium": tolerated.medium, "minor": tolerated.minor}
    return any(limit is not None and found[severity] > limit for severity, limit in limits.items())


def _said(words: frozenset[str]) -> str:
    return ",".join(word for word in WORDS if word in words)


def _some(names: list[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more
