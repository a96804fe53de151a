"""A copy of a project of `plans/`, worked on through the real command line."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.services.engine import Engine

PLANS = Path(__file__).resolve().parents[2] / "plans"
PROJECTS = PLANS.parent / "tests" / "projects"
"""Projects that only the tests have."""


@dataclass(frozen=True)
class Ran:
    """One command: its exit code and what it wrote."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Copy:
    """A project in a folder of its own, with an environment of its own."""

    folder: Path
    environ: dict[str, str]

    def reign(self, *words: str) -> Ran:
        """`reign WORDS` in the folder, without a terminal and without stdin."""
        done = subprocess.run(
            [sys.executable, "-m", "reign", *words],
            cwd=self.folder,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    def done(self, *words: str) -> str:
        """The same, for what has to end with 0: what it wrote on stdout."""
        ran = self.reign(*words)
        assert ran.code == 0, f"reign {' '.join(words)} ended with {ran.code}\n{ran.out}\n{ran.err}"
        return ran.out

    def files(self) -> dict[str, bytes]:
        """Everything in the folder but `.reign`, by its relative name; folders with a slash and no content."""
        found = {}
        for path in sorted(self.folder.rglob("*")):
            name = path.relative_to(self.folder).as_posix()
            if name.partition("/")[0] != ".reign":
                found[name + "/" * path.is_dir()] = b"" if path.is_dir() else path.read_bytes()
        return found

    def replace(self, name: str, old: str, new: str) -> None:
        """Edit a file the way a person does."""
        text = (self.folder / name).read_text()
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {name}"
        (self.folder / name).write_text(text.replace(old, new))


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def uses_docker(project: Path) -> bool:
    """Whether a Docker Engine is needed for it."""
    return "type: docker." in (project / "reign.yaml").read_text() if (project / "reign.yaml").exists() else False


@pytest.fixture
def copy(tmp_path: Path, request: pytest.FixtureRequest) -> Callable[[str], Copy]:
    """Copies a project of `plans/` or `tests/projects/` by its name, trusted where its README says that it wants to be. One
    that stands in containers is called otherwise: others of its name may stand on the engine.
    """

    def make(name: str) -> Copy:
        home = tmp_path / "home"
        home.mkdir()
        source = PLANS / name if (PLANS / name).is_dir() else PROJECTS / name
        engine: Engine | None = request.getfixturevalue("engine") if uses_docker(source) else None
        folder = tmp_path / (engine.name if engine else name)
        ignored = shutil.ignore_patterns(".reign", "build", "*.tar.gz", "public", "server.pid", "server.log")
        shutil.copytree(source, folder, ignore=ignored)
        environ = {"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8"}
        if name == "preview" or engine:
            environ["REIGN_VAR_port"] = str(free_port())
        project = Copy(folder, environ)
        if engine:
            project.environ.update(engine.environ)
            project.replace("reign.yaml", f"project: {name}", f"project: {engine.name}")
        readme = source / "README.md"
        if readme.is_file() and "reign trust" in readme.read_text():
            project.done("trust")
        return project

    return make
