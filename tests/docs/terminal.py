"""A scratch folder in which everything that a page shows is typed into one bash, in order, on a terminal of 100 columns.

`reign`, `python3` and `pip` are those under test; pip installs into the scratch folder, from what is here. `~/reign` is
this repository.
"""

import fcntl
import os
import pty
import shlex
import shutil
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from tests.docs.console import Block, Typed
from tests.docs.pages import ROOT

COLUMNS = 100
HOME = "/home/you"
"""What the pages call the scratch folder."""

_STRANGE = ("CI", "COLUMNS", "GIT", "LC_", "LINES", "PIP_", "PYTEST", "REIGN_", "TF_", "XDG_")
_END = "\x1e"
_COMMANDS = {
    "reign": '"$PYTHON" -P -m reign "$@"',
    "python3": '"$PYTHON" "$@"',
    "pip": '"$PYTHON" -m pip --quiet "$@" --no-index --no-deps --no-build-isolation --target "$HOME/.packages"',
}


def run(page: list[Block], scratch: Path, folder: str) -> None:
    """Type everything that the page shows, beginning in `folder` of the home, and note what comes out."""
    home = scratch / "home"
    (home / folder).mkdir(parents=True)
    _check_out(home / "reign")
    (scratch / "script").write_text("\n".join(_script(page, scratch)))
    person, screen = _terminal()
    typed = [command for block in page for command in block.typed]
    with subprocess.Popen(
        ["bash", str(scratch / "script")],
        cwd=home / folder,
        env=_environ(scratch),
        stdin=screen,
        stdout=screen,
        stderr=screen,
    ):
        os.close(screen)
        told = _watched(person, typed).replace(str(home), HOME).split(_END)
    for command, out, code in zip(typed, told[:-1:2], told[1::2], strict=True):
        command.out, command.code = out.rstrip("\n").split("\n") if out else [], int(code)


def _check_out(folder: Path) -> None:
    """This repository, its projects as copies: pages work on them."""
    shutil.copytree(ROOT / "plans", folder / "plans", ignore=shutil.ignore_patterns(".reign", "build"))
    for name in ("pyproject.toml", "reign", "tests"):
        (folder / name).symlink_to(ROOT / name)


def _terminal() -> tuple[int, int]:
    """Both ends of a terminal that leaves the ends of lines as they are."""
    person, screen = pty.openpty()
    settings = termios.tcgetattr(screen)
    settings[1] &= ~termios.OPOST
    termios.tcsetattr(screen, termios.TCSANOW, settings)
    fcntl.ioctl(screen, termios.TIOCSWINSZ, struct.pack("HHHH", 50, COLUMNS, 0, 0))
    return person, screen


def _watched(person: int, typed: list[Typed]) -> str:
    """Everything that appears on the screen, with the answers of the page given; to what it does not answer: nothing."""
    seen = b""
    answers = [command.answers for command in typed]
    with open(person, "r+b", buffering=0) as keyboard, suppress(OSError):
        while part := keyboard.read(65536):
            seen += part
            if seen.endswith(b"Enter a value: "):
                here = answers[seen.count(_END.encode()) // 2]
                keyboard.write(f"{here.pop(0) if here else ''}\n".encode())
    return seen.decode()


def _script(page: list[Block], scratch: Path) -> Iterator[str]:
    section = 0
    for number, block in enumerate(page):
        if block.section != section:
            section = block.section
            yield f"mkdir ~/work-{section}; cd ~/work-{section}"
        if block.name:
            staged = scratch / f"file-{number}"
            staged.write_text(block.text)
            yield f"mkdir -p {shlex.quote(str(Path(block.name).parent))}; cp {staged} {shlex.quote(block.name)}"
        for command in block.typed:
            yield f"(exit ${{code:-0}})\n{{ {command.words}\n}}\ncode=$?; printf '{_END}%s{_END}' $code"


def _environ(scratch: Path) -> dict[str, str]:
    (scratch / "bin").mkdir()
    for name, does in _COMMANDS.items():
        (scratch / "bin" / name).write_text(f"#!/bin/sh\nexec {does}\n")
        (scratch / "bin" / name).chmod(0o755)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_STRANGE)}
    home = scratch / "home"
    return {
        **kept,
        "PATH": f"{scratch}/bin:{os.environ['PATH']}",
        "HOME": str(home),
        "USER": "you",
        "LOGNAME": "you",
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "NO_COLOR": "1",
        "PYTHON": sys.executable,
        "PYTHONPATH": f"{ROOT}:{home}/.packages",
        "TERM": "dumb",
        "CHECKPOINT_DISABLE": "1",  # what terraform asks whether there is a newer one
    }
