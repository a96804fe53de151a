"""Environments at the command line: named, unknown, confirmed by name; layers in the header; modes and thresholds."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.cli.terminal import asked

BASE = """\
version: 1
project: shop
environments: {dev: {}, prod: {confirm: name}}
variables:
  tag: {type: string, default: one}
resources:
  a: {type: local.file, spec: {path: "${project.env}.txt", content: "${var.tag}\\n"}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "reign.yaml").write_text(BASE)
    (tmp_path / "reign.prod.yaml").write_text("variables: {tag: {default: two}}\n")
    (tmp_path / "more.yaml").write_text("tag: three\n")
    return tmp_path


def test_the_header_names_the_layers(reign: Run) -> None:
    planned = reign("--env", "prod", "plan", "--var-file", "more.yaml", "--var", "tag=four")
    first = planned.stdout.splitlines()[0]
    assert first.endswith(
        "project shop, env prod, serial 0 (reign.yaml < reign.prod.yaml < --var-file more.yaml < --var tag)"
    )
    assert 'content: "four\\n"' in planned.stdout


def test_each_environment_has_a_state_of_its_own(reign: Run, folder: Path) -> None:
    assert reign("--env", "dev", "apply", "--auto-approve").returncode == 0
    assert "No changes." in reign("--env", "dev", "plan").stdout
    assert "1 to add" in reign("--env=prod", "plan").stdout
    assert (folder / "dev.txt").read_text() == "one\n"
    assert reign("plan", REIGN_ENV="dev").stdout.splitlines()[-1] == "No changes."


def test_a_finding_in_an_overlay_says_what_it_lies_over(reign: Run, folder: Path) -> None:
    (folder / "reign.prod.yaml").write_text("resources:\n  a: {spec: {contnet: x}}\n")
    refused = reign("--env", "prod", "plan")
    assert refused.returncode == 1
    assert "  reign.prod.yaml:2:14, in local.file.a (overlay of reign.yaml:7)\n" in refused.stderr
    assert 'did you mean "content"?' in refused.stderr


EVERY = [
    "validate",
    "plan",
    "apply --auto-approve",
    "destroy --auto-approve",
    "show",
    "output",
    "state list",
    "state show a",
    "runs list",
    "timeline",
    "sql SELECT(1)",
    "config show",
]


@pytest.mark.parametrize("words", EVERY)
def test_an_unknown_environment_is_an_error_for_every_command(words: str, reign: Run, folder: Path) -> None:
    ended = reign("--env", "prd", *words.split())
    assert ended.returncode == 1
    assert "[config/unknown-environment]" in ended.stderr
    assert "prod" in ended.stderr
    assert not (folder / ".reign" / "env" / "prd").exists()


@pytest.mark.parametrize("words", EVERY)
def test_an_environment_has_to_be_named(words: str, reign: Run) -> None:
    ended = reign(*words.split())
    assert ended.returncode == 1
    assert "dev" in ended.stderr
    assert "prod" in ended.stderr


def test_a_default_environment(reign: Run, folder: Path) -> None:
    (folder / "reign.yaml").write_text(BASE + "settings: {default_env: dev}\n")
    assert ", env dev," in reign("plan").stdout
    assert reign("apply", "--auto-approve").returncode == 0
    assert (folder / "dev.txt").exists()
    assert "local.file.a" in reign("state", "list").stdout


@pytest.mark.parametrize(("answer", "code"), [("prod\n", 0), ("yes\n", 8), ("dev\n", 8)])
def test_the_environment_is_confirmed_by_its_name(answer: str, code: int, folder: Path) -> None:
    with asked(folder, "--env", "prod", "apply") as shown:
        shown.type(answer)
        assert shown.end() == code
    assert (folder / "prod.txt").exists() is (code == 0)
    assert ("The answer was not prod; nothing was done." in shown.text) is (code != 0)


def test_the_others_are_confirmed_by_yes(folder: Path) -> None:
    with asked(folder, "--env", "dev", "apply") as shown:
        shown.type("yes\n")
        assert shown.end() == 0


def test_an_approval_beforehand_is_not_enough_where_a_look_is_wanted(reign: Run, folder: Path) -> None:
    (folder / "reign.yaml").write_text(BASE + "settings: {execution: {mode: confirm}}\n")
    refused = reign("--env", "dev", "apply", "--auto-approve")
    assert refused.returncode == 4
    assert "`settings.execution.mode` is `confirm`" in refused.stderr
    assert reign("--env", "dev", "plan", "--out", "new.plan").returncode == 0
    assert reign("--env", "dev", "apply", "new.plan").returncode == 0


def test_an_approval_beforehand_is_asked_about_at_a_terminal(folder: Path) -> None:
    (folder / "reign.yaml").write_text(BASE + "settings: {execution: {mode: confirm}}\n")
    with asked(folder, "--env", "dev", "apply", "--auto-approve") as shown:
        shown.type("yes\n")  # to the plan
        shown.until("create?")
        shown.type("all\n")
        assert shown.end() == 0


CHECK = 'checks:\n  - {{name: never, assert: "${{1 == 2}}", severity: {severity}, message: it is not}}\n'


@pytest.mark.parametrize(("severity", "code"), [("minor", 0), ("medium", 0), ("major", 3)])
def test_failing_checks_and_thresholds(severity: str, code: int, reign: Run, folder: Path) -> None:
    (folder / "reign.yaml").write_text(BASE + CHECK.format(severity=severity))
    planned = reign("--env", "dev", "plan")
    assert planned.returncode == code
    assert f"  never: failed ({severity}): it is not" in planned.stdout
    assert reign("--env", "dev", "apply", "--auto-approve").returncode == code
    tolerant = "settings: {findings_thresholds: {major: 1, medium: 0}}\n"
    (folder / "reign.yaml").write_text(BASE + CHECK.format(severity=severity) + tolerant)
    assert reign("--env", "dev", "plan").returncode == (3 if severity == "medium" else 0)


def test_a_check_that_fails_with_an_error_refuses_the_apply(reign: Run, folder: Path) -> None:
    (folder / "reign.yaml").write_text(BASE + CHECK.format(severity="error"))
    planned = reign("--env", "dev", "plan")
    assert planned.returncode == 0
    assert "Apply will refuse this plan:" in planned.stdout
    assert reign("--env", "dev", "apply", "--auto-approve").returncode == 4
    assert not (folder / "dev.txt").exists()


@pytest.mark.parametrize(("severity", "code"), [("minor", 0), ("major", 7), ("error", 7)])
def test_a_check_that_fails_after_the_apply(severity: str, code: int, reign: Run, folder: Path) -> None:
    late = (
        'resources:\n  t: {type: shell.command, spec: {create: "echo 3"}}\n'
        f"checks:\n  - {{name: late, assert: \"${{resources.t.stdout == '4'}}\", severity: {severity}, message: no 4}}\n"
    )
    (folder / "reign.yaml").write_text(BASE.partition("resources:")[0] + late)
    planned = reign("--env", "dev", "plan")
    assert (planned.returncode, "  late: known after apply\n" in planned.stdout) == (0, True)
    applied = reign("--env", "dev", "apply", "--auto-approve")
    assert applied.returncode == code
    assert "Apply complete! Resources: 1 added" in applied.stdout
    assert "no 4" in applied.stderr
    assert "[check/failed]" in applied.stderr or "(check/failed" in applied.stderr


def test_config_show_names_where_each_value_comes_from(reign: Run) -> None:
    shown = reign("--env", "prod", "config", "show", "--var", "tag=three")
    assert shown.returncode == 0
    (line,) = [line for line in shown.stdout.splitlines() if "reign.prod.yaml:1" in line]
    assert "two" in line
    told = json.loads(reign("--env", "prod", "config", "show", "--json").stdout)
    assert told["config"]["variables.tag.default"] == {
        "value": "two",
        "file": "reign.prod.yaml",
        "line": 1,
        "column": 28,
    }
    assert told["files"] == ["reign.yaml", "reign.prod.yaml"]
    rows = reign("--env", "prod", "config", "show", "-o", "csv", "--var", "tag=three").stdout.splitlines()
    assert rows[0] == "path,value,origin"
    assert "variables.tag.default,two,reign.prod.yaml:1" in rows
    assert rows[-1] == "var.tag,three,--var"


def test_config_show_in_two_forms(reign: Run) -> None:
    assert reign("--env", "dev", "config", "show", "--json", "-o", "csv").returncode == 1
