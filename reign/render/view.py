"""How a plan is to be shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reign.model.finding import Finding


@dataclass(frozen=True, slots=True)
class View:
    """How to show a plan. `refusals` what `apply` would refuse it for;
    `saved` the name of the plan file; `command` how this project is reached (`reign --env prod`); `next_step` whether
    to say what to type now, and `again` the words that ask for the same plan. `width` are the columns of a terminal that
    values are cut to; None where nobody looks through a window, and values are cut to a length of their own.
    """

    full: bool = False
    summary: bool = False
    refusals: Sequence[Finding] = ()
    saved: str = ""
    command: str = "reign"
    next_step: bool = True
    again: Sequence[str] = ()
    width: int | None = None
