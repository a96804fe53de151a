"""Every command and every exit code, from the command line."""

import os
import shlex
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from reign.cli.main import Exit, run
from tests.cli.conftest import CLEAN, FILES, REIGN
from tests.cli.terminal import terminal
from tests.docs.sources import commands

CASES = YAML(typ="safe").load((Path(__file__).parent.parent / "cases" / "exits.yaml").read_text(encoding="utf-8"))
OF_A_PERSON = {Exit.CANCELLED, Exit.INTERRUPTED}


def test_every_command_and_code_is_reached() -> None:
    lines = [["reign", *shlex.split(case["line"])] for case in CASES]
    lines = [line if line[1] != "-C" else ["reign", *line[3:]] for line in lines]
    reached = {name for name in commands() for line in lines if line[: name.count(" ") + 1] == name.split()}
    assert sorted(set(commands()) - reached) == []
    assert {case["code"] for case in CASES} | OF_A_PERSON == set(Exit)


def test_the_cases_one_after_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    for name in {*os.environ} - {*CLEAN}:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("REIGN_TRUST", "1")
    monkeypatch.chdir(folder)
    last = ""
    with Path(os.devnull).open() as nothing:
        monkeypatch.setattr(sys, "stdin", nothing)
        for number, case in enumerate(CASES):
            for name, text in case.get("with", {}).items():
                (folder / name).write_text(text)
            with locked(folder) if case.get("locked") else nullcontext():
                code = run(shlex.split(case["line"].replace("$RUN", last)))
            out, err = capfd.readouterr()
            assert code == case["code"], f"{number}: {case['line']}\n{out}{err}"
            assert "Traceback" not in err
            assert code in (0, 2, 3) or err, "what is wrong is told"
            if case["line"] == "runs list":
                last = out.splitlines()[2].split()[0]


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """As while somebody else applies."""
    import fcntl

    with (folder / ".reign" / "lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@pytest.mark.parametrize(
    ("answer", "code"),
    [("yes\n", Exit.DONE), ("no\n", Exit.CANCELLED), ("\x04", Exit.CANCELLED), ("\x03", Exit.INTERRUPTED)],
)
def test_what_a_person_answers(folder: Path, answer: str, code: Exit) -> None:
    (folder / "reign.yaml").write_text(FILES)
    with terminal([*REIGN, "apply"], folder, {**CLEAN, "REIGN_TRUST": "1"}) as person:
        person.until("Enter a value: ")
        person.type(answer)
        assert person.end() == code
    assert (folder / "a.txt").exists() == (code is Exit.DONE)


def test_a_signal_before_anything_is_done(folder: Path) -> None:
    with terminal([*REIGN, "apply"], folder, {**CLEAN, "REIGN_TRUST": "1"}) as person:
        person.until("Enter a value: ")
        os.kill(person.process.pid, signal.SIGTERM)
        assert person.end() == Exit.CANCELLED
