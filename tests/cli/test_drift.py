"""`drift`, as a user meets it: what it shows, its codes, and what the history keeps of it."""

import fcntl
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from reign.cli.main import run
from tests.cli.conftest import CLEAN, REIGN, Run

CANARY = "canary-7f2a"
FILES = """\
version: 1
project: shop
secrets: {db: {env: SHOP_DB}}
resources:
  a: {type: local.file, spec: {path: a.txt, content: "one\\n", mode: "0640"}}
  b: {type: local.file, spec: {path: b.txt, content: "pw ${secret.db}"}}
  c: {type: local.directory, spec: {path: c}}
  n: {type: value, spec: {value: 1}}
outputs:
  where: {value: "${resources.a.sha256}"}
"""
ENVIRON = {"SHOP_DB": CANARY, "REIGN_TRUST": "1"}


@pytest.fixture
def reign(folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Reign in this process, in the project's folder."""
    monkeypatch.chdir(folder)
    for name in {*os.environ} - {*CLEAN}:
        monkeypatch.delenv(name)

    def ran(*words: str, **environ: str) -> subprocess.CompletedProcess[str]:
        with pytest.MonkeyPatch.context() as patch:
            for name, value in environ.items():
                patch.setenv(name, value)
            code = run(words)
        out, err = capfd.readouterr()
        return subprocess.CompletedProcess(words, code, out, err)

    return ran


@pytest.fixture
def shop(folder: Path, reign: Run) -> Path:
    """A project that was applied."""
    (folder / "reign.yaml").write_text(FILES)
    applied = reign("apply", "--auto-approve", **ENVIRON)
    assert applied.returncode == 0, applied.stderr
    return folder


@pytest.fixture
def drifted(shop: Path) -> Path:
    """The same, of which three were touched by hand."""
    (shop / "a.txt").write_text("two\n")
    (shop / "a.txt").chmod(0o600)
    (shop / "b.txt").write_text(f"pw {CANARY}2")
    (shop / "c").rmdir()
    return shop


def rows(reign: Run, question: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(reign("sql", "--json", question, **ENVIRON).stdout)
    return found


def serial(reign: Run) -> object:
    return rows(reign, "select max(serial) as serial from runs")[0]["serial"]


@pytest.mark.usefixtures("shop")
def test_nothing_drifted_is_a_run_as_well(reign: Run) -> None:
    before = serial(reign)
    found = reign("drift", **ENVIRON)
    assert (found.returncode, found.stdout.splitlines()[-1]) == (0, "No drift.")
    assert found.stderr.startswith("\nRecorded as run ")
    assert [(row["command"], row["status"]) for row in rows(reign, "from runs order by started_at")] == [
        ("apply", "completed"),
        ("drift", "completed"),
    ]
    assert rows(reign, "from drift") == []
    assert serial(reign) == before


@pytest.mark.usefixtures("drifted")
def test_every_attribute_is_told_and_recorded(reign: Run) -> None:
    found = reign("drift", **ENVIRON)
    assert found.returncode == 2
    assert "# local.directory.c has been deleted" in found.stdout
    assert '~ content: "one\\n" -> "two\\n"' in found.stdout
    assert "Drift: 6 attributes of 2 resources, 1 resource gone." in found.stdout
    assert "will perform" not in found.stdout
    told = rows(reign, "select address, path, recorded, observed from drift order by all")
    assert [(row["address"], row["path"]) for row in told] == [
        ("local.directory.c", ""),
        ("local.file.a", "content"),
        ("local.file.a", "mode"),
        ("local.file.a", "sha256"),
        ("local.file.b", "bytes"),
        ("local.file.b", "content"),
        ("local.file.b", "sha256"),
    ]
    assert (told[1]["recorded"], told[1]["observed"]) == ('"one\\n"', '"two\\n"')


def test_what_is_sensitive_is_nowhere_in_clear(reign: Run, drifted: Path) -> None:
    for words in ((), ("--json",), ("-o", "json"), ("-o", "csv"), ("--markdown",), ("--json-into", "lines")):
        found = reign("drift", *words, **ENVIRON)
        assert found.returncode == 2
        assert CANARY not in found.stdout + found.stderr
    shutil.rmtree(drifted / "c", ignore_errors=True)
    (drifted / "b.txt").unlink()
    written = [path for path in drifted.rglob("*") if path.is_file()]
    assert [path for path in written if CANARY.encode() in path.read_bytes()] == []


@pytest.mark.usefixtures("drifted")
def test_it_is_what_a_plan_of_the_same_finds(reign: Run) -> None:
    lines = [json.loads(line) for line in reign("drift", "--json", **ENVIRON).stdout.splitlines()]
    planned = [json.loads(line) for line in reign("plan", "--refresh-only", "--json", **ENVIRON).stdout.splitlines()]
    told = [line["change"]["resource"]["addr"] for line in lines if line["type"] == "resource_drift"]
    assert told == [line["change"]["resource"]["addr"] for line in planned if line["type"] == "resource_drift"]
    attributes = [
        (each["drift"]["resource"]["addr"], each["drift"]["path"]) for each in lines if each["type"] == "reign_drift"
    ]
    csv = reign("drift", "-o", "json", **ENVIRON).stdout
    assert attributes == [(row["address"], row["path"]) for row in json.loads(csv)]
    assert lines[-1]["drift"] == {"attributes": 6, "resources": 3, "gone": 1}
    assert lines[-1]["run"] in {row["run_id"] for row in rows(reign, "from drift")}


@pytest.mark.usefixtures("drifted")
def test_a_part_of_it(reign: Run) -> None:
    assert reign("drift", "--target", "n", **ENVIRON).returncode == 0
    assert reign("drift", "--exclude", "a", "--exclude", "b", "--exclude", "c", **ENVIRON).returncode == 0
    assert len(json.loads(reign("drift", "--target", "a", "-o", "json", **ENVIRON).stdout)) == 3


@pytest.mark.usefixtures("drifted")
def test_taken_over_it_is_gone_and_the_next_plan_shows_the_way_back(reign: Run) -> None:
    assert reign("apply", "--refresh-only", "--auto-approve", **ENVIRON).returncode == 0
    assert reign("drift", **ENVIRON).returncode == 0
    planned = reign("plan", **ENVIRON).stdout
    assert '~ content: "two\\n" -> "one\\n"' in planned
    assert "local.directory.c will be created" in planned
    assert "Note: Objects have changed" not in planned
    assert reign("apply", "--auto-approve", **ENVIRON).returncode == 0
    assert reign("plan", "--detailed-exitcode", **ENVIRON).returncode == 0


def test_where_it_cannot_be_recorded_the_code_is_the_same(reign: Run, drifted: Path) -> None:
    before = rows(reign, "from runs")
    with (drifted / ".reign" / "lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        found = reign("drift", **ENVIRON)
        assert found.returncode == 2
        assert "Note: Not recorded (drift/not-recorded, info)" in found.stderr
        told = [json.loads(line) for line in reign("drift", "--json", **ENVIRON).stdout.splitlines()]
        assert told[-1]["run"] is None
    assert rows(reign, "from runs") == before


def test_a_state_that_cannot_be_written(reign: Run, drifted: Path) -> None:
    """As on a file system that is mounted read-only."""
    mount = ["unshare", "--mount", "--map-root-user", "sh", "-c"]
    bind = 'mount --bind .reign .reign && mount -o remount,bind,ro .reign && exec "$@"'
    words = [*mount, bind, "sh", *REIGN, "drift"]
    tried = subprocess.run([*mount, f"{bind}", "sh", "true"], cwd=drifted, env=CLEAN, capture_output=True, check=False)
    if tried.returncode:
        pytest.skip("no mounts of our own here")
    found = subprocess.run(words, cwd=drifted, env={**CLEAN, **ENVIRON}, capture_output=True, text=True, check=False)
    assert found.returncode == 2, found.stderr
    assert "Not recorded" in found.stderr
    assert "Read-only file system" in found.stderr
    assert [row["command"] for row in rows(reign, "from runs")] == ["apply"]


def test_without_a_state_nothing_is_made(reign: Run, folder: Path) -> None:
    found = reign("drift")
    assert found.returncode == 0
    assert "Nothing was applied yet" in found.stderr
    assert not (folder / ".reign").exists()


@pytest.mark.usefixtures("drifted")
def test_what_was_not_looked_at_is_no_clean_bill(reign: Run) -> None:
    found = reign("drift", SHOP_DB=CANARY)
    assert found.returncode == 4
    assert "Not trusted: not looked at: secret db" in found.stdout
    assert "local.file.a has changed" in found.stdout
    assert [row["command"] for row in rows(reign, "from runs")] == ["apply"]


def test_what_cannot_be_told_is_an_error(reign: Run, shop: Path) -> None:
    (shop / "reign.yaml").write_text(
        "version: 1\nproject: shop\nresources:\n"
        "  s: {type: shell.command, spec: {create: touch s, read: 'test -d s && exit 3; cat s'}}\n"
        "  t: {type: local.file, spec: {path: t.txt, content: t}}\n"
    )
    assert reign("apply", "--auto-approve", **ENVIRON).returncode == 0
    (shop / "s").unlink()
    (shop / "s").mkdir()
    (shop / "t.txt").unlink()
    found = reign("drift", **ENVIRON)
    assert found.returncode == 1, found.stdout
    assert "Cannot be looked at [plan/unreachable]" in found.stderr
    assert [row["command"] for row in rows(reign, "from runs")] == ["apply", "apply"]
