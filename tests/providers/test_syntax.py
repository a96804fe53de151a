"""What is told of a command that no shell can read, and that nothing is told of one that some shell can."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reign.model.errors import InvalidSpec
from reign.providers.shell.syntax import broken
from tests.providers.conftest import Bench

CASES = Path(__file__).resolve().parents[1] / "cases" / "shell"


def lines(name: str) -> list[str]:
    text = (CASES / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def written(line: str) -> str:
    return line.replace("\\n", "\n").replace("\\t", "\t")


def bash_reads(command: str) -> bool:
    """Whether bash has nothing to say; of some errors it speaks and ends well all the same."""
    ended = subprocess.run(["bash", "-n", "-c", command], capture_output=True, text=True, errors="replace")
    return ended.returncode == 0 and all("warning" in line for line in ended.stderr.splitlines())


@pytest.mark.parametrize("case", lines("broken.txt"))
def test_what_no_shell_can_read_is_told_with_its_line(case: str) -> None:
    number, _, command = case.partition(" ")
    assert not bash_reads(written(command))
    found = broken(written(command))
    assert found is not None
    assert found.line == int(number)
    assert found.why


@pytest.mark.parametrize("case", [*lines("readable.txt"), *lines("allowed.txt")])
def test_nothing_is_told_of_what_bash_reads(case: str) -> None:
    assert bash_reads(written(case))
    assert broken(written(case)) is None


WORDS = "' \" ` $( ${ $(( ( ) {_ } && | <<E; ;E; ; _ \\ #_ a x=1_ $' a) "
WORDS += "if_ then_ fi; do_ done; for_i_in_ case_x_in_ esac;"
PIECES = st.sampled_from([*(word.replace("_", " ").replace(";", "\n") for word in WORDS.split()), ";", ";;"])


@given(st.lists(PIECES, max_size=12).map("".join))
def test_any_text_is_read_to_its_end(command: str) -> None:
    found = broken(command)
    assert found is None or (1 <= found.line <= command.count("\n") + 1 and found.why)


@pytest.mark.slow
@given(st.lists(PIECES, max_size=8).map("".join))
def test_what_bash_reads_is_let_through(command: str) -> None:
    """Backquotes aside, which bash reads only when it runs them, and `$((`, which it may read in two ways."""
    if "`" not in command and "$((" not in command and bash_reads(command):
        assert broken(command) is None


def test_the_problem_stands_at_the_command_with_the_line_inside(bench: Bench) -> None:
    with pytest.raises(InvalidSpec) as raised:
        bench.registry.normalize("shell.command", {"create": [["true"], "echo ok\necho 'x"], "delete": "if x"})
    told = [(problem.path, problem.code) for problem in raised.value.problems]
    assert told == [(("create", 1), "shell/syntax"), (("delete",), "shell/syntax")]
    assert "line 2" in raised.value.problems[0].detail
    assert raised.value.problems[0].fix


def test_scripts_of_a_shell_are_read_and_those_of_others_are_not(bench: Bench) -> None:
    for interpreter, wrong in (("bash", True), ("sh", True), ("python", False), ("pwsh", False)):
        spec = {"script": "print('it''s (')  # (", "interpreter": interpreter}
        if wrong:
            with pytest.raises(InvalidSpec):
                bench.registry.normalize("shell.script", {**spec, "script": "echo 'x"})
        else:
            bench.registry.normalize("shell.script", spec)
    bench.registry.normalize("shell.command", {"create": "echo 'x", "shell": "pwsh"})
    bench.registry.normalize("shell.command", {"create": ["echo", "'"]})
