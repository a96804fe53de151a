"""Everything that is printed for programs, in many situations, against the published schemas (tests/cases/machine)."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path
from typing import Any
from unittest.mock import patch

import click
import pytest
from ruamel.yaml import YAML

from reign.cli.main import Reign, run
from tests.api.published import Printed, check, schemas, table, validator
from tests.api.published import values as values_of

CASES = sorted((Path(__file__).parents[1] / "cases" / "machine").glob("*.yaml"))
CLEAN = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "LANG": "C.UTF-8"}
STABLE = (
    "show",
    "output",
    "config",
    "state list",
    "state show",
    "graph",
    "runs list",
    "runs show",
    "runs export",
    "timeline",
    "sql",
    "validate",
    "version",
)
"""The commands that are run twice where they are told in one document: they print the same bytes."""


@dataclass
class Step:
    """One command of a case. `told` is a code that a diagnostic has; is_answer: it answers, though it ends with `code`."""

    words: list[str]
    code: int = 0
    told: str = ""
    is_answer: bool = False
    stdin: str = ""


def cases() -> list[Any]:
    loads = YAML(typ="safe").load
    return [pytest.param(loads(path.read_text(encoding="utf-8")), id=path.stem) for path in CASES]


def step_of(told: Any) -> Step:
    given = {"run": told} if isinstance(told, str) else dict(told)
    return Step(shlex.split(given.pop("run")), **given)


def steps(case: Any) -> Iterator[Step]:
    return (step_of(each) for each in case["steps"] if isinstance(each, str) or "run" in each)


def printed_by(words: list[str]) -> Printed | None:
    """What the table says of what a command line prints; of those that fit, the one that says the most."""
    flags = {word.partition("=")[0] for word in words if word.startswith("--")} | (
        {"--json", "--output=json"} if "-o" in words else set()
    )
    valued = {at + 1 for at, word in enumerate(words) if word in ("-C", "--env", "-o", "-f")}
    names = [word for at, word in enumerate(words) if not word.startswith("-") and at not in valued]
    fitting = [each for each in table() if "-into" not in each and _fits(shlex.split(each), names, flags)]
    return table()[max(fitting, key=len)] if fitting else None


def _fits(command: list[str], names: list[str], flags: set[str]) -> bool:
    wanted = [word for word in command if not word.startswith("--") and not word.isupper()]
    places = sum(word.isupper() for word in command)
    is_asked = all(word in flags for word in command if word.startswith("--"))
    return names[: len(wanted)] == wanted and is_asked and len(names) - len(wanted) >= places


class Folder:
    """A case's folder, and the command line in it, in this process."""

    def __init__(self, path: Path, *, trusted: bool) -> None:
        self.path = path
        state = str(path.with_name(f"{path.name}-state"))
        self._environ = {**CLEAN, "XDG_STATE_HOME": state, **({"REIGN_TRUST": "1"} if trusted else {})}

    def write(self, files: dict[str, str]) -> None:
        for name, text in files.items():
            (self.path / name).parent.mkdir(parents=True, exist_ok=True)
            (self.path / name).write_text(text, encoding="utf-8")

    def run(self, step: Step) -> bytes:
        words = [self._run_id() if word == "RUN" else word for word in step.words]
        typed = (self.path / step.stdin).read_text(encoding="utf-8") if step.stdin else ""
        out, err = (TextIOWrapper(BytesIO(), encoding="utf-8") for _ in range(2))
        with (
            chdir(self.path),
            patch.dict(os.environ, self._environ, clear=True),
            patch.object(sys, "stdin", StringIO(typed)),
            patch.object(sys, "excepthook"),
            redirect_stdout(out),
            redirect_stderr(err),
        ):
            code = run(words)
        printed, said = (stream.buffer.getvalue() for stream in (out, err))  # type: ignore[attr-defined]
        if code != step.code:
            text = (printed[-2000:] + said).decode(errors="replace")
            pytest.fail(f"{' '.join(words)} ended with {code} instead of {step.code}: {text}")
        assert isinstance(printed, bytes)
        return printed

    def _run_id(self) -> str:
        found: str = json.loads(self.run(Step(["runs", "list", "--json"])))[0]["run_id"]
        return found


def codes(value: Any) -> Iterator[str]:
    """The code of every diagnostic in what was printed."""
    if isinstance(value, dict):
        if "detail" in value and "x_reign" in value:
            yield value["x_reign"]["code"]
        value = list(value.values())
    for each in value if isinstance(value, list) else ():
        yield from codes(each)


def steady(value: Any) -> Any:
    """What was printed without what may differ: the clock, and how long something took."""
    if isinstance(value, dict):
        names = ("@timestamp", "timestamp", "elapsed_seconds", "@message")
        return {key: steady(item) for key, item in value.items() if key not in names}
    return [steady(item) for item in value] if isinstance(value, list) else value


def written_into(step: Step) -> Iterator[tuple[str, Printed]]:
    for word in step.words:
        option, _, name = word.partition("=")
        if f"plan {option}" in table() and name:
            yield name, table()[f"plan {option}"]


@pytest.mark.parametrize("case", cases())
def test_what_is_printed_is_as_the_schemas_say(case: Any, tmp_path: Path) -> None:
    folder = Folder(tmp_path, trusted=case.get("trusted", True))
    folder.write(case["files"])
    for each in case["steps"]:
        if isinstance(each, dict) and "run" not in each:
            folder.write(each.get("write", {}))
            for name in each.get("remove", ()):
                (tmp_path / name).unlink()
            continue
        step = step_of(each)
        told = folder.run(step)
        asks_json = "--json" in step.words or "json" in step.words
        has_failed = bool(step.code) and not step.is_answer
        if asks_json:
            printed = printed_by(step.words) or Printed("diagnostics", lines=False)
            values = check(printed, told.decode("utf-8", "strict"), failed=has_failed)
            assert b"\x1b" not in told
            if not has_failed and not printed.lines and " ".join(step.words).startswith(STABLE):
                assert folder.run(step) == told
            if "plan" in step.words:
                assert steady(values) == steady(values_of(printed, folder.run(step).decode()))
            assert not step.told or step.told in set(codes(values))
        for name, printed in written_into(step):
            if (tmp_path / name).exists():
                values = check(printed, (tmp_path / name).read_text(encoding="utf-8"), failed=has_failed)
                folder.run(step)
                assert steady(values) == steady(values_of(printed, (tmp_path / name).read_text(encoding="utf-8")))


@pytest.mark.parametrize("encoding", ["latin-1", "ascii", "utf-8"])
def test_json_is_utf_8_whatever_the_locale_writes(encoding: str, tmp_path: Path) -> None:
    key = "\u00e9\u20ac\U0001f600"
    text = f"version: 1\nproject: p\nresources: {{v: {{type: value, for_each: [{key}], spec: {{value: 1}}}}}}\n"
    (tmp_path / "reign.yaml").write_text(text, encoding="utf-8")
    for words in (["plan", "--json"], ["graph", "--json"], ["config", "show", "--json"]):
        environ = {**CLEAN, "PYTHONIOENCODING": encoding, "REIGN_TRUST": "1"}
        ran = subprocess.run(
            [sys.executable, "-m", "reign", *words],
            cwd=tmp_path,
            env=environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
        )
        assert ran.returncode == 0
        printed = printed_by(words)
        assert printed is not None
        assert key in json.dumps(check(printed, ran.stdout.decode("utf-8", "strict")), ensure_ascii=False)


@pytest.mark.parametrize("name", sorted(schemas()))
def test_every_schema_is_one_and_its_references_lead_somewhere(name: str) -> None:
    validator(name).check_schema(schemas()[name])
    for found in re.findall(r'"\$ref": "([^"]+)"', json.dumps(schemas()[name])):
        file, _, path = found.partition("#")
        target: Any = schemas()[file.removesuffix(".schema.json") or name]
        for part in path.split("/")[1:]:
            target = target[part]


def test_the_table_names_every_schema() -> None:
    told = {name for name in schemas() if name not in ("common", "diagnostics") and name.partition(".")[0] != "reign"}
    assert {printed.schema for printed in table().values()} == told


def test_every_command_with_json_has_a_schema_and_a_case() -> None:
    commands = {command for command, _ in _with_json(Reign("reign"), ())}
    published = {
        re.sub(r" (--.*|[A-Z]+.*)", "", command) for command in table() if command.endswith(("--json", "FILE"))
    }
    assert commands == published
    seen = {id(printed_by(step.words)) for path in cases() for step in steps(path.values[0]) if not step.code}
    into = {option for path in cases() for step in steps(path.values[0]) for option in step.words}
    missing = [command for command, printed in table().items() if id(printed) not in seen]
    assert [each for each in missing if not any(word.startswith(each.split()[-1]) for word in into)] == []


def _with_json(command: click.Command, path: tuple[str, ...]) -> Iterator[tuple[str, click.Command]]:
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None
            yield from _with_json(found, (*path, name))
    elif any("--json" in param.opts for param in command.params):
        yield " ".join(path), command
