"""While reality is looked at: lines for programs, and one live line for people, which is gone when it is over."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Literal

from reign.cli.session import Session, write
from reign.render.words import plural

if TYPE_CHECKING:
    from reign.app.nouns import Look, Looking


@contextmanager
def looking(session: Session) -> Iterator[Looking]:
    """What tells of it, in the way of the session; whatever ends it, the live line is gone."""
    from reign.app.nouns import nobody
    from reign.cli.machine import looking as told

    if session.wants_json or not session.is_live():
        yield told(session, nobody)
        return
    line = _Line(session)
    try:
        yield told(session, line)
    finally:
        line.wipe()


class _Line:
    """`Looking at 1,200 objects over docker ...`, wiped away with the last answer."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._open: Counter[str] = Counter()
        self._is_shown = False

    def __call__(self, when: Literal["start", "complete"], looks: Sequence[Look]) -> None:
        """See `app.nouns.Looking`."""
        providers = Counter(look.address.provider for look in looks)
        if when == "start":
            self._open.update(providers)
            self._show()
        else:
            self._open -= providers
            (self._show if self._open else self.wipe)()

    def wipe(self) -> None:
        """Leave the line empty."""
        if self._is_shown:
            self._put("")
        self._is_shown = False

    def _show(self) -> None:
        from reign.cli import terminal

        if not terminal.in_foreground(sys.stderr.fileno()):
            return
        columns, _ = terminal.size(sys.stderr.fileno(), self._session.environ)
        told = f"Looking at {plural(self._open.total(), 'object')} over {', '.join(sorted(self._open))} ..."
        self._put(told[: columns - 1])
        self._is_shown = True

    def _put(self, text: str) -> None:
        with suppress(OSError):
            write(sys.stderr, f"\r\x1b[2K{text}")
