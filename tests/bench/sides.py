"""The two sides as whole processes: what they are called with, how long they took, how much memory they took at most."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tests.bench.graphs import Graph, write_reign, write_terraform


@dataclass(frozen=True)
class Took:
    """One process. `peak_mb` is its largest resident set."""

    seconds: float
    peak_mb: float
    out: str


def run(command: Sequence[str], folder: Path, environ: dict[str, str], ends: tuple[int, ...] = (0,)) -> Took:
    """Run `command` to its end and measure it. Raises RuntimeError, with what it wrote, unless it ended with one of `ends`."""
    out_path = folder / "bench.out"
    with out_path.open("wb") as out:
        started = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, env=environ, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    text = out_path.read_text(errors="replace")
    out_path.unlink()
    if process.returncode not in ends:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}:\n{text[-2000:]}")
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return Took(seconds, usage.ru_maxrss / unit, text)


class Side(Protocol):
    """One of the two tools, in a folder of its own."""

    def prepare(self, graph: Graph) -> None:
        """Write the configuration and everything that stands before the first plan."""
        ...

    def plan(self) -> Took:
        """A plan, thrown away."""
        ...

    def apply(self) -> Took:
        """An apply without a question."""
        ...


class Terraform:
    """Terraform with a configuration file of its own, so that nothing of the machine's is used and nothing is looked up."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def prepare(self, graph: Graph) -> None:
        """An initialised folder; initialising is not measured."""
        self.folder.mkdir(parents=True)
        (self.folder / "cli.tfrc").write_text("disable_checkpoint = true\n")
        write_terraform(graph, self.folder)
        self._run("init", "-input=false", "-backend=true")

    def plan(self) -> Took:
        """`terraform plan`."""
        return self._run("plan", "-input=false")

    def apply(self) -> Took:
        """`terraform apply -auto-approve`."""
        return self._run("apply", "-input=false", "-auto-approve")

    def _run(self, command: str, *options: str) -> Took:
        environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "TF_CLI_CONFIG_FILE": str(self.folder / "cli.tfrc"),
        }
        return run(["terraform", command, "-no-color", *options], self.folder, environ)


class Reign:
    """Reign under the Python that runs the benchmark, without anything of the user's environment."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def prepare(self, graph: Graph) -> None:
        """A folder with the configuration."""
        self.folder.mkdir(parents=True)
        write_reign(graph, self.folder)

    def plan(self) -> Took:
        """`reign plan`."""
        return self.run("plan")

    def apply(self) -> Took:
        """`reign apply --auto-approve`."""
        return self.run("apply", "--auto-approve")

    def run(self, *arguments: str) -> Took:
        """Any command of Reign's."""
        return run([sys.executable, "-m", "reign", *arguments], self.folder, bare_environ(self.folder))

    def run_to_any_end(self, *arguments: str) -> Took:
        """The same where an error is a good end too."""
        return run([sys.executable, "-m", "reign", *arguments], self.folder, bare_environ(self.folder), (0, 1))


def bare_environ(home: Path) -> dict[str, str]:
    """What a process needs to find itself, and nothing more."""
    return {"PATH": os.environ["PATH"], "HOME": str(home), "NO_COLOR": "1"}


def has_terraform() -> bool:
    """True when a `terraform` command is installed."""
    return shutil.which("terraform") is not None
