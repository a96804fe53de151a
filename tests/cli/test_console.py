"""`reign console`, from a pipe and at a terminal."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import CLEAN, REIGN
from tests.cli.terminal import terminal

Ask = Callable[..., "subprocess.CompletedProcess[str]"]
FILES = """\
version: 1
project: shop
variables:
  tag: {type: string, default: one}
  word: {type: string, default: hush, sensitive: true}
locals:
  name: "${resources.a.path}!"
secrets:
  key: {command: [touch, was-run]}
data:
  head: {type: git, spec: {}}
resources:
  a: {type: local.file, spec: {path: a.txt, content: "${var.tag}\\n"}}
  b: {type: local.file, spec: {path: b.txt, content: "${var.word}"}}
  each: {type: value, for_each: [x, 'y"z'], spec: {value: "${each.key}"}}
  run: {type: shell.command, spec: {create: [touch, was-run]}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "reign.yaml").write_text(FILES)
    return tmp_path


@pytest.fixture
def ask(folder: Path) -> Ask:
    def asked(typed: str, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*REIGN, "console", *words],
            cwd=folder,
            env={**CLEAN, **environ},
            input=typed,
            capture_output=True,
            text=True,
            check=False,
        )

    return asked


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("1 + 2 * 3", "7"),
        ("'a' | upper", '"A"'),
        ("var.tag", '"one"'),
        ("${var.tag}-${1 + 1}", '"one-2"'),
        ("project.name", '"shop"'),
        ("local.name", '"a.txt!"'),
        ("resources.a.content", '"one\\n"'),
        ("resources.run.exit_code", "(known after apply: shell.command.run.exit_code)"),
        ("[x for x in resources.each | keys]", '[\n  "x",\n  "y\\"z"\n]'),
        ("{a: [1], b: {}}", '{\n  "a": [\n    1\n  ],\n  "b": {}\n}'),
        ("[1,\n\n 2]", "[\n  1,\n  2\n]"),
        ("null", "null"),
        ("var.word", "(sensitive value)"),
        ("var.word | base64", "(sensitive value)"),
        ("[var.word]", "[\n  (sensitive value)\n]"),
        ("resources.b.content", "(sensitive value)"),
        ("secret.key", "(sensitive value, known after apply)"),
        ("env.HOME", "(known after apply: env.HOME)"),
        ("data.head.sha", "(known after apply: data.git.head.sha)"),
        ("run.id", "(known after apply: run.id)"),
        ("(file('reign.yaml') | split('\\n'))[0]", '"version: 1"'),
    ],
)
def test_values(ask: Ask, folder: Path, typed: str, shown: str) -> None:
    ran = ask(f"{typed}\n")
    assert (ran.stdout, ran.stderr, ran.returncode) == (f"{shown}\n", "", 0)
    assert sorted(path.name for path in folder.iterdir()) == ["reign.yaml"], "nothing was run and nothing written"


def test_what_the_state_has(ask: Ask, folder: Path) -> None:
    words = [*REIGN, "apply", "--auto-approve", "--target", "a", "--target", "b"]
    subprocess.run(words, cwd=folder, env={**CLEAN, "REIGN_TRUST": "1"}, check=True, capture_output=True)
    told = sorted(folder.rglob("*"))
    ran = ask("resources.a.bytes\nresources.b.content\nresources.b.path\n")
    assert ran.stdout == '4\n(sensitive value)\n"b.txt"\n'
    (folder / ".reign" / "key").unlink()
    assert ask("resources.b.content").stdout == "(sensitive value)\n"
    assert sorted(folder.rglob("*")) == [path for path in told if path.name != "key"]


def test_several_lines_and_the_end(ask: Ask) -> None:
    ran = ask("\n1\n\n  \n2\r\nexit\n3\n")
    assert (ran.stdout, ran.returncode) == ("1\n2\n", 0)
    assert ask("").returncode == 0


def test_variables(ask: Ask) -> None:
    assert ask("var.tag", "--var", "tag=two").stdout == '"two"\n'
    assert ask("var.tag", REIGN_VAR_tag="three").stdout == '"three"\n'


def test_json(ask: Ask) -> None:
    ran = ask("{b: 1, a: [var.word, 'x']}\nvar.word\nresources.run.exit_code\n'\u202e'\n", "--json")
    assert [json.loads(line) for line in ran.stdout.splitlines()] == [{"a": [None, "x"], "b": 1}, None, None, "\u202e"]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("1\n2 +\n3\n", "  the console:2:4\n\n     2 | 2 +\n       |    ^\n"),
        ("var.tagg", 'did you mean "tag"?'),
        ("resources.c", "There is no `c` here."),
        ("a } b", "`}` closes nothing."),
        ("[1,\n2 +]", "  the console:2:4\n\n     2 | 2 +]\n       |    ^\n"),
        ("[1,\n", "It ends where more is expected."),
        ("'a' | uper", 'did you mean "upper"?'),
        ("\u6771\u4eac", "     1 | \u6771\u4eac\n       | ^^\n"),
        ("'\x1b[31m' + 1", "     1 | '\\x1b[31m' + 1\n"),
        ("'" + "x" * 100_000, "[console/expression]"),
        ("(" * 5000 + ")" * 5000, "[console/expression]"),
        ("file('/etc/passwd')", "[console/expression]"),
    ],
)
def test_the_first_wrong_line_of_a_pipe_ends_it(ask: Ask, typed: str, said: str) -> None:
    ran = ask(typed)
    assert ran.returncode == 1
    assert said in ran.stderr
    assert ran.stdout in ("", "1\n")
    assert "Traceback" not in ran.stderr
    told = ask(typed.removeprefix("1\n"), "--json")
    assert json.loads(told.stdout)["diagnostics"][0]["severity"] == "error"


def test_what_is_no_text(folder: Path) -> None:
    words = {"cwd": folder, "env": {**CLEAN, "PYTHONIOENCODING": "utf-8:strict"}, "capture_output": True}
    ran = subprocess.run([*REIGN, "console"], input=b"'\xff'\n", check=False, **words)  # type: ignore[call-overload]
    assert ran.returncode == 1
    assert b"[usage/not-utf8]" in ran.stderr


def test_a_project_that_does_not_load(ask: Ask, folder: Path) -> None:
    (folder / "reign.yaml").write_text(FILES.replace("type: string", "type: strung", 1))
    ran = ask("1")
    assert ran.returncode == 1
    assert "reign.yaml:4:15" in ran.stderr
    assert ran.stdout == ""


def test_no_input_at_all(folder: Path) -> None:
    words = " ".join(REIGN)
    ran = subprocess.run(["sh", "-c", f"exec {words} console <&-"], cwd=folder, env=CLEAN, check=False)
    assert ran.returncode == 0


def test_at_a_terminal(folder: Path) -> None:
    with terminal([*REIGN, "console"], folder, CLEAN) as person:
        person.until("> ")
        person.type("var.tag\n")
        person.until('"one"\n')
        person.until("> ")
        person.type("var.nosuch\n")
        person.until("Wrong expression [console/expression]")
        person.until("the console:2:5")
        person.until("> ")
        person.type("[1,\n")
        person.until(": ")
        person.type("2]\n")
        person.until("[\n  1,\n  2\n]\n> ")
        person.type("\x1b[A")
        person.until("2]")
        person.interrupt()
        person.until("> ")
        person.type("'half")
        person.until("'half")
        person.interrupt()
        person.until("> ")
        person.type("1 + 1\n")
        person.until("2\n> ")
        person.type("exit\n")
        assert person.end() == 0


@pytest.mark.parametrize("key", ["\x04", "\x03"], ids=["Ctrl-D", "Ctrl-C"])
def test_a_key_ends_it(folder: Path, key: str) -> None:
    with terminal([*REIGN, "console"], folder, CLEAN, columns=20) as person:
        person.until("> ")
        if key == "\x03":
            person.interrupt()
        else:
            person.type(key)
        assert person.end() == 0
        assert "Traceback" not in person.text
