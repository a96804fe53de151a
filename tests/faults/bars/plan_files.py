"""R8: a plan file that is stale, foreign or edited is refused every time, and nothing is done."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from reign.app.apply import apply
from reign.app.nouns import ApplyRequest, Planned, Where
from reign.execution.cancel import Cancel
from reign.model.errors import ReignError, Stale
from tests.faults.command import ENVIRON, aside
from tests.faults.crew import Trial, new_site
from tests.faults.site import Site, Wanted
from tests.faults.table import Harness

FIRST: Wanted = {"local": {1: 1, 2: 1}, "shell": {3: 1}, "outside": {4: 1, 5: 1}}
SECOND: Wanted = {"local": {1: 2, 6: 1}, "shell": {3: 2}, "outside": {4: 2, 7: 1}}
STEP = 64
"""Bytes that one trial edits, one after the other."""


@dataclass(frozen=True)
class Edited:
    """The bytes from `begin` on, each changed in each of some ways; every tenth also by the real command."""

    begin: int
    of: str = "edited"


@dataclass(frozen=True)
class Wrong:
    """A file that is whole, and not for this state."""

    why: str
    of: str = "stale, foreign, cut"


def try_out(harness: Harness) -> None:
    """Every byte of a file, every length that it can be cut to, and every way not to be of this state."""
    ((_, size),) = harness.count("R8", "the file's size", size_of, ["whole"]) or [("", 0)]
    regions = [Edited(begin) for begin in range(0, size, STEP)]
    harness.each(
        "R8", f"each byte of a plan file of {size:,} bytes edited, three ways", at_edited, harness.few(regions, 2)
    )
    harness.each(
        "R8",
        "a plan file that is not of this state, or not whole",
        at_wrong,
        harness.few([Wrong(why) for why in WRONG], 4),
    )


def planned() -> tuple[Site, Path]:
    """A project with a plan file that could be applied."""
    site = new_site()
    site.declare(FIRST)
    site.must("apply", "--auto-approve")
    site.declare(SECOND)
    site.must("plan", "--out", "file")
    return site, site.folder / "file"


def size_of(_: str) -> int:
    """How long a plan file is."""
    site, file = planned()
    size = file.stat().st_size
    site.close()
    return size


def at_edited(case: Edited) -> Trial:
    """All of them, and then the file itself, which is still good."""
    site, file = planned()
    data = file.read_bytes()
    edited = [
        data[:at] + byte + data[at + 1 :]
        for at in range(case.begin, min(len(data), case.begin + STEP))
        for byte in variants(data[at])
    ]
    untouched(site, lambda: refused(site, edited))
    file.write_bytes(edited[len(edited) // 2])
    untouched(site, lambda: site.must("apply", "file", codes=[6]))
    file.write_bytes(data)
    site.must("apply", "file")
    site.rests(SECOND)
    site.close()
    return Trial(case.of, len(edited) + 1, figures={"edits": len(edited)})


def variants(byte: int) -> list[bytes]:
    """One bit, all bits, and gone."""
    return [bytes([byte ^ 1]), bytes([byte ^ 255]), b""]


def refused(site: Site, files: list[bytes]) -> None:
    """All of them, by the use-case itself, in one process. Raises AssertionError."""
    assert aside(_refused, site.folder, files) == len(files)


def _refused(folder: Path, files: list[bytes]) -> int:
    for data in files:
        try:
            apply(Where(folder, environ=ENVIRON), ApplyRequest(file=data), _never, lambda _: None, Cancel())
        except Stale:
            continue
        except ReignError as error:
            codes = [finding.code for finding in error.findings]
            raise AssertionError(f"not refused as edited: {codes}") from error
    return len(files)


def _never(_: Planned) -> None:
    raise AssertionError("an edited file was about to be run")


def untouched(site: Site, act: Callable[[], object]) -> None:
    """Nothing outside, and nothing in the journal, is changed by it."""
    before = world(site)
    act()
    assert world(site) == before, "something was done"


def world(site: Site) -> object:
    """All that could be changed."""
    files = {str(path): path.read_bytes() for path in (site.folder / "out").rglob("*") if path.is_file()}
    journal = {path.name: path.read_bytes() for path in (site.folder / ".reign/journal").glob("*.log")}
    return files, journal, site.log.read_text() if site.log.exists() else "", site.room.things()


def at_wrong(case: Wrong) -> Trial:
    """Refused with 6, and nothing done; planned anew it goes on."""
    site, file = planned()
    fired = WRONG[case.why](site, file)
    site.declare(SECOND)
    site.goes_on(SECOND)
    site.close()
    return Trial(case.of, fired)


def refuse(site: Site, *words: str) -> int:
    """One refusal."""
    untouched(site, lambda: site.must("apply", "file", *words, codes=[6]))
    return 1


def again(site: Site, file: Path) -> int:
    site.must("apply", "file")
    return refuse(site)


def overtaken(site: Site, file: Path) -> int:
    site.must("apply", "--auto-approve")
    return refuse(site)


def tainted(site: Site, file: Path) -> int:
    site.must("state", "taint", "outside-5", "--auto-approve")
    fired = refuse(site)
    site.must("state", "untaint", "outside-5", "--auto-approve")
    return fired


def cut(site: Site, file: Path) -> int:
    data = file.read_bytes()
    lengths = [*range(0, len(data), max(1, len(data) // 40))]
    for length in lengths:
        untouched(site, lambda length=length: refused(site, [data[:length]]))  # type: ignore[misc]
    file.write_bytes(data[:-1])
    return refuse(site) + len(lengths)


def longer(site: Site, file: Path) -> int:
    file.write_bytes(file.read_bytes() + b"\n{}")
    return refuse(site)


def other_lineage(site: Site, file: Path) -> int:
    shutil.move(site.folder / ".reign", site.top / "away")
    site.declare({})
    site.must("apply", "--auto-approve")
    fired = refuse(site)
    shutil.rmtree(site.folder / ".reign")
    shutil.move(site.top / "away", site.folder / ".reign")
    return fired


def other_key(site: Site, file: Path) -> int:
    key = site.folder / ".reign/key"
    data = key.read_bytes()
    key.write_bytes(data[:-2] + bytes([data[-2] ^ 1]) + data[-1:])
    fired = refuse(site)
    key.write_bytes(data)
    return fired


def another_project(site: Site, file: Path) -> int:
    other, its = planned()
    shutil.copy(its, file)
    other.close()
    return refuse(site)


def other_environment(site: Site, file: Path) -> int:
    declared = site.folder / "reign.yaml"
    declared.write_text(declared.read_text().replace("project: p", "project: p\nenvironments: {dev: {}, prod: {}}"))
    return refuse(site, "--env", "prod")


WRONG: dict[str, Callable[[Site, Path], int]] = {
    each.__name__.replace("_", " "): each
    for each in (again, overtaken, tainted, cut, longer, other_lineage, other_key, another_project, other_environment)
}
