"""What an engine streams while it pulls, pushes and builds: told as progress, and its errors, which stand in it alone."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from reign.ports import say
from reign.providers.docker.engine import Engine
from reign.providers.docker.errors import from_message

_MIB = 1_000_000
_LAST_LINES = 12
_LONGEST_LINE = 300
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_NOISE = re.compile(r"#\d+ sha256:[0-9a-f]{64}$")


def told(engine: Engine, answer: Any, doing: str) -> Iterator[Mapping[str, Any]]:
    """The messages of a streamed answer, which is closed with them. Raises ProviderError for an error in it, and when the
    time is over.
    """
    with closing(answer):
        for message in _messages(answer.iter_content(None)):
            engine.remaining_s()
            error = message.get("errorDetail") or message.get("error")
            if error:
                said = error.get("message", "") if isinstance(error, dict) else str(error)
                raise from_message(said or str(message.get("error", "")), engine, doing)
            yield message


def _messages(chunks: Iterable[bytes]) -> Iterator[Mapping[str, Any]]:
    """JSON objects, however the stream was cut."""
    rest = b""
    for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            yield from _message(line)
    yield from _message(rest)


def _message(line: bytes) -> Iterator[Mapping[str, Any]]:
    if line.strip():
        found = json.loads(line)
        if isinstance(found, dict):
            yield found


@dataclass(slots=True)
class Transfer:
    """How far a pull or a push is, over all its layers, as far as the engine has told of them."""

    word: str
    done: str
    _layers: dict[str, tuple[int, int]] = field(default_factory=dict)

    def see(self, message: Mapping[str, Any]) -> None:
        """Take in one message, and say where it is now."""
        layer, status = message.get("id"), message.get("status")
        counted = message.get("progressDetail") or {}
        if not isinstance(layer, str) or not isinstance(status, str):
            return
        if status == self.done and counted.get("total"):
            self._layers[layer] = (int(counted.get("current", 0)), int(counted["total"]))
        elif layer in self._layers:
            self._layers[layer] = (self._layers[layer][1],) * 2
        else:
            return
        say(self.text(), self.word)

    def text(self) -> str:
        """Such as `61 %, 48 of 79 MB`."""
        current, total = (sum(column) for column in zip(*self._layers.values(), strict=True))
        return f"{100 * current // max(1, total)} %, {current // _MIB} of {max(1, total // _MIB)} MB"


@dataclass(slots=True)
class Output:
    """The last lines that a build printed; none where they must not be shown."""

    is_private: bool = False
    lines: deque[str] = field(default_factory=lambda: deque(maxlen=_LAST_LINES))

    def see(self, text: str) -> None:
        """Take in what was printed, and say its last line."""
        for line in _ESCAPES.sub("", text).splitlines():
            if line.strip() and not self.is_private and not _NOISE.match(line):
                self.lines.append(line.rstrip()[:_LONGEST_LINE])
                say(line.strip(), "building")

    def text(self) -> str:
        """The lines, as part of an error's detail."""
        return "\n".join(self.lines)
