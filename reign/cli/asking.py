"""Questions to the person at the terminal, and what is done where there is none."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from reign.cli.session import is_terminal, write

if TYPE_CHECKING:
    from reign.cli.session import Session


def can_ask(session: Session) -> bool:
    """True when a person is there to answer."""
    return not session.wants_json and is_terminal(sys.stdin)


def answer(session: Session) -> str:
    """What the person types, without the spaces around it."""
    write(sys.stderr, "  Enter a value: ")
    typed = sys.stdin.readline().strip()
    session.note([""])
    return typed


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
    session.note(
        [
            "Do you trust this folder?",
            f"  {session.where().folder.resolve()}",
            "  To plan it, Reign would run or reach what its files name:",
            *(f"    {what}" for what in wanted),
            "  Only 'yes' will be accepted; anything else plans without it.",
            "",
        ]
    )
    if answer(session) == "yes":
        trust(session.where())
