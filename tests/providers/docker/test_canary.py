"""What is secret in a container, a compose file or a command stands nowhere that Reign writes or says, in any of its forms."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.faults.needs import unless
from tests.programs import missing
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
      command: [sh, -c, 'echo "$PASSWORD"; sleep 100000']
      init: true
      stop_grace_period: 1s
      network_mode: none
      environment:
        PASSWORD: "${{secret.it}}"
        URL: "https://u:${{secret.it}}@host/"
        ENCODED: "${{secret.it | base64}} ${{secret.it | json}}"
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
  told:
    type: shell.command
    spec: {{create: "printf %s ${{secret.it}} | wc -c", read: "printf %s ${{secret.it}} | wc -c"}}
  given:
    type: shell.script
    spec: {{script: 'test -n "$PASSWORD"', env: {{PASSWORD: "${{secret.it}}"}}}}
  failing:
    type: shell.command
    spec: {{create: "echo ${{secret.it}} >&2; exit 4"}}
outputs:
  it: {{value: "${{secret.it}}", sensitive: true}}
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
    secrets: [it]
    configs: [it]
secrets: {{it: {{environment: PASSWORD}}}}
configs: {{it: {{content: "is ${{PASSWORD}}"}}}}
"""
BEFORE = (["plan", "--out", "file"], ["show", "--json", "file"], ["graph"])
AFTER = (
    ["plan"], ["drift"], ["show", "--json"], ["state", "list", "--json"], ["output"], ["runs"], ["history"],
    ["logs", "docker.container.web"], ["inspect", "docker.container.web"], ["sql", "from events", "-o", "json"],
    ["doctor"], ["checkpoint", "create", "then"], ["destroy", "--auto-approve"], ["plan", "--debug"],
)  # fmt: skip


def forms(text: str) -> Iterator[bytes]:
    """How it may look."""
    yield text.encode()
    yield json.dumps(text)[1:-1].encode()
    yield urllib.parse.quote(text, safe="").encode()
    yield urllib.parse.quote_plus(text).encode()
    for shift in range(3):  # wherever it begins in what was encoded
        encoded = base64.b64encode(b"x" * shift + text.encode())
        yield encoded[4 if shift else 0 : -4]


@dataclass
class Project:
    """One with the secret in all that it declares; `said` is all that commands wrote about it."""

    folder: Path
    engine: Engine
    said: bytes = field(default=b"")

    def write(self) -> None:
        """Its files."""
        (self.folder / "tmp").mkdir()
        (self.folder / "reign.yaml").write_text(TEXT.format(name=self.engine.name, image=PLAIN), encoding="utf-8")
        (self.folder / "compose.yaml").write_text(COMPOSE.format(image=PLAIN), encoding="utf-8")

    def reign(self, *words: str, by: tuple[str, ...] = ()) -> None:
        """A command in it."""
        own = {"HOME": str(self.folder), "TMPDIR": str(self.folder / "tmp"), "REIGN_TRUST": "1", "CANARY": CANARY}
        ran = subprocess.run(
            [*by, sys.executable, "-m", "reign", *words],
            cwd=self.folder,
            env={"PATH": os.environ["PATH"], **own, **self.engine.environ},
            stdin=subprocess.DEVNULL,
            capture_output=True,
        )
        self.said += ran.stdout + ran.stderr

    def kept(self) -> bytes:
        """All that stands in its folder by now."""
        return b"".join(path.read_bytes() for path in self.folder.rglob("*") if path.is_file())


@pytest.fixture
def project(tmp_path: Path, engine: Engine) -> Project:
    made = Project(tmp_path / "project", engine)
    made.folder.mkdir()
    made.write()
    return made


def test_nothing_secret_is_written_or_said(project: Project, engine: Engine) -> None:
    for words in BEFORE:
        project.reign(*words)
    project.reign("apply", "--auto-approve", "--debug")
    [web] = [each for each in engine.containers() if each["Names"][0].endswith("-web")]
    assert f"PASSWORD={CANARY}" in engine.api.inspect_container(web["Id"])["Config"]["Env"]
    assert CANARY.encode() not in json.dumps([each["Labels"] for each in engine.containers()]).encode()
    for words in AFTER:
        project.reign(*words)
        assert b"Traceback" not in project.said, project.said.decode()[-2000:]
    for told in (b"code 3", b"4"):
        assert told in project.said, project.said.decode()[-2000:]
    kept = project.kept()
    for form in forms(CANARY):
        assert form not in project.said, form
        assert form not in kept, form


def test_it_stands_in_no_command_line_and_in_no_file_on_the_way(project: Project, tmp_path: Path) -> None:
    if reason := unless("strace"):
        missing("strace", reason)
    calls = tmp_path / "calls"
    traced = ("strace", "-f", "-qq", "-y", "-s", "100000", "-o", str(calls), "-e", "trace=execve,write,pwrite64,writev")
    project.reign("apply", "--auto-approve", by=traced)
    begun, written = [], []
    for line in calls.read_bytes().splitlines():
        if b"execve(" in line:
            begun.append(line)
        elif re.search(rb"(write|pwrite64|writev)\(\d+</(?!dev/|proc/)", line):  # neither a socket nor a pipe
            written.append(line)
    assert len(begun) > 3
    assert len(written) > 3
    for form in forms(CANARY):
        as_told = form.replace(b"\\", b"\\\\").replace(b'"', b'\\"')
        assert not [line for line in (*begun, *written) if as_told in line], form


def test_a_child_gets_what_it_is_given_and_nothing_of_other_providers(project: Project) -> None:
    listed = "type: shell.command, spec: {create: 'env | sort', env: {GIVEN: yes}}"
    text = f"version: 1\nproject: p\nresources: {{it: {{{listed}}}}}\noutputs: {{it: {{value: '${{resources.it.stdout}}'}}}}\n"
    (project.folder / "reign.yaml").write_text(text, encoding="utf-8")
    project.reign("apply", "--auto-approve")
    project.said = b""
    project.reign("output", "it", "--raw")
    names = {line.partition(b"=")[0].decode() for line in project.said.splitlines()}
    assert {"GIVEN", "PATH", "HOME"} <= names
    assert not [name for name in names if name.startswith(("DOCKER", "CANARY", "REIGN_TRUST"))]
