"""What may be carried out without asking, and what not at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reign.app.nouns import Planned
    from reign.cli.again import Again
    from reign.config import Thresholds
    from reign.model.finding import Finding
    from reign.model.plan import Plan

WORDS = ("create", "update", "replace", "delete", "forget", "import", "move")
"""The actions that need approval; a read needs none."""
_NAMED = 3


@dataclass(frozen=True, slots=True)
class Gate:
    """`words` are approved beforehand, None when nothing was said; `max_destroy` bounds deletes and replaces."""

    words: frozenset[str] | None = None
    max_destroy: int | None = None

    def refusals(self, plan: Plan, again: Again) -> list[Finding]:
        """Why `plan` may not be carried out, and what would allow it, as a line to be typed."""
        allowed = again.line(*self._allowing(plan).options())
        return [*self._unapproved(plan, again, allowed), *self._too_many(plan, allowed)]

    def options(self) -> list[str]:
        """As words of a command line."""
        words = [] if self.words is None else [f"--auto-approve{_meant(self.words)}"]
        return words if self.max_destroy is None else [*words, f"--max-destroy {self.max_destroy}"]

    def _allowing(self, plan: Plan) -> Gate:
        """The narrowest gate that lets everything through that this one does, and `plan`."""
        from reign.model.plan import count

        needed = frozenset(word for change in plan.actions() for word in change.words if word in WORDS)
        words = None if self.words is None else self.words | needed
        return Gate(words, None if self.max_destroy is None else max(self.max_destroy, count(plan).destroy))

    def _unapproved(self, plan: Plan, again: Again, allowed: str) -> Iterable[Finding]:
        from reign.model.finding import Finding

        if self.words is None:
            return
        for word in WORDS:
            named = [] if word in self.words else [c.address.text for c in plan.actions() if word in c.words]
            if named:
                yield Finding(
                    "apply/not-approved",
                    "Action not approved",
                    f"--auto-approve allows {_said(self.words) or 'nothing'}, and this plan would {word} {_some(named)}. "
                    "It is refused as a whole.",
                    fix=f"Approve it as well: {allowed}{self._without(named, again)}",
                )

    def _without(self, named: list[str], again: Again) -> str:
        if again.is_given or len(named) > _NAMED:
            return ""
        import shlex

        excludes = [f"--exclude {shlex.quote(name)}" for name in named]
        return f"\nOr leave it out: {again.line(*self.options(), *excludes)}"

    def _too_many(self, plan: Plan, allowed: str) -> Iterable[Finding]:
        from reign.model.finding import Finding
        from reign.model.plan import count

        destroyed = count(plan).destroy
        if self.max_destroy is not None and destroyed > self.max_destroy:
            yield Finding(
                "apply/too-many-destroyed",
                "More destroyed than allowed",
                f"--max-destroy allows {self.max_destroy}, and this plan would destroy {destroyed}; a replace counts.",
                fix=f"If that is meant: {allowed}",
            )


def refusals(planned: Planned, gate: Gate, again: Again) -> list[Finding]:
    """Everything that `apply` would refuse `planned` for, with the options of `gate`; what the project tolerates last."""
    tolerated = planned.settings.findings_thresholds
    over = is_over_threshold(planned.warnings, tolerated)
    return [
        *planned.refusals,
        *gate.refusals(planned.plan, again),
        *([over_threshold(planned.warnings, tolerated)] if over else []),
    ]


def is_over_threshold(findings: Sequence[Finding], tolerated: Thresholds) -> bool:
    """True when more was found about a plan than the project's settings tolerate; of errors, none ever are."""
    return bool(_excess(findings, tolerated))


def over_threshold(findings: Sequence[Finding], tolerated: Thresholds) -> Finding:
    """Why a plan over the threshold is not carried out."""
    from reign.model.finding import Finding

    excess = _excess(findings, tolerated)
    told = ", ".join(f"{found} {severity}, where {limit} are tolerated" for severity, (found, limit) in excess.items())
    raised = ", ".join(f"{severity}: {found}" for severity, (found, _) in excess.items() if severity != "error")
    raise_it = f"\nOr tolerate it, in reign.yaml: settings: {{findings_thresholds: {{{raised}}}}}" if raised else ""
    return Finding(
        "apply/over-threshold",
        "More found than is tolerated",
        f"Found about this plan: {told} (settings.findings_thresholds). It is not carried out.",
        fix=f"Mend what was found, or suppress it with a reason.{raise_it}",
    )


def _excess(findings: Sequence[Finding], tolerated: Thresholds) -> dict[str, tuple[int, int]]:
    """By severity, how many were found and how many are tolerated, where those are more."""
    found = Counter(finding.severity.value for finding in findings)
    limits = {"error": 0, "major": tolerated.major, "medium": tolerated.medium, "minor": tolerated.minor}
    return {
        severity: (found[severity], limit)
        for severity, limit in limits.items()
        if limit is not None and found[severity] > limit
    }


def _said(words: frozenset[str]) -> str:
    return ",".join(word for word in WORDS if word in words)


def _meant(words: frozenset[str]) -> str:
    """What stands after `--auto-approve`: nothing where all is approved."""
    return "" if words >= frozenset(WORDS) else f"={_said(words)}"


def _some(names: list[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
