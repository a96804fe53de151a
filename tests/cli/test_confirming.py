"""`settings.execution.mode: confirm`: each operation is asked about, and nothing that runs waits for the answer."""

from pathlib import Path

from tests.cli.conftest import Run
from tests.cli.terminal import asked

PROJECT = """\
version: 1
project: shop
settings: {execution: {mode: confirm}}
resources:
  a: {type: local.file, spec: {path: a.txt, content: x}, priority: 2}
  b: {type: shell.command, spec: {create: "until test -f go; do sleep 0.02; done"}, priority: 1}
  c: {type: local.file, spec: {path: c.txt, content: x}}
"""


def test_a_no_pauses_the_run_and_what_runs_goes_on_meanwhile(folder: Path, reign: Run) -> None:
    (folder / "reign.yaml").write_text(PROJECT)
    with asked(folder, "apply") as shown:
        shown.type("yes\n")
        shown.until("local.file.a: create?")
        assert not (folder / "a.txt").exists()
        shown.type("yes\n")
        shown.until("shell.command.b: create?")
        shown.type("yes\n")
        shown.until("local.file.c: create?")
        (folder / "go").touch()
        shown.until("shell.command.b: Creation complete")
        shown.type("no\n")
        assert shown.end() == 8
    assert "Continue with: reign runs resume " in shown.text
    assert (folder / "a.txt").exists()
    assert not (folder / "c.txt").exists()
    status = "SELECT status FROM runs"
    assert reign("sql", "-o", "csv", status).stdout.split() == ["status", "paused"]
    [run] = (path.name for path in (folder / ".reign" / "runs").iterdir())
    with asked(folder, "runs", "resume", run) as shown:
        shown.type("yes\n")
        shown.until("local.file.c: create?")
        shown.type("yes\n")
        assert shown.end() == 0
    assert "3 added" in shown.text
    assert reign("sql", "-o", "csv", status).stdout.split() == ["status", "completed"]


def test_all_asks_no_more(folder: Path) -> None:
    (folder / "reign.yaml").write_text(PROJECT)
    (folder / "go").touch()
    with asked(folder, "apply") as shown:
        shown.type("yes\n")
        shown.until("local.file.a: create?")
        shown.type("all\n")
        assert shown.end() == 0
    assert shown.text.count("create?") == 1
    assert shown.text.index("Applying: ") < shown.text.index("create?"), (
        "what comes before the question is told before it"
    )


def test_an_interrupt_at_the_question_of_an_operation(folder: Path, reign: Run) -> None:
    (folder / "reign.yaml").write_text(PROJECT)
    with asked(folder, "apply") as shown:
        shown.type("yes\n")
        shown.until("local.file.a: create?")
        shown.type("\x03")
        assert shown.end() == 130
    assert not (folder / "a.txt").exists()
    assert reign("sql", "-o", "csv", "SELECT status FROM runs").stdout.split() == ["status", "paused"]


def test_without_a_terminal_nothing_is_begun(folder: Path, reign: Run) -> None:
    (folder / "reign.yaml").write_text(PROJECT)
    assert reign("apply", "--auto-approve").returncode == 4
    assert not (folder / ".reign" / "runs").exists()
