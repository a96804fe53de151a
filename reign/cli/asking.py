"""Questions to the person at the terminal, and what is done where there is none."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, TextIO

from reign.cli.session import is_terminal, write

if TYPE_CHECKING:
    from reign.cli.session import Session


def can_ask(session: Session) -> bool:
    """True when a person is there to read a question, and to answer it."""
    return not session.wants_json and is_terminal(sys.stdin) and _screen() is not None


def _screen() -> TextIO | None:
    """Where a person reads: stderr, or stdout where stderr leads elsewhere."""
    return next((stream for stream in (sys.stderr, sys.stdout) if is_terminal(stream)), None)


def ask(session: Session, question: Sequence[str]) -> str:
    """What the person types, without the spaces around it; empty at the end of input.

    What was typed before the question is dropped, and a line that was not finished is no answer: neither was meant so.
    """
    from reign.cli.terminal import forget_typed

    screen = _screen()
    if screen is None:
        return ""
    forget_typed(sys.stdin.fileno())
    try:
        write(screen, session.dressed([*question, ""]) + "  Enter a value: ")
        typed = sys.stdin.readline()
    except UnicodeDecodeError:
        typed = ""
    except BaseException:  # an interrupt, which the terminal shows on the line of the question
        write(screen, session.dressed(["", "", *([session.aftermath] if session.aftermath else [])]))
        raise
    write(screen, "\n")
    return typed.strip() if typed.endswith("\n") else ""


def confirm(session: Session, question: Sequence[str], word: str) -> None:
    """Ask, and return when the answer is `word`. Raises Cancelled on any other."""
    if ask(session, question) == word:
        return
    from reign.model.errors import Cancelled
    from reign.model.finding import Finding, Severity

    said = f"The answer was not {word}; nothing was done."
    raise Cancelled([Finding("apply/cancelled", "Cancelled", said, Severity.INFO)])


def accepted(word: str, purpose: str) -> str:
    """The line that says which answer counts, for `purpose` (`approve`)."""
    what = f"'{word}'" if word == "yes" else f"the environment's name, '{word}',"
    return f"  Only {what} will be accepted to {purpose}."


def ask_trust(session: Session) -> None:
    """Ask whether to trust the project's folder, where that is open and makes a difference.

    Any answer but `yes` leaves it untrusted: then what would run or reach something is not looked at.
    """
    if not can_ask(session):
        return
    from reign.app.trust import needs, trust

    wanted = needs(session.where())
    if not wanted:
        return
    question = [
        "Do you trust this folder?",
        f"  {session.where().folder.resolve()}",
        "  To plan it, Reign would run or reach what its files name:",
        *(f"    {what}" for what in wanted),
        "  Only 'yes' will be accepted; anything else plans without it.",
    ]
    if ask(session, question) == "yes":
        trust(session.where())
