"""Where values may stand in a shell string, where not, and that hostile values stay values everywhere they may."""

import shutil
import subprocess
from pathlib import Path

import pytest

from reign.model.errors import InvalidSpec
from reign.providers.shell.quoting import quoted
from tests.providers.conftest import Bench

CASES = Path(__file__).resolve().parents[1] / "cases" / "shell"
PLACES = [line for line in (CASES / "allowed.txt").read_text().splitlines() if line and not line.startswith("#")]
REFUSED = [line for line in (CASES / "refused.txt").read_text().splitlines() if line and not line.startswith("#")]
VALUES = [line for line in (CASES / "hostile.txt").read_text().splitlines() if line]


def written(line: str) -> str:
    """A case as a command: `\\n` stands for a line break, `\\t` for a tab."""
    return line.replace("\\n", "\n").replace("\\t", "\t")


@pytest.mark.parametrize("line", PLACES)
def test_a_value_may_stand_there(line: str) -> None:
    assert quoted(written(line), "bash").refusals == ()


@pytest.mark.parametrize("line", REFUSED)
def test_a_value_may_not_stand_there(line: str) -> None:
    refusals = quoted(written(line), "bash").refusals
    assert refusals
    assert all(refusal.why and refusal.fix for refusal in refusals)


@pytest.mark.parametrize("line", PLACES)
def test_what_was_quoted_still_parses_and_stays_as_it_is(line: str) -> None:
    once = quoted(written(line), "bash").text
    assert quoted(once, "bash").text == once
    checked = subprocess.run(["bash", "-n", "-c", once], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize("shell", ["bash", "sh"])
@pytest.mark.parametrize("value", VALUES, ids=range(len(VALUES)))
def test_a_hostile_value_arrives_as_it_is_and_runs_nothing(bench: Bench, shell: str, value: str) -> None:
    value = written(value).replace("CANARY", str(bench.top / "canary"))
    command = (
        'printf \'<%s>\' ${REIGN_1} "${REIGN_1}" a${REIGN_1}b; x=${REIGN_1}; printf \'<%s>\' "$x" "$(printf %s ${REIGN_1})"; '
        "for i in ${REIGN_1}; do printf '<%s>' \"$i\"; done; case ${REIGN_1} in zzz) ;; esac; cat <<END\n<${REIGN_1}>END\nEND\n"
    )
    spec = {"create": {"command": command, "with": {"REIGN_1": value}}, "shell": shell}
    outputs = bench.create("shell.command.a", spec).outputs
    stripped = value.rstrip("\n")
    times = ["<" + part + ">" for part in (value, value, f"a{value}b", value, stripped, value)]
    assert outputs["stdout"] == "".join(times) + f"<{value}>END"
    assert outputs["stderr"] == ""
    assert sorted(path.name for path in bench.top.iterdir()) == ["project"]
    assert {path.name for path in bench.project.iterdir()} <= {".reign"}  # where the record of a command stands


@pytest.mark.parametrize("value", VALUES, ids=range(len(VALUES)))
def test_words_of_a_list_and_arguments_of_a_script_are_one_argument(bench: Bench, value: str) -> None:
    value = written(value).replace("CANARY", str(bench.top / "canary"))
    listed = bench.create("shell.command.a", {"create": ["printf", "<%s>", value]}).outputs
    script = "import sys; sys.stdout.write(repr(sys.argv[1:]))"
    spec = {"script": script, "interpreter": "python", "args": [value], "env": {"V": value}}
    scripted = bench.create("shell.script.a", spec).outputs
    assert listed["stdout"] == f"<{value}>"
    assert scripted["stdout"] == repr([value])
    assert {path.name for path in bench.project.iterdir()} <= {".reign"}  # where the record of a command stands


def test_nothing_of_a_value_is_an_argument_of_the_shell(bench: Bench) -> None:
    command = {"command": "tr '\\0' ' ' </proc/$$/cmdline; : ${REIGN_1}", "with": {"REIGN_1": "canary-value"}}
    outputs = bench.create("shell.command.a", {"create": command}).outputs
    assert "REIGN_1" in str(outputs["stdout"])
    assert "canary-value" not in str(outputs["stdout"])


def test_the_problem_stands_at_the_command_and_names_the_value(bench: Bench) -> None:
    bad = {"command": "echo '${REIGN_1}' $((${REIGN_2}))", "with": {"REIGN_1": "x", "REIGN_2": "y"}}
    with pytest.raises(InvalidSpec) as raised:
        bench.registry.normalize("shell.command", {"create": [["true"], bad], "delete": bad})
    told = [(problem.path, problem.code) for problem in raised.value.problems]
    assert told == [(("create", 1), "shell/value-as-code")] * 2 + [(("delete",), "shell/value-as-code")] * 2
    assert "value number 2" in raised.value.problems[1].detail


def test_a_value_in_another_interpreters_script_points_to_arguments(bench: Bench) -> None:
    script = {"command": "print(${REIGN_1})", "with": {"REIGN_1": "x"}}
    with pytest.raises(InvalidSpec) as raised:
        bench.registry.normalize("shell.script", {"script": script, "interpreter": "python"})
    [problem] = raised.value.problems
    assert problem.path == ("script",)
    assert "`args` or `env`" in problem.fix
    bench.registry.normalize("shell.script", {"script": {**script, "command": "echo ${REIGN_1}"}, "interpreter": "sh"})


@pytest.mark.parametrize(
    ("command", "text", "refused"),
    [
        ('Write-Output ${REIGN_1} "a ${REIGN_2}"', 'Write-Output ${env:REIGN_1} "a ${env:REIGN_2}"', False),
        ("Write-Output '${REIGN_1}'", "", True),
        ("# ${REIGN_1}", "", True),
        ("Invoke-Expression ${REIGN_1}", "", True),
        ('iex "x ${REIGN_1}"', "", True),
        ('"it\'s ${REIGN_1}"', '"it\'s ${env:REIGN_1}"', False),
    ],
)
def test_powershell(command: str, text: str, refused: bool) -> None:
    found = quoted(command, "pwsh")
    assert bool(found.refusals) == refused
    assert refused or found.text == text


@pytest.mark.skipif(not shutil.which("pwsh"), reason="PowerShell is not installed")
def test_powershell_takes_a_value_as_one_argument(bench: Bench) -> None:
    command = {"command": "Write-Output ${REIGN_1}", "with": {"REIGN_1": "$(1+1); a b"}}
    assert bench.create("shell.command.a", {"create": command, "shell": "pwsh"}).outputs["stdout"] == "$(1+1); a b"
