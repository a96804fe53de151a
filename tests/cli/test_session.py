"""Streams: colours only on a terminal, and a reader who leaves early."""

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from reign.cli.session import Session, write

FULL = Path("/dev/full")
REIGN = [sys.executable, "-m", "reign"]


def on_terminal(words: list[str], **environ: str) -> bytes:
    """What `words` write to a terminal on stdout and stderr."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [*REIGN, *words],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={"PATH": os.environ["PATH"], "TERM": "xterm", **environ},
    ) as running:
        os.close(theirs)
        seen = b""
        try:
            while part := os.read(ours, 65536):
                seen += part
        except OSError:
            pass  # the other end was closed: all was read
        running.wait()
    os.close(ours)
    return seen


def test_colours_on_a_terminal() -> None:
    assert b"\x1b[1;31mError:\x1b[0m" in on_terminal(["plan", "--no-such"])


@pytest.mark.parametrize("environ", [{"NO_COLOR": "1"}, {"CI": "true"}, {"TERM": "dumb"}], ids=str)
def test_no_colours_where_nobody_wants_them(environ: dict[str, str]) -> None:
    seen = on_terminal(["plan", "--no-such"], **environ)
    assert b"Error:" in seen
    assert b"\x1b" not in seen


def test_no_colour_option() -> None:
    assert b"\x1b" not in on_terminal(["apply", "-no-color", "F", "--refresh-only"])


def test_no_colours_into_a_pipe() -> None:
    ran = subprocess.run([*REIGN, "plan", "--no-such"], capture_output=True, check=False)
    assert b"\x1b" not in ran.stderr


def test_a_reader_who_leaves_is_no_error(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as stream:
        write(stream, "nobody reads this\n")
        write(stream, "nor this\n")


def test_completion_into_a_closed_pipe_ends_quietly() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    ran = subprocess.run([*REIGN, "completion", "bash"], stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)
    assert (ran.returncode, ran.stderr) == (0, b"")


@pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")
def test_a_full_device_is_an_error() -> None:
    with FULL.open("wb") as full:
        ran = subprocess.run([*REIGN, "version"], stdout=full, stderr=subprocess.PIPE, check=False)
    assert ran.returncode == 1
    assert b"[system/refused]" in ran.stderr
    assert b"Traceback" not in ran.stderr


def test_where_takes_the_environment_from_the_options_first() -> None:
    session = Session(environ={"REIGN_ENV": "dev"}, folder="there", var_files=("f",))
    assert (session.where().env, session.where().var_files) == ("dev", (Path("there/f"),))
    session.keep("env", "prod")
    assert session.where().env == "prod"
    assert Session().where().env is None


def test_a_screen_has_a_width_and_a_pipe_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w") as screen:
        monkeypatch.setattr("sys.stdout", screen)
        assert Session().width() is None  # one that does not say how wide it is
        fcntl.ioctl(screen, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 132, 0, 0))
        assert Session().width() == 132
        fcntl.ioctl(screen, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 20, 0, 0))
        assert Session().width() == 20
        assert Session(environ={"COLUMNS": "100"}).width() == 100
        for odd in ("0", "", "wide", "-3", "1e3", "9" * 5000, "²"):
            assert Session(environ={"COLUMNS": odd}).width() == 20
    os.close(ours)
    with open(os.devnull, "w") as nowhere:  # noqa: PTH123 - a stream like the others
        monkeypatch.setattr("sys.stdout", nowhere)
        assert Session(environ={"COLUMNS": "100"}).width() is None
    monkeypatch.setattr("sys.stdout", None)
    assert Session().width() is None


@pytest.mark.parametrize(
    ("environ", "is_live"),
    [
        ({"TERM": "xterm"}, True),
        ({"TERM": "xterm", "NO_COLOR": "1"}, True),
        ({"TERM": "dumb"}, False),
        ({"TERM": ""}, False),
        ({}, False),
        ({"TERM": "xterm", "CI": "true"}, False),
    ],
)
def test_lines_are_drawn_in_place_where_the_terminal_can(
    environ: dict[str, str], is_live: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w") as screen:
        monkeypatch.setattr("sys.stderr", screen)
        assert Session(environ=environ).is_live() is is_live
    assert not Session(environ=environ).is_live()
    os.close(ours)
