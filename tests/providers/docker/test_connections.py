"""Which engine is meant, and what is said where it cannot be reached."""

import hashlib
import json
import os
import stat
import sys
from pathlib import Path
from typing import Any

import pytest

from reign.model.errors import ErrorKind, ProviderError
from reign.ports import Call, Connection, Site
from reign.providers.docker.contexts import DEFAULT_SOCKET, Tls, target_of
from reign.providers.docker.ssh import words_of
from reign.providers.registry import Registry
from tests.services.engine import Engine


def call(folder: Path, settings: dict[str, Any] | None = None, trusted: bool = True) -> Call:
    site = Site(str(folder), str(folder), str(folder), "l", trusted=trusted)
    return Call("", Connection("docker", settings or {}), site, deadline_s=100.0)


def context(folder: Path, name: str, host: str, *tls: str) -> None:
    digest = hashlib.sha256(name.encode()).hexdigest()
    meta = folder / "contexts" / "meta" / digest
    meta.mkdir(parents=True)
    (meta / "meta.json").write_text(json.dumps({"Name": name, "Endpoints": {"docker": {"Host": host}}}))
    files = folder / "contexts" / "tls" / digest / "docker"
    files.mkdir(parents=True)
    for stem in tls:
        (files / f"{stem}.pem").write_text("")


def test_a_host_of_the_connection_comes_before_everything(tmp_path: Path) -> None:
    environ = {"DOCKER_HOST": "tcp://other:1", "DOCKER_CONFIG": str(tmp_path)}
    assert target_of(call(tmp_path, {"host": "/run/x.sock"}), environ).address == "unix:///run/x.sock"


def test_the_environment_comes_before_the_configuration(tmp_path: Path) -> None:
    context(tmp_path, "eu", "ssh://me@eu")
    (tmp_path / "config.json").write_text('{"currentContext": "eu"}')
    environ = {"DOCKER_CONFIG": str(tmp_path)}
    assert target_of(call(tmp_path), environ).address == "ssh://me@eu"
    assert target_of(call(tmp_path), {**environ, "DOCKER_CONTEXT": "default"}).address == DEFAULT_SOCKET
    assert target_of(call(tmp_path), {**environ, "DOCKER_HOST": "tcp://a:1"}).address == "tcp://a:1"
    assert target_of(call(tmp_path), {"DOCKER_CONFIG": str(tmp_path / "none")}).address == DEFAULT_SOCKET


def test_a_context_brings_its_files(tmp_path: Path) -> None:
    context(tmp_path, "eu", "tcp://eu:2376", "ca", "cert", "key")
    target = target_of(call(tmp_path, {"context": "eu"}), {"DOCKER_CONFIG": str(tmp_path)})
    assert target.tls is not None
    assert Path(target.tls.ca).name == "ca.pem"
    assert target.tls.verify


def test_a_context_that_is_not_there_is_told_with_the_nearest(tmp_path: Path) -> None:
    context(tmp_path, "europe", "tcp://eu:2376")
    with pytest.raises(ProviderError) as raised:
        target_of(call(tmp_path, {"context": "europa"}), {"DOCKER_CONFIG": str(tmp_path)})
    assert raised.value.kind is ErrorKind.INVALID
    assert "'europe'" in raised.value.fix


def test_tls_of_the_environment(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("")
    environ = {"DOCKER_HOST": "tcp://a:2376", "DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": str(tmp_path)}
    assert target_of(call(tmp_path), environ).tls == Tls(ca=str(tmp_path / "ca.pem"))


def test_files_of_the_connection_stand_in_the_project(tmp_path: Path) -> None:
    (tmp_path / "certs").mkdir()
    (tmp_path / "certs" / "ca.pem").write_text("")
    settings = {"host": "tcp://a", "tls": {"ca": "certs/ca.pem", "verify": False}}
    target = target_of(call(tmp_path, settings), {})
    assert target.tls == Tls(ca=str(tmp_path / "certs/ca.pem"), verify=False)
    assert target.address == "tcp://a:2376", "the port that the docker command takes"
    assert target_of(call(tmp_path, {"host": "tcp://a"}), {}).address == "tcp://a:2375"


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"hots": "x"}, "'host'"),
        ({"host": "ftp://x"}, "unix://"),
        ({"host": "tcp://x:port"}, "unix://"),
        ({"host": "tcp://"}, "unix://"),
        ({"host": "unix://x.sock"}, "unix://"),
        ({"host": "tcp://me:word@x:1"}, "unix://"),
        ({"host": "unix:///x", "context": "y"}, "one of them"),
        ({"tls": {}}, "tcp://host:2376"),
        ({"host": "ssh://x", "tls": True}, "tcp://host:2376"),
        ({"host": "tcp://x", "tls": {"cret": "x"}}, "'cert'"),
        ({"host": "tcp://x", "tls": {"cert": "x"}}, "Name the key"),
        ({"host": ["x"]}, ""),
    ],
)
def test_a_connection_that_is_not_understood(tmp_path: Path, settings: dict[str, Any], words: str) -> None:
    with pytest.raises(ProviderError) as raised:
        target_of(call(tmp_path, settings), {})
    assert raised.value.kind is ErrorKind.INVALID
    assert words in raised.value.fix


def test_without_trust_only_the_environment_names_an_engine(tmp_path: Path) -> None:
    assert target_of(call(tmp_path, trusted=False), {"DOCKER_HOST": "tcp://a:1"}).address == "tcp://a:1"
    refused: list[tuple[dict[str, Any], dict[str, str]]] = [
        ({}, {}),
        ({"host": "tcp://b:1"}, {"DOCKER_HOST": "tcp://a:1"}),
    ]
    for settings, environ in refused:
        with pytest.raises(ProviderError) as raised:
            target_of(call(tmp_path, settings, trusted=False), environ)
        assert raised.value.kind is ErrorKind.DENIED


def test_ssh_asks_nothing_and_takes_no_option_from_an_address() -> None:
    words = words_of("ssh://me@host:2222/run/other.sock")
    assert words[:6] == ["ssh", "-T", "-o", "BatchMode=yes", "-o", "ConnectTimeout=10"]
    assert words[words.index("--") + 1] == "host"
    assert words[-5:] == ["docker", "--host", "unix:///run/other.sock", "system", "dial-stdio"]


@pytest.mark.parametrize(
    ("host", "kind", "summary"),
    [
        ("unix:///no/such.sock", ErrorKind.TRANSIENT, "Docker Engine not reached"),
        ("tcp://127.0.0.1:1", ErrorKind.TRANSIENT, "Docker Engine not reached"),
        ("ssh://host.invalid", ErrorKind.TRANSIENT, "Host of the engine not reached over ssh"),
    ],
)
def test_what_cannot_be_reached_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: str, kind: ErrorKind, summary: str
) -> None:
    program(tmp_path, monkeypatch, "import sys; sys.exit('ssh: Could not resolve hostname')")
    provider = Registry().provider("docker")
    with pytest.raises(ProviderError) as raised:
        provider.observe([], call(tmp_path, {"host": host}))
    assert (raised.value.kind, raised.value.summary) == (kind, summary)
    assert raised.value.fix
    found = provider.check(call(tmp_path, {"host": host}))
    assert (found.reachable, found.summary) == (False, summary)


def program(folder: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Stand in for ssh, whose other end needs an account."""
    path = folder / "bin" / "ssh"
    path.parent.mkdir()
    path.write_text(f"#!{sys.executable}\n{text}\n")
    path.chmod(stat.S_IRWXU)
    monkeypatch.setenv("PATH", f"{path.parent}:{os.environ['PATH']}")


BRIDGE = """
import json, os, socket, sys, threading
folder = os.path.dirname(os.path.abspath(__file__))
json.dump([sys.argv[1:], sorted(os.environ)], open(folder + "/asked.json", "w"))
far = socket.socket(socket.AF_UNIX)
far.connect(open(folder + "/socket").read())
def back():
    while data := far.recv(65536):
        os.write(1, data)
    os._exit(0)
threading.Thread(target=back).start()
while data := os.read(0, 65536):
    far.sendall(data)
os._exit(0)
"""


@pytest.mark.docker
def test_an_engine_is_reached_over_ssh(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path, monkeypatch, BRIDGE)
    (tmp_path / "bin" / "socket").write_text(engine.address.removeprefix("unix://"))
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not for ssh")
    provider = Registry().provider("docker")
    assert provider.check(call(tmp_path, {"host": f"ssh://me@{engine.name}"})).reachable
    words, names = json.loads((tmp_path / "bin" / "asked.json").read_text())
    assert words[-4:] == [engine.name, "docker", "system", "dial-stdio"]
    assert "AWS_SECRET_ACCESS_KEY" not in names


@pytest.mark.docker
def test_the_engine_answers(engine: Engine, tmp_path: Path) -> None:
    assert Registry().provider("docker").check(call(tmp_path, {"host": engine.address})).reachable
