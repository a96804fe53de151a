"""The proof: everything that can go wrong does, under the real command, and the bars R1 to R14 hold. `make faults`."""

import sys
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1] / "packages" / "reign-outside"
"""The provider of the outside system, as something that is installed beside Reign."""

if str(PACKAGE) not in sys.path:
    sys.path.append(str(PACKAGE))
