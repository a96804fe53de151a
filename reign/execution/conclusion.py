"""What is told once all steps have ended: the project's outputs, and its assertions about what came to be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reign.execution.job import Job
from reign.execution.marks import veiled
from reign.execution.values import Values
from reign.expression import ExpressionError, link
from reign.model.event import OutputValue
from reign.model.plan import Check, Plan
from reign.model.redact import Masks
from reign.model.values import Sensitive, is_known, is_sensitive, reveal

_WITHHELD = "it holds something sensitive, so it is withheld; declare it with `sensitive: true`"


def outputs(job: Job, values: Values, masks: Masks) -> tuple[dict[str, OutputValue], dict[str, str]]:
    """The outputs as far as they can be made, and why the others cannot (name -> text).

    An output that cannot be made keeps its old value. A partial plan leaves all of them alone.
    """
    held = dict(job.state.outputs)
    problems: dict[str, str] = {}
    if not job.plan.complete:
        return held, problems
    for output in job.plan.outputs:
        if output.action == "delete":
            held.pop(output.name, None)
        if output.action in ("delete", "no-op"):
            continue
        try:
            value = values.resolve(output.value)
        except ExpressionError as error:
            problems[output.name] = error.message
            continue
        if not is_known(value):
            continue
        if output.sensitive:
            held[output.name] = OutputValue(Sensitive(reveal(value)), True, link(output.value))
        elif is_sensitive(veiled(value, masks)):
            problems[output.name] = _WITHHELD
        else:
            held[output.name] = OutputValue(value, link=link(output.value))
    return held, problems


@dataclass(frozen=True, slots=True)
class Verdict:
    """How an assertion came out; `why` is empty where it holds."""

    check: Check
    passed: bool
    why: str = ""


def verdicts(plan: Plan, values: Values, *, is_whole: bool) -> Iterator[Verdict]:
    """Every assertion, with the values of now. Where not all came to be, those that lack something are left out."""
    for check in plan.checks:
        try:
            value = reveal(values.resolve(check.condition))
        except ExpressionError as error:
            if is_whole:
                yield Verdict(check, False, f"It cannot be told: {error.message}.")
            continue
        if isinstance(value, bool):
            yield Verdict(check, value, "" if value else check.message or "Its assertion is false.")
        elif is_known(value):
            yield Verdict(check, False, "Its assertion gives neither true nor false.")
