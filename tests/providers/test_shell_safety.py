"""What is said of dangerous commands, and that nothing is said of those of every day. None of them is ever run."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reign.providers.shell.safety.concerns import concerns
from reign.providers.shell.safety.judge import judge, judge_words
from reign.providers.shell.safety.skeleton import Skeleton

CASES = Path(__file__).resolve().parents[1] / "cases" / "shell"


def lines(name: str) -> list[str]:
    text = (CASES / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def written(line: str) -> str:
    return line.replace("\\n", "\n").replace("\\t", "\t")


@pytest.mark.parametrize("case", lines("dangerous.txt"))
def test_a_dangerous_command_is_told_by_what_it_does(case: str) -> None:
    code, _, command = case.partition(" ")
    assert f"danger/{code}" in {danger.code for danger in judge(written(command), {})}


@pytest.mark.parametrize("case", lines("ordinary.txt"))
def test_nothing_is_said_of_an_ordinary_command(case: str) -> None:
    assert judge(written(case), {}) == ()


def test_the_words_that_cause_it_are_named_where_they_stand() -> None:
    text = "set -e\necho hi; x=/\nsudo rm -rf $x\n"
    (danger,) = judge(text, {})
    assert text[danger.start : danger.end] == "sudo rm -rf $x"


def test_a_declared_variable_counts_and_an_unknown_one_is_not_guessed() -> None:
    assert judge('rm -rf "$TARGET"', {"TARGET": "/"})
    assert not judge('rm -rf "$TARGET"/*', {"TARGET": "\ue000"})


def test_a_list_of_words_is_judged_without_a_shell_around_it() -> None:
    assert judge_words(["sudo", "rm", "-rf", "/"], {})
    assert judge_words(["sh", "-c", "rm -rf /"], {})
    assert not judge_words(["rm", "-rf", "/*"], {})
    assert not judge_words(["echo", "$(rm -rf /)"], {})


def test_a_value_that_is_put_in_is_judged_and_never_quoted() -> None:
    (problem,) = concerns({"create": {"command": "rm -rf ${REIGN_1}", "with": {"REIGN_1": "/home/someone-secret"}}})
    assert problem.code == "danger/erases"
    assert "someone-secret" not in problem.detail + problem.fix


def test_every_command_of_a_chain_is_judged_by_itself() -> None:
    (problem,) = concerns({"create": ["cd /", ["echo", "x"], "rm -rf /etc"]})
    assert problem.path == ("create", 2)


@given(st.text(alphabet="rm -/*$(){}<>|&;'\"`\\\n=[]#!EOFx ", max_size=60))
def test_any_text_is_read_to_its_end_and_nothing_moves(text: str) -> None:
    assert len(Skeleton(text).make()) == len(text)
    judge(text, {})
