"""What stands above and below the sections of a comment: title, origin, warnings, counts, and how it is applied."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from hashlib import sha256
from itertools import chain
from shlex import quote

from reign.model.finding import Finding, Severity
from reign.model.plan import Action, count
from reign.render.comment.page import DANGEROUS, Page, Section, counted, named, part, short
from reign.render.comment.room import Item, size
from reign.render.markup import code, prose
from reign.render.words import listed, plural

_APPROVED = ("create", "update", "replace", "delete", "forget", "import", "move")
_PLACES = 3
_LONGEST_FOOT = 2048
_LONGEST_VALUE = 200
_UNSAFE = re.compile(rb"[^A-Za-z0-9._-]|(?<=-)-")


def marker(project: str, env: str) -> str:
    """The comment by which the page of this plan is found again; what could end a comment is written as `%2D`."""
    return f"<!-- reign:plan project={_value(project)} env={_value(env)} -->"


def _value(text: str) -> str:
    data = text.encode(errors="surrogatepass")
    found = _UNSAFE.sub(lambda match: b"%%%02X" % match[0][0], data).decode("ascii")
    return found if len(found) <= _LONGEST_VALUE else f"{found[:100]}%{sha256(data).hexdigest()}"


def title(page: Page) -> list[str]:
    """The marker, what is planned with what it comes to, and what it was made from."""
    plan, basis = page.plan, page.plan.basis
    names = " / ".join(code(short(name)) for name in (plan.project, plan.env) if name)
    commit = [code(basis.git_sha[:7])] if basis.git_sha else []
    branch = [f"on {code(short(basis.git_branch))}"] if basis.git_branch else []
    back = f"back to {prose(plan.rollback.to)}, serial {plan.rollback.serial}" if plan.rollback else ""
    origin = " · ".join(filter(None, [" ".join(commit + branch), f"serial {basis.serial}", back]))
    return [marker(plan.project, plan.env), f"### Reign plan: {names} · {_totals(page)}", origin]


def _totals(page: Page) -> str:
    outputs = sum(output.action != "no-op" for output in page.plan.outputs)
    if not page.resources:
        return f"{plural(outputs, 'output')} to change" if outputs else "No changes."
    counts = count(page.plan)
    destroyed = f"{counts.destroy:,} to destroy"
    told = [f"{counts.imports:,} to import"] if counts.imports else []
    told += [f"{counts.add:,} to add", f"{counts.change:,} to change"]
    told += [f"**{destroyed}**" if counts.destroy else destroyed]
    told += [f"{counts.forget:,} to forget"] if counts.forget else []
    return ", ".join(told)


def alerts(page: Page, refused: Sequence[str], left: Sequence[Item]) -> list[list[str]]:
    """What to look at before anything else: a warning, and a note where not everything was planned or looked at."""
    plan = page.plan
    notes = []
    if plan.basis.options.get("refresh") is False:
        notes.append(["Planned from the state alone: what is really there was not looked at (`--refresh=false`)."])
    if plan.rolled_back:
        told = (
            f"The state was rolled back to {prose(plan.rolled_back)}; this is how the configuration differs from that."
        )
        notes.append([told])
    if not plan.complete:
        notes.append(["This plan is partial: it covers only what `--target` and `--exclude` leave, and no outputs."])
    warnings = [_dangers(page), _missing(left), _unseen(page), refused]
    return [_alert("WARNING", warnings), _alert("NOTE", notes)]


def _alert(kind: str, paragraphs: Iterable[Sequence[str]]) -> list[str]:
    lines = [line for paragraph in filter(None, paragraphs) for line in ("", *paragraph)]
    return [f"> [!{kind}]", *(f"> {line}".rstrip() for line in lines[1:])] if lines else []


def _dangers(page: Page) -> list[str]:
    """What is replaced, deleted and forgotten, and by which approval it is allowed."""
    found = [plural(page.words[action], action.value) for action in DANGEROUS if page.words[action]]
    if not found:
        return []
    said = f"**{', '.join(found)}.**"
    if page.view.refusals or page.plan.unseen:
        return [said]
    allowed = ",".join(word for word in _APPROVED if word in ("create", "update") or page.words[Action(word)])
    refused = "`apply --auto-approve=create,update` will refuse this plan"
    return [f"{said} {refused}; `--auto-approve={allowed}` allows it."]


def _missing(left: Sequence[Item]) -> list[str]:
    found = [item for item in left if item.action in DANGEROUS]
    names = named([change.address.text for item in found for change in item.changes])
    return [f"**No room was left here for {counted(found)}: {names}.**"] if found else []


def _unseen(page: Page) -> list[str]:
    if not page.plan.unseen:
        return []
    trust = code(f"{page.view.command} trust")
    return [
        f"Not trusted, so not looked at: {named(page.plan.unseen)}. Read what it would run and reach, then {trust}."
    ]


def refusals(page: Page) -> Section:
    """What `apply` would refuse the plan for, and the way out of each."""
    items = [_refusal(finding) for finding in page.view.refusals]

    def show(kept: Sequence[Item]) -> list[str]:
        lines = chain.from_iterable(item.lines for item in kept)
        return [f"`apply` will refuse this plan{part(kept, items)}:", "", *lines] if items else []

    return Section(items, show)


def _refusal(finding: Finding) -> Item:
    place = f" at {code(str(finding.place))}" if finding.place else ""
    summary = prose(finding.summary)
    told = [f"{f'**{summary}** ' if summary else ''}{code(finding.code)}{place}"]
    told += [prose(finding.detail)] if finding.detail else []
    told += [f"Fix: {prose(finding.fix)}"] if finding.fix else []
    return Item([f"- {'<br>'.join(told)}"])


def counts(page: Page, left: Sequence[Item]) -> list[str]:
    """The findings by number and place, and how many resources had no room."""
    told = [_findings(page.warnings)] if page.warnings else []
    if left:
        number = sum(len(item.changes) for item in left)
        told.append(f"**{plural(number, 'resource')} left out: {counted(left)}**")
    elif page.resources:
        told.append("0 resources left out")
    return [" · ".join(told)] if told else []


def _findings(found: Sequence[Finding]) -> str:
    severities = Counter(finding.severity for finding in found)
    said = ", ".join(f"{severities[each]:,} {each}" for each in Severity if severities[each])
    places = [
        " at ".join(code(short(str(each))) for each in (finding.code, finding.place) if each) for finding in found
    ]
    number = f"{plural(len(found), 'finding')} ({said if len(found) > 1 else found[0].severity})"
    return f"{number} {listed(places, _PLACES)}"


def foot(page: Page) -> list[str]:
    """How exactly this is applied."""
    view, plan = page.view, page.plan
    is_refused = any(f.severity is Severity.ERROR for f in view.refusals)
    if view.saved and not is_refused:
        told = f"<sub>Apply exactly this: {code(f'{view.command} apply {quote(view.saved)}')}</sub>"
    elif view.next_step and plan.does_something and not is_refused and plan.rollback is not None:
        then = code(f"{view.command} apply FILE")
        told = f"<sub>Not saved: plan it with `rollback --out FILE`, then apply exactly that: {then}</sub>"
    elif view.next_step and plan.does_something and not is_refused:
        then = code(f"{view.command} apply FILE")
        told = f"<sub>Not saved: plan it with `--out FILE`, then apply exactly that: {then}</sub>"
    else:
        return []
    return [told] if size(told) <= _LONGEST_FOOT else []
