"""A program at a terminal, as a person has it: what is typed goes in, what is shown comes out."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.cli.conftest import CLEAN, REIGN

PATIENCE_S = 60.0
_SEQUENCE = re.compile(r"\x1b(?:\[[0-9;?<>=]*[A-Za-z]|\][^\x07\x1b]*(?:\x07|\x1b\\\\)|[()][A-Z0-9]|[=>78A-Z])")
"""What moves the cursor or sets a colour."""


class Terminal:
    """What the program has shown so far is `shown`, as it came, and `text`, without sequences for the terminal."""

    def __init__(self, process: "subprocess.Popen[bytes]", screen: int) -> None:
        self.process, self._screen = process, screen
        self.shown = ""
        self._seen = 0

    @property
    def text(self) -> str:
        return _SEQUENCE.sub("", self.shown).replace("\r", "")

    @property
    def is_open(self) -> bool:
        return self._screen >= 0

    def type(self, text: str) -> None:
        """As if it was typed."""
        os.write(self._screen, text.encode(errors="surrogateescape"))

    def interrupt(self) -> None:
        """Ctrl-C, once it waits for a key: Python forgets one that comes while readline still shows the key before."""
        status = Path(f"/proc/{self.process.pid}/stat")
        while status.exists() and status.read_text().rpartition(") ")[2][0] != "S":
            time.sleep(0.001)
        self.type("\x03")

    def until(self, wanted: str) -> str:
        """What was shown up to and with `wanted`, after what an earlier call returned."""
        while wanted not in self.text[self._seen :]:
            assert self._read(), f"ended without {wanted!r}: {self.text!r}"
        end = self.text.index(wanted, self._seen) + len(wanted)
        found, self._seen = self.text[self._seen : end], end
        return found

    def close(self) -> None:
        """As if its window was closed."""
        os.close(self._screen)
        self._screen = -1

    def end(self) -> int:
        """Its exit code, once it has ended."""
        while self._read():
            pass
        return self.process.wait(PATIENCE_S)

    def _read(self) -> bool:
        """False at the end."""
        deadline = time.monotonic() + PATIENCE_S
        ready, _, _ = select.select([self._screen], [], [], max(0.0, deadline - time.monotonic()))
        assert ready, f"nothing more came: {self.text!r}"
        try:
            data = os.read(self._screen, 65536)
        except OSError:  # what Linux says where the other end is closed
            data = b""
        self.shown += data.decode(errors="replace")
        return bool(data)


@contextmanager
def terminal(
    words: Sequence[str], folder: Path, environ: Mapping[str, str], columns: int = 80, rows: int = 24
) -> Iterator[Terminal]:
    """`words` run at a terminal of that size, killed at the end where they still run."""
    screen, other = pty.openpty()
    fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    process = subprocess.Popen(
        words,
        cwd=folder,
        env={"TERM": "xterm", **environ},
        stdin=other,
        stdout=other,
        stderr=other,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 so that Ctrl-C comes as a signal
    )
    os.close(other)
    shown = Terminal(process, screen)
    try:
        yield shown
    finally:
        process.kill()
        process.wait()
        if shown.is_open:
            shown.close()


@contextmanager
def asked(folder: Path, *words: str) -> Iterator[Terminal]:
    """A command that has just asked its question."""
    with terminal([*REIGN, *words], folder, CLEAN) as shown:
        shown.until("Enter a value: ")
        yield shown
