"""The text plan: what a person reviews, ordered so that what matters most stands last on the screen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from shlex import quote

from reign.model.finding import Severity
from reign.model.plan import Action, Change, Drift, OutputChange, Plan, count
from reign.model.values import unknowns
from reign.render.change import folded, ordered, rank, rows, sign, title, why
from reign.render.finding import brief, reached
from reign.render.origins import origins
from reign.render.rows import Row, Rows, changed, lines
from reign.render.undoing import undoing
from reign.render.values import CHANGED, LATER, LONGEST, MASK, shortened
from reign.render.view import View
from reign.render.words import age, breadth, guarded, listed, one_line, plural, wrapped

NAMES = 6
_OUTDENT = "    "
_UNSEEN = 6
_INCLUDED = 3
"""Included files that the header names; of more it says how many."""


OUTCOMES = {True: "passed", False: "failed", None: "known after apply"}


def text(plan: Plan, view: View) -> list[str]:
    """The whole plan as lines."""
    blocks = [
        [*wrapped(header(plan), view.width, "  "), *unseen(plan, view)],
        *([*wrapped(note, view.width, "  ")] for note in notes(plan)),
        *drift(plan, view),
        *actions(plan, view),
        undoing(plan, view),
        totals(plan),
        *outputs(plan.outputs, view),
        *_checks(plan, view),
        *warnings(plan, view),
        *_refusals(view),
        _next(plan, view),
    ]
    joined: list[str] = []
    for block in filter(None, blocks):
        joined += ["", *block] if joined else block
    return guarded(joined)


def header(plan: Plan) -> str:
    """What was planned, and from what."""
    env = f", env {plan.env}" if plan.env else ""
    layers = " < ".join([*_files(plan), *plan.basis.given])
    if plan.rollback is not None:
        layers = f"back to {plan.rollback.to}, serial {plan.rollback.serial}"
    rest = f": what is left of run {plan.resumes}" if plan.resumes else ""
    return f"Reign {plan.reign_version}, project {plan.project}{env}, serial {plan.basis.serial}{rest}" + (
        f" ({layers})" if layers else ""
    )


def _files(plan: Plan) -> list[str]:
    """The layers that are files: `reign.yaml` with what it includes, and what lies over it."""
    over = {f"reign.{plan.env}.yaml", "reign.local.yaml"}
    names = plan.basis.sources
    base = [name for name in names if name not in over]
    if len(base) > _INCLUDED:
        base = [base[0], f"{len(base) - 1:,} included"]
    layers = [name for name in names if name in over]
    return [" + ".join(base), *layers] if base else layers


def unseen(plan: Plan, view: View) -> list[str]:
    """What was not looked at, since nobody has said yet that the folder may run and reach what it names."""
    if not plan.unseen:
        return []
    what = listed(list(plan.unseen), len(plan.unseen) if view.full else _UNSEEN)
    return [
        *wrapped(f"Not trusted: not looked at: {what}", view.width, "  "),
        *wrapped(f"  Once you have read what it would run and reach: {view.command} trust", view.width, "    "),
    ]


def totals(plan: Plan) -> list[str]:
    """`No changes.`, or the line that tools read, with forgets on the next."""
    if not any(plan.actions()):
        return [] if plan.does_something else ["No changes."]
    counts = count(plan)
    imports = f"{counts.imports} to import, " if counts.imports else ""
    line = f"Plan: {imports}{counts.add} to add, {counts.change} to change, {counts.destroy} to destroy."
    return [line, f"{counts.forget} to forget."] if counts.forget else [line]


def notes(plan: Plan) -> list[str]:
    """What has to be known of how it was made."""
    told = []
    if plan.basis.options.get("refresh") is False:
        told.append("Note: Planned from the state alone; what is really there was not looked at (--refresh=false)")
    if plan.rolled_back:
        told.append(
            f"Note: The state was rolled back to {plan.rolled_back}; this is how the configuration differs from that"
        )
    if not plan.complete and plan.basis.options:  # what is imported by hand was never meant to be all
        told.append("Note: This plan is partial: it covers only what --target and --exclude leave, and no outputs")
    return told


def drift(plan: Plan, view: View) -> list[list[str]]:
    """What was changed outside, a block each."""
    if not plan.drift:
        return []
    blocks = [wrapped(f"Note: Objects have changed outside of Reign{_since(plan)}", view.width, "  ")]
    blocks += [_drifted(drift, view) for drift in plan.drift]
    return blocks


def _since(plan: Plan) -> str:
    found = since(plan)
    return f" since run {found[0]} ({found[1]})" if found else ""


def since(plan: Plan) -> tuple[str, str] | None:
    """The newest run that wrote one of the drifted resources, and its age: since then, at the latest, somebody else did."""
    names = {drift.address for drift in plan.drift}
    known = [c.prior for c in plan.changes if c.address in names and c.prior and c.prior.updated_at]
    if not known or not plan.created_at:
        return None
    last = max(known, key=lambda snapshot: snapshot.updated_at)
    passed = _time(plan.created_at) - _time(last.updated_at)
    return last.updated_run, age(passed.total_seconds())


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text.removesuffix("Z")).replace(tzinfo=None)


def _drifted(drift: Drift, view: View) -> list[str]:
    if drift.after is None:
        return [f"  # {drift.address} has been deleted", f"  - {drift.address}"]
    head = [f"  # {drift.address} has changed", f"  ~ {drift.address}"]
    if view.summary:
        return head
    return head + lines(changed(drift.before, drift.after, drift.address.text, view.full).rows, view.width)


def actions(plan: Plan, view: View, title: str = "Reign will perform the following actions:") -> list[list[str]]:
    """What would be done, a block each, from harmless to dangerous."""
    changes = ordered(plan)
    if not changes:
        return []
    blocks = [[title]]
    told = folded(changes, lambda change: _body(change, view), view.full)
    blocks += [
        [*_heading(change, others, view), f"{sign(change)} {change.address}", *body] for change, others, body in told
    ]
    return blocks


def _heading(change: Change, others: Sequence[Change], view: View) -> list[str]:
    subject = change.previous_address if rank(change) is Action.MOVE else change.address
    reasons = [f"  # ({one_line(reason)})" for reason in why(change)]
    if others:
        keys = [_short(other.address.text.removeprefix(other.address.group.text)) for other in others[:NAMES]]
        keys += [""] * (len(others) - NAMES)
        reasons.append(f"  # (the same for {len(others):,} more: {listed(keys, NAMES)})")
    told = [line for reason in reasons for line in wrapped(reason, view.width, "  #  ")]
    return [f"  # {subject} {title(change)}", *told]


def _short(key: str) -> str:
    """A key in a list of keys."""
    return shortened(one_line(key), len(key), LONGEST)


def _body(change: Change, view: View) -> list[str]:
    if view.summary:
        return []
    found = rows(change, full=view.full)
    return lines(found.rows, view.width) + _hidden(found)


def _hidden(found: Rows) -> list[str]:
    return [f"        # ({plural(found.hidden, 'unchanged attribute')} hidden)"] if found.hidden else []


def outputs(found: Sequence[OutputChange], view: View) -> list[list[str]]:
    """What differs of the outputs, as one block."""
    rows: list[Row] = []
    for output in found:
        rows += output_rows(output, full=view.full)
    width = None if view.width is None else view.width + len(_OUTDENT)
    return [["Changes to Outputs:", *(line.removeprefix(_OUTDENT) for line in lines(rows, width))]] if rows else []


def output_rows(output: OutputChange, *, full: bool) -> list[Row]:
    """What differs of one output; nothing where it stays."""
    if output.action == "no-op":
        return []
    if output.sensitive:
        return [_sensitive(output)]
    before = {} if output.action == "create" else {output.name: output.before}
    after = {} if output.action == "delete" else {output.name: output.after}
    rows = changed(before, after, "", full).rows
    return rows or [Row("+" if output.action == "create" else "-", output.name, "null")]


def _sensitive(output: OutputChange) -> Row:
    """Masked by what the output is declared to be, whatever its value holds."""
    match output.action:
        case "delete":
            return Row("-", output.name, f"{MASK} -> null", sides=(MASK, "null"))
        case _ if unknowns(output.after):
            told = LATER
        case "create":
            told = MASK
        case _:
            told = CHANGED
    return Row("+" if output.action == "create" else "~", output.name, told, note=", ".join(origins(output.after)))


def _checks(plan: Plan, view: View) -> list[list[str]]:
    """How many checks hold by what is known; those that do not, or that only the apply will tell, by name."""
    if not plan.checks:
        return []
    by_word: dict[str, int] = {}
    told: list[str] = []
    for check in plan.checks:
        word = OUTCOMES[check.passed]
        by_word[word] = by_word.get(word, 0) + 1
        if check.passed is None or check.passed is False or view.full:
            severity = f" ({check.severity})" if check.passed is False else ""
            message = f": {one_line(check.message)}" if check.passed is False and check.message else ""
            told.append(f"  {check.name}: {word}{severity}{message}")
    counted = ", ".join(f"{by_word[word]:,} {word}" for word in OUTCOMES.values() if word in by_word)
    return [[f"Checks: {counted}", *([] if view.summary else told)]]


def warnings(plan: Plan, view: View) -> list[list[str]]:
    """What was found about it, a block each."""
    known = set(view.refusals)
    return [brief(reached(finding, view.command), view.width) for finding in plan.findings if finding not in known]


def _refusals(view: View) -> list[list[str]]:
    if not view.refusals:
        return []
    return [
        ["Apply will refuse this plan:"],
        *(brief(reached(finding, view.command), view.width) for finding in view.refusals),
    ]


def _next(plan: Plan, view: View) -> list[str]:
    """What to type now: beside each other where there is room."""
    is_refused = any(f.severity is Severity.ERROR for f in view.refusals)
    if view.saved:
        then = [] if is_refused else [f"Apply exactly this: {view.command} apply {quote(view.saved)}"]
        told = [f"Saved the plan to: {view.saved}", *then]
    elif not view.next_step or not plan.does_something or is_refused:
        return []
    else:
        verbs = ("plan", "apply") if plan.rollback is None else ("rollback", "rollback")
        keep, anew = (" ".join([view.command, verb, *view.again]) for verb in verbs)
        told = [f"Not saved. Keep exactly this: {keep} --out FILE", f"Plan anew and apply: {anew}"]
    line = "      ".join(told)
    return [line] if view.width is None or breadth(line) <= view.width else told
