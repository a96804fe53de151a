"""A real engine behind TLS that shows its certificate to nobody who has none: every way to it, and every wrong one."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from reign.model.errors import ErrorKind, ProviderError
from reign.ports import Call, Connection, Site
from reign.providers.registry import Registry
from tests.providers.docker.certificates import Authority
from tests.services.daemon import Daemon
from tests.services.machine import rooted
from tests.services.registry import free_port

pytestmark = [pytest.mark.docker, pytest.mark.slow]


@dataclass(frozen=True)
class Guarded(Daemon):
    """One that listens on a port as well, for those whose certificate `certs`/ca.pem has signed."""

    certs: Path = Path()
    port: int = 0

    @property
    def tcp(self) -> str:
        return f"tcp://127.0.0.1:{self.port}"

    def _words(self) -> list[str | Path]:
        files = [("cacert", "ca"), ("cert", "server-cert"), ("key", "server-key")]
        told = [f"--tls{option}={self.certs / stem}.pem" for option, stem in files]
        return [*super()._words(), "--host", self.tcp, "--tlsverify", *told]


@pytest.fixture(scope="module")
def certs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the engine's authority has issued, and `wrong`, what another has."""
    folder = tmp_path_factory.mktemp("tls") / "certs"
    ours, theirs = Authority.made(folder), Authority.made(folder / "wrong", "strangers")
    ours.issue("server", "127.0.0.1")
    ours.issue("client")
    theirs.issue("client")
    for stem in ("cert", "key"):  # as the docker command names them
        shutil.copy(folder / f"client-{stem}.pem", folder / f"{stem}.pem")
    return folder


@pytest.fixture(scope="module")
def guarded(services: object, certs: Path) -> Iterator[Guarded]:
    daemon = Guarded(Path(tempfile.mkdtemp(prefix="reign-tls-")), is_lonely=True, certs=certs, port=free_port())
    daemon.start()
    yield daemon
    daemon.stop()
    rooted("rm", "-rf", daemon.folder)


def call(folder: Path, settings: dict[str, Any]) -> Call:
    site = Site(str(folder), str(folder), str(folder), "l")
    return Call("", Connection("docker", settings), site, deadline_s=60.0)


RIGHT = {"ca": "ca.pem", "cert": "client-cert.pem", "key": "client-key.pem"}


@pytest.mark.parametrize("tls", [RIGHT, {**RIGHT, "ca": None, "verify": False}])
def test_its_files_lead_to_it(guarded: Guarded, certs: Path, tls: dict[str, Any]) -> None:
    settings = {"host": guarded.tcp, "tls": tls}
    found = Registry().provider("docker").check(call(certs, settings))
    assert found.reachable, found.detail


def test_the_variables_of_the_docker_command_lead_to_it(
    guarded: Guarded, certs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = {"DOCKER_HOST": guarded.tcp, "DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": str(certs)}
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    assert Registry().provider("docker").check(call(certs, {})).reachable


@pytest.mark.skipif(not shutil.which("docker"), reason="the docker command is not installed")
def test_a_context_of_the_docker_command_leads_to_it(
    guarded: Guarded, certs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    files = "".join(f",{name}={certs / name}.pem" for name in ("ca", "cert", "key"))
    docker = ("docker", "context")
    subprocess.run([*docker, "create", "eu", "--docker", f"host={guarded.tcp}{files}"], check=True, capture_output=True)
    provider = Registry().provider("docker")
    assert provider.check(call(certs, {"context": "eu"})).reachable
    monkeypatch.setenv("DOCKER_CONTEXT", "eu")
    assert provider.check(call(certs, {})).reachable
    monkeypatch.delenv("DOCKER_CONTEXT")
    subprocess.run([*docker, "use", "eu"], check=True, capture_output=True)
    assert json.loads((tmp_path / "config.json").read_text())["currentContext"] == "eu"
    assert provider.check(call(certs, {})).reachable


WRONG: dict[str, tuple[dict[str, Any], ErrorKind, str, str]] = {
    "signed by somebody else": (
        {"tls": {**RIGHT, "ca": "wrong/ca.pem"}},
        ErrorKind.DENIED,
        "TLS with the engine failed",
        "certificate verify failed",
    ),
    "no authority at all": (
        {"tls": {name: file for name, file in RIGHT.items() if name != "ca"}},
        ErrorKind.DENIED,
        "TLS with the engine failed",
        "certificate verify failed",
    ),
    "no certificate of ours": (
        {"tls": {"ca": "ca.pem"}},
        ErrorKind.DENIED,
        "TLS with the engine failed",
        "certificate",
    ),
    "a certificate of ours that it does not know": (
        {"tls": {**RIGHT, "cert": "wrong/client-cert.pem", "key": "wrong/client-key.pem"}},
        ErrorKind.DENIED,
        "TLS with the engine failed",
        "",
    ),
    "the key of another": (
        {"tls": {**RIGHT, "key": "wrong/client-key.pem"}},
        ErrorKind.DENIED,
        "TLS with the engine failed",
        "",
    ),
    "no TLS": ({}, ErrorKind.DENIED, "TLS with the engine failed", "`tls`"),
    "a certificate for another name": (
        {"host": "tcp://localhost:PORT", "tls": RIGHT},
        ErrorKind.DENIED,
        "TLS with the engine failed",
        "localhost",
    ),
    "a file that is not there": (
        {"tls": {**RIGHT, "ca": "none.pem"}},
        ErrorKind.INVALID,
        "File of the connection is not there",
        "`tls.ca`",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_told(guarded: Guarded, certs: Path, what: str) -> None:
    settings, kind, summary, words = WRONG[what]
    host = str(settings.get("host", guarded.tcp)).replace("PORT", str(guarded.port))
    with pytest.raises(ProviderError) as raised:
        Registry().provider("docker").observe([], call(certs, {**settings, "host": host}))
    assert (raised.value.kind, raised.value.summary) == (kind, summary), raised.value.detail
    assert words in raised.value.detail + raised.value.fix
    assert raised.value.fix
