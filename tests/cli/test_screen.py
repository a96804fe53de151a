"""A run on a real screen: what runs is drawn at the end of it, what has ended scrolls up, and nothing is left behind."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.conftest import CLEAN, REIGN
from tests.cli.screen import Screen, screen

pytestmark = pytest.mark.tmux

SCREENS = Path(__file__).parent.parent / "cases" / "screens"
SLOW = """\
version: 1
project: slow
resources:
  first: {type: value, spec: {value: 1}}
  slow:
    type: shell.command
    spec: {create: "read line < go", timeout: 120s}
  web:
    type: local.file
    spec: {path: web.txt, content: w}
    health: {command: "test -e healthy || { echo 503 from :8080; exit 1; }", interval: 100ms, deadline: 120s}
  after:
    type: local.file
    depends_on: [slow, web]
    spec: {path: after.txt, content: x}
"""
TIMES = re.compile(r"\b\d+(m\d\d)?s\b")
IDS = re.compile(r"\b([Rr]un |resume |id=)[0-9a-f]{10,16}\b")


@pytest.fixture
def slow(folder: Path) -> Iterator[Path]:
    """A project with one operation that waits for a line from a pipe, and one that waits until there is a file."""
    (folder / "reign.yaml").write_text(SLOW)
    os.mkfifo(folder / "go")
    yield folder
    end = os.open(folder / "go", os.O_RDWR | os.O_NONBLOCK)  # a command that was left behind ends too
    os.write(end, b"on\n")
    os.close(end)


@contextmanager
def applying(folder: Path, *words: str, columns: int = 80, lines: int = 24, tail: str = "") -> Iterator[Screen]:
    command = [*REIGN, "apply", "--summary", *words]
    with screen(command, folder, {**CLEAN, "REIGN_TRUST": "1"}, columns, lines, tail) as shown:
        yield shown


def is_same(name: str, lines: list[str]) -> None:
    """The screen is the one in the file, but for times and ids. REIGN_ACCEPT=1 writes the file anew."""
    text = "\n".join(lines) + "\n"
    text = IDS.sub(r"\1ID", TIMES.sub("Ns", text))
    path = SCREENS / f"{name}.txt"
    if os.environ.get("REIGN_ACCEPT") == "1":
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    assert text == path.read_text()


def end(folder: Path, shown: Screen) -> list[str]:
    """What is waited for comes, one after the other. The screen at the end."""
    (folder / "go").write_text("on\n")
    shown.until("ommand.slow: Creation complete")
    (folder / "healthy").touch()
    return shown.end()


def test_a_run_from_its_question_to_its_end(slow: Path) -> None:
    with applying(slow) as shown:
        shown.until("Enter a value:")
        shown.type("yes", "Enter")
        is_same("running", shown.until("503 from"))
        end(slow, shown)
        is_same("ended", shown.history)
    assert (slow / "after.txt").exists()


def test_a_screen_that_gets_narrow_and_wide(slow: Path) -> None:
    with applying(slow, "--auto-approve") as shown:
        shown.until("503 from")
        shown.resize(20, 24)
        narrow = shown.until(lambda lines: lines[-1].startswith("1 of 4, "))
        assert [line for line in narrow if line.startswith(("shell.", "local.file.web "))]
        shown.resize(200, 24)
        shown.until("Ctrl-C: finish these, then stop")
        end(slow, shown)
        is_same("resized", shown.history)


def test_nothing_wraps_where_the_screen_is_narrow_from_the_beginning(slow: Path) -> None:
    with applying(slow, "--auto-approve", columns=20) as shown:
        wanted = ["", "local.file.web Ns", "shell.c...d.slow Ns", "1 of 4, Ns"]
        shown.until(lambda lines: [TIMES.sub("Ns", line) for line in lines[-4:]] == wanted)
        (slow / "go").write_text("on\n")
        (slow / "healthy").touch()
        assert shown.end()[-1] == "[exit 0]"


def test_an_interrupt_lets_what_runs_end(slow: Path) -> None:
    with applying(slow, "--auto-approve") as shown:
        shown.until("503 from")
        shown.type("C-c")
        shown.until("Ctrl-C: stop now")
        (slow / "go").write_text("on\n")
        shown.end()
        is_same("interrupted", shown.history)
    assert not (slow / "after.txt").exists()


def test_a_second_interrupt_stops(slow: Path) -> None:
    with applying(slow, "--auto-approve") as shown:
        shown.until("503 from")
        shown.type("C-c")
        shown.until("Ctrl-C: stop now")
        shown.type("C-c")
        shown.end()
        is_same("stopped", shown.history)


def test_what_is_typed_during_a_run_moves_nothing(slow: Path) -> None:
    with applying(slow, "--auto-approve") as shown:
        shown.until("503 from")
        for _ in range(5):
            shown.type("a", "Enter")
        lines = end(slow, shown)
        assert sum("running" in line for line in lines) == 0
        assert sum("Applying" in line for line in lines) == 1


def test_more_than_the_screen_is_high(folder: Path) -> None:
    (folder / "reign.yaml").write_text(
        "version: 1\nproject: many\nresources:\n"
        '  slow: {type: shell.command, count: 30, spec: {create: "until test -e go; do sleep 0.05; done"}}\n'
    )
    with applying(folder, "--auto-approve", "--parallelism", "30", lines=12) as shown:
        lines = shown.until("0 of 30, 30 running")
        assert len(lines) == 11
        assert lines[-2] == "  ... and 22 more"
        (folder / "go").touch()
        assert shown.end()[-3:] == ["", "Apply complete! Resources: 30 added, 0 changed, 0 destroyed.", "[exit 0]"]
        assert not any("and 22 more" in line for line in shown.history)


@pytest.mark.parametrize("columns", [20, 80, 200])
def test_names_that_would_break_a_screen(columns: int, folder: Path) -> None:
    keys = ["x" * 300, "日本語" * 40, r"a\u202eb\u0007c\u001b[31m\u001b[2J\nd", "e\u0301" * 60, "👩\u200d👧" * 30]
    named = ", ".join(f'"{key}"' for key in keys)
    (folder / "reign.yaml").write_text(
        "version: 1\nproject: names\nresources:\n"
        f'  slow: {{type: shell.command, for_each: [{named}], spec: {{create: "until test -e go; do sleep 0.05; done"}}}}\n'
    )
    with applying(folder, "--auto-approve", columns=columns) as shown:
        shown.until(
            lambda lines: "0 of 5" in lines[-1] and [_is_row(line) for line in lines[-7:-1]] == [False] + [True] * 5
        )
        (folder / "go").touch()
        assert shown.end()[-1] == "[exit 0]"
        assert not any("0 of 5" in line for line in shown.history)


def _is_row(line: str) -> bool:
    return line.lstrip().startswith("shell.")


def test_live_where_only_stderr_is_a_terminal(slow: Path) -> None:
    with applying(slow, "--auto-approve", tail="| cat > out.txt") as shown:
        shown.until("503 from")
        end(slow, shown)
    assert (slow / "out.txt").read_text().endswith("Apply complete! Resources: 4 added, 0 changed, 0 destroyed.\n")


def test_plain_where_only_stdout_is_a_terminal(slow: Path) -> None:
    with applying(slow, "--auto-approve", tail="2> err.txt") as shown:
        (slow / "go").write_text("on\n")
        (slow / "healthy").touch()
        assert shown.end()[-1] == "[exit 0]"
    assert "\x1b" not in (slow / "err.txt").read_text()
    assert "shell.command.slow: Creating..." in (slow / "err.txt").read_text()


def test_looking_is_told_on_a_line_that_vanishes(folder: Path) -> None:
    (folder / "reign.yaml").write_text(
        "version: 1\nproject: look\nresources:\n"
        "  a: {type: shell.command, spec: {create: 'true', read: 'test ! -p go || read line < go'}}\n"
    )
    with applying(folder, "--auto-approve") as shown:
        assert shown.end()[-1] == "[exit 0]"
    os.mkfifo(folder / "go")
    with screen([*REIGN, "plan"], folder, {**CLEAN, "REIGN_TRUST": "1"}) as shown:
        assert shown.until("Looking") == ["Looking at 1 object over shell ..."]
        (folder / "go").write_text("on\n")
        assert not any("Looking" in line for line in shown.end())
