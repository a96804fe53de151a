"""A plan as the comment of a pull request: what is dangerous opened, the rest folded, never longer than a comment may be."""

from __future__ import annotations

from itertools import chain, count

from reign.model.plan import Action, Plan
from reign.render.change import folded, ordered
from reign.render.comment import head, resources, sections
from reign.render.comment.page import Page, paragraphs
from reign.render.comment.patch import body
from reign.render.comment.room import Item, fitting, size
from reign.render.view import View

LIMIT = 65_536
"""Bytes of a page. GitHub takes 65,536 characters of a pull request's text and 262,144 bytes of a comment: what is no
more than this in bytes is no more in characters either, whatever the unit is that somebody counts."""

_STEP = 256
_SHARE = 2048
"""Bytes that each section beside the resources has before these take what they need."""
_RANKS: dict[Action | None, int] = {action: place for place, action in enumerate(Action)}


def markdown(plan: Plan, view: View, limit: int = LIMIT) -> str:
    """The whole plan as one page of no more than `limit` bytes. What has no room is left out whole, and counted."""
    changes = folded(ordered(plan), lambda change: body(change, view), view.full)
    page = Page(plan, view, [resources.item(*same, view) for same in changes])
    page.sections.update(
        refusals=head.refusals(page),
        undoing=sections.undoing(page),
        drift=sections.drift(page),
        outputs=sections.outputs(page),
        checks=sections.checks(page),
        findings=sections.findings(page),
    )
    every = [*page.resources, *chain.from_iterable(section.items for section in page.sections.values())]
    if sum(item.size for item in every) <= 2 * limit:
        whole = _told(page, frozenset(every))
        if size(whole) <= limit:
            return whole
    return _cut(page, limit)


def _cut(page: Page, limit: int) -> str:
    """What fits: with less and less room for items, until what stands around them fits as well."""
    room = limit - size(_told(page, frozenset()))
    for attempt in count(1):
        text = _told(page, _kept(page, room))
        over = size(text) - limit
        if over <= 0 or room <= 0:
            break
        room -= max(over, attempt * _STEP)
    return text


def _kept(page: Page, room: int) -> frozenset[Item]:
    """What stays: of the resources the dangerous ones first, and some of each other section in any case."""
    share = max(0, min(_SHARE, room // (2 * len(page.sections))))
    kept: frozenset[Item] = frozenset()
    for section in page.sections.values():
        some, left = fitting(section.items, share)
        kept |= some
        room -= share - left
    worst_first = sorted(page.resources, key=lambda item: -_RANKS[item.action])
    for items in (worst_first, *(section.items for section in page.sections.values())):
        more, room = fitting([item for item in items if item not in kept], room)
        kept |= more
    return kept


def _told(page: Page, kept: frozenset[Item]) -> str:
    shown = {
        name: section.show([item for item in section.items if item in kept]) for name, section in page.sections.items()
    }
    items = [item for item in page.resources if item in kept]
    left = [item for item in page.resources if item not in kept]
    return paragraphs(
        head.title(page),
        *head.alerts(page, shown["refusals"], left),
        shown["undoing"],
        resources.table(items),
        *resources.groups(page, items),
        *(shown[name] for name in ("drift", "outputs", "checks", "findings")),
        head.counts(page, left),
        head.foot(page),
    )
