"""docs/findings.md: an example of every finding."""

from tests.docs.blocks import Blocks
from tests.docs.examples import examples


def findings() -> Blocks:
    """One block."""
    parts = [f"### {code}\n\n```\n{text}\n```" for code, text in examples().items()]
    return Blocks("tests/cases", {"examples": "\n\n".join(["## An example of each", *parts])})
