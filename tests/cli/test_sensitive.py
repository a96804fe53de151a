"""What must not be shown, from reign.yaml to every screen, document and file of a project."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import CLEAN, REIGN, Run
from tests.cli.terminal import asked, terminal

HIDDEN = "hunter2-hunter2"
FILES = """\
version: 1
project: shop
variables:
  token: {type: string, sensitive: true, default: sesame-sesame}
  plain: {type: string, default: x}
secrets:
  db: {env: SHOP_DB}
resources:
  dsn: {type: local.file, spec: {path: dsn, content: "postgres://u:${secret.db}@h/${var.token}", mode: "0600"}}
  list: {type: value, spec: {value: [a, "${secret.db}"]}}
outputs:
  dsn: {value: "${resources.dsn.content}", sensitive: true}
  plain: {value: "${var.plain}"}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "reign.yaml").write_text(FILES)
    return tmp_path


@pytest.fixture
def given() -> dict[str, str]:
    return {"SHOP_DB": HIDDEN, "REIGN_TRUST": "1"}


def everything(folder: Path) -> bytes:
    """Every byte that stands in the project but in the file that is to hold the secret."""
    return b"\n".join(path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.name != "dsn")


def test_a_secret_is_used_and_never_told(reign: Run, folder: Path, given: dict[str, str]) -> None:
    planned = reign("plan", "--out", "new.plan", "--document-into", "plan.json", **given)
    assert planned.returncode == 0
    assert "content: (sensitive value)    # secret db, variable token" in planned.stdout
    streamed = reign("plan", "--json", **given)
    applied = reign("apply", "new.plan", **given)
    assert applied.returncode == 0
    assert (folder / "dsn").read_text() == f"postgres://u:{HIDDEN}@h/sesame-sesame"
    looks = [
        reign(*words.split(), **given)
        for words in (
            "plan", "show", "show --json", "show new.plan", "show --json new.plan", "state show *", "state show * --json",
            "output", "output dsn", "output --json", "runs list --json", "timeline --json",
            "sql SELECT(spec)FROM(resources) --json", "sql SELECT(data)FROM(events) --json", "config show",
        )
    ]  # fmt: skip
    for ran in (planned, streamed, applied, *looks):
        assert ran.returncode == 0, ran.stderr
        assert HIDDEN not in ran.stdout + ran.stderr
        assert "Traceback" not in ran.stderr
    assert HIDDEN.encode() not in everything(folder)


def test_another_value_is_a_change_that_shows_neither(reign: Run, given: dict[str, str]) -> None:
    assert reign("apply", "--auto-approve", **given).returncode == 0
    assert "No changes." in reign("plan", **given).stdout
    changed = reign("plan", **{**given, "SHOP_DB": "correct-horse"})
    assert "~ content: (sensitive value, changed)    # secret db, variable token" in changed.stdout
    assert "correct-horse" not in changed.stdout


def test_one_output_is_told_where_it_is_asked_for(reign: Run, given: dict[str, str]) -> None:
    assert reign("apply", "--auto-approve", **given).returncode == 0
    clear = f"postgres://u:{HIDDEN}@h/sesame-sesame"
    assert reign("output", "dsn", "--raw", **given).stdout == clear
    assert json.loads(reign("output", "dsn", "--json", **given).stdout) == clear
    assert reign("output", "dsn", **given).stdout == "(sensitive value)\n"
    assert json.loads(reign("output", "--json", **given).stdout)["dsn"] == {"sensitive": True}


def test_the_state_is_shown_in_clear_on_a_terminal_alone(reign: Run, folder: Path, given: dict[str, str]) -> None:
    assert reign("apply", "--auto-approve", **given).returncode == 0
    piped = reign("state", "show", "list", "--show-sensitive", **given)
    assert (piped.returncode, piped.stdout) == (4, "")
    assert "[state/no-terminal]" in piped.stderr
    words = [*REIGN, "state", "show", "list", "--show-sensitive"]
    with terminal(words, folder, {**CLEAN, **given}) as shown:
        assert shown.end() == 0
    assert HIDDEN in shown.text


def test_a_sensitive_variable_is_given_again_with_a_plan_file(reign: Run, folder: Path, given: dict[str, str]) -> None:
    assert reign("plan", "--out", "new.plan", "--var", "token=open-sesame", **given).returncode == 0
    refused = reign("apply", "new.plan", "--var", "plain=y", **given)
    assert refused.returncode == 1
    assert "changes what is planned" in refused.stderr
    assert reign("apply", "new.plan", **given).returncode == 6
    assert reign("apply", "new.plan", "--var", "token=open-sesame", **given).returncode == 0
    assert (folder / "dsn").read_text().endswith("/open-sesame")


def test_a_folder_that_is_not_trusted(reign: Run, folder: Path) -> None:
    planned = reign("plan", SHOP_DB=HIDDEN)
    assert planned.returncode == 0
    assert planned.stdout.splitlines()[1].startswith("Not trusted: not looked at: ")
    assert "(sensitive value, known after apply)    # secret db" in planned.stdout
    refused = reign("apply", "--auto-approve", SHOP_DB=HIDDEN)
    assert refused.returncode == 4
    assert "[plan/untrusted]" in refused.stderr
    assert not (folder / "dsn").exists()


def test_trust_is_given_and_taken_back(reign: Run, folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    own = {"HOME": str(tmp_path_factory.mktemp("home")), "SHOP_DB": HIDDEN}
    assert reign("trust", "--list", **own).stdout == "You trust no folder.\n"
    given = reign("trust", **own)
    assert given.returncode == 0
    said = f"Trusted: {folder}\n\nFrom now on a plan of it may run or reach:\n"
    assert given.stdout.startswith(said)
    assert "Not trusted" not in reign("plan", **own).stdout
    assert json.loads(reign("trust", "--list", "--json", **own).stdout) == {"folders": [str(folder)]}
    told = json.loads(reign("trust", "--revoke", "--json", **own).stdout)
    assert told == {"folder": str(folder), "trusted": False, "was_trusted": True}
    assert "Not trusted" in reign("plan", **own).stdout
    allowed = json.loads(reign("trust", "--json", **own).stdout)["allows"]
    assert allowed == [line.strip() for line in given.stdout.removeprefix(said).splitlines()]
    assert reign("trust", "--list", "--revoke", **own).returncode == 1


@pytest.mark.parametrize(("answer", "trusted"), [("yes\n", True), ("no\n", False)])
def test_trust_is_asked_for_at_a_terminal(
    answer: str,
    trusted: bool,
    folder: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(CLEAN, "HOME", str(tmp_path_factory.mktemp("home")))
    monkeypatch.setitem(CLEAN, "SHOP_DB", HIDDEN)
    with asked(folder, "plan", "--out", "new.plan") as shown:
        shown.type(answer)
        assert shown.end() == 0
    assert "Traceback" not in shown.text
    again = subprocess.run([*REIGN, "plan"], cwd=folder, env=CLEAN, capture_output=True, text=True, check=True)
    assert ("Not trusted" not in again.stdout) is trusted
