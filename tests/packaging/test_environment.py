"""`.ci/requirements/venv.py` where Python brings no pip: the wheel comes from the index, and only the pinned one is run."""

import base64
import hashlib
import runpy
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

SCRIPT = runpy.run_path(str(Path(__file__).resolve().parents[2] / ".ci" / "requirements" / "venv.py"))
fetch_pip: Callable[[str, Path], Path] = SCRIPT["fetch_pip"]
package_index: Callable[[], str] = SCRIPT["package_index"]
Unable: type[Exception] = SCRIPT["Unable"]
WHEEL = b"the bytes of a wheel"
NAME = "pip-9.9-py3-none-any.whl"
PAGE = f'<html><body><a href="../files/pip-9.8.tar.gz">x</a><a href="../files/{NAME}#sha256=0">y</a></body></html>'.encode()


def requirements(content: bytes) -> str:
    """A pin of pip 9.9 by the hash of `content`, among others."""
    one, other, right = "0" * 64, "1" * 64, hashlib.sha256(content).hexdigest()
    pins = {"click==8": [one], "pip==9.9": [other, right]}
    return "".join(
        " \\\n    ".join([pin, *(f"--hash=sha256:{value}" for value in hashes)]) + "\n" for pin, hashes in pins.items()
    )


@contextmanager
def index(pages: dict[str, bytes], login: str = "") -> Iterator[tuple[str, list[str]]]:
    """A package index on loopback: (its address without a scheme, the paths it was asked for)."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            expected = "Basic " + base64.b64encode(login.encode()).decode() if login else None
            content = pages.get(self.path) if self.headers.get("Authorization") == expected else None
            self.send_response(200 if content is not None else 404 if expected is None else 401)
            self.end_headers()
            self.wfile.write(content or b"")

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet: what was asked for is in the list."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}/simple", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_the_pinned_wheel_is_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with index({"/simple/pip/": PAGE, f"/simple/files/{NAME}": WHEEL}) as (address, asked):
        monkeypatch.setenv("PIP_INDEX_URL", f"http://{address}/")
        wheel = fetch_pip(requirements(WHEEL), tmp_path)
    assert (wheel.name, wheel.read_bytes()) == (NAME, WHEEL)
    assert asked == ["/simple/pip/", f"/simple/files/{NAME}"]


def test_the_credentials_of_the_index_are_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with index({"/simple/pip/": PAGE, f"/simple/files/{NAME}": WHEEL}, login="me:pass word") as (address, _):
        monkeypatch.setenv("PIP_INDEX_URL", f"http://me:pass%20word@{address}")
        assert fetch_pip(requirements(WHEEL), tmp_path).read_bytes() == WHEEL


def test_another_wheel_than_the_pinned_one_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with index({"/simple/pip/": PAGE, f"/simple/files/{NAME}": b"something else"}) as (address, _):
        monkeypatch.setenv("PIP_INDEX_URL", f"http://{address}")
        with pytest.raises(Unable, match="its sha256 differs"):
            fetch_pip(requirements(WHEEL), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_an_index_without_the_pinned_version_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with index({"/simple/pip/": b"<html></html>"}, login="me:secret") as (address, _):
        monkeypatch.setenv("PIP_INDEX_URL", f"http://me:secret@{address}")
        with pytest.raises(Unable, match=f"http://{address} has no {NAME}"):
            fetch_pip(requirements(WHEEL), tmp_path)


def test_the_index_is_the_one_that_pip_would_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PIP_INDEX_URL", raising=False)
    (tmp_path / "pip.conf").write_text("[global]\nindex-url = https://packages.example/simple/\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))
    assert package_index() == "https://packages.example/simple"
    monkeypatch.setenv("PIP_INDEX_URL", "https://other.example/simple")
    assert package_index() == "https://other.example/simple"
