"""What may be shown of a file before it is understood: a syntax error is told while nobody knows yet what is sensitive.

So it goes by the looks of the lines: where a file speaks of `sensitive`, the values of its variables are not shown.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from reign.model.redact import MASK

_SECTION = re.compile(r"""["']?variables["']?\s*:""")
_KEY = re.compile(r"""(\s*["']?([\w.-]+)["']?\s*:(?:\s+|$))(.*)""")
_HARMLESS = frozenset({"type", "description", "sensitive", "nullable", "min", "max"})


def guarded(lines: Sequence[str]) -> list[str]:
    """`lines` with the values of variables masked, where any of them may be sensitive."""
    if not any("sensitive" in line for line in lines) or not any("variables" in line for line in lines):
        return list(lines)
    if not any(map(_SECTION.match, lines)):
        return [_masked(line, below=None) for line in lines]  # written in another way: then anywhere
    shown, inside, below = [], False, None
    for line in lines:
        indent = len(line) - len(line.lstrip())
        if line.strip() and indent == 0 and not line.startswith("#"):
            inside, below = _SECTION.match(line) is not None, None
        if not inside:
            shown.append(line)
            continue
        if below is not None and line.strip() and indent <= below:
            below = None
        shown.append(_masked(line, below))
        if below is None and (key := _KEY.match(line)) and key[2] == "default":
            below = indent
    return shown


def _masked(line: str, below: int | None) -> str:
    """`below` is the indentation of the default that the line may go on, None where it cannot."""
    key = _KEY.match(line)
    if not line.strip() or (below is None and line.lstrip().startswith("#")):
        return line
    if key is None or below is not None:
        return f"{line[: len(line) - len(line.lstrip())]}{MASK}"
    return line if key[2] in _HARMLESS and not key[3].startswith(("{", "[")) else f"{key[1]}{MASK if key[3] else ''}"
