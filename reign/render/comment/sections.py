"""What a comment says beside the resources: drift, outputs, checks, findings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import chain

from reign.model.finding import Finding
from reign.model.plan import Check
from reign.render.comment.page import Page, Section, fold, named, part
from reign.render.comment.patch import drifted, patches
from reign.render.comment.room import Item
from reign.render.markup import code, fence, prose, tag
from reign.render.text import OUTCOMES, output_rows, since
from reign.render.undoing import KINDS, by_kind, by_reason
from reign.render.words import plural

_DONE_TO_OUTPUTS = {"create": "add", "update": "change", "delete": "remove"}


def drift(page: Page) -> Section:
    """What was changed outside of Reign, one item a resource."""
    told = [drifted(each, page.view) for each in page.plan.drift]
    attributes = [number for _, number in told if number is not None]
    gone = len(told) - len(attributes)
    changed = f"{plural(sum(attributes), 'attribute')} of {plural(len(attributes), 'resource')}" if attributes else ""
    run = since(page.plan)
    said = ", ".join(
        filter(
            None,
            [changed, f"{plural(gone, 'resource')} gone" if gone else "", f"since run {tag(run[0])}" if run else ""],
        )
    )
    return _diffs(page, [Item(lines) for lines, _ in told], f"Drift: {said}{f' ({run[1]})' if run else ''}")


def undoing(page: Page) -> Section:
    """What going back means: three lists, one item for what is said of some of them alike."""
    lists = by_kind(page.plan)
    told = {kind: [_undone(why, names) for why, names in by_reason(found).items()] for kind, found in lists.items()}

    def show(kept: Sequence[Item]) -> list[str]:
        lines = []
        for kind, items in told.items():
            some = [item for item in items if item in kept]
            lines += [f"**{KINDS[kind]}: {len(lists[kind]):,}**{part(some, items)}", ""]
            lines += [*chain.from_iterable(item.lines for item in some), *([""] if some else [])]
        return lines[:-1]

    return Section([item for items in told.values() for item in items], show)


def _undone(why: str, names: Sequence[str]) -> Item:
    return Item([f"- {named(names)}{f': {prose(why)}' if why else ''}"])


def outputs(page: Page) -> Section:
    """What differs of the outputs, one item a row."""
    found: Counter[str] = Counter(output.action for output in page.plan.outputs)
    told = [f"{found[action]:,} to {word}" for action, word in _DONE_TO_OUTPUTS.items() if action in found]
    rows = [row for output in page.plan.outputs for row in output_rows(output, full=page.view.full)]
    return _diffs(page, [Item(lines) for lines in patches(rows)], f"Outputs: {', '.join(told)}")


def _diffs(page: Page, items: Sequence[Item], label: str) -> Section:
    def show(kept: Sequence[Item]) -> list[str]:
        lines = list(chain.from_iterable(item.lines for item in kept))
        told = fence(lines, "diff") if lines else []
        return fold(f"{label}{part(kept, items)}", told, is_open=page.is_open) if items else []

    return Section(items, show)


def checks(page: Page) -> Section:
    """How many checks hold by what is known; those that do not, or that only the apply will tell, by name."""
    told = [check for check in page.plan.checks if page.view.full or not check.passed]
    items = [] if page.view.summary else [_check(check) for check in told]
    words = Counter(OUTCOMES[check.passed] for check in page.plan.checks)
    counted = ", ".join(f"{words[word]:,} {word}" for word in OUTCOMES.values() if word in words)

    def show(kept: Sequence[Item]) -> list[str]:
        lines = [*chain.from_iterable(item.lines for item in kept)]
        return [f"Checks: {counted}{part(kept, items)}", *(["", *lines] if lines else [])] if words else []

    return Section(items, show)


def _check(check: Check) -> Item:
    failed = check.passed is False
    severity = f" ({check.severity})" if failed else ""
    message = f": {prose(check.message)}" if failed and check.message else ""
    return Item([f"- {code(check.name)} {OUTCOMES[check.passed]}{severity}{message}"])


def findings(page: Page) -> Section:
    """What each finding says, one item a finding; the last line of the page counts them."""
    items = [] if page.view.summary else [_finding(finding) for finding in page.warnings]

    def show(kept: Sequence[Item]) -> list[str]:
        lines = [*chain.from_iterable(item.lines for item in kept), ""]
        return fold(f"What was found{part(kept, items)}", lines, is_open=page.is_open) if items else []

    return Section(items, show)


def _finding(finding: Finding) -> Item:
    place = f" at {code(str(finding.place))}" if finding.place else ""
    about = f"{code(finding.address)}: " if finding.address and finding.address not in finding.summary else ""
    told = [f"**{finding.severity}** {code(finding.code)}{place}: {about}{prose(finding.summary)}"]
    told += [prose(finding.detail)] if finding.detail else []
    told += [f"Fix: {prose(finding.fix)}"] if finding.fix else []
    return Item([f"- {'<br>'.join(told)}"])
