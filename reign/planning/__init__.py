"""Pure: from what is declared, recorded and seen to a plan. Decides, orders, and does nothing itself.

Not here: expanding and checking blocks, looking at reality, running steps, showing a plan.
"""

from __future__ import annotations

from reign.planning.digest import believed, observed_digest
from reign.planning.inputs import Inputs, Options, OutputDeclaration
from reign.planning.planner import plan
from reign.planning.resolve import desired_now

__all__ = ["Inputs", "Options", "OutputDeclaration", "believed", "desired_now", "observed_digest", "plan"]
