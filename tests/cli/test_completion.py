"""Completion: what is offered, and what stands on the line after the key in real shells."""

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import pytest

from reign.cli.arguments import MaybeValue
from reign.cli.completing import VALUES, _spelled
from reign.cli.shells import SHELLS, Word, split
from tests.cli.conftest import CLEAN, REIGN
from tests.cli.terminal import Terminal, terminal
from tests.docs.sources import commands
from tests.programs import program

FILES = """\
version: 1
project: shop
environments: {dev: {}, prod: {}}
settings: {default_env: dev}
variables:
  tag: {type: string, default: one}
  keys:
    type: any
    default: [eu, "it's", 'say "hi"', "a b", "back\\\\slash", "$HOME", "x=y:z", "\\u6771\\u4eac", "!1", "\\u202e"]
secrets:
  key: {command: [touch, was-run]}
resources:
  web: {type: local.file, for_each: "${var.keys}", spec: {path: "build/${each.key | sha256}.txt", content: x}}
  list: {type: value, count: 2, spec: {value: "${count.index}"}}
  run: {type: shell.command, spec: {create: [touch, was-run], env: {K: "${secret.key}"}}}
outputs:
  url: {value: "${resources.list[0].value}"}
"""
Ask = Callable[..., list[str]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "reign.yaml").write_text(FILES)
    (tmp_path / "some file.plan").touch()
    (tmp_path / "some folder").mkdir()
    return tmp_path


@pytest.fixture
def ask(folder: Path) -> Ask:
    def asked(line: str, shell: str = "fish", **environ: str) -> list[str]:
        *words, begun = [*shlex.split(line)[1:], *([""] if line.endswith(" ") else [])]
        ran = subprocess.run(
            [*REIGN, *words, begun],
            cwd=folder,
            env={**CLEAN, "_REIGN_COMPLETE": shell, "_REIGN_LINE": line, **environ},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=True,
        )
        assert ran.stderr == ""
        return [each.partition("\t")[0].removeprefix("=") for each in ran.stdout.splitlines()]

    return asked


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("reign pla", ["plan"]),
        ("reign --env prod pla", ["plan"]),
        ("reign state l", ["list"]),
        ("reign nonsense ", []),
        ("reign plan --tar", ["--target"]),
        ("reign plan -tar", ["-target"]),
        ("reign plan --target x --tar", ["--target"]),
        ("reign plan --out x --ou", []),
        ("reign plan --de", ["--detailed-exitcode", "--destroy", "--debug"]),
        ("reign plan -- --de", []),
        ("reign graph --format ", ["dot", "mermaid", "json"]),
        ("reign graph -o m", ["mermaid"]),
        ("reign graph --format=m", ["--format=mermaid"]),
        ("reign graph -format=m", ["-format=mermaid"]),
        ("reign plan --refresh=", ["--refresh=true", "--refresh=false"]),
        ("reign plan --refresh ", []),
        ("reign plan --auto-approve=cr", ["nospace", "--auto-approve=create"]),
        ("reign plan --auto-approve=create,i", ["nospace", "--auto-approve=create,import"]),
        ("reign plan --auto-approve=create,c", []),
        ("reign plan --max-destroy ", []),
        ("reign plan --out ", ["files"]),
        ("reign apply ", ["files"]),
        ("reign -C ", ["folders"]),
        ("reign --env ", ["dev", "prod"]),
        ("reign plan --env=p", ["--env=prod"]),
        ("reign --var ", ["nospace", "tag=", "keys="]),
        ("reign --var tag=", []),
        ("reign plan --target value", ["value.list[0]", "value.list[1]"]),
        ("reign plan --target=value.list[1", ["--target=value.list[1]"]),
        ("reign state show shell", ["shell.command.run"]),
        ("reign import shell", ["shell.command.run"]),
        ("reign import shell.command.run ", []),
        ("reign state rm value.list[0] value.list[1", ["value.list[1]"]),
        ("reign schema shell", ["shell.command", "shell.script"]),
        ("reign completion z", ["zsh"]),
        ("reign output ", []),
        ("reign runs show ", []),
        ("reign version ", []),
    ],
)
def test_what_is_offered(ask: Ask, folder: Path, line: str, offered: list[str]) -> None:
    assert ask(line) == offered
    assert not (folder / "was-run").exists()
    assert not (folder / ".reign").exists()


def test_names_of_what_was_applied(ask: Ask, folder: Path) -> None:
    words = [*REIGN, "apply", "--auto-approve", "--target", "list"]
    subprocess.run(words, cwd=folder, env={**CLEAN, "REIGN_TRUST": "1"}, check=True, capture_output=True)
    (run,) = ask("reign runs show ")
    assert ask(f"reign runs show {run[:4]}") == [run]
    (folder / "reign.yaml").write_text("resources: [broken\n")
    assert ask("reign --env dev state show value") == ["value.list[0]", "value.list[1]"]
    (folder / "reign.yaml").unlink()
    assert ask("reign --env dev state show value") == ["value.list[0]", "value.list[1]"]


def test_outputs(ask: Ask, folder: Path) -> None:
    (folder / "reign.yaml").write_text(
        "version: 1\nproject: p\nresources: {a: {type: value, spec: {value: 1}}}\noutputs: {url: {value: 1}}\n"
    )
    subprocess.run([*REIGN, "apply", "--auto-approve"], cwd=folder, env=CLEAN, check=True, capture_output=True)
    assert ask("reign output ") == ["url"]


@pytest.mark.parametrize(
    "text",
    ["", "nonsense", "version: 1\nproject: [", "\x00", "version: 2\nresources: {a: {type: nope.such}}"],
)
@pytest.mark.parametrize(
    "line", ["reign state show ", "reign --env ", "reign --var ", "reign output ", "reign runs show "]
)
def test_a_broken_project_completes_nothing(ask: Ask, folder: Path, text: str, line: str) -> None:
    (folder / "reign.yaml").write_text(text)
    assert ask(line) == []


@pytest.mark.parametrize("shell", [*SHELLS, "tcsh", ""])
def test_a_folder_that_is_not_there(ask: Ask, shell: str) -> None:
    assert ask("reign -C nowhere state show ", shell) == []
    assert ask("reign -C reign.yaml --env ", shell) == []


def test_names_that_nobody_can_type_are_not_offered(ask: Ask) -> None:
    offered = ask("reign state show local")
    assert len(offered) == 9
    assert not any("\u202e" in each for each in offered)


def test_every_value_is_completed_or_known_to_be_free() -> None:
    free = {"id", "limit", "query", "max_destroy", "parallelism", "lock_timeout", "external_id", "new_name", "provider"}
    free |= {"description", "reason", "older_than", "since", "answers", "lines"}
    for name, command in commands().items():
        for param in command.params:
            if isinstance(param, click.Option) and param.is_flag:
                continue
            shown = (param.metavar or "").strip("[].")
            known = (
                isinstance(param.type, click.Choice)
                or shown in ("FILE", "PATH", "DIR", "BOOL", "ACTIONS", "NAME=VALUE")
                or param.name in VALUES
            )
            assert known or param.name in free, f"{name}: {param.name}"
            if isinstance(param, MaybeValue):
                assert _spelled(param.opts[0]) in param.opts


@pytest.mark.parametrize(
    ("line", "words", "word"),
    [
        ("reign pl", ["reign"], Word("pl")),
        ("reign ", ["reign"], Word()),
        ("reign plan --target=lo", ["reign", "plan"], Word("--target=lo", 9)),
        ("reign plan --target='lo", ["reign", "plan"], Word("--target=lo", 9, "'")),
        ('reign "a b" "x\\"y\\z', ["reign", "a b"], Word('x"y\\z', 0, '"')),
        ("reign a\\ b\\:c", ["reign"], Word("a b:c")),
        ("reign a'b'c", ["reign"], Word("abc", 2)),
        ("reign a\\", ["reign"], Word("a")),
    ],
)
def test_a_line_as_far_as_it_is_typed(line: str, words: list[str], word: Word) -> None:
    assert split(line, " \t\n\"'><=;|&(:") == (words, word)


# In shells


@pytest.fixture
def path(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A `reign` that tells what it was handed, unless it is asked by a shell."""
    tools = tmp_path_factory.mktemp("bin")
    file = tools / "reign"
    file.write_text(
        f"#!{sys.executable}\nimport json, os, sys\n"
        "if '_REIGN_COMPLETE' in os.environ or 'completion' in sys.argv:\n"
        f"    os.execv({sys.executable!r}, {[*REIGN]!r} + sys.argv[1:])\n"
        "print('HAND' 'ED', json.dumps(sys.argv[1:]))\n"
    )
    file.chmod(0o755)
    return f"{tools}:{os.environ['PATH']}"


START = {
    "bash": (
        ["--noprofile", "--norc", "-i"],
        'PS1="READ""Y "; bind "set bell-style none"; eval "$(reign completion bash)"',
    ),
    "zsh": (
        ["-f", "-i"],
        'PS1="READ""Y "; autoload -U compinit; compinit -u -D; unsetopt beep; eval "$(reign completion zsh)"',
    ),
    "fish": (
        ["--no-config", "-i"],
        "function fish_prompt; echo -n READ; echo 'Y '; end; reign completion fish | source",
    ),
}


@contextmanager
def shell(name: str, folder: Path, path: str) -> Iterator[Terminal]:
    """A shell that has read its script."""
    words, start = START[name]
    home = folder / "home"
    home.mkdir(exist_ok=True)
    environ = {**CLEAN, "PATH": path, "HOME": str(home), "INPUTRC": "/dev/null", "REIGN_TRUST": "1"}
    with terminal([program(name), *words], folder, environ, columns=200) as person:
        person.type(f"{start}\n")
        person.until("READY ")
        yield person


def handed(person: Terminal, keys: str) -> list[str]:
    """The words that `reign` gets when these keys are followed by Return."""
    person.type(f"{keys}\n")
    person.until("HANDED ")
    line = person.until("]\n")
    return [str(word) for word in json.loads(line)]


@pytest.mark.parametrize("name", SHELLS)
def test_in_a_shell(name: str, folder: Path, path: str) -> None:
    with shell(name, folder, path) as person:
        for keys, words in {
            "reign vers\t": ["version"],
            "reign state li\t": ["state", "list"],
            "reign plan --detailed-e\t": ["plan", "--detailed-exitcode"],
            "reign plan -detailed-e\t": ["plan", "-detailed-exitcode"],
            "reign graph --format mer\t": ["graph", "--format", "mermaid"],
            "reign graph --format=mer\t": ["graph", "--format=mermaid"],
            "reign --env pr\t": ["--env", "prod"],
            "reign --env=pr\t": ["--env=prod"],
            "reign --var ta\ttwo": ["--var", "tag=two"],
            "reign plan --auto-approve=create,for\t": ["plan", "--auto-approve=create,forget"],
            "reign state show shell.c\t": ["state", "show", "shell.command.run"],
            "reign plan --target=shell.c\t": ["plan", "--target=shell.command.run"],
            "reign show some\\ file\t": ["show", "some file.plan"],
            "reign plan --out=some\\ file\t": ["plan", "--out=some file.plan"],
            "reign show 'some fi\t": ["show", "some file.plan"],
            "reign -C some\\ fo\t version": ["-C", "some folder/", "version"],
        }.items():
            told = handed(person, keys)
            assert [word.rstrip("/") for word in told] == [word.rstrip("/") for word in words], keys


ADDRESSES = {
    "eu": "eu",
    "it's": "it",
    'say "hi"': "say",
    "a b": "a",
    "back\\slash": "b",
    "$HOME": "$",
    "x=y:z": "x",
    "\u6771\u4eac": "\u6771",
    "!1": "!",
}
BEGINNINGS = {
    "bash": ['local.file.web\\[\\"{}', "'local.file.web[\"{}"],
    "zsh": ['local.file.web\\[\\"{}', "'local.file.web[\"{}"],
    "fish": ['local.file.web\\[\\"{}', "'local.file.web[\"{}"],
}


@pytest.mark.parametrize("name", SHELLS)
def test_addresses_in_a_shell(name: str, folder: Path, path: str) -> None:
    with shell(name, folder, path) as person:
        for key, begun in ADDRESSES.items():
            address = f"local.file.web[{json.dumps(key, ensure_ascii=False)}]"
            for form in BEGINNINGS[name]:
                bare = form.startswith("local")
                typed = form.format("\\" + begun if begun in "$!" and bare else begun)
                assert handed(person, f"reign state show {typed}\t")[:3] == ["state", "show", address], typed
                assert handed(person, f"reign plan --target={typed}\t") == ["plan", f"--target={address}"], typed
        assert handed(person, "reign plan --target value.l\t0\t") == ["plan", "--target", "value.list[0]"]


def test_what_bash_shows_is_not_cut_at_its_breaks(folder: Path, path: str) -> None:
    with shell("bash", folder, path) as person:
        person.type("reign plan --target value.li\t\t\t")
        person.until("value.list\\[0\\]")
        person.until("value.list\\[1\\]")
