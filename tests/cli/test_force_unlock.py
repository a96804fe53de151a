"""Taking a lock away: never from a process that lives here, always so that whoever had it writes no more."""

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import CLEAN, REIGN, Run

FILES = """\
version: 1
project: shop
resources:
  slow: {type: shell.command, spec: {create: "echo > begun; cat go", on_unknown: again}}
  after: {type: local.file, depends_on: [slow], spec: {path: after, content: x}}
"""


@pytest.fixture
def busy(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """An apply that holds the lock until somebody writes into `go`."""
    (folder / "reign.yaml").write_text(FILES)
    os.mkfifo(folder / "go")
    words = [*REIGN, "apply", "--auto-approve"]
    with subprocess.Popen(
        words, cwd=folder, env={**CLEAN, "REIGN_TRUST": "1"}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            while not (folder / "begun").exists():
                assert process.poll() is None, process.communicate()
                time.sleep(0.01)
            yield process
        finally:
            process.kill()
            with suppress(OSError):  # nobody reads it any more
                os.close(os.open(folder / "go", os.O_WRONLY | os.O_NONBLOCK))


def told(folder: Path, **other: Any) -> dict[str, Any]:
    """What the lock says of who holds it, made to say something else."""
    path = folder / ".reign/lock.json"
    found: dict[str, Any] = {**json.loads(path.read_text()), **other}
    path.write_text(json.dumps(found))
    return found


def test_whoever_lives_here_keeps_it(reign: Run, folder: Path, busy: subprocess.Popen[str]) -> None:
    owner = told(folder)
    refused = reign("destroy", "--auto-approve")
    assert refused.returncode == 5
    for word in (str(busy.pid), owner["host"], "`reign apply`", owner["started"], f"(ID {owner['id']})"):
        assert word in refused.stderr
    for name, code in ((owner["id"], "state/lock-alive"), ("0" * 16, "state/lock-other-id")):
        kept = reign("force-unlock", name, "--auto-approve")
        assert (kept.returncode, f"[{code}]" in kept.stderr) == (4, True), kept.stderr
        assert "Nothing was done." in kept.stderr
    assert f"kill {busy.pid}" in reign("force-unlock", owner["id"]).stderr
    told(folder, host="another-name")
    assert reign("force-unlock", owner["id"], "--auto-approve").returncode == 4, "the kernel is the same"
    (folder / "go").write_text("on")
    assert busy.wait(30) == 0


def test_a_kill_frees_it_and_what_is_left_is_cleared(reign: Run, folder: Path, busy: subprocess.Popen[str]) -> None:
    owner = told(folder)
    busy.kill()
    busy.wait()
    cleared = reign("force-unlock", owner["id"])
    assert cleared.returncode == 0
    assert cleared.stdout.startswith("The state is not locked: Process ")
    assert not (folder / ".reign/lock.json").exists()
    free = reign("force-unlock", owner["id"], "--json")
    assert json.loads(free.stdout) == {"outcome": "free", "holder": None, "run": None}


def test_from_a_machine_that_is_gone_it_is_taken(reign: Run, folder: Path, busy: subprocess.Popen[str]) -> None:
    owner = told(folder, host="gone-7", boot="another kernel")
    locked = reign("destroy", "--auto-approve")
    assert f"Once gone-7 is gone for good: reign force-unlock {owner['id']}\n" in locked.stderr
    unasked = reign("force-unlock", owner["id"])
    assert (unasked.returncode, "[apply/not-approved]" in unasked.stderr) == (4, True)
    taken = reign("force-unlock", owner["id"], "--auto-approve", "--json")
    assert json.loads(taken.stdout)["outcome"] == "taken"

    before = (folder / ".reign/journal/00000001.log").read_bytes()
    (folder / "go").write_text("on")
    _, said = busy.communicate(timeout=30)
    assert (busy.returncode, "[state/lock-lost]" in said) == (1, True), said
    assert (folder / ".reign/journal/00000001.log").read_bytes() == before, "it wrote nothing more"
    assert not (folder / "after").exists()

    runs = json.loads(reign("runs", "list", "--json").stdout)
    assert [(run["command"], run["status"]) for run in runs] == [("force-unlock", "completed"), ("apply", "paused")]
    query = "select message from reign.runs where command = 'force-unlock'"
    assert "gone-7" in json.loads(reign("sql", query, "--json").stdout)[0]["message"]


def test_the_next_run_goes_on_while_the_old_one_still_has_its_own(
    reign: Run, folder: Path, busy: subprocess.Popen[str]
) -> None:
    owner = told(folder, host="gone-7", boot="another kernel")
    assert reign("force-unlock", owner["id"], "--auto-approve").returncode == 0
    (folder / "reign.yaml").write_text(FILES.replace("echo > begun; cat go", "true"))
    words = [*REIGN, "apply", "--auto-approve"]
    with subprocess.Popen(
        words,
        cwd=folder,
        env={**CLEAN, "REIGN_TRUST": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as went_on:
        assert went_on.stderr is not None
        assert went_on.stderr.readline().startswith("Waiting for the create of shell.command.slow")
        (folder / "go").write_text("on")
        went_on.stderr.read()
    assert went_on.returncode == 0
    assert (folder / "after").exists()
    assert busy.wait(30) == 1
    quiet = reign("plan", "--detailed-exitcode", REIGN_TRUST="1")
    assert (quiet.returncode, quiet.stdout.splitlines()[-1]) == (0, "No changes.")


@pytest.fixture
def holds(folder: Path, reign: Run) -> Iterator[Callable[[str], None]]:
    """Holds the lock in the kernel's eyes while `lock.json` says whatever is given."""
    (folder / "reign.yaml").write_text("version: 1\nproject: shop\nresources: {v: {type: value, spec: {value: 1}}}\n")
    assert reign("apply", "--auto-approve").returncode == 0
    words = ["flock", str(folder / ".reign/lock"), "sh", "-c", "echo; cat"]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield lambda text: (folder / ".reign/lock.json").write_text(text) and None


@pytest.mark.parametrize("text", ["", "{", "[]", '"x"', "{}", '{"pid": "x", "id": 7}', '{"id": "abc", "pid": [1]}'])
def test_a_lock_that_says_nothing_sensible(text: str, holds: Callable[[str], None], reign: Run) -> None:
    holds(text)
    assert reign("apply", "--auto-approve").returncode == 5
    refused = reign("force-unlock", "abc", "--auto-approve")
    assert (refused.returncode, "[state/lock-other-id]" in refused.stderr) == (4, True), refused.stderr
    assert "Traceback" not in refused.stderr


def test_of_an_earlier_reign_there_is_no_id(holds: Callable[[str], None], reign: Run) -> None:
    holds('{"command": "apply", "ci_url": "", "pid": 4711, "host": "ci-7", "started": "2027-01-01T10:00:00"}')
    locked = reign("apply", "--auto-approve")
    assert (locked.returncode, "force-unlock" in locked.stderr) == (5, False)
    refused = reign("force-unlock", "0" * 16, "--auto-approve")
    assert (refused.returncode, "An earlier Reign took it" in refused.stderr) == (4, True)


def test_of_a_folder_that_was_named_wrong_nothing_is_said_to_be_free(reign: Run, folder: Path) -> None:
    (folder / "elsewhere").mkdir()
    refused = reign("-C", "elsewhere", "force-unlock", "0" * 16, "--auto-approve")
    assert (refused.returncode, "[usage/no-project]" in refused.stderr) == (1, True), refused.stderr
    assert reign("force-unlock", "0" * 16).returncode == 0
