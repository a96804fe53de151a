"""R5, the first half: disks that fail, are full, or write less than they were asked to. Never a false success."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path

from tests.faults.bars.boundaries import BELOW, ONE, TRIES, touching
from tests.faults.command import Ended, reign, start, traced
from tests.faults.crew import Trial, new_site
from tests.faults.disk import small_disk
from tests.faults.lives import AFTER, LIVES, begin
from tests.faults.needs import unless
from tests.faults.site import Site, Wanted
from tests.faults.table import Harness

FAULTS = (
    ("fsync", ("EIO", "ENOSPC")),
    ("/^(write|pwrite64)$", ("EIO", "ENOSPC")),
    ("/^rename", ("EIO", "ENOSPC")),
    ("/^link", ("EIO",)),
    ("/^unlink", ("EIO",)),
    ("/^mkdir", ("ENOSPC",)),
)
DONE = ("Apply complete!", "Destroy complete!", "Rollback complete!")


@dataclass(frozen=True)
class Fault:
    """The `number`th of some calls fails in the life of a small project; `is_below` as for kills."""

    life: str
    calls: str
    error: str
    is_below: bool = False
    number: int = 0

    @property
    def of(self) -> str:
        return self.error


@dataclass(frozen=True)
class Short:
    """No file gets longer than the newest segment was, and so many bytes more: the write that crosses it is short."""

    life: str
    more_bytes: int
    of: str = "short writes"


@dataclass(frozen=True)
class NoStore:
    """No file gets longer than this: enough for the journal, and not for the store."""

    kib: int
    of: str = "no room for the store"


@dataclass(frozen=True)
class Full:
    """A disk with so much room left, as bytes or as files."""

    life: str
    kib: int = 0
    files: int = 0
    of: str = "full disk"


def try_out(harness: Harness) -> None:
    """A plain run counts first; then every such call fails once, each way."""
    asked = [Fault(life, calls, "") for life in LIVES for calls, _ in FAULTS]
    asked += [Fault(life, calls, "", is_below=True) for life in ("update", "destroy") for calls in BELOW]
    if harness.sample:
        asked = [Fault("update", "fsync", ""), Fault("update", "/^rename", "", is_below=True)]
    counted = harness.count("R5", "system calls", plain_calls, asked)
    errors = dict(FAULTS)
    cases = [
        replace(each, number=number + 1, error=error)
        for each, most in counted
        for number in range(most)
        for error in errors[each.calls]
    ]
    harness.each("R5", "each write, fsync, rename, link, unlink, mkdir fails", at_fault, harness.few(cases, 4))
    longer = [life for life, (_, before, _) in LIVES.items() if before]
    shorts = [Short(life, more) for life in longer for more in (*range(0, 4000, 250), 1, 2, 3)]
    harness.each("R5", "a write to the journal is short, and the next one fails", at_short, harness.few(shorts, 2))
    harness.each(
        "R5", "the store does not fit", at_store, harness.few([NoStore(kib) for kib in (24, 64, 256, 1024)], 1)
    )
    fulls = [Full(life, kib=kib) for life in LIVES for kib in range(0, 64, 8)]
    fulls += [Full(life, files=files) for life in LIVES for files in range(1, 16, 2)]
    done = "no room on the disk, for bytes or for files"
    if reason := unless("tmpfs"):
        harness.skip("R5", "full disk", done, "tmpfs", reason)
    else:
        harness.each("R5", done, at_full, harness.few(fulls, 2))


def plain_calls(case: Fault) -> int:
    """How many of them a plain run makes at least."""
    most = []
    for _ in range(2):
        site, words, _ = begin(case.life)
        plain = traced(site.folder, (*words, *ONE), *touching(site, case.is_below), "-e", f"trace={case.calls}")
        assert plain.ended.code == 0, plain.ended.told
        site.close()
        most.append(plain.most() if case.is_below else plain.of_the_first())
    return min(most)


def at_fault(case: Fault) -> Trial:
    """It is told, or it did no harm; and the same command goes on."""
    for attempt in range(TRIES):
        site, words, world = begin(case.life)
        number = max(1, case.number - case.number * attempt // TRIES)
        only = (*touching(site, case.is_below), "-e", f"trace={case.calls}")
        ran = traced(site.folder, (*words, *ONE), *only, "-e", f"inject={case.calls}:error={case.error}:when={number}")
        went_on(site, ran.ended, world, words)
        if ran.injected:
            return Trial(case.of, ran.injected, figures={"told": int(ran.ended.code != 0)})
    return Trial(case.of, 0, broken=f"{case}: nothing fired")


def at_short(case: Short) -> Trial:
    """As a fault."""
    site, words, world = begin(case.life)
    ended = reign(site.folder, *words, file_bytes=site.journal.stat().st_size + case.more_bytes)
    went_on(site, ended, world, words)
    return Trial(case.of, figures={"told": int(ended.code != 0)})


def at_store(case: NoStore) -> Trial:
    """The run ends well, without a store; one comes with the next command that has room."""
    site, words, world = begin("create")
    ended = reign(site.folder, *words, file_bytes=case.kib << 10)
    assert ended.code == 0, ended.told
    assert not [*(site.folder / ".reign").glob("*state.duckdb*")], "half a store was left behind"
    there(site, world)
    site.declare(AFTER)
    site.must(*words)
    assert (site.folder / ".reign/state.duckdb").exists()
    went_on(site, ended, AFTER, words)
    return Trial(case.of)


def at_full(case: Full) -> Trial:
    """As a fault; with room again it goes on."""
    base = new_site()
    with small_disk(base.top / "disk", case.files) as disk:
        site = replace(base, folder=disk / "project")
        site.folder.mkdir()
        begin(case.life, site)
        words, world = LIVES[case.life][0], LIVES[case.life][2]
        fill(disk, case)
        ended = start(site.folder, *words, told=base.told()).wait()
        if told(ended):
            there(site, world)
        for path in disk.glob("filling*"):
            path.unlink()
        went_on(site, ended, world, words)
    base.close()
    return Trial(case.of, figures={"told": int(ended.code != 0)})


def went_on(site: Site, ended: Ended, world: Wanted, words: tuple[str, ...]) -> None:
    """A success is one, a failure is told, and the same command leads to the world."""
    if told(ended):
        there(site, world)
    site.goes_on(world, *words)
    site.close()


def told(ended: Ended) -> bool:
    """Whether it said that all went well, after checking that words and exit code agree and no traceback came."""
    assert "Traceback" not in ended.err, ended.told
    assert "internal/error" not in ended.err, ended.told
    is_done = ended.code == 0
    assert is_done or ended.code in (1, 7), ended.told
    assert is_done or "Error: " in ended.err, ended.told
    assert is_done == any(words in ended.out for words in DONE), f"{ended.told} {ended.out[-300:]}"
    return is_done


def there(site: Site, world: Wanted) -> None:
    """What it said was done is done."""
    try:
        site.rests(world, destroy=not world)
    except AssertionError as error:
        raise AssertionError(f"a false success: {error}") from error


def fill(disk: Path, case: Full) -> None:
    """Leave the room that the case says."""
    held = os.statvfs(disk)
    if case.files:
        for number in range(held.f_ffree - case.files):
            (disk / f"filling-{number}").touch()
    else:
        (disk / "filling").write_bytes(b"x" * (held.f_bfree * held.f_bsize - (case.kib << 10)))
