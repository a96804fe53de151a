"""A registry on loopback that asks for a password."""

from __future__ import annotations

import base64
import json
import secrets
import shutil
import socket
import subprocess
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.services.machine import PATIENCE_S, Unavailable, end, last_words, lives, read_pid, start, wait_for, where

CONFIGURATION = """\
version: 0.1
log: {{level: warn}}
storage:
  filesystem: {{rootdirectory: {folder}/data}}
  delete: {{enabled: true}}
http: {{addr: "{host}"}}
auth:
  htpasswd: {{realm: reign-tests, path: {folder}/htpasswd}}
"""


@dataclass(frozen=True)
class Registry:
    """One that keeps all it has in `folder`. Engines push to it and pull from it as `host`."""

    folder: Path

    @property
    def host(self) -> str:
        """`127.0.0.1:PORT`."""
        return (self.folder / "host").read_text()

    @property
    def user(self) -> str:
        return "tester"

    @property
    def password(self) -> str:
        return (self.folder / "password").read_text()

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def answers(self, password: str | None = None) -> bool:
        """Whether it lets its user in."""
        try:
            with urllib.request.urlopen(self._request(f"http://{self.host}/v2/", password), timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def start(self) -> None:
        """Have it there. Raises Unavailable."""
        if self.answers():
            return
        self.stop()
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._write("password", secrets.token_urlsafe(12))
        self._write("host", f"127.0.0.1:{free_port()}")
        words = [where("htpasswd"), "-nbB", self.user, self.password]
        self._write("htpasswd", subprocess.run(words, check=True, capture_output=True, text=True).stdout)
        self._write("config.yml", CONFIGURATION.format(folder=self.folder, host=self.host))
        pid = start([where("docker-registry"), "serve", self.folder / "config.yml"], self.log)
        self._write("pid", str(pid))
        if not wait_for(lambda: self.answers() or not lives(pid), PATIENCE_S) or not self.answers():
            raise Unavailable(f"docker-registry did not start: {last_words(self.log)}")

    def stop(self) -> None:
        """End it, with all that was pushed."""
        if pid := read_pid(self.folder / "pid", str(self.folder)):
            end(pid, str(self.folder))
        shutil.rmtree(self.folder, ignore_errors=True)

    def remove(self, repository: str, tag: str) -> None:
        """Take an image out of it, by hand."""
        asked = f"http://{self.host}/v2/{repository}/manifests/"
        kept = {"Accept": "application/vnd.docker.distribution.manifest.v2+json"}
        with urllib.request.urlopen(self._request(f"{asked}{tag}", method="HEAD", headers=kept), timeout=60) as answer:
            digest = answer.headers["Docker-Content-Digest"]
        urllib.request.urlopen(self._request(f"{asked}{digest}", method="DELETE"), timeout=60).close()

    def _request(self, url: str, password: str | None = None, **more: Any) -> urllib.request.Request:
        """As its user; or as who only takes itself for that."""
        given = f"{self.user}:{self.password if password is None else password}"
        request = urllib.request.Request(url, **more)
        request.add_header("Authorization", f"Basic {base64.b64encode(given.encode()).decode()}")
        return request

    def configuration(self, folder: Path, password: str | None = None) -> Path:
        """A folder for DOCKER_CONFIG that lets its user in; or not, with another password."""
        given = f"{self.user}:{self.password if password is None else password}"
        folder.mkdir(parents=True, exist_ok=True)
        auths = {self.host: {"auth": base64.b64encode(given.encode()).decode()}}
        (folder / "config.json").write_text(json.dumps({"auths": auths}), encoding="utf-8")
        return folder

    def _write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text, encoding="utf-8")
        (self.folder / name).chmod(0o600)


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])
