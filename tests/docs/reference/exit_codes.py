"""docs/exit-codes.md: every code with its meaning, and which one stands for several."""

from reign.cli.main import PRECEDENCE, Exit
from tests.docs.blocks import Blocks
from tests.docs.sources import member_docs


def exit_codes() -> Blocks:
    """One block: the table and the order."""
    told = member_docs(Exit)
    rows = [f"| {int(code)} | {told[code.name]} |" for code in sorted(Exit)]
    order = f"Where several hold, the first of {', '.join(map(str, PRECEDENCE))} is given."
    return Blocks("reign/cli/main.py", {"codes": "\n".join(["| code | meaning |", "|---|---|", *rows, "", order])})
