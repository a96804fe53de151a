"""`python -m tests.bench`: print the speed table, both sides and the ratio.

Both sides run on this machine, in turns, as whole processes; a figure is the median of its rounds. The other side is
Terraform, unless a row names another. A figure with a star was measured on another machine (Terraform 1.11.4): it stands
in where the other side is not installed, and for the apply of 5,000, which takes Terraform many minutes, unless --all is
given.
"""

import argparse
import gc
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

from reign.__main__ import GARBAGE_AFTER
from tests.bench.against import Bench, five_thousand, hundred, thousand
from tests.bench.alone import growth, start_up, ten_thousand
from tests.bench.commands import commands
from tests.bench.docker import containers
from tests.bench.inside import engine, rebuild
from tests.bench.language import expressions, hostile, included
from tests.bench.rendering import render
from tests.bench.rows import Row
from tests.bench.safety import safety
from tests.bench.sides import has_terraform

PARTS = {
    part.__name__.replace("_", "-"): part
    for part in (
        start_up,
        hundred,
        thousand,
        five_thousand,
        ten_thousand,
        growth,
        engine,
        rebuild,
        expressions,
        included,
        hostile,
        render,
        commands,
        safety,
        containers,
    )
}
HEAD = ["work", "the other", "Reign", "ratio", "goal", "verdict"]


def main() -> int:
    """0 when every goal is met, else 1."""
    options = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__.partition("\n")[0])
    options.add_argument("parts", nargs="*", choices=[*PARTS, []], help="which parts; all of them by default")
    options.add_argument("--rounds", type=int, default=5, help="rounds of each plan; applies take half as many (5)")
    options.add_argument("--all", action="store_true", help="run terraform on 5,000 as well")
    chosen = options.parse_args()
    rows: list[Row] = []
    gc.set_threshold(GARBAGE_AFTER)  # as every command does
    print(machine(), end="\n\n")
    tell(HEAD, ["---"] * len(HEAD))
    with tempfile.TemporaryDirectory(prefix="reign-bench-") as scratch:
        bench = Bench(Path(scratch), chosen.rounds, chosen.all)
        for name in chosen.parts or PARTS:
            for row in PARTS[name](bench):
                rows.append(row)
                tell(row.cells())
    if any(row.other_is_measured_elsewhere for row in rows):
        print("\n\\* measured on another machine, not in this run")
    return 0 if all(row.verdict == "met" for row in rows) else 1


def tell(*lines: list[str]) -> None:
    """Rows of the table, as soon as there are any."""
    for cells in lines:
        print("| " + " | ".join(cells) + " |", flush=True)


def machine() -> str:
    """What it was measured on."""
    terraform = "not installed"
    if has_terraform():
        environ = {"PATH": os.environ["PATH"], "CHECKPOINT_DISABLE": "1"}
        terraform = subprocess.run(["terraform", "version"], env=environ, capture_output=True, text=True).stdout.split(
            "\n"
        )[0]
    here = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    return f"{here}, terraform: {terraform}"


if __name__ == "__main__":
    sys.exit(main())
