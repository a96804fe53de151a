"""One project, what it is to lead to, and the world that it stands in."""

from __future__ import annotations

import hashlib
import json
import shutil
import stat
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.command import Ended, reign
from tests.faults.kinds import KINDS
from tests.faults.objects import OBJECTS, line
from tests.faults.outside.room import Room
from tests.services.between import Between

Wanted = Mapping[str, Mapping[int, int]]
"""What is to be there: kind -> number -> version."""


@dataclass
class Site:
    """A project's folder, with what stands outside of it beside: the log of its commands, its room in the outside system."""

    top: Path
    room: Room
    folder: Path
    declared: Wanted = field(default_factory=dict)
    follow: int = 0
    is_far: bool = False
    """Whether anything of it ever stood in a service of its own."""

    @property
    def project(self) -> str:
        """Its name; one of its own where others share the service that it stands in."""
        return f"p{hashlib.sha256(bytes(self.top)).hexdigest()[:10]}" if self.is_far else "p"

    @property
    def line(self) -> Between:
        """Its way to the engine."""
        return line(self.top.parent)

    @property
    def log(self) -> Path:
        """A line for each command that ran."""
        return self.top / "log"

    @property
    def journal(self) -> Path:
        """The newest segment."""
        return max(
            (self.folder / ".reign" / "journal").glob("*.log"), default=self.folder / ".reign/journal/00000001.log"
        )

    def told(self) -> Path:
        """A new folder for what a command says, where there is always room."""
        return Path(tempfile.mkdtemp(dir=self.top, prefix="told-"))

    def declare(self, wanted: Wanted, more: str = "", follow: int = 0) -> None:
        """Write the reign.yaml that wants this. Every `follow`th resource waits for the one before it."""
        self.declared, self.follow = wanted, follow
        if not self.is_far and any(mine and KINDS[kind].is_far for kind, mine in wanted.items()):
            self.is_far = True
            self.line.mend()  # what was to go wrong for another
        lines = ["version: 1", f"project: {self.project}", "providers:", f"  outside: {{url: '{self.room.url}'}}"]
        lines += [f"  docker: {{host: '{self.line.address}'}}"] if self.is_far else []
        lines += ["resources:"]
        before = ""
        for kind, numbers in wanted.items():
            for place, (number, version) in enumerate(numbers.items()):
                waits = f"depends_on: [{before}], " if follow and before and place % follow == 0 else ""
                before = f"{kind}-{number}"
                lines.append(f"  {before}: {{{waits}{KINDS[kind].block(self, number, version)}}}")
        if not any(wanted.values()):
            lines[-1] += " {}"
        (self.folder / "reign.yaml").write_text("\n".join([*lines, more, ""]), encoding="utf-8")

    def reign(self, *words: str) -> Ended:
        """A command in it."""
        return reign(self.folder, *words, told=self.told())  # where there is room, whatever the project stands on

    def must(self, *words: str, codes: Iterable[int] = (0,)) -> Ended:
        """A command that ends with one of `codes`. Raises AssertionError."""
        ended = self.reign(*words)
        assert ended.code in codes, f"reign {' '.join(words)}: {ended.told}"
        return ended

    def goes_on(self, wanted: Wanted, *words: str) -> None:
        """Nothing is lost; the next command (apply, unless `words` name another) leads to what is wanted, and the one
        after it finds nothing to do; nothing is there twice, and nothing that nobody knows of.
        """
        self.is_private()
        self.no_twins()
        self.is_whole()
        self.must(*(words or ("apply", "--auto-approve")))
        self.rests(wanted, destroy=words[:1] == ("destroy",))

    def rests(self, wanted: Wanted, *, destroy: bool = False) -> None:
        """All that is wanted is there, once, and nothing else; a plan of just that finds nothing to do."""
        if not destroy and self.declared != wanted:
            self.declare(wanted, follow=self.follow)
        self.must("plan", "--detailed-exitcode", *(("--destroy",) if destroy else ()))
        self.is_private()
        self.no_twins()
        for kind in KINDS.values():
            there, expected = dict(kind.there(self)), dict(wanted.get(kind.name, {}))
            assert there == expected, f"{kind.name}: there is {differing(there, expected)}"
            strays = kind.strays(self, wanted.get(kind.name, {}))
            assert not strays, f"{kind.name}: nobody knows of {strays[:5]}"
        held = json.loads(self.must("state", "list", "--json").out)
        assert len(held) == sum(map(len, wanted.values())), f"the state holds {len(held)}"

    def is_whole(self) -> None:
        """`doctor` finds nothing lost or damaged."""
        self.must("doctor")

    def no_twins(self) -> None:
        """Nothing was made, or run, twice."""
        for kind in KINDS.values():
            assert not (twins := kind.twins(self)), f"{kind.name}: twice: {twins[:5]}"

    def is_private(self) -> None:
        """Everything under `.reign` is 0600 or 0700."""
        for path in (self.folder / ".reign").rglob("*"):
            expected = 0o700 if path.is_dir() else 0o600
            assert stat.S_IMODE(path.lstat().st_mode) == expected, f"{path} is {path.lstat().st_mode:o}"

    def close(self) -> None:
        """Remove all of it."""
        self.room.close()
        if self.is_far:
            self.line.mend()
            OBJECTS.close(self)
        shutil.rmtree(self.top, ignore_errors=True)


def differing(there: Mapping[int, int], wanted: Mapping[int, int]) -> str:
    """What differs, in a few words."""
    numbers = sorted({n for n in {*there, *wanted} if there.get(n) != wanted.get(n)})
    return ", ".join(f"{n} at version {there.get(n)} instead of {wanted.get(n)}" for n in numbers[:5])


def mixed(count: int, version: int = 1, *, is_far: bool = False) -> dict[str, dict[int, int]]:
    """`count` resources over the kinds, with those that are far or without: of the slow ones there are a quarter as many."""
    names = [name for name, kind in KINDS.items() if is_far or not kind.is_far]
    shares = {name: 1 if KINDS[name].is_slow else 4 for name in names}
    wanted: dict[str, dict[int, int]] = {name: {} for name in names}
    for index in range(count):
        name = min(names, key=lambda each: (len(wanted[each]) + 1) / shares[each])
        wanted[name][index] = version
    return wanted
