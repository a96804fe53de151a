"""The proxy of `tests.services.proxy`, running, as who lets answers get lost sees it."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Literal

CREATES = {
    "docker.network": r"^POST .*/networks/create",
    "docker.volume": r"^POST .*/volumes/create",
    "docker.image": r"^POST .*/(images/create|build)\b",
    "docker.container": r"^POST .*/containers/create",
}
"""Type -> the request by which an engine makes one."""


class Between:
    """A socket at `path` that leads to the engine at `engine`."""

    def __init__(self, path: Path, engine: Path) -> None:
        self.path = path
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.services.proxy", str(path), str(engine)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        if self._process.stdout is None or self._process.stdout.readline() != "ready\n":
            raise OSError(f"no proxy stands at {path}")

    @property
    def address(self) -> str:
        """What DOCKER_HOST names."""
        return f"unix://{self.path}"

    def break_at(
        self,
        match: str,
        number: int,
        moment: Literal["before", "during", "after"],
        way: Literal["cut", "withheld", "kill"],
        wait_s: float = 0.0,
    ) -> None:
        """Let the `number`th request from now on go wrong whose line (`POST /v1.41/...`) matches."""
        self._ask("POST", {"match": match, "number": number, "moment": moment, "way": way, "wait_s": wait_s})

    def fired(self) -> int:
        """How much of that has happened."""
        return int(self._ask("GET")["fired"])

    def asked(self) -> list[str]:
        """The line of every request since the last `mend`, in the order of arrival."""
        return list(self._ask("GET")["asked"])

    def mend(self) -> None:
        """Nothing goes wrong any more, what is withheld is told, and what was asked is forgotten."""
        self._ask("DELETE")

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.communicate()
        self.path.unlink(missing_ok=True)

    def _ask(self, verb: str, body: Any = None) -> Any:
        line = HTTPConnection("localhost", timeout=60)
        line.sock = socket.socket(socket.AF_UNIX)
        try:
            line.sock.connect(str(self.path))
            line.request(verb, "/faults", json.dumps(body))
            return json.loads(line.getresponse().read())
        finally:
            line.close()
