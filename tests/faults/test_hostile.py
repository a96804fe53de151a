"""A hostile project in a folder that nobody trusts: nothing is run, nothing is connected to, nothing outside is read."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from ruamel.yaml import YAML

pytestmark = pytest.mark.usefixtures("strace")

HEAD = "version: 1\nproject: p\n"
TRAP = "touch {trap}; curl http://127.0.0.1:9/"
ATTACKS: dict[str, str] = YAML(typ="safe").load(Path(__file__).with_name("attacks.yaml").read_text(encoding="utf-8"))
EVERYTHING = ATTACKS.pop("everything")
COMMANDS = (
    ("plan", "--out", "file"), ("plan", "--json"), ("plan", "--destroy"), ("plan", "--refresh-only"), ("apply",),
    ("destroy", "--auto-approve"), ("validate",), ("validate", "--json"), ("schema",), ("schema", "overlay"), ("show",),
    ("config", "show"), ("fmt",), ("fmt", "--check", "--diff"), ("graph",), ("graph", "--json"), ("graph", "file"), ("init",),
    ("state", "list"), ("state", "show", "r"), ("state", "mv", "r", "q"), ("state", "rm", "r", "--auto-approve"),
    ("state", "taint", "r"), ("state", "untaint", "r"), ("import", "f", "link", "--auto-approve"),
    ("import", "r", "TRAP", "--dry-run"), ("force-unlock", "5f2a9c0d7e314b68", "--auto-approve"), ("trust", "--list"),
    ("trust", "--revoke"), ("output",), ("runs", "list"), ("timeline",), ("sql", "FROM runs"), ("completion", "bash"),
)  # fmt: skip


@pytest.fixture
def top(tmp_path: Path) -> Path:
    """A work tree with a hostile git and links that lead out, beside something that is nobody's business."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/stolen").write_text("nobody's business\n")
    (tmp_path / "home").mkdir()
    (tmp_path / "home/.gitconfig").write_text(f"[core]\n\tfsmonitor = touch {tmp_path / 'trap'}\n")
    top = tmp_path / "top"
    (top / ".git/refs/heads").mkdir(parents=True)
    (top / ".git/HEAD").write_text("ref: refs/heads/../../../../outside/stolen\n")
    (top / ".git/config").write_text(
        f"[core]\n\tfsmonitor = touch {tmp_path / 'trap'}\n\tpager = touch {tmp_path / 'trap'}\n"
    )
    (top / ".git/index").symlink_to(tmp_path / "outside/stolen")
    (top / ".git/packed-refs").symlink_to(tmp_path / "outside/stolen")
    project = top / "project"
    project.mkdir()
    (project / "link").symlink_to(tmp_path / "outside/stolen")
    (project / "link.yaml").symlink_to(tmp_path / "outside/stolen")
    (project / "folder").symlink_to(tmp_path / "outside")
    (project / "deep").mkdir()
    (project / "deep/link").symlink_to(tmp_path / "outside/stolen")
    (project / "key").write_text("canary")
    return top


def environ(top: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"], "HOME": str(top.parent / "home"), "CANARY": "canary",
        "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONDONTWRITEBYTECODE": "1",
    }  # fmt: skip


def traced(top: Path, *words: str, typed: str = "", **more: str) -> tuple[subprocess.CompletedProcess[str], list[str]]:
    """One command, and the calls by which it opened files, started programs or reached somebody."""
    log = top.parent / "calls"
    done = subprocess.run(
        ["strace", "-f", "-qq", "-y", "-e", "trace=open,openat,openat2,execve,execveat,connect,sendto,bind", "-o", str(log),
         sys.executable, "-m", "reign", "-C", str(top / "project"), *words],
        env=environ(top) | more, input=typed, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    return done, log.read_text().splitlines()


def opened(calls: list[str]) -> Iterator[Path]:
    """The files that were opened. With -y the folder and what came of it stand in angle brackets."""
    for call in calls:
        if re.search(r" open(at2?)?\(", call) and not re.search(r"= -1 ", call):
            found = re.search(r"= \d+<([^>]*)>", call)
            if found:
                yield Path(found[1])


def is_fine(path: Path, top: Path) -> bool:
    """Whether a file is the project's, the system's or Python's own, or the one entry that says whom the user trusts."""
    outside = top.parent / "outside"
    if path.is_relative_to(outside) or path == outside:
        return False
    if path.is_relative_to(top.parent / "home"):
        return path.is_relative_to(top.parent / "home/.local/state/reign/trusted")
    return True


def holds(top: Path, text: str, *words: str, typed: str = "", **more: str) -> str:
    """Run one command on a project, and see to it that nothing of the kind was done. Returns what it said."""
    trap = top.parent / "trap"
    text = text.replace("TRAP", TRAP.format(trap=trap)).replace("OUTSIDE", str(top.parent / "outside/stolen"))
    (top / "project/reign.yaml").write_text(HEAD + text)
    done, calls = traced(top, *words, typed=typed, **more)
    told = done.stdout + done.stderr
    assert "Traceback" not in told
    assert "internal/error" not in told
    assert "nobody's business" not in told
    started = [call for call in calls if re.search(r" execve(at)?\(", call)]
    assert len(started) == 1, "\n".join(started)
    reached = [call for call in calls if re.search(r" (connect|sendto|bind)\(", call)]
    assert not [call for call in reached if "/nscd/socket" not in call], "the C library asks for the user's name there"
    assert not [path for path in opened(calls) if not is_fine(path, top)]
    assert not trap.exists()
    assert (top.parent / "outside/stolen").read_text() == "nobody's business\n"
    return f"{done.returncode}: {told}"


@pytest.mark.parametrize("name", sorted(ATTACKS))
def test_an_attack(top: Path, name: str) -> None:
    """Planned and applied: either it is refused, or it is harmless (a file of a sha that git could not tell)."""
    planned = holds(top, ATTACKS[name], "plan")
    assert planned[0] in "01"
    if "Not trusted: not looked at" in planned:
        assert "plan/untrusted" in planned
        assert holds(top, ATTACKS[name], "apply", "--auto-approve")[0] == "4"
        assert not (top / "project/f").exists()
    elif planned[0] == "0":
        assert name in HARMLESS, planned
        holds(top, ATTACKS[name], "apply", "--auto-approve")


HARMLESS = {"an import", "files() through a link"}
"""What is left of them: a link of the project that is replaced by a file of its own, and a pattern that matches nothing."""


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_on_all_of_them(top: Path, words: tuple[str, ...]) -> None:
    holds(top, EVERYTHING, *words)


EXPRESSIONS = """\
var
data.d.stdout
secret.op
secret.env
secret.file
env.CANARY
resources.f.content
resources
project
files('folder/*')
"""


def test_the_console_on_all_of_them(top: Path) -> None:
    told = holds(top, EVERYTHING, "console", typed=EXPRESSIONS)
    assert told[0] == "0", told
    assert "canary" not in told


@pytest.mark.parametrize("name", ["link", "OUTSIDE", "//../outside/stolen", "folder/stolen"])
def test_the_console_reads_nothing_outside(top: Path, name: str) -> None:
    name = name.replace("OUTSIDE", str(top.parent / "outside/stolen"))
    assert holds(top, EVERYTHING, "console", typed=f"file('{name}')\n")[0] == "1"


@pytest.mark.parametrize(
    "line", ["state show ", "plan --target ", "plan --env ", "output ", "runs show ", "plan --var ", "sch"]
)
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_on_all_of_them(top: Path, shell: str, line: str) -> None:
    words = line.split(" ")
    holds(top, EVERYTHING, *words, _REIGN_COMPLETE=shell, _REIGN_LINE=f"reign -C {top / 'project'} {line}")


def test_a_local_overlay_that_is_a_link(top: Path) -> None:
    (top / "project/reign.local.yaml").symlink_to(top.parent / "outside/stolen")
    assert "config/outside-root" in holds(top, "resources: {}\n", "plan")


def test_a_work_tree_that_is_elsewhere(top: Path) -> None:
    (top / "project/.git").write_text(f"gitdir: {top.parent / 'outside'}\n")
    (top.parent / "outside/HEAD").write_text("nobody's business\n")
    (top.parent / "outside/index").write_text("DIRC")
    assert holds(top, EVERYTHING, "plan")[0] == "0"


def linked(top: Path, name: str) -> None:
    (top / "project/.reign").mkdir(parents=True, exist_ok=True)
    (top / "project/.reign" / name).symlink_to(top.parent / "outside/.reign" / name)


def piped(top: Path) -> None:
    (top / "project/.reign").mkdir()
    os.mkfifo(top / "project/.reign/lock")


STRAYS: dict[str, Callable[[Path], object]] = {
    "the folder": lambda top: (top / "project/.reign").symlink_to(top.parent / "outside/.reign"),
    "the journal": lambda top: linked(top, "journal"),
    "the store": lambda top: linked(top, "state.duckdb"),
    "the key": lambda top: linked(top, "key"),
    "the schema": lambda top: linked(top, "reign.schema.json"),
    "a pipe": piped,
}


ABOUT_A_STATE = (
    ("plan",), ("apply", "--auto-approve"), ("destroy", "--auto-approve"), ("state", "list"), ("init",), ("console",),
    ("state", "rm", "v", "--auto-approve"), ("state", "taint", "v"), ("import", "v", "1", "--auto-approve"), ("show",),
)  # fmt: skip


@pytest.mark.parametrize("name", STRAYS)
def test_the_state_of_another_project_is_not_taken_for_its_own(top: Path, name: str) -> None:
    text = f"{HEAD}resources: {{v: {{type: value, spec: {{value: 1}}}}}}\n"
    victim = top.parent / "outside"
    (victim / "reign.yaml").write_text(text)
    made = subprocess.run(
        [sys.executable, "-m", "reign", "-C", str(victim), "apply", "--auto-approve"],
        env=environ(top), stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=120,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    before = {path: path.read_bytes() for path in victim.rglob("*") if path.is_file()}
    STRAYS[name](top)
    for words in ABOUT_A_STATE:
        assert "project/state-elsewhere" in holds(top, "resources: {}\n", *words)
    assert {path: path.read_bytes() for path in victim.rglob("*") if path.is_file()} == before


def test_nothing_of_the_folder_is_imported(top: Path) -> None:
    """`python -m` looks for modules in the current folder first, and a project may have some by the names of ours."""
    project, trap = top / "project", top.parent / "trap"
    (project / "reign.yaml").write_text(HEAD + "resources: {v: {type: value, spec: {value: 1}}}\n")
    for name in ("click", "ruamel", "duckdb", "pydantic", "enum", "json", "signal", "dataclasses", "evil"):
        (project / f"{name}.py").write_text(f"open({str(trap)!r}, 'w')\n")
    about = project / "evil-1.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: evil\nVersion: 1\n")
    (about / "entry_points.txt").write_text("[reign.providers]\nevil = evil:Evil\n")
    done = subprocess.run(
        [sys.executable, "-m", "reign", "plan"],
        cwd=project, env=environ(top), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert not trap.exists()


def test_the_watch_sees_what_a_trusted_project_does(top: Path) -> None:
    """The same project, trusted: what the tests above look for is there to be seen."""
    trap = top.parent / "trap"
    (top / "project/reign.yaml").write_text(HEAD + EVERYTHING.replace("TRAP", TRAP.format(trap=trap)))
    trusted, calls = traced(top, "trust")
    assert trusted.returncode == 0, trusted.stderr
    done, calls = traced(top, "plan")
    assert trap.exists(), done.stderr
    assert len([call for call in calls if " execve(" in call]) > 1
    entries = [path for path in opened(calls) if path.is_relative_to(top.parent / "home")]
    assert any(path.is_relative_to(top.parent / "home/.local/state/reign/trusted") for path in entries)
