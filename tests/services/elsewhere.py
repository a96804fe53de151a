"""A socket before an engine's, behind which it stands on another machine: one with Windows, an older kernel, a graphics card.

What the engine would refuse or leave out is kept from it, remembered here, and told with what it tells: only of containers,
and only what nothing in one can feel. Everything else goes through as it is.
"""

from __future__ import annotations

import json
import re
import shutil
import socket
import socketserver
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from docker import APIClient

from tests.services.engine import Engine
from tests.services.proxy import Server, last_of_its_connection, pump

KEPT = frozenset(
    (
        "Annotations",
        "BlkioDeviceReadBps",
        "BlkioDeviceReadIOps",
        "BlkioDeviceWriteBps",
        "BlkioDeviceWriteIOps",
        "BlkioWeight",
        "BlkioWeightDevice",
        "CpuCount",
        "CpuPercent",
        "CpuRealtimePeriod",
        "CpuRealtimeRuntime",
        "DeviceRequests",
        "Isolation",
        "MemorySwappiness",
        "OomKillDisable",
        "Privileged",
        "StorageOpt",
        "UsernsMode",
    )
)
"""Keys of a container's HostConfig."""
VERSION = "1.43"
"""What it says that it speaks. It is asked in its own."""
_LIMIT = 1 << 20


class Elsewhere:
    """A socket at `path` that leads to the engine at `engine`. To be closed."""

    def __init__(self, path: Path, engine: Path) -> None:
        self.path, self._kept = path, dict[str, dict[str, Any]]()
        desk = type("Desk", (_Desk,), {"engine": str(engine), "kept": self._kept})
        self._server = Server(str(path), desk)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        """What DOCKER_HOST names."""
        return f"unix://{self.path}"

    def close(self) -> None:
        """End it."""
        self._server.shutdown()
        self._server.server_close()
        self.path.unlink(missing_ok=True)


@dataclass(frozen=True)
class Through(Engine):
    """The same engine over another way."""

    way: str = ""

    @property
    def address(self) -> str:
        """What DOCKER_HOST names."""
        return self.way


@contextmanager
def elsewhere(engine: Engine) -> Iterator[Engine]:
    """`engine`, as if it stood on another machine."""
    folder = Path(tempfile.mkdtemp(prefix="reign-elsewhere-"))
    there = Elsewhere(folder / "d.sock", engine.daemon.socket)
    api = APIClient(there.address, version="auto", timeout=60)
    try:
        yield Through(engine.daemon, engine.name, api, there.address)
    finally:
        api.close()
        there.close()
        shutil.rmtree(folder)


class _Desk(socketserver.BaseRequestHandler):
    """One connection, with one request."""

    engine: str
    kept: dict[str, dict[str, Any]]

    def handle(self) -> None:
        with suppress(OSError):
            head, rest = self._head()
            if not head:
                return
            verb, path = head.split(b"\r\n", 1)[0].decode().split(" ")[:2]
            path = re.sub(r"^/v[\d.]+/", "/", path)
            if verb == "POST" and re.match(r"/containers/(create\b|\w+/update$)", path):
                self._answer(*self._told(path, self._body(head, rest)))
            elif verb == "GET" and (re.fullmatch(r"/containers/[^/]+/json", path) or path == "/version"):
                self._answer(*self._read(path))
            else:
                self._through(head.replace(head.split(b" ")[1], path.encode(), 1), rest)

    def _told(self, path: str, body: Any) -> tuple[int, Any]:
        """What it cannot have is kept from it."""
        host = body.get("HostConfig") or {} if "create" in path else body
        mine = {key: host.pop(key) for key in KEPT & host.keys()}
        status, answer = self._asked("POST", path, body)
        found = answer.get("Id") or path.split("/")[2]
        if status < 300 and mine:
            self.kept.setdefault(found, {}).update(mine)
        return status, answer

    def _read(self, path: str) -> tuple[int, Any]:
        status, answer = self._asked("GET", path)
        if path == "/version":
            answer["ApiVersion"] = VERSION
        elif status < 300:
            answer["HostConfig"].update(self.kept.get(answer["Id"], {}))
        return status, answer

    def _asked(self, verb: str, path: str, body: Any = None) -> tuple[int, Any]:
        line = HTTPConnection("localhost")
        line.sock = socket.socket(socket.AF_UNIX)
        try:
            line.sock.connect(self.engine)
            words = None if body is None else json.dumps(body)
            line.request(verb, path, words, {"Content-Type": "application/json"})
            answer = line.getresponse()
            return answer.status, json.loads(answer.read() or b"{}")
        finally:
            line.close()

    def _answer(self, status: int, body: Any) -> None:
        data = json.dumps(body).encode()
        head = f"HTTP/1.1 {status} OK\r\nContent-Type: application/json\r\nContent-Length: {len(data)}\r\n"
        self.request.sendall(f"{head}Connection: close\r\n\r\n".encode() + data)

    def _through(self, head: bytes, rest: bytes) -> None:
        with socket.socket(socket.AF_UNIX) as engine:
            engine.connect(self.engine)
            engine.sendall(last_of_its_connection(head) + rest)
            threading.Thread(target=pump, args=(self.request, engine), daemon=True).start()
            pump(engine, self.request)

    def _head(self) -> tuple[bytes, bytes]:
        data = b""
        while b"\r\n\r\n" not in data and len(data) < _LIMIT:
            more = self.request.recv(65_536)
            if not more:
                return b"", b""
            data += more
        head, _, rest = data.partition(b"\r\n\r\n")
        return head + b"\r\n\r\n", rest

    def _body(self, head: bytes, rest: bytes) -> Any:
        found = re.search(rb"(?i)content-length: *(\d+)", head)
        while found and len(rest) < int(found[1]):
            rest += self.request.recv(65_536)
        return json.loads(rest or b"{}")
