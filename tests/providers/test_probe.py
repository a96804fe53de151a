"""Probes: what counts as healthy, and what is said of what does not."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from reign.model.resource import HealthCheck, Readiness
from reign.providers.probe import is_in_ranges, probe
from tests.providers.conftest import Bench


class Handler(BaseHTTPRequestHandler):
    """Answers with the status that the path says; `/auth` says what it was sent."""

    def do_GET(self) -> None:
        if self.path == "/slow":
            self.server.stopped.wait(30)  # type: ignore[attr-defined]
            return
        if self.path == "/drops":
            while not self.server.stopped.wait(0.05):  # type: ignore[attr-defined]
                self.wfile.write(b"H")
            return
        status = 200 if self.path in ("/", "/auth") else int(self.path.strip("/").partition("?")[0])
        if self.path == "/auth":
            status = 200 if self.headers["Authorization"] == "Basic dTpwIHc=" else 401
        body = b"<html>" if status == 404 else b"database is\n away\x07 " + b"x" * 500
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/500")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.stopped = threading.Event()  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_address[1]
    server.stopped.set()  # type: ignore[attr-defined]
    server.shutdown()
    server.server_close()


@contextmanager
def listening(answer: bytes | None = None) -> Iterator[int]:
    """A port; `answer` is what it says to everybody."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        if answer is not None:

            def serve() -> None:
                connection, _ = server.accept()
                with connection:
                    connection.recv(1000)
                    connection.sendall(answer)

            threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]


def free_port() -> int:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return int(unused.getsockname()[1])


def asked(bench: Bench, kind: Any, target: Any, status: str = "200-399", timeout_s: float = 5.0) -> Readiness:
    return probe(HealthCheck(kind, target, status, timeout_s=timeout_s), bench.call())


@pytest.mark.parametrize(
    ("path", "status", "reason"),
    [
        ("/", "200-399", ""),
        ("", "200-399", ""),
        ("/204", "200-399", ""),
        ("/302", "200-399", ""),
        ("/302", "200-299", "302 from :PORT"),
        ("/500", "200-399", "500 from :PORT"),
        ("/500", "200-399,500", ""),
        ("/401?a=b", "401", ""),
        ("/404", "200", "404 from :PORT"),
    ],
)
def test_http_is_told_by_its_status(bench: Bench, port: int, path: str, status: str, reason: str) -> None:
    found = asked(bench, "http", f"http://127.0.0.1:{port}{path}", status)
    assert found.status == ("waiting" if reason else "done")
    assert found.reason.partition(": ")[0] == reason.replace("PORT", str(port))


def test_the_body_of_a_failure_is_told_briefly_and_on_one_line(bench: Bench, port: int) -> None:
    reason = asked(bench, "http", f"http://127.0.0.1:{port}/503").reason
    assert reason.startswith(f"503 from :{port}: database is away x")
    assert len(reason) < 200
    assert reason.isprintable()
    assert asked(bench, "http", f"http://127.0.0.1:{port}/404").reason == f"404 from :{port}"


def test_a_name_and_a_password_are_sent_and_never_told(bench: Bench, port: int) -> None:
    assert asked(bench, "http", f"http://u:p%20w@127.0.0.1:{port}/auth").status == "done"
    assert "hunter2" not in asked(bench, "http", f"http://u:hunter2@127.0.0.1:{port}/auth?k=hunter2").reason
    assert "hunter2" not in asked(bench, "http", f"http://u:hunter2@127.0.0.1:{free_port()}/?k=hunter2").reason


@pytest.mark.parametrize("path", ["/slow", "/drops"])
def test_an_answer_that_does_not_come_is_waited_for_so_long(bench: Bench, port: int, path: str) -> None:
    assert (
        asked(bench, "http", f"http://127.0.0.1:{port}{path}", timeout_s=0.3).reason
        == f"no answer from :{port} in 0.3 s"
    )


@pytest.mark.parametrize("kind", ["http", "tcp"])
def test_nobody_there(bench: Bench, kind: str) -> None:
    port = free_port()
    target = f"http://localhost:{port}/" if kind == "http" else f"localhost:{port}"
    assert asked(bench, kind, target) == Readiness("waiting", f"connection refused by :{port}")


@pytest.mark.parametrize(
    ("answer", "reason"),
    [(b"SSH-2.0\r\n", "no HTTP from"), (b"", "no HTTP from"), (b"HTTP/1.1 999 x\r\n\r\n", "999 from")],
)
def test_what_speaks_no_http(bench: Bench, answer: bytes, reason: str) -> None:
    with listening(answer) as port:
        assert asked(bench, "http", f"http://127.0.0.1:{port}/").reason.startswith(
            (reason, f":{port} cannot be reached")
        )


def test_https_without_a_valid_certificate_is_not_healthy(bench: Bench, port: int) -> None:
    assert asked(bench, "http", f"https://127.0.0.1:{port}/").status == "waiting"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "x",
        "ftp://x/",
        "http://",
        "http://[::1",
        "http://h:99999/",
        "http://h:x/",
        "file:///etc/passwd",
        "http://a b/\r\nX: y",
    ],
)
def test_what_is_no_url(bench: Bench, url: str) -> None:
    found = asked(bench, "http", url, timeout_s=1.0)
    assert found.status == "waiting"
    assert found.reason


def test_tcp_is_told_by_a_connection(bench: Bench) -> None:
    with listening() as port:
        assert asked(bench, "tcp", f"127.0.0.1:{port}") == Readiness("done")
        assert asked(bench, "tcp", f":{port}") == Readiness("done")


@pytest.mark.parametrize("target", ["", "x", "x:", "x:0", "x:99999", "x:y", ":"])
def test_what_is_no_host_and_port(bench: Bench, target: str) -> None:
    assert "is no host:port" in asked(bench, "tcp", target).reason


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        ("true", ""),
        (["test", "-d", "."], ""),
        ([["true"], "exit 3"], "exit code 3"),
        ("echo one >&2; echo why >&2; exit 4", "exit code 4: why"),
        ("kill -9 $$", "killed by signal 9"),
        ({"command": "test ${REIGN_1} = 'a b'", "with": {"REIGN_1": "a b"}}, ""),
        ({"command": "echo '${REIGN_1}'", "with": {"REIGN_1": "x"}}, "The health command holds a value that"),
        (["no-such-program"], "The health command needs no-such-program"),
        ("sleep 100", "The health command was still running after 0.5 s"),
        ("", "The health command: It is empty"),
        (None, "The health command: It is null"),
        ({"a": 1}, "The health command: It is"),
    ],
)
def test_a_command_is_told_by_its_exit_code(bench: Bench, command: Any, reason: str) -> None:
    found = asked(bench, "command", command, timeout_s=0.5 if "still running" in reason else 60.0)
    assert found.status == ("waiting" if reason else "done")
    assert found.reason.startswith(reason)
    assert "\n" not in found.reason


def test_a_command_gets_the_short_list_of_variables(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "leaked")
    assert asked(bench, "command", 'test -z "$GITHUB_TOKEN"').status == "done"


@pytest.mark.parametrize("kind", ["exit", "ready"])
def test_what_is_not_asked_from_outside_is_never_healthy(bench: Bench, kind: str) -> None:
    assert asked(bench, kind, 0).status == "waiting"


@pytest.mark.parametrize(
    ("status", "ranges", "inside"),
    [(200, "200", True), (399, "200-399", True), (400, "200-399", False), (401, "200-399, 401", True), (200, "", False),
     (200, "x", False), (250, "300-200", False)],
)  # fmt: skip
def test_ranges(status: int, ranges: str, inside: bool) -> None:
    assert is_in_ranges(status, ranges) is inside
