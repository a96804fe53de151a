"""Commands that stand in the text of a page exist, with the options that are named beside them."""

import re
from pathlib import Path

import click
import pytest

from tests.docs.pages import ROOT, unfenced
from tests.docs.sources import commands

COMMANDS = commands()
KNOWN = {"reign", "reign COMMAND", *COMMANDS, *(name.rpartition(" ")[0] for name in COMMANDS)}
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
GLOBALS = ("-C", "--env", "--var", "--var-file")
"""Options of every command that take a value, and may stand before the command's name."""


def parted(text: str) -> tuple[str, list[str]]:
    """The command in the words of a command line, and the options in them."""
    words, options, names = text.split()[1:], list[str](), ["reign"]
    while words and words[0].startswith("-"):
        options.append(words.pop(0).partition("=")[0])
        words = words[1:] if options[-1] in GLOBALS else words
    while words and any(f"{name} ".startswith(f"{' '.join([*names, words[0]])} ") for name in COMMANDS):
        names.append(words.pop(0))
    if names == ["reign"]:
        names += words[:1]
    return " ".join(names), options + [word.partition("=")[0].split("[")[0] for word in words if word.startswith("-")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_command_in_the_text_is_one(page: Path) -> None:
    wrong = []
    for text in re.findall(r"`(reign [^`]*)`", unfenced(page.read_text(encoding="utf-8"))):
        name, given = parted(text)
        below = [COMMANDS[each] for each in COMMANDS if f"{each} ".startswith(f"{name} ")]
        known = {
            spelling
            for command in below
            for option in command.params
            if isinstance(option, click.Option)
            for spelling in (*option.opts, *(each.removeprefix("-") for each in option.opts))
        }
        if name not in KNOWN or not known.issuperset(set(given) - {"-h", "--help"}):
            wrong.append(text)
    assert wrong == []


def test_every_target_of_make_is_one() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        typed = "\n".join(re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))
        told = re.findall(r"`make ([a-z-]+)", unfenced(text)) + re.findall(r"^make ([a-z-]+)", typed, re.MULTILINE)
        assert set(told) <= targets, page.name
