"""`reign import`: what exists is taken over as it is, as a run, or refused with the reason."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run, addresses

FILES = """\
version: 1
project: shop
resources:
  d: {type: local.directory, spec: {path: out}}
  a: {type: local.file, spec: {path: "${resources.d.path}/a.txt", content: one, mode: "0644"}}
  g: {type: local.file, for_each: [x, y], spec: {path: "g-${each.key}", content: g, mode: "0644"}}
  s: {type: shell.command, spec: {create: "true"}}
  broken: {type: local.file, spec: {path: there, content: mine}}
outputs:
  where: {value: "${resources.a.path}"}
"""


@pytest.fixture
def shop(folder: Path) -> Path:
    """A project that was never applied, and things that somebody made by hand."""
    (folder / "reign.yaml").write_text(FILES)
    (folder / "out").mkdir()
    (folder / "out/a.txt").write_text("two")
    (folder / "g-x").write_text("g")
    (folder / "there").write_text("somebody else's: a plan of it is an error")
    for name in ("out/a.txt", "g-x"):
        (folder / name).chmod(0o644)
    return folder


@pytest.mark.parametrize("name", ["a", "local.file.a"])
def test_it_is_taken_over_as_it_is(name: str, reign: Run, shop: Path) -> None:
    taken = reign("import", name, "out/a.txt", "--auto-approve")
    assert taken.returncode == 0, taken.stderr
    assert "  # local.file.a will be imported\n" in taken.stdout
    assert "Plan: 1 to import, 0 to add, 0 to change, 0 to destroy.\n" in taken.stdout
    assert "local.file.a: Import complete after 0s [id=out/a.txt]\n" in taken.stderr
    assert "\nImport successful!\n" in taken.stdout
    assert '~ content: "two" -> "one"' in taken.stdout, "what the next plan would change"
    assert (shop / "out/a.txt").read_text() == "two"
    assert addresses(reign) == ["local.file.a"]
    (run,) = json.loads(reign("runs", "list", "--json").stdout)
    assert (run["command"], run["status"], run["serial"]) == ("import", "completed", 1)
    again = reign("import", "a", "out/a.txt", "--auto-approve")
    assert (again.returncode, "[plan/import-managed]" in again.stderr) == (1, True)


@pytest.mark.usefixtures("shop")
def test_what_is_as_declared_needs_nothing_more(reign: Run) -> None:
    taken = reign("import", "g[x]", "g-x", "--auto-approve")
    assert taken.stdout.endswith("\nImport successful!\n\nIt is as declared: the next plan changes nothing of it.\n")
    planned = reign("plan", "--target", "g[x]", "--detailed-exitcode")
    assert (planned.returncode, planned.stdout.splitlines()[-1]) == (0, "No changes.")


def test_the_folder_that_it_stands_in_is_recorded_too(reign: Run, folder: Path) -> None:
    (folder / "reign.yaml").write_text(
        "version: 1\nproject: shop\nresources:\n"
        "  d: {type: local.directory, spec: {path: out}}\n"
        "  a: {type: local.file, spec: {path: out/a.txt, content: one}}\n"
    )
    assert reign("apply", "--auto-approve").returncode == 0
    assert reign("state", "rm", "a", "--auto-approve").returncode == 0
    taken = reign("import", "a", "out/a.txt", "--auto-approve")
    assert taken.stdout.endswith("the next plan changes nothing of it.\n")
    assert reign("plan", "--detailed-exitcode").returncode == 0


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("name", "id", "code"),
    [
        ("a", "nope", "plan/import-missing"),
        ("g", "g-x", "plan/import-several"),
        ("g[z]", "g-x", "plan/import-undeclared"),
        ("docker.container.web", "3f2a9c", "plan/import-undeclared"),
        ("s", "1", "plan/import-blind"),
    ],
)
@pytest.mark.parametrize("how", ["--dry-run", "--auto-approve"])
def test_what_cannot_be_imported(name: str, id: str, code: str, how: str, reign: Run) -> None:
    refused = reign("import", name, id, how)
    assert (refused.returncode, f"[{code}]" in refused.stderr) == (1, True), refused.stderr
    assert "Nothing was imported." in refused.stderr
    assert addresses(reign) == []


@pytest.mark.usefixtures("shop")
def test_what_is_not_declared_comes_with_the_block_to_write(reign: Run) -> None:
    said = reign("import", 'local.file.h["k"]', "x").stderr
    block = 'resources:\n           h:\n             type: local.file\n             for_each: ["k"]\n             spec: {}\n'
    assert block in said
    assert 'Did you mean "local.file.g["x"]"?' in said


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("name", "fix"),
    [
        ("g[z]", "g is declared, without [z]: add that to its `for_each`, or raise its `count`."),
        ("data.g", "To manage it, declare it under `resources`."),
        ("data.local.file.g", "To manage it, declare it under `resources`."),
    ],
)
def test_what_is_missing_is_told(name: str, fix: str, reign: Run) -> None:
    said = reign("import", name, "x").stderr
    assert fix in said
    assert "spec: {}" not in said


@pytest.mark.usefixtures("shop")
def test_what_another_address_holds(reign: Run) -> None:
    assert reign("import", "g[x]", "g-x", "--auto-approve").returncode == 0
    refused = reign("import", "g[y]", "g-x", "--auto-approve")
    assert (refused.returncode, "[plan/import-held]" in refused.stderr) == (1, True)
    assert addresses(reign) == ['local.file.g["x"]']


def test_a_dry_run_shows_it_and_makes_nothing(reign: Run, shop: Path) -> None:
    shown = reign("import", "a", "out/a.txt", "--dry-run")
    assert (shown.returncode, "will be imported" in shown.stdout) == (0, True)
    assert shown.stdout.endswith("\nNothing was imported: this was a dry run.\n")
    assert not (shop / ".reign").exists()


@pytest.mark.usefixtures("shop")
def test_nobody_to_ask(reign: Run) -> None:
    refused = reign("import", "a", "out/a.txt")
    assert refused.returncode == 4
    assert "Approve it beforehand: reign import a out/a.txt --auto-approve\n" in refused.stderr
    assert addresses(reign) == []


@pytest.mark.usefixtures("shop")
def test_json_is_a_stream(reign: Run) -> None:
    taken = reign("import", "a", "out/a.txt", "--auto-approve", "--json")
    assert taken.returncode == 0
    lines = [json.loads(line) for line in taken.stdout.splitlines()]
    assert [line["type"] for line in lines if line["type"].startswith(("planned", "apply"))] == [
        "planned_change",
        "apply_start",
        "apply_complete",
    ]
    (planned,) = (line for line in lines if line["type"] == "planned_change")
    assert planned["change"]["importing"] == {"id": "out/a.txt"}
    refused = reign("import", "a", "x", "--json")
    assert (refused.returncode, json.loads(refused.stdout.splitlines()[-1])["type"]) == (1, "diagnostic")


@pytest.mark.usefixtures("shop")
def test_outputs_and_all_else_are_left_alone(reign: Run) -> None:
    assert reign("import", "a", "out/a.txt", "--auto-approve").returncode == 0
    assert json.loads(reign("output", "--json").stdout) == {}


def test_a_folder_that_is_not_trusted(reign: Run, shop: Path) -> None:
    outside = shop.parent / "elsewhere"
    outside.mkdir()
    (outside / "f").write_text("x")
    (shop / "reign.yaml").write_text(
        "version: 1\nproject: shop\nproviders: {local.out: {folder: ../elsewhere}}\n"
        "resources: {f: {type: local.file, provider: local.out, spec: {path: f, content: x}}}\n"
    )
    refused = reign("import", "f", "f", "--auto-approve")
    assert (refused.returncode, "[plan/untrusted]" in refused.stderr) == (4, True), refused.stderr
    assert reign("import", "f", "f", "--auto-approve", REIGN_TRUST="1").returncode == 0


def test_a_secret_stays_one(reign: Run, shop: Path) -> None:
    (shop / "reign.yaml").write_text(
        "version: 1\nproject: shop\nsecrets: {db: {env: SHOP_DB}}\n"
        'resources: {a: {type: local.file, spec: {path: out/a.txt, content: "${secret.db}"}}}\n'
    )
    (shop / "out/a.txt").write_text("hunter2-before")
    taken = reign("import", "a", "out/a.txt", "--auto-approve", SHOP_DB="hunter2-after", REIGN_TRUST="1")
    assert taken.returncode == 0, taken.stderr
    assert "hunter2" not in taken.stdout + taken.stderr
    for path in (shop / ".reign").rglob("*"):
        assert not path.is_file() or b"hunter2" not in path.read_bytes(), path
