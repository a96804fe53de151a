"""The decision table of design.md: from what is declared, recorded and seen to what follows, as data."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Literal, TypeAlias

Declared: TypeAlias = Literal["yes", "import", "no"]
Recorded: TypeAlias = Literal["no", "yes", "tainted", "other"]
Seen: TypeAlias = Literal["absent", "ours", "theirs", "found", "unreachable"]
Standing: TypeAlias = tuple[Declared, Recorded, Seen]
"""Is it declared, is it in the state, and what stands there.

`import`: it is in `imports`, and the state does not have it by that id; `other`: the state has it by another one. `ours`:
the mark carries our lineage, and no other address holds this external id. `found`: of a type without marks, it is there
and was never recorded.
"""


class Verdict(StrEnum):
    """What follows from where a resource stands."""

    CREATE = "create"
    HEAL = "record it, then compare"
    FOUND = "record it as it is, and never delete it"
    OCCUPIED = "conflict: it is there and not ours"
    IMPORT = "import, then compare"
    NO_IMPORT = "finding: there is nothing to import"
    OTHER_ID = "finding: it is in the state by another id"
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
        ("yes", "no", "absent"): Verdict.CREATE,
        ("yes", "no", "ours"): Verdict.HEAL,
        ("yes", "no", "found"): Verdict.FOUND,
        ("yes", "no", "theirs"): Verdict.OCCUPIED,
        ("yes", "no", "unreachable"): Verdict.UNREACHABLE,
        ("import", "no", "absent"): Verdict.NO_IMPORT,
        ("import", "no", "ours"): Verdict.IMPORT,
        ("import", "no", "found"): Verdict.IMPORT,
        ("import", "no", "theirs"): Verdict.IMPORT,
        ("import", "no", "unreachable"): Verdict.UNREACHABLE,
        ("import", "other", "absent"): Verdict.OTHER_ID,
        ("import", "other", "ours"): Verdict.OTHER_ID,
        ("import", "other", "theirs"): Verdict.OTHER_ID,
        ("import", "other", "unreachable"): Verdict.OTHER_ID,
        ("yes", "yes", "absent"): Verdict.CREATE_AGAIN,
        ("yes", "yes", "ours"): Verdict.COMPARE,
        ("yes", "yes", "theirs"): Verdict.MADE_ANEW,
        ("yes", "yes", "unreachable"): Verdict.UNREACHABLE,
        ("yes", "tainted", "absent"): Verdict.CREATE_AGAIN,
        ("yes", "tainted", "ours"): Verdict.REPLACE,
        ("yes", "tainted", "theirs"): Verdict.MADE_ANEW,
        ("yes", "tainted", "unreachable"): Verdict.UNREACHABLE,
        ("no", "yes", "absent"): Verdict.FORGET,
        ("no", "yes", "ours"): Verdict.DELETE,
        ("no", "yes", "theirs"): Verdict.LET_GO,
        ("no", "yes", "unreachable"): Verdict.UNREACHABLE,
        ("no", "tainted", "absent"): Verdict.FORGET,
        ("no", "tainted", "ours"): Verdict.DELETE,
        ("no", "tainted", "theirs"): Verdict.LET_GO,
        ("no", "tainted", "unreachable"): Verdict.UNREACHABLE,
    }
)
