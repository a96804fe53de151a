"""Journal lines of earlier versions of Reign, brought to the present form.

Each segment's snapshot line says in which form the segment is written. `UPCASTS[n]` takes a line's JSON from form
n + 1 to form n + 2.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from reign.model.errors import Failed
from reign.state.line import newer


def _with_secrets(raw: dict[str, Any]) -> dict[str, Any]:
    """Form 2 adds the generated secrets to the snapshot line, and `found` and `unproven` to a resource.

    What is not there reads as it should; an earlier Reign would drop it.
    """
    return raw


def _with_surgery(raw: dict[str, Any]) -> dict[str, Any]:
    """Form 3 lets what is only recorded say what becomes of what was pushed aside (`deposed`), which goes where its
    resource goes.

    What is not there reads as it should; an earlier Reign would destroy what was forgotten.
    """
    return raw


def _with_checkpoints(raw: dict[str, Any]) -> dict[str, Any]:
    """Form 4 adds checkpoints, questions to people, resumed runs and pruning, and what the state keeps of them.

    What is not there reads as it should; an earlier Reign does not know these kinds of lines.
    """
    return raw


UPCASTS: tuple[Callable[[dict[str, Any]], dict[str, Any]], ...] = (_with_secrets, _with_surgery, _with_checkpoints)
FORM = len(UPCASTS) + 1
"""The form that is written now."""


def upcast(raw: dict[str, Any], form: int) -> dict[str, Any]:
    """A line's JSON as if it had been written today. Raises Failed for a form that only a newer Reign knows."""
    if form > FORM:
        raise Failed([newer(f"The journal is in form {form}, and this Reign knows forms up to {FORM}.")])
    for step in UPCASTS[form - 1 :]:
        raw = step(raw)
    return raw
