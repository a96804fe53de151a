"""What is secret in a container, an image or a compose file stands nowhere that Reign writes or says, in any of its forms."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services.engine import PLAIN, Engine

pytestmark = pytest.mark.docker

CANARY = 'canary "7f/3+c\\9 secret'
TEXT = """\
version: 1
project: {name}
secrets: {{it: {{env: CANARY}}}}
resources:
  web:
    type: docker.container
    spec:
      image: {image}
      command: [sleep, "100000"]
      init: true
      stop_grace_period: 1s
      network_mode: none
      environment: {{PASSWORD: "${{secret.it}}", URL: "https://u:${{secret.it | urlencode}}@host/"}}
  broken:
    type: docker.container
    spec:
      image: {image}
      command: [sh, -c, 'echo "$PASSWORD"; exit 3']
      network_mode: none
      wait: completed
      environment: {{PASSWORD: "${{secret.it}}"}}
  app:
    type: docker.compose
    spec:
      files: [compose.yaml]
      environment: {{PASSWORD: "${{secret.it}}"}}
"""
COMPOSE = """\
services:
  one:
    image: {image}
    command: [sleep, "100000"]
    init: true
    stop_grace_period: 1s
    network_mode: none
    environment:
      PASSWORD: ${{PASSWORD:?}}
"""


def forms(text: str) -> Iterator[bytes]:
    """How it may look."""
    yield text.encode()
    yield json.dumps(text)[1:-1].encode()
    yield urllib.parse.quote(text, safe="").encode()
    yield urllib.parse.quote_plus(text).encode()
    for shift in range(3):  # wherever it begins in what was encoded
        encoded = base64.b64encode(b"x" * shift + text.encode())
        yield encoded[4 if shift else 0 : -4]


@pytest.fixture
def folder(tmp_path: Path, engine: Engine) -> Path:
    (tmp_path / "reign.yaml").write_text(TEXT.format(name=engine.name, image=PLAIN), encoding="utf-8")
    (tmp_path / "compose.yaml").write_text(COMPOSE.format(image=PLAIN), encoding="utf-8")
    return tmp_path


def test_nothing_secret_is_written_or_said(folder: Path, engine: Engine) -> None:
    environ = {"PATH": os.environ["PATH"], "HOME": str(folder), "REIGN_TRUST": "1", "CANARY": CANARY, **engine.environ}
    scratch = folder / "tmp"
    scratch.mkdir()
    environ["TMPDIR"] = str(scratch)
    said = b""
    for words in (
        ["plan", "--out", "file"],
        ["show", "--json", "file"],
        ["apply", "--auto-approve", "--debug"],
        ["plan"],
        ["show", "--json"],
        ["state", "list", "--json"],
        ["sql", "from events", "-o", "json"],
        ["doctor"],
        ["destroy", "--auto-approve"],
    ):
        ran = subprocess.run(
            [sys.executable, "-m", "reign", *words],
            cwd=folder,
            env=environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
        )
        said += ran.stdout + ran.stderr
        if words[0] == "apply":
            [web] = [each for each in engine.containers() if each["Names"][0].endswith("-web")]
            assert f"PASSWORD={CANARY}" in engine.api.inspect_container(web["Id"])["Config"]["Env"]
            assert CANARY.encode() not in json.dumps([each["Labels"] for each in engine.containers()]).encode()
    kept = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert b"exit code 3" in said or b"code 3" in said, said.decode()[-2000:]
    for form in forms(CANARY):
        assert form not in said, form
        assert form not in kept, form
