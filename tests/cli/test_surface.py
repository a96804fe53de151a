"""Every command and every option, generated from the commands themselves: help, spellings, and what does not fit."""

import os
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from ruamel.yaml import YAML

from reign.cli.arguments import GLOBALS, MaybeValue, spelled
from reign.cli.main import run
from tests.cli.conftest import CLEAN, FILES, REIGN, Run
from tests.docs.sources import commands

CASES = YAML(typ="safe").load((Path(__file__).parent.parent / "cases" / "surface.yaml").read_text(encoding="utf-8"))
COMMANDS = commands()
FILLED = {"shell": "bash", "to": "0s", "type": "value"}
"""What stands for an argument that has to be given, where not any word will do."""


def longest(option: click.Option) -> str:
    return max(option.opts, key=len)


def options(command: click.Command) -> Iterator[click.Option]:
    yield from (param for param in command.params if isinstance(param, click.Option))


def words(name: str) -> list[str]:
    """The command with all that it needs."""
    needed = [param for param in COMMANDS[name].params if isinstance(param, click.Argument) and param.required]
    asked = [option for option in options(COMMANDS[name]) if option.required]
    return [
        *name.split()[1:],
        *(f"{longest(option)}={FILLED[option.name or '']}" for option in asked),
        *(FILLED.get(param.name or "", "a") for param in needed),
    ]


OPTIONS = [(name, option) for name, command in COMMANDS.items() for option in options(command)]
VALUED = [(name, option) for name, option in OPTIONS if not option.is_flag and option.name not in GLOBALS]
VALUED += [
    ("reign plan", option)
    for option in options(COMMANDS["reign plan"])
    if option.name in GLOBALS and not option.is_flag
]
Said = Callable[..., tuple[int, str]]


@pytest.fixture
def said(folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Said:
    """Runs a command line in a project; the exit code, and what is told."""
    for name in {*os.environ} - {*CLEAN}:
        monkeypatch.delenv(name)
    monkeypatch.setenv("REIGN_TRUST", "1")
    monkeypatch.chdir(folder)

    def told(*line: str) -> tuple[int, str]:
        code = run(line)
        out, err = capfd.readouterr()
        assert "Traceback" not in out + err
        assert "[internal/error]" not in out + err
        return code, " ".join((out + err).split())

    return told


# Help


@pytest.mark.parametrize("name", COMMANDS)
def test_help_is_whole_and_fits(name: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert run([*name.split()[1:], "--help"]) == 0
    text = capfd.readouterr().out
    assert "\nExamples:\n" in text or "\n  Examples:\n" in text, "a command has an example"
    assert max(map(len, text.splitlines())) <= 80
    for option in options(COMMANDS[name]):
        assert option.help, f"{longest(option)} has no line of help"
        assert re.search(rf"{longest(option)}\b", text), longest(option)
    for section in re.split(r"\n(?=\S)", text):
        starts = {len(found[0]) for found in re.finditer(r"^  --?\S.*?  +(?=\S)", section, re.MULTILINE)}
        assert len(starts) <= 1, "the texts of a section stand below each other"


@pytest.mark.parametrize("columns", ["20", "1", "0", "300"])
@pytest.mark.parametrize("name", ["reign", *COMMANDS])
def test_help_at_any_width(
    name: str, columns: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert run([*name.split()[1:], "-h"]) == 0
    assert "Usage: " in capfd.readouterr().out


@pytest.mark.parametrize(
    "line", ["help", "help plan", "-help", "plan -help", "--version", "-version", "version --json"]
)
def test_other_ways_to_help(said: Said, line: str) -> None:
    code, text = said(*line.split())
    assert code == 0
    assert text.startswith(("Usage: reign", "Reign ", "{"))


# Spellings


@pytest.mark.parametrize(("name", "option"), OPTIONS, ids=lambda each: each if isinstance(each, str) else longest(each))
def test_one_dash_is_enough(name: str, option: click.Option) -> None:
    params = COMMANDS[name].params
    whole = longest(option)
    one = whole.removeprefix("-")
    assert spelled([f"{one}=x"], params, whole=True) == [f"{whole}=x"]
    if isinstance(option, MaybeValue):
        assert spelled([one, "x"], params, whole=True) == [f"{whole}={option.bare}", "x"]
    else:
        assert spelled([one, "x"], params, whole=True) == [whole, "x"]


@pytest.mark.parametrize("name", COMMANDS)
def test_the_nearest_option_is_told(said: Said, name: str) -> None:
    whole = max((longest(option) for option in options(COMMANDS[name])), key=len)
    code, text = said(*words(name), f"{whole}s")
    assert code == 1
    assert f"No such option '{whole}s'" in text
    assert f"'{whole}'" in text
    assert f"{name} --help" in text


@pytest.mark.parametrize("name", COMMANDS)
def test_no_word_is_taken_that_means_nothing(said: Said, name: str) -> None:
    arguments = [param for param in COMMANDS[name].params if isinstance(param, click.Argument)]
    if any(argument.nargs == -1 for argument in arguments):
        pytest.skip("takes any number of words")
    code, text = said(*words(name), *["extra"] * (len(arguments) + 1))
    assert code == 1
    assert "unexpected extra argument" in text


@pytest.mark.parametrize("name", COMMANDS)
def test_an_empty_argument_is_none(said: Said, name: str) -> None:
    code, text = said(*words(name), "")
    assert code == 1
    assert "An argument is empty." in text


# Values


def test_every_option_with_a_value_has_a_wrong_one() -> None:
    valued = {longest(option) for _, option in VALUED if not isinstance(option.type, click.Choice)}
    assert valued == set(CASES["wrong"])


@pytest.mark.parametrize(("name", "option"), VALUED, ids=lambda each: each if isinstance(each, str) else longest(each))
def test_a_value_that_does_not_fit(said: Said, name: str, option: click.Option) -> None:
    whole = longest(option)
    choice = ["nope", "'nope' is not one of"] if isinstance(option.type, click.Choice) else None
    wrong = choice or CASES["wrong"][whole]
    for value in ([f"{whole}="], [] if isinstance(option, MaybeValue) else [whole, ""]):
        code, text = said(*words(name), *value)
        assert not value or (code == 1 and f"{whole} was given an empty value." in text)
    if isinstance(wrong, str):
        return
    if name == "reign rollback":  # what it is given is looked for in a history
        said("apply", "--auto-approve")
    carries_out = ("reign apply", "reign destroy", "reign rollback")
    filled = [*words(name), *(["--auto-approve"] if name in carries_out else [])]
    code, text = said(*filled, f"{whole}={wrong[0]}")
    assert code == 1
    assert wrong[1] in text


@pytest.mark.parametrize("case", CASES["against"], ids=lambda case: case["words"])
def test_what_excludes_each_other(said: Said, case: dict[str, Any], folder: Path) -> None:
    code, text = said(*case["words"].split())
    assert code == 1
    assert all(each in text for each in case["said"])
    assert sorted(path.name for path in folder.iterdir()) == ["reign.yaml"]


# Files


@pytest.fixture(scope="module")
def plan_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plan file with the project that it is of."""
    folder = tmp_path_factory.mktemp("planned")
    (folder / "reign.yaml").write_text(FILES)
    subprocess.run([*REIGN, "plan", "--out", "x.plan"], cwd=folder, env=CLEAN, check=True, capture_output=True)
    return folder / "x.plan"


@pytest.mark.parametrize("name", ["apply", "show", "graph"])
@pytest.mark.parametrize("case", CASES["no plans"], ids=lambda case: case["name"])
def test_a_file_that_is_no_plan(said: Said, folder: Path, plan_file: Path, name: str, case: dict[str, Any]) -> None:
    plan = bytearray(plan_file.read_bytes())
    if "cut" in case:
        plan = plan[: case["cut"]]
    elif "edited" in case:
        plan[len(plan) // 2] ^= 1
    (folder / ".reign").mkdir()
    (folder / ".reign" / "key").write_bytes((plan_file.parent / ".reign" / "key").read_bytes())
    if "content" in case or "cut" in case or "edited" in case:
        (folder / case["name"]).write_bytes(case["content"].encode() if "content" in case else bytes(plan))
    code, text = said(name, case["name"])
    assert code == case["code"], text
    assert text.startswith("Error: ")
    assert not (folder / "a.txt").exists()


@pytest.mark.parametrize("option", ["--out", "--json-into", "--document-into", "--markdown-into"])
@pytest.mark.parametrize("name", [".", "no/such/folder/x", "reign.yaml/x", "-", "x" * 300, "a\0b"])
def test_a_file_that_cannot_be_written_is_told_first(said: Said, folder: Path, option: str, name: str) -> None:
    (folder / "reign.yaml").write_text(FILES + "broken: [")
    code, text = said("plan", option, name)
    assert code == 1
    assert "usage/cannot-write" in text or "takes the name of a file" in text
    assert "broken" not in text, "before anything is read for it"
    assert sorted(path.name for path in folder.iterdir()) == ["reign.yaml"]


def test_a_full_disk_leaves_no_file_behind(said: Said, folder: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full here")
    (folder / "full").symlink_to("/dev/full")
    code, text = said("plan", "--document-into", "full")
    assert code == 1
    assert "No space left on device" in text
    assert sorted(path.name for path in folder.iterdir()) == ["full", "reign.yaml"]


# Streams

TELLING = ["--help", "plan", "plan --json", "state list -o csv", "graph", "completion zsh"]


@pytest.mark.parametrize("line", TELLING)
def test_streams_that_take_nothing(folder: Path, line: str) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full here")
    shell = f"exec {' '.join(REIGN)} {line}"
    for streams, code in (
        ("> /dev/full", 1),
        (">&-", 0),
        ("2> /dev/full", 0),
        ("2>&-", 0),
        ("<&-", 0),
        ("| head -c 1", 0),
    ):
        ran = subprocess.run(
            ["sh", "-c", f"{shell.removeprefix('exec ') if '|' in streams else shell} {streams}"],
            cwd=folder,
            env={**CLEAN, "REIGN_TRUST": "1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == code, (streams, ran.stderr)
        assert "Traceback" not in ran.stderr
        if streams == "> /dev/full":
            assert "No space left on device." in ran.stderr


# Variables of the environment, and places


@pytest.mark.parametrize(
    ("line", "environ", "code", "said"),
    [
        ("plan", {"REIGN_ENV": ""}, 0, "Plan: "),
        ("plan", {"REIGN_ENV": "nope"}, 1, '"nope"'),
        ("plan", {"REIGN_ENV": "\u202e"}, 1, "config/"),
        ("apply", {"REIGN_PARALLELISM": "x"}, 1, "REIGN_PARALLELISM in the environment: 'x' is no whole number"),
        ("apply --auto-approve", {"REIGN_PARALLELISM": ""}, 0, "Apply complete!"),
        ("plan", {"REIGN_VAR_text": ""}, 0, "Plan: "),
        ("plan", {"REIGN_VAR_nope": "1"}, 0, "Plan: "),
        ("-C nowhere plan", {}, 1, "config/no-file"),
        ("-C nowhere state list", {}, 1, "usage/no-project"),
        ("-C nowhere output --json", {}, 1, "usage/no-project"),
    ],
)
def test_places(reign: Run, line: str, environ: dict[str, str], code: int, said: str) -> None:
    ran = reign(*line.split(), **environ)
    assert ran.returncode == code, ran.stderr
    assert said in ran.stdout + ran.stderr
    assert "Traceback" not in ran.stderr


HOSTILE = ["\x1b[31mred\x07\u202e", "\u6771\u4eac" * 150, "new\nline", "*[", "'\"\\${var.text}", "-"]


@pytest.mark.parametrize("word", HOSTILE)
@pytest.mark.parametrize(
    "line",
    [
        ["state", "show"],
        ["state", "taint", "--auto-approve"],
        ["runs", "show"],
        ["timeline"],
        ["output"],
        ["schema"],
        ["sql"],
        ["show"],
        ["graph"],
        ["apply"],
        ["plan", "--target"],
        ["plan", "--env"],
        ["plan", "--var"],
        ["plan", "--var-file"],
        ["plan", "-C"],
        ["import", "a"],
        ["force-unlock"],
        ["nonsense"],
        [],
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("form", [[], ["--json"]], ids=["text", "json"])
def test_words_that_no_terminal_should_get(
    said: Said, folder: Path, line: list[str], word: str, form: list[str], monkeypatch: pytest.MonkeyPatch, capfd: Any
) -> None:
    for name in {*os.environ} - {*CLEAN}:
        monkeypatch.delenv(name)
    monkeypatch.chdir(folder)
    run([*line, word, *form])
    out, err = capfd.readouterr()
    assert "Traceback" not in out + err
    assert "[internal/error]" not in out + err
    shown = err if form else out + err
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", shown)
    if form and out:
        import json

        decoder, rest = json.JSONDecoder(), out.strip()
        while rest:
            _, end = decoder.raw_decode(rest)
            rest = rest[end:].lstrip()
