"""Changing the state by hand, as a user does: what is shown, recorded and refused, and what the next plan makes of it."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import CLEAN, REIGN, Run, addresses
from tests.cli.terminal import terminal

FILES = """\
version: 1
project: shop
resources:
  a: {type: local.file, spec: {path: a.txt, content: one}}
  b: {type: local.file, spec: {path: b.txt, content: "${resources.a.path}"}}
  c: {type: local.file, lifecycle: {replace_triggered_by: [b]}, spec: {path: c.txt, content: "${resources.b.path}"}}
  g: {type: local.file, for_each: [x, y.z], depends_on: [b], spec: {path: "g/${each.key}", content: g}}
  n: {type: value, count: 2, spec: {value: 1}}
  p: {type: local.file, lifecycle: {prevent_destroy: true}, spec: {path: p.txt, content: p}}
"""


@pytest.fixture
def shop(folder: Path, reign: Run) -> Path:
    """A project that was applied."""
    (folder / "reign.yaml").write_text(FILES)
    assert reign("apply", "--auto-approve").returncode == 0
    return folder


def edit(folder: Path, **names: str) -> None:
    """Give blocks other names, wherever they stand."""
    text = (folder / "reign.yaml").read_text()
    for old, new in names.items():
        for before, after in (
            (f"  {old}: ", f"  {new}: "),
            (f"resources.{old}.", f"resources.{new}."),
            (f"[{old}]", f"[{new}]"),
        ):
            text = text.replace(before, after)
    (folder / "reign.yaml").write_text(text)


def is_noop(reign: Run) -> bool:
    planned = reign("plan", "--detailed-exitcode")
    return planned.returncode == 0 and planned.stdout.splitlines()[-1] == "No changes."


def edges(reign: Run, address: str) -> list[str]:
    found: list[str] = json.loads(reign("state", "show", address, "--json").stdout)[0]["depends_on"]
    return found


@pytest.mark.parametrize("source", ["b", "local.file.b"])
def test_one_in_the_middle_moves_with_all_that_depends_on_it(source: str, reign: Run, shop: Path) -> None:
    moved = reign("state", "mv", source, "middle", "--auto-approve")
    assert moved.returncode == 0, moved.stderr
    assert "  # local.file.b will be called local.file.middle\n" in moved.stdout
    assert "State changed! Resources: 1 moved." in moved.stdout
    assert "(state/not-renamed, info)" in moved.stdout
    assert edges(reign, "middle") == ["local.file.a"]
    assert edges(reign, "c") == ["local.file.middle"]
    assert edges(reign, "g[x]") == ["local.file.middle"]
    edit(shop, b="middle")
    assert is_noop(reign)
    assert reign("destroy", "--target", "p", "--auto-approve").returncode == 4


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("source", "target", "found"),
    [
        ("g", "h", ['local.file.h["x"]', 'local.file.h["y.z"]']),
        ("local.file.g", "local.file.h", ['local.file.h["x"]', 'local.file.h["y.z"]']),
        ("g[x]", "g[z]", ['local.file.g["y.z"]', 'local.file.g["z"]']),
        ('local.file.g["y.z"]', 'g["0"]', ['local.file.g["0"]', 'local.file.g["x"]']),
        ("g[x]", "one", ['local.file.g["y.z"]', "local.file.one"]),
        ("a", "h[k]", ['local.file.g["x"]', 'local.file.g["y.z"]', 'local.file.h["k"]']),
        ("n[1]", "n[7]", ["value.n[0]", "value.n[7]"]),
        ("value.n", "m", ["value.m[0]", "value.m[1]"]),
    ],
)
def test_every_spelling_moves(source: str, target: str, found: list[str], reign: Run) -> None:
    assert reign("state", "mv", source, target, "--auto-approve").returncode == 0
    assert set(found) <= set(addresses(reign))
    assert len(addresses(reign)) == 8


def test_a_group_moves_and_its_blocks_follow(reign: Run, shop: Path) -> None:
    assert reign("state", "mv", "g", "files", "--auto-approve").returncode == 0
    edit(shop, g="files")
    assert is_noop(reign)


@pytest.mark.parametrize(
    ("source", "target", "code"),
    [
        ("a", "b", "state/move-occupied"),
        ("a", "g[x]", "state/move-occupied"),
        ("a", "a", "state/move-same"),
        ("g", "h[k]", "state/move-several"),
        ("a", "value.a2", "state/move-type"),
        ("a", "n[5]", "state/move-type"),
        ("a", "h[", "state/not-an-address"),
        ("a", "9", "state/not-an-address"),
        ("a*", "h", "state/not-an-address"),
        ("zz", "h", "plan/no-match"),
        ("g[k]", "h", "plan/no-match"),
        ("a\x1b[31m", "h", "plan/no-match"),
    ],
)
@pytest.mark.parametrize("how", ["--dry-run", "--auto-approve"])
def test_what_cannot_move_stays(source: str, target: str, code: str, how: str, reign: Run, shop: Path) -> None:
    before = (shop / ".reign/journal/00000001.log").read_bytes()
    refused = reign("state", "mv", source, target, how)
    assert (refused.returncode, f"[{code}]" in refused.stderr) == (1, True), refused.stderr
    assert "Nothing was changed." in refused.stderr
    assert "\x1b" not in refused.stderr
    assert (shop / ".reign/journal/00000001.log").read_bytes() == before


@pytest.mark.usefixtures("shop")
def test_the_nearest_name_is_told(reign: Run) -> None:
    assert 'Did you mean "local.file.b"?' in reign("state", "rm", "local.fil.b", "--auto-approve").stderr


def test_rm_forgets_and_destroys_nothing(reign: Run, shop: Path) -> None:
    forgotten = reign("state", "rm", "b", "g[*", "--auto-approve")
    assert forgotten.returncode == 0, forgotten.stderr
    said = forgotten.stdout
    assert (
        "  # local.file.b will no longer be managed by Reign, but will not be destroyed\n  . local.file.b [id=b.txt]"
        in said
    )
    assert "# local.file.c depends on what is forgotten, which its record names no more" in said
    assert said.count("It is still declared (state/still-declared") == 2
    assert "Resources: 3 forgotten." in said
    assert (shop / "b.txt").exists()
    assert addresses(reign) == ["local.file.a", "local.file.c", "local.file.p", "value.n[0]", "value.n[1]"]
    assert edges(reign, "c") == []
    assert reign("apply", "--auto-approve").returncode == 0
    assert "local.file.b" in addresses(reign), "its mark tells that it is ours"
    assert is_noop(reign)


def test_what_is_protected_is_not_forgotten(reign: Run, shop: Path) -> None:
    refused = reign("state", "rm", "*", "--auto-approve")
    assert (refused.returncode, "[state/protected]" in refused.stderr) == (4, True)
    assert len(addresses(reign)) == 8
    text = (shop / "reign.yaml").read_text()
    block = text.index("  p: ")
    removed = 'removed: [{from: p, destroy: false, unprotect: "moved house"}]\n'
    (shop / "reign.yaml").write_text(text[:block] + removed)
    assert reign("apply", "--auto-approve").returncode == 0, "what the finding says helps"
    assert "local.file.p" not in addresses(reign)
    assert (shop / "p.txt").exists()


@pytest.mark.usefixtures("shop")
def test_what_is_tainted_is_replaced_and_said_so(reign: Run) -> None:
    assert "Resources: 2 tainted." in reign("state", "taint", "b", "g[x]", "--auto-approve").stdout
    listed = json.loads(reign("state", "list", "--json").stdout)
    assert [row["address"] for row in listed if row["status"] == "tainted"] == ["local.file.b", 'local.file.g["x"]']
    planned = reign("plan").stdout
    assert "# local.file.b must be replaced\n  # (it is tainted" in planned or "is tainted" in planned
    again = reign("state", "taint", "b", "a", "--auto-approve")
    assert "nothing to do: local.file.b" in again.stdout
    assert reign("state", "untaint", "a", "b", "g[x]", "--auto-approve").returncode == 0
    assert is_noop(reign)
    before = reign("runs", "list").stdout
    nothing = reign("state", "untaint", "a")
    assert (nothing.returncode, nothing.stdout) == (0, "As asked for already, nothing to do: local.file.a\n")
    assert reign("runs", "list").stdout == before


@pytest.mark.usefixtures("shop")
def test_a_protected_one_may_be_tainted_and_is_told(reign: Run) -> None:
    assert "it is protected: a plan refuses to replace it" in reign("state", "taint", "p", "--auto-approve").stdout
    assert reign("apply", "--auto-approve").returncode == 4


@pytest.mark.usefixtures("shop")
def test_each_is_a_run_in_the_history(reign: Run) -> None:
    for words in (["mv", "a", "z"], ["taint", "z"], ["untaint", "z"], ["rm", "n[0]"]):
        assert reign("state", *words, "--auto-approve").returncode == 0
    runs = json.loads(reign("runs", "list", "--json").stdout)
    told = [(run["command"], run["status"], run["serial"]) for run in reversed(runs)]
    commands = ["state mv", "state taint", "state untaint", "state rm"]
    assert told == [("apply", "completed", 1), *((name, "completed", 2 + at) for at, name in enumerate(commands))]
    query = "select address, action, spec is null as gone from reign.resource_history where serial > 1 order by serial, address"
    rows = json.loads(reign("sql", query, "--json").stdout)
    assert [(row["address"], row["action"], row["gone"]) for row in rows] == [
        ("local.file.a", "move", True),
        ("local.file.b", "move", False),
        ("local.file.z", "move", False),
        ("local.file.z", "taint", False),
        ("local.file.z", "untaint", False),
        ("value.n[0]", "forget", True),
    ]
    assert "state taint" in reign("runs", "show", runs[2]["run_id"]).stdout
    assert "taint" in reign("timeline").stdout


def test_a_plan_file_made_before_is_stale(reign: Run, shop: Path) -> None:
    (shop / "reign.yaml").write_text(FILES.replace("content: one", "content: two"))
    assert reign("plan", "--out", "new.plan").returncode == 0
    assert reign("state", "taint", "c", "--auto-approve").returncode == 0
    stale = reign("apply", "new.plan")
    assert (stale.returncode, "[plan/stale]" in stale.stderr) == (6, True)


def test_a_dry_run_takes_no_lock_and_writes_nothing(reign: Run, shop: Path) -> None:
    before = {path: path.read_bytes() for path in (shop / ".reign").rglob("*") if path.is_file()}
    with held(shop):
        shown = reign("state", "mv", "a", "z", "--dry-run")
        assert shown.returncode == 0
        assert shown.stdout.endswith("\nNothing was changed: this was a dry run.\n")
        locked = reign("state", "mv", "a", "z", "--auto-approve")
        assert (locked.returncode, "[state/locked]" in locked.stderr) == (5, True)
    assert {path: path.read_bytes() for path in (shop / ".reign").rglob("*") if path.is_file()} == before


def held(folder: Path) -> subprocess.Popen[bytes]:
    """Somebody who holds the lock, until the end of the block."""
    holder = subprocess.Popen(
        ["flock", str(folder / ".reign/lock"), "sh", "-c", "echo; cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"\n"
    return holder


@pytest.mark.usefixtures("shop")
def test_without_a_terminal_nothing_is_changed_unasked(reign: Run) -> None:
    for words in ("mv a z", "rm a", "taint a"):
        refused = reign("state", *words.split())
        assert (refused.returncode, "[apply/not-approved]" in refused.stderr) == (4, True)
    assert "Approve it beforehand: reign state rm 'g[x]' --auto-approve\n" in reign("state", "rm", "g[x]").stderr


@pytest.mark.parametrize(("typed", "code"), [("yes\n", 0), ("y\n", 8), ("\n", 8)])
def test_at_a_terminal_it_is_asked(typed: str, code: int, reign: Run, shop: Path) -> None:
    with terminal([*REIGN, "state", "rm", "a"], shop, CLEAN) as asking:
        said = asking.until("Enter a value:")
        asking.type(typed)
        assert asking.end() == code
    assert "Do you want to change the state?" in said
    assert ("local.file.a" in addresses(reign)) is bool(code)


def test_an_environment_that_confirms_by_name(reign: Run, folder: Path) -> None:
    (folder / "reign.yaml").write_text(
        FILES.replace("project: shop\n", "project: shop\nenvironments: {prod: {confirm: name}}\n")
    )
    assert reign("--env", "prod", "apply", "--auto-approve").returncode == 0
    with terminal([*REIGN, "--env", "prod", "state", "taint", "a"], folder, CLEAN) as asking:
        asking.until("Enter a value:")
        asking.type("prod\n")
        assert asking.end() == 0


def test_where_every_apply_is_confirmed_the_state_is_too(reign: Run, shop: Path) -> None:
    (shop / "reign.yaml").write_text(FILES + "settings: {execution: {mode: confirm}}\n")
    assert reign("state", "taint", "a", "--auto-approve").returncode == 4


@pytest.mark.usefixtures("shop")
def test_json(reign: Run) -> None:
    told = json.loads(reign("state", "mv", "g", "h", "--json", "--auto-approve").stdout)
    assert told["command"] == "state mv"
    assert told["dry_run"] is False
    assert told["serial"] == 2
    assert told["changes"][0] == {
        "action": "move",
        "address": 'local.file.h["x"]',
        "id": "g/x",
        "previous_address": 'local.file.g["x"]',
    }
    shown = json.loads(reign("state", "rm", "a", "--json", "--dry-run").stdout)
    assert (shown["run"], shown["serial"], shown["dry_run"]) == (None, None, True)
    assert [each["action"] for each in shown["changes"]] == ["forget", "update"]
    assert [each["x_reign"]["code"] for each in shown["diagnostics"]] == ["state/still-declared"]
    refused = reign("state", "rm", "a", "--json")
    assert (refused.returncode, json.loads(refused.stdout)["errored"]) == (4, True)


def test_where_nothing_was_ever_applied_nothing_is_made(reign: Run, folder: Path) -> None:
    refused = reign("state", "rm", "a", "--auto-approve")
    assert (refused.returncode, "[plan/no-match]" in refused.stderr) == (1, True)
    assert not (folder / ".reign").exists()


def test_it_works_beside_files_that_do_not_load(reign: Run, shop: Path) -> None:
    (shop / "reign.yaml").write_text("version: 1\nresources: [\n")
    assert reign("state", "mv", "a", "z", "--auto-approve").returncode == 0
    assert reign("state", "rm", "z", "--auto-approve").returncode == 0
    assert "local.file.z" not in addresses(reign)


SEALED = """\
version: 1
project: shop
secrets: {db: {env: SHOP_DB}}
resources:
  dsn: {type: local.file, spec: {path: dsn, content: "${secret.db}"}}
"""


def test_what_is_encrypted_moves_without_its_key_and_opens_with_it(reign: Run, folder: Path) -> None:
    (folder / "reign.yaml").write_text(SEALED)
    own = {"SHOP_DB": "hunter2-hunter2", "REIGN_TRUST": "1"}
    assert reign("apply", "--auto-approve", **own).returncode == 0
    key = (folder / ".reign/key").read_bytes()
    (folder / ".reign/key").unlink()
    moved = reign("state", "mv", "dsn", "db", "--auto-approve")
    assert moved.returncode == 0, moved.stderr
    assert not (folder / ".reign/key").exists()
    assert reign("state", "taint", "db", "--auto-approve").returncode == 0
    assert reign("state", "untaint", "db", "--auto-approve").returncode == 0
    (folder / ".reign/key").write_bytes(key)
    (folder / ".reign/key").chmod(0o600)
    edit(folder, dsn="db")
    planned = reign("plan", "--detailed-exitcode", **own)
    assert (planned.returncode, planned.stdout.splitlines()[-1]) == (0, "No changes.")
    for path in (folder / ".reign").rglob("*"):
        assert not path.is_file() or b"hunter2" not in path.read_bytes(), path
    shown = [reign("state", *words) for words in (["list"], ["show", "db"], ["show", "db", "--json"])]
    assert all("hunter2" not in each.stdout + each.stderr for each in shown)


@pytest.mark.parametrize("words", ["mv a b", "rm a", "taint a", "untaint a"])
@pytest.mark.parametrize("how", ["--dry-run", "--auto-approve"])
def test_a_folder_that_was_named_wrong(words: str, how: str, reign: Run, folder: Path) -> None:
    (folder / "elsewhere").mkdir()
    refused = reign("-C", "elsewhere", "state", *words.split(), how)
    assert (refused.returncode, "[usage/no-project]" in refused.stderr) == (1, True), refused.stderr
    assert not any((folder / "elsewhere").iterdir())
