"""Completion as bash, zsh and fish want it: the script that each reads once, and the answers that it asks for.

The scripts call `reign` with `_REIGN_COMPLETE` set to the shell's name; each answer is a line: `=WORD`, zsh's `~WORD:HELP`,
`files`, `folders`, `nospace`, `cut=N` (of the word at hand, N characters stand before what is completed).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reign.cli.completing import Next, following

if TYPE_CHECKING:
    import click

    from reign.cli.session import Session

SHELLS = ("bash", "zsh", "fish")

_PLAIN = re.compile(r"[^\w@%+,./-]")
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")
"""Nobody can type these, and a terminal may do what they say."""


def script(shell: str) -> str:
    """What the shell is to read."""
    from pathlib import Path

    return (Path(__file__).parent / f"reign.{shell}").read_text(encoding="utf-8")


def complete(cli: click.Group, session: Session, argv: Sequence[str]) -> None:
    """Tell a shell what may come next. Whatever goes wrong, nothing else: it would stand in the middle of a person's line."""
    shell = session.environ["_REIGN_COMPLETE"]
    if shell not in SHELLS:
        return
    with suppress(Exception):
        words, word = words_before(shell, argv, session.environ)
        found = following(cli, session, words, word.text)
        session.put("".join(f"{line}\n" for line in answers(shell, found, word)))


@dataclass(frozen=True, slots=True)
class Word:
    """The word that is completed: `text` without its quotes, of which the shell replaces what stands from `start` on.

    `quote` is the one that is open.
    """

    text: str = ""
    start: int = 0
    quote: str = ""


def words_before(shell: str, argv: Sequence[str], environ: Mapping[str, str]) -> tuple[list[str], Word]:
    """The words of the command line up to the cursor, and the one that it stands in."""
    if shell == "bash":
        words, word = split(environ.get("_REIGN_LINE", ""), environ.get("_REIGN_BREAKS", " \t\n\"'><=;|&(:"))
        return words[1:], word
    *words, begun = argv or [""]
    if shell == "fish":
        return words, split(begun, "")[1]
    return words, Word(begun)


def split(line: str, breaks: str) -> tuple[list[str], Word]:
    """A line of a shell, as far as it is typed. `breaks` are the characters after which bash sees a new word to complete."""
    words: list[str] = []
    text, start, quote = "", 0, ""
    is_word = False
    rest = iter(line)
    for char in rest:
        if quote:
            if char == quote:
                quote, start = "", len(text)
            elif char == "\\" and quote == '"':
                after = next(rest, "")
                text += after if after in '$`"\\' else f"\\{after}"
            else:
                text += char
        elif char.isspace():
            if is_word:
                words.append(text)
            text, start, is_word = "", 0, False
        else:
            is_word = True
            if char == "\\":
                text += next(rest, "")
            elif char in "\"'":
                quote, start = char, len(text)
            else:
                text += char
                start = len(text) if char in breaks else start
    return words, Word(text, start, quote)


def answers(shell: str, found: Next, word: Word) -> Iterator[str]:
    """What the shell is told."""
    if found.kind != "names":
        if shell == "zsh" and found.head:
            yield f"cut={len(found.head)}"
        yield found.kind
        return
    named = [(value, text) for value, text in found.words if not _UNSAFE.search(value)]
    if found.is_open and named:
        yield "nospace"
    match shell:
        case "bash":
            for value, _ in named:
                yield from _for_bash(f"{found.head}{value}", word, found.is_open)
        case "zsh":
            if found.head:
                yield f"cut={len(found.head)}"
            for value, text in named:
                yield f"~{value}:{text}" if text else f"={value}"
        case "fish":
            for value, text in named:
                yield f"={found.head}{value}\t{text}" if text else f"={found.head}{value}"


def _for_bash(whole: str, word: Word, is_open: bool) -> Iterator[str]:
    """What bash puts in the place of what it replaces, quoted like that: it quotes nothing itself."""
    rest = whole[word.start :]
    if word.quote == "'":
        rest = rest.replace("'", "'\\''")
    elif word.quote == '"':
        if "!" in rest:  # between these quotes nothing takes its meaning in a history away
            return
        rest = re.sub(r'["$`\\]', lambda found: f"\\{found[0]}", rest)
    else:
        end = "=" if is_open and rest.endswith("=") else ""
        rest = _PLAIN.sub(lambda found: f"\\{found[0]}", rest.removesuffix(end)) + end
    yield f"={rest}"
