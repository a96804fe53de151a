"""One invocation: what the user said for every command, and the streams it writes to."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from pathlib import Path

    from reign.app.nouns import Where


@dataclass(slots=True)
class Session:
    """What every command is handed. `wants_json`: stdout is JSON only; `streams`: one object a line.

    `lines_into` takes the lines of the stream besides, where a file was named for them.
    `aftermath` is what an error means for the command at hand (`Nothing was planned.`).
    """

    environ: Mapping[str, str] = field(default_factory=dict)
    folder: str = "."
    env: str = ""
    variables: tuple[str, ...] = ()
    var_files: tuple[str, ...] = ()
    no_color: bool = False
    debug: bool = False
    wants_json: bool = False
    streams: bool = False
    version_told: bool = False
    lines_into: Callable[[str], None] | None = None
    aftermath: str = ""

    def keep(self, name: str, value: Any) -> None:
        """Take a global option: lists grow, the last of the others holds."""
        if isinstance(value, tuple):
            value = (*getattr(self, name), *value)
        setattr(self, name, value)

    def path(self, name: str) -> Path:
        """A path the user gave, which starts at the project's folder."""
        from pathlib import Path

        return Path(self.folder) / name

    def where(self) -> Where:
        """Which project, for the application."""
        from pathlib import Path

        from reign.app.nouns import Where

        return Where(
            folder=Path(self.folder),
            env=self.env or self.environ.get("REIGN_ENV") or None,
            variables=self.variables,
            var_files=tuple(self.path(name) for name in self.var_files),
            environ=self.environ,
        )

    def command(self) -> str:
        """How this project is reached: `reign --env prod`."""
        words = ["reign"]
        if self.folder != ".":
            words += ["-C", shlex.quote(self.folder)]
        if self.env:
            words += ["--env", shlex.quote(self.env)]
        return " ".join(words)

    def say(self, lines: Iterable[str]) -> None:
        """Lines of the result, for a person."""
        write(sys.stdout, dressed(lines, self.has_colour(sys.stdout)))

    def put(self, text: str) -> None:
        """The result as it is: JSON, CSV, a script."""
        write(sys.stdout, text)

    def note(self, lines: Iterable[str]) -> None:
        """Progress, warnings, questions. That they cannot be written changes nothing of what is done."""
        with suppress(OSError):
            write(sys.stderr, self.dressed(lines))

    def dressed(self, lines: Iterable[str]) -> str:
        """`lines` as they are noted."""
        return dressed(lines, self.has_colour(sys.stderr))

    def width(self) -> int | None:
        """The columns to write results in; None where stdout is no terminal."""
        return self._columns(sys.stdout)

    def note_width(self) -> int | None:
        """The columns to write notes in; None where stderr is no terminal."""
        return self._columns(sys.stderr)

    def _columns(self, stream: TextIO | None) -> int | None:
        if stream is None or not is_terminal(stream):
            return None
        from reign.cli.terminal import columns

        return columns(stream.fileno(), self.environ)

    def is_live(self) -> bool:
        """True where lines on stderr can be drawn in place: on a terminal that can do it, and that no CI system records."""
        can = self.environ.get("TERM", "dumb") not in ("", "dumb", "unknown") and not self.environ.get("CI")
        return can and is_terminal(sys.stderr)

    def has_colour(self, stream: TextIO | None) -> bool:
        """True on a terminal where nobody asked for none."""
        if (
            self.no_color
            or self.environ.get("NO_COLOR")
            or self.environ.get("CI")
            or self.environ.get("TERM") == "dumb"
        ):
            return False
        return is_terminal(stream)


def is_terminal(stream: TextIO | None) -> bool:
    """True when a person sits at the other end."""
    return stream is not None and not stream.closed and stream.isatty()


class Unheard(OSError):
    """A stream takes nothing more: a full device, say. What is written to it later goes nowhere."""


def write(stream: TextIO | None, text: str) -> None:
    """Write and flush. A reader who has gone (`| head`) is no error: what follows goes nowhere. Raises Unheard."""
    if stream is None or not text:
        return
    try:
        stream.write(text)
        stream.flush()
    except OSError as error:
        drain(stream)
        if not isinstance(error, BrokenPipeError):
            raise Unheard(error.errno, error.strerror) from error


def drain(stream: TextIO | None) -> None:
    """Let a stream that takes nothing more lead nowhere.

    What is left in its buffer would fail once more when the interpreter ends, which then ends with a code of its own.
    """
    if stream is None:
        return
    try:
        stream.flush()
    except OSError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def dressed(lines: Iterable[str], coloured: bool) -> str:
    """`lines` as text that can be written: nothing in it moves the cursor, and colours only where they are wanted."""
    from reign.render.words import safe

    text = safe("".join(f"{line}\n" for line in lines))
    if not coloured:
        return text
    from reign.cli.colour import painted

    return "\n".join(painted(text.split("\n")))


_FORMS = ("-o", "--output", "-output", "--format", "-format")
"""The options whose value may be `json`."""


def wants_json(argv: Sequence[str]) -> bool:
    """True when the words ask for JSON, however wrong they are otherwise."""
    words = list(argv[: argv.index("--")] if "--" in argv else argv)
    return any(
        word in ("--json", "-json", "-ojson", *(f"{name}=json" for name in _FORMS))
        or (word in _FORMS and words[place + 1 : place + 2] == ["json"])
        for place, word in enumerate(words)
    )
