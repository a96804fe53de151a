"""The lock: one writer, who is named to the others; free as soon as its process is gone."""

from __future__ import annotations

import errno
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from reign.model.errors import Failed, Locked
from reign.state import read
from reign.state.files import boot_id
from reign.state.layout import Layout
from reign.state.lock import Owner, hold, is_held, owner_of, set_aside
from reign.state.writer import open_writer
from tests.state.conftest import ended, made, started

HERE = socket.gethostname()
HOLD = (
    "import sys\nfrom pathlib import Path\nfrom tests.state.conftest import *\n"
    "try:\n"
    "    with open_writer(Layout(Path(sys.argv[1])), Owner('destroy', 'https://ci.example/7')) as opened:\n"
    "        print('held', flush=True)\n"
    "        sys.stdin.read()\n"
    "except Exception as error:\n"
    "    print(error, flush=True)\n"
)


def _other(layout: Layout) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", HOLD, str(layout.folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


@pytest.fixture
def other(layout: Layout) -> Iterator[subprocess.Popen[str]]:
    with _other(layout) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_the_holder_is_named(layout: Layout, other: subprocess.Popen[str]) -> None:
    assert is_held(layout)
    with pytest.raises(Locked) as caught:
        open_writer(layout, Owner("apply"))
    (finding,) = caught.value.findings
    told = json.loads(layout.lock_json.read_text())
    for word in (str(other.pid), socket.gethostname(), "reign destroy", "https://ci.example/7", "since 2", told["id"]):
        assert word in finding.detail
    assert "--lock-timeout" in finding.fix
    assert f"end process {other.pid}" in finding.fix
    assert layout.lock.read_bytes() == b""
    assert told["pid"] == other.pid


def test_a_kill_frees_it(layout: Layout, other: subprocess.Popen[str]) -> None:
    other.kill()
    other.wait()
    assert not is_held(layout)
    with open_writer(layout, Owner("apply")):
        assert json.loads(layout.lock_json.read_text())["pid"] == os.getpid()
    assert not layout.lock_json.exists()


def test_waiting_for_it(layout: Layout, other: subprocess.Popen[str]) -> None:
    began = threading.Event()
    held: list[bool] = []

    def take() -> None:
        began.set()
        with open_writer(layout, Owner("apply"), wait_s=60):
            held.append(True)

    thread = threading.Thread(target=take)
    thread.start()
    began.wait()
    assert not held
    assert other.stdin is not None
    other.stdin.close()
    thread.join(30)
    assert held == [True]


def test_waiting_ends(layout: Layout, other: subprocess.Popen[str]) -> None:
    began = time.monotonic()
    with pytest.raises(Locked) as caught:
        open_writer(layout, Owner("apply"), wait_s=0.3)
    assert time.monotonic() - began >= 0.3
    assert "waited for 0.3 s" in caught.value.findings[0].detail


def test_it_holds_inside_one_process_too(layout: Layout) -> None:
    with open_writer(layout, Owner("apply")) as first:
        with pytest.raises(Locked):
            open_writer(layout, Owner("apply"))
        assert is_held(layout)
        assert first.state.serial == 0
    assert not is_held(layout)
    open_writer(layout, Owner("apply")).close()


def test_environments_have_a_lock_each(layout: Layout) -> None:
    with (
        open_writer(Layout(layout.folder, "dev"), Owner("apply")),
        open_writer(Layout(layout.folder, "prod"), Owner("apply")),
    ):
        assert not is_held(layout)


def test_asking_makes_nothing_and_turns_nobody_away(layout: Layout) -> None:
    assert not is_held(layout)
    assert not layout.root.exists()
    layout.create()
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            is_held(layout)

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        for _ in range(200):
            hold(layout, Owner("apply"), 0).release()
    finally:
        stop.set()
        thread.join()


def test_a_lock_that_was_removed_meanwhile_guards_nothing(layout: Layout) -> None:
    layout.create()
    first = hold(layout, Owner("apply"), 0)
    layout.lock.unlink()
    second = hold(layout, Owner("apply"), 0)
    with pytest.raises(Locked):
        hold(layout, Owner("apply"), 0)
    second.release()
    first.release()


def test_whoever_lost_it_writes_no_more_and_leaves_what_is_the_others(layout: Layout) -> None:
    first = open_writer(layout, Owner("apply"))
    first.journal.append([started(), *made("value.a", serial=1)])
    owner = owner_of(layout)
    assert owner is not None
    assert owner.is_here
    assert not set_aside(layout, "another")
    assert set_aside(layout, owner.id)
    with open_writer(layout, Owner("destroy")) as second:
        before = layout.lock_json.read_bytes()
        with pytest.raises(Failed) as caught:
            first.journal.append([started("r2")])
        assert caught.value.findings[0].code == "state/lock-lost"
        with pytest.raises(Failed):
            first.journal.append([started("r2")])
        first.close()
        assert layout.lock_json.read_bytes() == before, "it is the other's"
        assert not layout.store.exists(), "nor does it feed the store"
        second.journal.append([started("r3"), ended("r3")])
    assert [str(address) for address in read(layout).resources] == ["value.a"]


def test_each_time_it_is_held_has_an_id(layout: Layout) -> None:
    ids = set()
    for _ in range(3):
        with open_writer(layout, Owner("apply")):
            owner = owner_of(layout)
            assert owner is not None
            ids.add(owner.id)
    assert len(ids) == 3
    assert owner_of(layout) is None


@pytest.mark.parametrize(
    ("host", "boot", "is_here"),
    [
        ("other", boot_id(), True),
        (socket.gethostname(), "another", False),
        (socket.gethostname(), "", True),
        ("other", "", False),
    ],
)
def test_a_kernel_is_told_from_another(host: str, boot: str, is_here: bool) -> None:
    assert Owner("apply", host=host, boot=boot).is_here is is_here


def test_of_many_at_once_one_runs(layout: Layout) -> None:
    processes = [_other(layout) for _ in range(6)]
    try:
        told = [process.stdout.readline() for process in processes if process.stdout]
    finally:
        for process in processes:
            process.kill()
            process.communicate()
    assert told.count("held\n") == 1
    assert sum("state/locked" in line for line in told) == 5


def test_a_folder_that_cannot_be_written(layout: Layout) -> None:
    layout.root.write_text("a file where the folder should be")
    with pytest.raises(Failed) as caught:
        open_writer(layout, Owner("apply"))
    assert caught.value.findings[0].code == "state/not-writable"


def test_a_name_that_leads_out_is_no_environment(layout: Layout) -> None:
    for name in ("../x", "a/b", "A", "..", "a b"):
        with pytest.raises(Failed):
            Layout(layout.folder, name)


def test_who_held_it_need_not_be_removable_for_it_to_be_free(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    layout.create()
    lock = hold(layout, Owner("apply"), 0)

    def fail(self: Path, missing_ok: bool = False) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", fail)
        lock.release()
    assert not is_held(layout)


def test_a_lock_whose_owner_cannot_be_told_is_not_kept(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    layout.create()

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched, pytest.raises(OSError, match="space"):
        patched.setattr("reign.state.lock.write_file", full)
        hold(layout, Owner("apply"), 0)
    assert not is_held(layout)
