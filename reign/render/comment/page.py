"""What a comment is made of: sections of items, each of which is shown whole or left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from reign.model.finding import Finding
from reign.model.plan import Action, Plan
from reign.render.comment.room import NAMES, Item
from reign.render.markup import code
from reign.render.view import View
from reign.render.words import listed, one_line, plural

LONGEST_NAME = 100
DANGEROUS = (Action.REPLACE, Action.DELETE, Action.FORGET)
_FEW = 5
"""So many changes in all are shown opened."""


@dataclass(frozen=True, slots=True)
class Section:
    """Items, and how those that are kept are shown."""

    items: Sequence[Item]
    show: Callable[[Sequence[Item]], list[str]]


@dataclass(frozen=True)
class Page:
    """A plan, how it is to be shown, and what of it may be left out: the resources that change, and the sections by name."""

    plan: Plan
    view: View
    resources: Sequence[Item]
    sections: dict[str, Section] = field(default_factory=dict)

    @cached_property
    def words(self) -> Counter[Action]:
        """How often something is done that needs approval."""
        return Counter(word for change in self.plan.changes for word in change.words)

    @cached_property
    def totals(self) -> Counter[Action | None]:
        """How many changes stand under each action."""
        found: Counter[Action | None] = Counter()
        for item in self.resources:
            found[item.action] += len(item.changes)
        return found

    @property
    def is_open(self) -> bool:
        """True where little enough changes to show all of it."""
        return self.totals.total() <= _FEW

    @cached_property
    def warnings(self) -> list[Finding]:
        """What was found, without what `apply` refuses the plan for."""
        known = set(self.view.refusals)
        return [finding for finding in self.plan.findings if finding not in known]


def paragraphs(*blocks: Sequence[str]) -> str:
    """The blocks that say something, apart from each other."""
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def fold(label: str, lines: Sequence[str], *, is_open: bool) -> list[str]:
    """`lines` behind a `label` of HTML that opens and closes them."""
    return [f"<details{' open' if is_open else ''}><summary>{label}</summary>", "", *lines, "</details>"]


def part(kept: Sequence[Item], items: Sequence[Item]) -> str:
    """How many are shown, where some had no room."""
    return "" if len(kept) == len(items) else f" ({len(kept):,} of {len(items):,} shown)"


def counted(items: Sequence[Item]) -> str:
    """`3 deletes, 12 creates`, the dangerous ones first."""
    words: Counter[Action | None] = Counter()
    for item in items:
        words[item.action] += len(item.changes)
    return ", ".join(plural(words[action], action.value) for action in reversed(Action) if words[action])


def named(names: Sequence[str]) -> str:
    """Some of `names`, none of them very long."""
    return listed([code(short(name)) for name in names], NAMES)


def short(text: str) -> str:
    """A name that must find room: cut in the middle where it is very long."""
    shown = one_line(text)
    half = LONGEST_NAME // 2
    return shown if len(shown) <= LONGEST_NAME else f"{shown[: half - 3]}...{shown[-half:]}"
