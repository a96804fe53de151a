"""Words of others inside Markdown: nothing in them opens HTML, closes a fence, links, mentions, or breaks a cell.

Backslashes and entities keep a parser from reading markup, but not the site that shows the page from looking for
`@team`, `#12`, `:tada:` or the digits of a commit in what was parsed. Only code is left alone by both, so every word
that is more than letters, digits and ordinary punctuation is shown as code.
"""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Sequence

from reign.render.words import one_line

_PLAIN = re.compile(r"""["'(]*[^\W_]+(?:['.,:/=+%-]+[^\W_]+)*[%"')]*[.,;:!?]*|["'(]+|[%"')]*[.,;:!?]*|[-+=·–—]""")
_LINKED = re.compile(
    r"[0-9a-f]{7,}"  # the digits of a commit
    r"|[a-z][a-z0-9]*-[0-9]"  # GH-12, and what else a repository links by such a name
    r"|www\.|//"
    r"|:(?:[0-9]*[a-z+-][a-z0-9+-]*|100|1234):",  # a picture by its name, not the middle of a time
    re.IGNORECASE,
)
_TAIL = re.compile(r"[.,;:!?]*\Z")
_QUOTED = re.compile("`([^`]+)`")
_TICKS = re.compile("`+")
_PIPE = re.compile(r"(\\?)\|")


def prose(text: str, names: Collection[str] = ()) -> str:
    """Sentences, with what stands between ticks, is one of `names` or no ordinary word as code, for the
    inside of a line. Line ends become `<br>`.
    """
    return "<br>".join(_sentence(line, names) for line in text.strip("\n").split("\n"))


def code(text: str) -> str:
    """`text` as it is, on one line; empty where it is."""
    shown = one_line(text)
    if not shown:
        return ""
    mark = "`" * (_longest([shown]) + 1)
    pad = " " if shown[0] in "` " or shown[-1] in "` " else ""
    return f"{mark}{pad}{shown}{pad}{mark}"


def tag(text: str) -> str:
    """`text` as code where a line is HTML already and Markdown is not read: in a `<summary>`."""
    return f"<code>{html.escape(one_line(text), quote=False)}</code>"


def cell(markdown: str) -> str:
    """What `prose` or `code` made, inside a table. Parsers differ about a pipe after a backslash: it is written `\\x7c`."""
    return _PIPE.sub(lambda found: r"\\x7c" if found[1] else r"\|", markdown)


def fence(lines: Sequence[str], language: str = "") -> list[str]:
    """A block of code that nothing in `lines` can close."""
    mark = "`" * max(3, _longest(lines) + 1)
    return [f"{mark}{language}", *lines, mark]


def ticks(text: str) -> int:
    """By how much `text` makes the two ends of a fence longer than they are."""
    return 2 * max(0, _longest([text]) - 2)


def _longest(lines: Sequence[str]) -> int:
    return max((len(run) for line in lines if "`" in line for run in _TICKS.findall(line)), default=0)


def _sentence(line: str, names: Collection[str]) -> str:
    told = ""
    for place, part in enumerate(_QUOTED.split(one_line(line))):
        piece = code(part) if place % 2 else _words(part, names)
        told += f" {piece}" if piece.startswith("`") and told.endswith("`") else piece
    return told.strip(" ")


def _words(text: str, names: Collection[str]) -> str:
    found: list[tuple[bool, str, str]] = []
    for word in filter(None, text.split(" ")):
        body = _TAIL.sub("", word)
        tail = word[len(body) :]
        if body not in names and _PLAIN.fullmatch(word) and not _LINKED.search(word):
            found.append((False, word, ""))
        elif found and found[-1][0] and not found[-1][2]:  # what stands side by side is one piece
            found[-1] = (True, f"{found[-1][1]} {body}", tail)
        else:
            found.append((True, body, tail))
    told = " ".join(f"{code(body)}{tail}" if is_code else body for is_code, body, tail in found)
    return f"{' ' if text[:1] == ' ' else ''}{told}{' ' if told and text[-1:] == ' ' else ''}"
