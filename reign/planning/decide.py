"""The decision table of design.md: from what is declared, recorded and seen to what follows, as data."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Literal, TypeAlias

Recorded: TypeAlias = Literal["no", "yes", "tainted"]
Seen: TypeAlias = Literal["absent", "ours", "theirs", "unreachable"]
Standing: TypeAlias = tuple[bool, Recorded, Seen]
"""Is it declared, is it in the state, and what stands there. `ours`: the mark carries our lineage, and no other address
holds this external id."""


class Verdict(StrEnum):
    """What follows from where a resource stands."""

    CREATE = "create"
    HEAL = "record it, then compare"
    OCCUPIED = "conflict: it is there and not ours"
    CREATE_AGAIN = "create again, shown as drift"
    COMPARE = "no-op, update or replace"
    MADE_ANEW = "conflict: made anew by others"
    REPLACE = "replace"
    DELETE = "delete, or forget if the lifecycle says so"
    LET_GO = "forget, with a finding"
    FORGET = "forget"
    UNREACHABLE = "error finding"


TABLE: Mapping[Standing, Verdict] = MappingProxyType(
    {
        (True, "no", "absent"): Verdict.CREATE,
        (True, "no", "ours"): Verdict.HEAL,
        (True, "no", "theirs"): Verdict.OCCUPIED,
        (True, "no", "unreachable"): Verdict.UNREACHABLE,
        (True, "yes", "absent"): Verdict.CREATE_AGAIN,
        (True, "yes", "ours"): Verdict.COMPARE,
        (True, "yes", "theirs"): Verdict.MADE_ANEW,
        (True, "yes", "unreachable"): Verdict.UNREACHABLE,
        (True, "tainted", "absent"): Verdict.CREATE_AGAIN,
        (True, "tainted", "ours"): Verdict.REPLACE,
        (True, "tainted", "theirs"): Verdict.MADE_ANEW,
        (True, "tainted", "unreachable"): Verdict.UNREACHABLE,
        (False, "yes", "absent"): Verdict.FORGET,
        (False, "yes", "ours"): Verdict.DELETE,
        (False, "yes", "theirs"): Verdict.LET_GO,
        (False, "yes", "unreachable"): Verdict.UNREACHABLE,
        (False, "tainted", "absent"): Verdict.FORGET,
        (False, "tainted", "ours"): Verdict.DELETE,
        (False, "tainted", "theirs"): Verdict.LET_GO,
        (False, "tainted", "unreachable"): Verdict.UNREACHABLE,
    }
)
