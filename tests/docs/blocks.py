"""Pages that are written by hand but for some blocks, which `make docs` writes from the code.

    <!-- begin NAME: where it comes from -->
    ...
    <!-- end NAME -->

What stands between two blocks is written by hand, belongs to the block before it, and stays.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

_BLOCK = re.compile(r"<!-- begin ([^\n:]+): [^\n]* -->\n.*?<!-- end \1 -->\n", re.DOTALL)


@dataclass(frozen=True)
class Blocks:
    """The blocks of one page by name, in order, and where to edit what stands in them."""

    source: str
    texts: Mapping[str, str]

    def put_into(self, page: str) -> str:
        """The page with every block as it has to be: a new one after the one it follows, none that is not there any more."""
        parts = _BLOCK.split(page)
        tails = dict(zip(parts[1::2], parts[2::2], strict=True))
        written = [parts[0] if tails else f"{parts[0].rstrip()}\n\n"]
        for name, text in self.texts.items():
            begin = f"<!-- begin {name}: written by `make docs` from {self.source}; edit that -->"
            written.append(f"{begin}\n{text.strip()}\n<!-- end {name} -->\n{tails.get(name, chr(10))}")
        return "".join(written).rstrip("\n") + "\n"
