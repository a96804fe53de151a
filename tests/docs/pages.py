"""Reading the documents: sections by heading, and the words in backticks of a table's first cells."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FENCED = re.compile(r"^(`{3,}).*?^\1$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_TICKED = re.compile(r"`([^`]+)`")


def page(name: str) -> str:
    """The text of `docs/NAME.md`."""
    return (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")


def unfenced(text: str) -> str:
    """The text without its blocks of code."""
    return FENCED.sub("", text)


def sections(text: str) -> dict[str, str]:
    """Heading -> the text below it, down to the next heading of any level. What is fenced is no heading."""
    fences = [found.span() for found in FENCED.finditer(text)]
    headings = [
        found for found in _HEADING.finditer(text) if not any(begin < found.start() < end for begin, end in fences)
    ]
    ends = [*(found.start() for found in headings[1:]), len(text)]
    return {found[1]: text[found.end() : end] for found, end in zip(headings, ends, strict=True)}


def rows(text: str) -> list[list[str]]:
    """The cells of every table row in `text`, without the heads and the rules."""
    lines = text.splitlines()
    found = []
    for line, after in zip(lines, [*lines[1:], ""], strict=True):
        if line.startswith("|") and not after.startswith("|---") and not line.startswith("|---"):
            found.append([cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip())[1:-1]])
    return found


def named(text: str) -> set[str]:
    """The words in backticks in the first cells of the tables in `text`."""
    return {word for cells in rows(text) for word in _TICKED.findall(cells[0])}


def ticked(text: str) -> list[str]:
    """Everything in backticks, in order."""
    return _TICKED.findall(text)
