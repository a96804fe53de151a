"""`python -m tests.faults.outside.server FILE`: prints its port, and serves until its stdin ends.

Things stand in rooms, which know nothing of each other. What was asked is written down, and what is to go wrong is said
beforehand (`POST /ROOM/faults`): the `number`th request of `verb` from then on is `cut` off, `withheld` for `wait_s`, or
ends the process that asked (`kill`), `before` or `after` what it asks for is done.
"""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

TABLES = """
PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;
CREATE TABLE things (id INTEGER PRIMARY KEY AUTOINCREMENT, room TEXT, name TEXT, spec TEXT, lineage TEXT, address TEXT, key TEXT);
CREATE INDEX things_by_room ON things (room);
CREATE TABLE calls (room TEXT, verb TEXT, name TEXT, at REAL);
CREATE TABLE faults (room TEXT, verb TEXT, number INTEGER, moment TEXT, way TEXT, wait_s REAL, fired INTEGER);
"""
FIELDS = ("name", "lineage", "address", "key")


class Books:
    """All rooms, in one file. One request at a time touches it."""

    def __init__(self, file: str) -> None:
        self.db = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
        self.db.executescript(TABLES)
        self.lock = threading.Lock()

    def ask(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """What the statement finds. Committed when it returns."""
        with self.lock:
            return self.db.execute(statement, values).fetchall()

    def things(self, room: str, **only: str) -> list[dict[str, Any]]:
        """Those in the room that are like `only`."""
        where = "".join(f" AND {name} = ?" for name in only if name in (*FIELDS, "id"))
        rows = self.ask(
            f"SELECT id, name, spec, lineage, address, key FROM things WHERE room = ?{where} ORDER BY id",
            room,
            *only.values(),
        )
        return [
            {"id": str(row[0]), "spec": json.loads(row[2]), **dict(zip(FIELDS, (row[1], *row[3:]), strict=True))}
            for row in rows
        ]

    def arrive(self, room: str, verb: str, name: str) -> dict[str, tuple[str, float]]:
        """Write the request down. What is to go wrong with it: moment -> (way, seconds)."""
        self.ask("INSERT INTO calls VALUES (?, ?, ?, ?)", room, verb, name, time.time())
        with self.lock:
            self.db.execute("UPDATE faults SET number = number - 1 WHERE room = ? AND verb = ?", (room, verb))
            due = "room = ? AND verb = ? AND number = 0 AND fired = 0"
            struck = self.db.execute(f"SELECT moment, way, wait_s FROM faults WHERE {due}", (room, verb)).fetchall()
            self.db.execute(f"UPDATE faults SET fired = 1 WHERE {due}", (room, verb))
        return {moment: (way, wait_s) for moment, way, wait_s in struck}


class Cut(Exception):
    """The connection ends without an answer."""


class Desk(BaseHTTPRequestHandler):
    """One request."""

    books: Books

    def log_message(self, *_: object) -> None:
        """Nothing: what was asked is in the books."""

    def do_GET(self) -> None:
        """Answer it, or not."""
        at = urlsplit(self.path)
        _, room, kind, *rest = at.path.split("/")
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"] or 0)) or b"null")
        try:
            status, told = getattr(self, f"_{kind}")(room, "".join(rest), body, dict(parse_qsl(at.query)))
        except Cut:
            self.close_connection = True
            return
        data = json.dumps(told).encode()
        try:
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)
        except OSError:  # who asked is gone
            self.close_connection = True

    do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815 - the names that the base class asks for

    def _things(self, room: str, number: str, body: Any, only: dict[str, str]) -> tuple[int, Any]:
        if self.command == "GET":
            return 200, self.books.things(room, **only)
        found = self.books.things(room, id=number) if number else []
        name = (body or {}).get("name") or "".join(thing["name"] for thing in found)
        faults = self.books.arrive(room, self.command, name)
        self._strike(faults, "before")
        answer = getattr(self, f"_{self.command.lower()}")(room, number, body, found)
        self._strike(faults, "after")
        return answer

    def _post(self, room: str, _: str, body: dict[str, Any], __: object) -> tuple[int, Any]:
        values = (room, body["name"], json.dumps(body["spec"]), body["lineage"], body["address"], body["key"])
        made = self.books.ask("INSERT INTO things VALUES (NULL, ?, ?, ?, ?, ?, ?) RETURNING id", *values)
        return 201, self.books.things(room, id=str(made[0][0]))[0]

    def _put(self, room: str, number: str, body: dict[str, Any], found: list[Any]) -> tuple[int, Any]:
        if not found:
            return 404, None
        changed = {name: json.dumps(value) if name == "spec" else value for name, value in body.items()}
        told = ", ".join(f"{name} = ?" for name in changed)
        self.books.ask(f"UPDATE things SET {told} WHERE room = ? AND id = ?", *changed.values(), room, number)
        return 200, self.books.things(room, id=number)[0]

    def _delete(self, room: str, number: str, _: object, found: list[Any]) -> tuple[int, Any]:
        self.books.ask("DELETE FROM things WHERE room = ? AND id = ?", room, number)
        return (200, {}) if found else (404, None)

    def _strike(self, faults: dict[str, tuple[str, float]], moment: str) -> None:
        if moment not in faults:
            return
        way, wait_s = faults[moment]
        if way == "kill":
            os.kill(int(self.headers["Process"]), signal.SIGKILL)
        if way == "withheld":
            self._hold(time.monotonic() + wait_s)
        else:
            raise Cut

    def _hold(self, until: float) -> None:
        """Until then, or until nothing is to go wrong in the room any more."""
        room = self.path.split("/")[1]
        while time.monotonic() < until and self.books.ask("SELECT 1 FROM faults WHERE room = ?", room):
            time.sleep(0.005)

    def _calls(self, room: str, _: str, __: object, ___: object) -> tuple[int, Any]:
        return 200, self.books.ask("SELECT verb, name, at FROM calls WHERE room = ? ORDER BY rowid", room)

    def _faults(self, room: str, _: str, body: Any, __: object) -> tuple[int, Any]:
        if self.command == "POST":
            values = (room, body["verb"], body["number"], body["moment"], body["way"], body.get("wait_s", 0.0))
            self.books.ask("INSERT INTO faults VALUES (?, ?, ?, ?, ?, ?, 0)", *values)
        if self.command == "DELETE":
            self.books.ask("DELETE FROM faults WHERE room = ?", room)
        return 200, self.books.ask("SELECT sum(fired) FROM faults WHERE room = ?", room)[0][0] or 0

    def _room(self, room: str, _: str, __: object, ___: object) -> tuple[int, Any]:
        for table in ("things", "calls", "faults"):
            self.books.ask(f"DELETE FROM {table} WHERE room = ?", room)
        return 200, None


class Server(ThreadingHTTPServer):
    """Never waits for who does not come back."""

    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_: object) -> None:
        """Who asked was killed: that is what this is for."""


def main() -> None:
    """Serve until nobody holds stdin any more."""
    Desk.books = Books(sys.argv[1])
    server = Server(("127.0.0.1", 0), Desk)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_address[1], flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
