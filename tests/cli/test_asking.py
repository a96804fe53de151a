"""Questions at a terminal: what counts as an answer, what holds meanwhile, and what is done where nobody can be asked."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import CLEAN, REIGN, Run
from tests.cli.terminal import asked, terminal


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("yes\n", 0),
        (" yes \n", 0),
        ("yes\r", 0),
        ("no\n", 8),
        ("y\n", 8),
        ("YES\n", 8),
        ("yes please\n", 8),
        ("\n", 8),
        ("\x04", 8),
        ("yes\x04\x04", 8),
        ("\udcff\udcfe\n", 8),
        ("\x03", 130),
        ("yes\x03", 130),
    ],
    ids=repr,
)
def test_only_yes_and_a_line_end_approve(typed: str, code: int, folder: Path) -> None:
    with asked(folder, "apply") as shown:
        shown.type(typed)
        assert shown.end() == code
    assert (folder / "a.txt").exists() is (code == 0)
    assert ("othing was done." in shown.text) is (code != 0)


def test_what_is_typed_before_the_question_answers_nothing(folder: Path) -> None:
    with terminal([*REIGN, "apply"], folder, CLEAN) as shown:
        shown.type("yes\n")
        shown.until("yes")
        shown.until("Enter a value: ")
        shown.type("no\n")
        assert shown.end() == 8
    assert not (folder / "a.txt").exists()


def test_the_lock_is_held_over_the_question(folder: Path, reign: Run) -> None:
    with asked(folder, "apply") as shown:
        other = reign("apply", "--auto-approve")
        assert other.returncode == 5
        assert str(shown.process.pid) in other.stderr
        shown.type("no\n")
        assert shown.end() == 8
    assert reign("apply", "--auto-approve").returncode == 0


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 8), (signal.SIGINT, 130), (signal.SIGHUP, -signal.SIGHUP)]
)
def test_a_signal_at_the_question(number: int, code: int, folder: Path, reign: Run) -> None:
    with asked(folder, "apply") as shown:
        shown.process.send_signal(number)
        assert shown.end() == code
    assert not (folder / "a.txt").exists()
    assert "Traceback" not in shown.text
    assert reign("apply", "--auto-approve").returncode == 0


NAMED = """\
version: 1
project: shop
environments: {prod: {confirm: name}, dev: {}}
resources:
  a: {type: local.file, spec: {path: a.txt, content: x}}
"""


@pytest.mark.parametrize(("typed", "code"), [("yes\n", 8), ("prod\n", 0), ("PROD\n", 8), ("prod\x04\x04", 8)])
def test_an_environment_is_confirmed_by_its_name(typed: str, code: int, folder: Path) -> None:
    (folder / "reign.yaml").write_text(NAMED)
    with asked(folder, "--env", "prod", "apply") as shown:
        assert "Only the environment's name, 'prod', will be accepted to approve." in shown.text
        shown.type(typed)
        assert shown.end() == code


@pytest.mark.parametrize("typed", ["yes\n", "no\n", "\x04"])
def test_trust_is_asked_for_where_it_makes_a_difference(typed: str, folder: Path, tmp_path: Path) -> None:
    (folder / "reign.yaml").write_text(
        "version: 1\nproject: t\nresources:\n  a: {type: shell.command, spec: {create: 'true', read: 'echo looked >&2'}}\n"
    )
    with terminal([*REIGN, "plan"], folder, {**CLEAN, "XDG_STATE_HOME": str(tmp_path / "kept")}) as shown:
        shown.until("Do you trust this folder?")
        shown.until("Enter a value: ")
        shown.type(typed)
        assert shown.end() == 0
    assert (tmp_path / "kept").exists() is (typed == "yes\n")
    assert ("Not trusted:" in shown.text) is (typed != "yes\n")


@pytest.mark.parametrize("where", ["stdout", "stderr"])
def test_a_question_is_asked_wherever_a_person_reads(where: str, folder: Path) -> None:
    elsewhere = {"stdout": "2> /dev/null", "stderr": "> /dev/null"}[where]
    words = ["sh", "-c", f'"$@" {elsewhere}', "sh", *REIGN, "apply"]
    with terminal(words, folder, CLEAN) as shown:
        shown.until("Only 'yes' will be accepted")
        shown.until("Enter a value: ")
        shown.type("yes\n")
        assert shown.end() == 0
    assert (folder / "a.txt").exists()


def test_nobody_is_asked_who_could_not_read_it(folder: Path) -> None:
    with terminal(["sh", "-c", '"$@" > /dev/null 2> told', "sh", *REIGN, "apply"], folder, CLEAN) as shown:
        assert shown.end() == 4
    assert "Approve it beforehand: reign apply --auto-approve\n" in (folder / "told").read_text()


def lines_of(told: str, start: str) -> Iterator[str]:
    for line in told.splitlines():
        _, found, rest = line.partition(start)
        if found:
            yield rest


def typed_in(line: str, reign: Run) -> int:
    """What the line that a refusal ends with comes to."""
    words = line.split()
    assert words[0] == "reign"
    return reign(*words[1:]).returncode


@pytest.mark.parametrize(
    ("words", "start"),
    [
        (["apply"], "Approve it beforehand: "),
        (["apply", "--auto-approve=update"], "Approve it as well: "),
        (["apply", "--auto-approve=update", "--target", "local.file.b"], "Approve it as well: "),
        (["destroy"], "Approve it beforehand: "),
        (["destroy", "--auto-approve", "--max-destroy", "1"], "If that is meant: "),
        (["destroy", "--auto-approve=create", "--max-destroy", "0"], "Approve it as well: "),
        (["apply", "--destroy", "--auto-approve=create", "--max-destroy=0"], "If that is meant: "),
    ],
    ids=" ".join,
)
def test_every_refusal_says_what_would_allow_it(words: list[str], start: str, folder: Path, reign: Run) -> None:
    if "destroy" in " ".join(words):
        assert reign("apply", "--auto-approve").returncode == 0
    refused = reign(*words)
    assert refused.returncode == 4
    (line,) = set(lines_of(refused.stderr, start))
    assert typed_in(line, reign) == 0


def test_what_is_left_out_instead_is_said_too(folder: Path, reign: Run) -> None:
    assert reign("apply", "--auto-approve").returncode == 0
    (folder / "reign.yaml").write_text((folder / "reign.yaml").read_text().replace("one}", "two}"))
    refused = reign("apply", "--auto-approve=create")
    assert refused.returncode == 4
    (line,) = set(lines_of(refused.stderr, "Or leave it out: "))
    assert typed_in(line, reign) == 0


def test_a_plan_file_to_be_looked_at(folder: Path, reign: Run) -> None:
    refused = reign("apply", "--target", "local.file.a")
    (lines,) = lines_of(refused.stderr, "Or apply a plan file that was looked at: ")
    plan, _, apply = lines.partition(", then ")
    assert typed_in(plan, reign) == 0
    assert typed_in(apply, reign) == 0
    assert os.listdir(folder).count("a.txt") == 1  # noqa: PTH208 - the name alone
