"""`python -m tests.services.proxy SOCKET ENGINE`: a socket before an engine's, on which answers get lost. Ends with its stdin.

Every connection carries one request. What is to go wrong is said beforehand (`POST /faults`): the `number`th request from
then on whose line matches is `cut` off, `withheld` for `wait_s`, or ends the process that asked (`kill`), `before` or
`after` the engine has done what it asks for, or `during` it: once the engine has begun to answer.
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import socketserver
import struct
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

CHUNK = 65_536


@dataclass
class Fault:
    """One thing that is to go wrong, once."""

    match: str
    number: int
    moment: str
    way: str
    wait_s: float = 0.0
    fired: int = 0


@dataclass
class Books:
    """What was asked, and what is to go wrong."""

    asked: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def arrive(self, line: str) -> Fault | None:
        """Write it down. What is to go wrong with it."""
        with self.lock:
            self.asked.append(line)
            for fault in self.faults:
                if re.search(fault.match, line):
                    fault.number -= 1
                    if fault.number == 0:
                        fault.fired = 1
                        return fault
        return None

    def say(self, verb: str, body: Any) -> Any:
        """What the other side of the harness asks for."""
        with self.lock:
            if verb == "POST":
                self.faults.append(Fault(**body))
            if verb == "DELETE":
                self.faults, self.asked = [], []
            return {"fired": sum(fault.fired for fault in self.faults), "asked": self.asked}


class Desk(socketserver.BaseRequestHandler):
    """One connection."""

    books: Books
    engine: str

    def handle(self) -> None:
        """Pass it on, and what comes back; or not."""
        head, rest = self._head()
        line = head.partition(b"\r\n")[0].decode("latin-1").rpartition(" ")[0]
        if line.endswith(" /faults"):
            self._control(line.split()[0], head, rest)
        elif head:
            with suppress(OSError):
                self._pass_on(head, rest, self.books.arrive(line))

    def _pass_on(self, head: bytes, rest: bytes, fault: Fault | None) -> None:
        if fault and fault.moment == "before" and not self._survives(fault):
            return
        with socket.socket(socket.AF_UNIX) as engine:
            engine.connect(self.engine)
            engine.sendall(last_of_its_connection(head) + rest)
            threading.Thread(target=pump, args=(self.request, engine), daemon=True).start()
            if fault and fault.moment == "during":
                self.request.sendall(engine.recv(CHUNK))
                self._survives(fault)
                return
            if fault and fault.moment == "after":
                answer = b"".join(iter(lambda: engine.recv(CHUNK), b""))
                if self._survives(fault):
                    self.request.sendall(answer)
                return
            pump(engine, self.request)

    def _survives(self, fault: Fault) -> bool:
        """Whether who asked gets an answer all the same."""
        if fault.way == "kill":
            told = self.request.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
            os.kill(struct.unpack("3i", told)[0], signal.SIGKILL)
        if fault.way == "withheld":
            until = time.monotonic() + fault.wait_s
            while time.monotonic() < until and fault in self.books.faults:
                time.sleep(0.005)
            return True
        return False

    def _head(self) -> tuple[bytes, bytes]:
        """All lines before the body, and what came of that with them."""
        data = b""
        while b"\r\n\r\n" not in data:
            more = self.request.recv(CHUNK)
            if not more:
                return b"", b""
            data += more
        head, _, rest = data.partition(b"\r\n\r\n")
        return head + b"\r\n\r\n", rest

    def _control(self, verb: str, head: bytes, body: bytes) -> None:
        size = int((re.search(rb"(?i)content-length: *(\d+)", head) or [0, 0])[1])
        while len(body) < size:
            body += self.request.recv(CHUNK)
        told = json.dumps(self.books.say(verb, json.loads(body or b"null"))).encode()
        self.request.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(told) + told)


def last_of_its_connection(head: bytes) -> bytes:
    """The same, with the word to close afterwards; what is to become another protocol stays."""
    if re.search(rb"(?i)\r\nupgrade:", head):
        return head
    lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"connection:")]
    return b"\r\n".join([lines[0], b"Connection: close", *lines[1:]])


def pump(source: socket.socket, target: socket.socket) -> None:
    """Everything from one to the other, until there is no more."""
    with suppress(OSError):
        while data := source.recv(CHUNK):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


class Server(socketserver.ThreadingUnixStreamServer):
    """Never waits for who does not come back."""

    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_: object) -> None:
        """Who asked was killed: that is what this is for."""


def main() -> None:
    """Serve until nobody holds stdin any more."""
    Desk.books, Desk.engine = Books(), sys.argv[2]
    server = Server(sys.argv[1], Desk)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print("ready", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
