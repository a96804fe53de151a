"""Pure: from what is declared, recorded and seen to a plan. Decides, orders, and does nothing itself.

Not here: expanding and checking blocks, looking at reality, running steps, showing a plan.
"""

from __future__ import annotations

from reign.planning.digest import believed, is_as_planned, observed_digest
from reign.planning.inputs import Inputs, LookedUp, Options, OutputDeclaration
from reign.planning.moving import moved_state
from reign.planning.planner import plan
from reign.planning.remaining import has_moved, remaining
from reign.planning.resolve import desired_now

__all__ = [
    "Inputs",
    "LookedUp",
    "Options",
    "OutputDeclaration",
    "believed",
    "desired_now",
    "has_moved",
    "is_as_planned",
    "moved_state",
    "observed_digest",
    "plan",
    "remaining",
]
