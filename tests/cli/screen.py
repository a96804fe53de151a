"""A real screen: a command in tmux, which shows what a terminal makes of what the command writes."""

import os
import re
import shlex
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.programs import program

PATIENCE_S = 60.0


class Screen:
    """One window. `shown` is what can be seen of it, `history` also what has scrolled out of it."""

    def __init__(self, tmux: str, socket: str) -> None:
        self._tmux = [tmux, "-S", socket, "-f", os.devnull]

    def do(self, *words: str) -> str:
        """A command of tmux, and what it answers."""
        return subprocess.run([*self._tmux, *words], capture_output=True, text=True, check=True, timeout=30).stdout

    @property
    def shown(self) -> list[str]:
        return self._captured()

    @property
    def history(self) -> list[str]:
        return self._captured("-S", "-")

    def _captured(self, *more: str) -> list[str]:
        """Without the empty lines at the end."""
        return self.do("capture-pane", "-p", *more).rstrip("\n").split("\n")

    def until(self, wanted: str | Callable[[list[str]], object]) -> list[str]:
        """The lines once one of them contains `wanted`, or once that says they are right."""
        is_there = wanted if callable(wanted) else lambda lines: any(wanted in line for line in lines)
        deadline = time.monotonic() + PATIENCE_S
        while not is_there(lines := self.shown):
            assert time.monotonic() < deadline, "\n".join(["never came:", *lines])
            time.sleep(0.01)
        return lines

    def type(self, *keys: str) -> None:
        """As tmux calls them: `yes`, `Enter`, `C-c`."""
        self.do("send-keys", *keys)

    def resize(self, columns: int, lines: int) -> None:
        self.do("resize-window", "-x", str(columns), "-y", str(lines))

    def end(self) -> list[str]:
        """What is shown at the end; the last line is `[exit N]`."""
        return self.until(lambda lines: re.fullmatch(r"\[exit \d+\]", lines[-1]))


@contextmanager
def screen(
    words: Sequence[str], folder: Path, environ: Mapping[str, str], columns: int = 80, lines: int = 24, tail: str = ""
) -> Iterator[Screen]:
    """`words` running in a window of that size, killed at the end. `tail` goes to the shell behind the words: `2> file`."""
    tmux = program("tmux")
    command = f'trap : INT; {shlex.join(words)} {tail}; echo "[exit $?]"; exec sleep 600'
    with tempfile.TemporaryDirectory(prefix="reign-tmux-", dir="/tmp") as beside:  # a socket's path has to be short
        shown = Screen(tmux, f"{beside}/s")
        size = ["-x", str(columns), "-y", str(lines)]
        given = [f"{name}={value}" for name, value in {"TERM": "screen-256color", **environ}.items()]
        shown.do("new-session", "-d", *size, "-c", str(folder), "env", "-i", *given, "sh", "-c", command)
        try:
            yield shown
        finally:
            with suppress(subprocess.CalledProcessError):
                shown.do("kill-server")
