"""Exit codes: the table, its precedence, and what usage errors become."""

import itertools
import json

import click
import pytest

from reign.cli.main import COMMANDS, PRECEDENCE, Exit, Reign, code_of, run, worst
from reign.model import errors


def test_precedence_names_every_code_once() -> None:
    assert sorted(PRECEDENCE) == sorted(Exit)


def test_worst_of_two_is_the_one_named_first() -> None:
    for one, other in itertools.permutations(Exit, 2):
        first = min(one, other, key=PRECEDENCE.index)
        assert worst([one, other]) is first
    assert worst([]) is Exit.DONE


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (errors.Failed, 1),
        (errors.OverThreshold, 3),
        (errors.Refused, 4),
        (errors.Locked, 5),
        (errors.Stale, 6),
        (errors.Cancelled, 8),
        (errors.ReignError, 1),
    ],
)
def test_code_of_each_error(kind: type[errors.ReignError], code: int) -> None:
    assert code_of(kind([])) == code


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("", "No command was given."),
        ("pla", "No such command 'pla'. Did you mean 'plan'?"),
        ("plan --no-such", "No such option '--no-such'."),
        ("plan extra", "unexpected extra argument"),
        ("plan --max-destroy many", "'many' is no whole number of at least 0."),
        ("plan --max-destroy=-1", "'-1' is no whole number of at least 0."),
        ("plan --auto-approve=creat", "'creat' is no action"),
        ("apply --lock-timeout soon", "'soon' is no duration"),
        ("apply --parallelism 0", "'0' is no whole number of at least 1."),
        ("apply F --target x", "--target changes what is planned"),
        ("apply --refresh=false F", "--refresh=false changes what is planned"),
        ("apply F --var-file a", "--var-file changes what is planned"),
        ("apply F -destroy", "--destroy changes what is planned"),
        ("plan --refresh-only --destroy", "--refresh-only and --destroy contradict each other"),
        ("plan --refresh-only --refresh=false", "--refresh-only and --refresh=false contradict each other"),
        ("apply --refresh-only --replace x", "--refresh-only and --replace contradict each other"),
        ("destroy -refresh-only", "--refresh-only and destroy contradict each other"),
        ("plan --refresh=maybe", "'maybe' is neither true nor false."),
        ("plan --refresh=", "--refresh was given an empty value."),
        ("apply F --refresh", "--refresh=true changes what is planned"),
        ("apply --continue-on-error --fail-fast", "--continue-on-error and --fail-fast contradict each other."),
        ("plan --detailed-exitcode=yes", "does not take a value.\n  Fix: All commands and options: reign plan --help"),
        ("plan --out", "requires an argument.\n  Fix: All commands and options: reign plan --help"),
        ("sql -f /dev/null", "The query is empty."),
        ("state", "Missing command."),
        ("state lst", "No such command 'lst'."),
        ("output --raw", "--raw goes with the name of one output"),
        ("state list -o xml", "'xml' is not one of"),
        ("completion csh", "'csh' is not one of"),
    ],
)
def test_wrong_usage(words: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(words.split()) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err
    assert "[usage/wrong]" in err
    assert "--help" in err


def test_wrong_usage_of_a_stream_is_a_stream(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["apply", "-json", "--no-such"]) == 1
    out, err = capsys.readouterr()
    first, second = map(json.loads, out.splitlines())
    assert err == ""
    assert (first["type"], second["type"]) == ("version", "diagnostic")
    assert second["diagnostic"]["x_reign"]["code"] == "usage/wrong"


def test_wrong_usage_of_a_listing_is_a_document(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["state", "list", "-o", "json", "--no-such"]) == 1
    out, err = capsys.readouterr()
    assert err == ""
    assert json.loads(out)["errored"] is True


@pytest.mark.parametrize("name", COMMANDS)
def test_help_has_an_example(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([name, "--help"]) == 0
    out, err = capsys.readouterr()
    assert f"Examples:\n    reign {name}" in out or f"$(reign {name}" in out
    assert "Options of every command:" in out
    assert err == ""


@pytest.mark.parametrize("words", ["config show", "state list", "state show", "runs list", "runs show"])
def test_help_of_the_inner_commands_has_an_example(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*words.split(), "--help"]) == 0
    assert f"Examples:\n    reign {words}" in capsys.readouterr().out


def test_the_help_of_a_command_says_what_the_table_says() -> None:
    root = Reign("reign")
    for name, line in COMMANDS.items():
        command = root.get_command(click.Context(root), name)
        assert command is not None
        assert command.name == name
        assert command.help
        assert line
