"""A room of the outside system, as the harness sees it: what is there, what was asked, what shall go wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Literal
from uuid import uuid4


@dataclass(frozen=True)
class Room:
    """Its own things, which no other room sees."""

    port: int
    name: str

    @property
    def url(self) -> str:
        """What a connection of the provider names."""
        return f"http://127.0.0.1:{self.port}/{self.name}"

    def things(self) -> list[dict[str, Any]]:
        """All that stand here."""
        return list(self._ask("GET", "things"))

    def calls(self) -> list[tuple[str, str, float]]:
        """(verb, name, when) of every request that was to change something, in the order of arrival."""
        return [(verb, name, at) for verb, name, at in self._ask("GET", "calls")]

    def break_at(
        self,
        verb: str,
        number: int,
        moment: Literal["before", "after"],
        way: Literal["cut", "withheld", "kill"],
        wait_s: float = 0.0,
    ) -> None:
        """Let the `number`th `verb` from now on go wrong."""
        self._ask("POST", "faults", {"verb": verb, "number": number, "moment": moment, "way": way, "wait_s": wait_s})

    def fired(self) -> int:
        """How much of that has happened."""
        return int(self._ask("GET", "faults"))

    def mend(self) -> None:
        """Nothing goes wrong any more, and what is withheld is told."""
        self._ask("DELETE", "faults")

    def change(self, number: str, **fields: Any) -> None:
        """What somebody else does to a thing."""
        self._ask("PUT", f"things/{number}", fields)

    def add(self, thing: dict[str, Any]) -> None:
        """Somebody else makes a thing."""
        self._ask("POST", "things", thing)

    def remove(self, number: str) -> None:
        """Somebody else takes it away."""
        self._ask("DELETE", f"things/{number}")

    def close(self) -> None:
        """Forget all of it."""
        self._ask("DELETE", "room")

    def _ask(self, verb: str, path: str, body: Any = None) -> Any:
        line = HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            line.request(verb, f"/{self.name}/{path}", json.dumps(body))
            return json.loads(line.getresponse().read())
        finally:
            line.close()


class System:
    """The outside system, running."""

    def __init__(self, file: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.outside.server", str(file)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.port = int(self._process.stdout.readline()) if self._process.stdout else 0

    def room(self) -> Room:
        """A new one."""
        return Room(self.port, uuid4().hex[:12])

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.communicate()
