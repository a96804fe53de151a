"""`python -m tests.faults [--sample] [R1 R5 ...] [--jobs N] [--json F]`: the table of the bars R1 to R14.

Every bar is tried with the real command and without a hook in it: kills and failing calls come from strace, full disks
are full, power is lost on a disk of its own, answers are lost by an outside system of its own. The exit code is 0 where
all rows are held; one that could not be tried here (no strace, not root) counts only where REIGN_TEST_REQUIRE says so.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import time
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "packages" / "reign-outside"))
# The provider of the outside system, as something that is installed beside Reign: in this process and its children alone.

from tests.faults.bars import BARS, FAR, STRACED
from tests.faults.crew import Crew
from tests.faults.kinds import KINDS
from tests.faults.needs import unless
from tests.faults.table import Harness, printed


def main() -> int:
    """0 when every row is held, else 1."""
    options = argparse.ArgumentParser(prog="python -m tests.faults", description=(__doc__ or "").partition("\n")[0])
    options.add_argument("bars", nargs="*", choices=[*BARS, []], metavar="BAR", help="which ones; all by default")
    options.add_argument("--sample", action="store_true", help="a few cases of each")
    options.add_argument(
        "--jobs", type=int, default=2 * (os.cpu_count() or 1) + 1, help="how many at once: a trial waits as well"
    )
    options.add_argument("--seed", type=int, default=0, help="where random lives begin")
    options.add_argument("--json", type=Path, metavar="F", help="the rows, as JSON, into a file")
    chosen = options.parse_args()
    began = time.monotonic()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as an interrupt: what was mounted is let go
    bars = [*(chosen.bars or BARS)]
    lacking = unless("docker") if FAR.intersection(bars) else "no bar asks for it"
    if lacking:
        del KINDS["docker"]
    harness = Harness(Crew(chosen.jobs), chosen.sample, chosen.seed)
    try:
        for bar in bars:
            if bar in FAR and lacking:
                harness.skip(bar, "docker", "on a real engine", "docker", lacking)
            if bar in STRACED and unless("strace"):
                harness.skip(bar, "all", "by system call", "strace", unless("strace"))
            else:
                BARS[bar](harness)
    except KeyboardInterrupt:
        harness.not_there("all", "all", "interrupted", "what follows was not tried")
    finally:
        harness.crew.close()
    print(printed(harness.rows))
    print(
        f"\n{sum(row.trials for row in harness.rows):,} trials in {time.monotonic() - began:.0f} s, {chosen.jobs} at once"
    )
    if chosen.json:
        chosen.json.write_text(json.dumps([row.document() for row in harness.rows], indent=1), encoding="utf-8")
    return 0 if harness.rows and all(row.is_fine for row in harness.rows) else 1


if __name__ == "__main__":
    sys.exit(main())
