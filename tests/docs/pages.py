"""Reading the documents: sections by heading, and the words in backticks of a table's first cells."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_TICKED = re.compile(r"`([^`]+)`")


def page(name: str) -> str:
    """The text of `docs/NAME.md`."""
    return (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")


def sections(text: str) -> dict[str, str]:
    """Heading -> the text below it, down to the next heading of any level."""
    parts = re.split(r"^#+ (.+)$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


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
