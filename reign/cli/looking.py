"""While reality is looked at: lines for programs, and one live line for people, which is gone when it is over."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from reign.cli.session import Session, write
from reign.render.words import plural

if TYPE_CHECKING:
    from reign.app.nouns import Look, Looking


def looking(session: Session) -> Looking:
    """What tells of it, in the way of the session."""
    from reign.app.nouns import nobody
    from reign.cli.machine import looking as told

    is_shown = session.is_live() and not session.wants_json
    return told(session, _Line(session) if is_shown else nobody)


class _Line:
    """`Looking at 1,200 objects over docker ...`, wiped away with the last answer."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._open: Counter[str] = Counter()

    def __call__(self, when: Literal["start", "complete"], looks: Sequence[Look]) -> None:
        """See `app.nouns.Looking`."""
        providers = Counter(look.address.provider for look in looks)
        if when == "start":
            self._open.update(providers)
        else:
            self._open -= providers
        self._draw()

    def _draw(self) -> None:
        from reign.cli import terminal

        text = ""
        if self._open and terminal.in_foreground(sys.stderr.fileno()):
            columns, _ = terminal.size(sys.stderr.fileno(), self._session.environ)
            told = f"Looking at {plural(self._open.total(), 'object')} over {', '.join(sorted(self._open))} ..."
            text = told[: columns - 1]
        write(sys.stderr, f"\r{text}\x1b[K")
