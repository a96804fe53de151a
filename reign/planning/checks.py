"""The project's assertions, as far as a plan can tell."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from reign.model.finding import Finding
from reign.model.plan import Check
from reign.model.values import is_known, reveal
from reign.planning import findings
from reign.planning.resolve import Filler, Trouble


def checked(checks: Iterable[Check], filler: Filler, told: list[Finding]) -> tuple[Check, ...]:
    """`checks`, each with whether it holds by the planned values, or None where only the apply tells."""
    return tuple(replace(check, passed=_passed(check, filler, told)) for check in checks)


def _passed(check: Check, filler: Filler, told: list[Finding]) -> bool | None:
    troubles: list[Trouble] = []
    answer = reveal(filler.value(check.condition, (), troubles))
    if troubles:
        told += [findings.check_not_evaluated(check, error) for _, error in troubles]
        return None
    if not is_known(answer):
        return None
    if not isinstance(answer, bool):
        told.append(findings.check_no_answer(check))
        return None
    if not answer:
        told.append(findings.check_failed(check))
    return answer
