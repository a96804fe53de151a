"""Who signs in where: the docker command's configuration, and its helpers."""

import base64
import json
import os
import stat
import sys
from pathlib import Path
from typing import Any

import pytest

from reign.model.errors import ErrorKind, ProviderError
from reign.providers.docker.credentials import HUB, credentials_for

HELPER = """#!{python}
import json, os, sys
server = sys.stdin.read()
print(json.dumps(sorted(os.environ)), file=open(os.path.dirname(__file__) + "/environ", "w"))
known = {{"own.example:5000": ("me", "s3cr3t-pass"), "tokens.example": ("<token>", "t0k3n")}}
if server == "broken.example":
    print("{{")
elif server not in known:
    print("credentials not found in native keychain"); sys.exit(1)
else:
    print(json.dumps({{"ServerURL": server, "Username": known[server][0], "Secret": known[server][1]}}))
"""


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    helper = tmp_path / "bin" / "docker-credential-mine"
    helper.parent.mkdir()
    helper.write_text(HELPER.format(python=sys.executable))
    helper.chmod(stat.S_IRWXU)
    path = f"{helper.parent}:{os.environ['PATH']}"
    return {"PATH": path, "DOCKER_CONFIG": str(tmp_path), "GITHUB_TOKEN": "not for helpers"}


@pytest.fixture(autouse=True)
def path(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", environ["PATH"])


def configure(environ: dict[str, str], config: dict[str, Any]) -> None:
    Path(environ["DOCKER_CONFIG"], "config.json").write_text(json.dumps(config))


def pair(user: str, password: str) -> dict[str, str]:
    return {"auth": base64.b64encode(f"{user}:{password}".encode()).decode()}


def test_nothing_is_configured(environ: dict[str, str]) -> None:
    assert credentials_for("own.example", environ) is None


def test_what_stands_in_the_configuration(environ: dict[str, str]) -> None:
    configure(
        environ,
        {"auths": {"own.example": pair("me", "a:b"), HUB: pair("hub", "x"), "https://old.example/v1/": pair("o", "p")}},
    )
    assert credentials_for("own.example", environ) == {
        "username": "me",
        "password": "a:b",
        "serveraddress": "own.example",
    }
    assert credentials_for("docker.io", environ) == {"username": "hub", "password": "x", "serveraddress": HUB}
    assert (credentials_for("old.example", environ) or {})["username"] == "o"
    assert credentials_for("other.example", environ) is None


def test_a_helper_of_one_registry_and_one_of_all(environ: dict[str, str]) -> None:
    told = {"username": "me", "password": "s3cr3t-pass", "serveraddress": "own.example:5000"}
    configure(environ, {"credHelpers": {"own.example:5000": "mine"}})
    assert credentials_for("own.example:5000", environ) == told
    configure(environ, {"credsStore": "mine", "auths": {"own.example:5000": {}, "file.example": pair("f", "g")}})
    assert credentials_for("own.example:5000", environ) == told
    assert credentials_for("tokens.example", environ) == {"identitytoken": "t0k3n", "serveraddress": "tokens.example"}
    assert (credentials_for("file.example", environ) or {})["username"] == "f"


def test_a_helper_gets_nothing_that_is_not_its_own(environ: dict[str, str], tmp_path: Path) -> None:
    configure(environ, {"credsStore": "mine"})
    credentials_for("own.example:5000", {**environ, "AWS_PROFILE": "x", "DBUS_SESSION_BUS_ADDRESS": "y"})
    names = json.loads((tmp_path / "bin" / "environ").read_text())
    assert "DBUS_SESSION_BUS_ADDRESS" in names
    assert {"GITHUB_TOKEN", "AWS_PROFILE"}.isdisjoint(names)


@pytest.mark.parametrize(("helper", "registry"), [("none-such", "a"), ("mine", "broken.example"), ("../mine", "a")])
def test_a_helper_that_fails_is_told_without_what_it_said(environ: dict[str, str], helper: str, registry: str) -> None:
    configure(environ, {"credsStore": helper})
    with pytest.raises(ProviderError) as raised:
        credentials_for(registry, environ)
    assert raised.value.kind is ErrorKind.DENIED
    assert "docker login" in raised.value.fix


def test_a_configuration_that_cannot_be_read(environ: dict[str, str]) -> None:
    Path(environ["DOCKER_CONFIG"], "config.json").write_text("{")
    with pytest.raises(ProviderError) as raised:
        credentials_for("a", environ)
    assert raised.value.kind is ErrorKind.INVALID
