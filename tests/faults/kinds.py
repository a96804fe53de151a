"""The providers that the table is about: what one of their resources looks like, and what is there of it in the world.

A later provider adds one entry to `KINDS`, and with it its rows. One that this machine has not is taken out of it.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from signal import SIGKILL
from typing import TYPE_CHECKING, Protocol

from tests.faults.command import reign, traced
from tests.faults.objects import OBJECTS

if TYPE_CHECKING:
    from tests.faults.site import Site, Wanted

ACT = Path(__file__).with_name("act.sh")


class Kind(Protocol):
    """One provider. Its resources are numbered, and come in versions. `is_far`: they stand in a service of their own, and
    are tried by the bars that are about each provider, and not by those for which any will do.
    """

    name: str
    is_slow: bool
    is_far: bool
    fields: tuple[str, ...]

    def block(self, site: Site, number: int, version: int) -> str:
        """`type: ..., spec: {...}` of one resource."""
        ...

    def killed_at(self, site: Site, wanted: Wanted, moment: str, number: int, words: Sequence[str]) -> bool:
        """Run the command, killed before or after the `number`th resource of this kind is made. False: it was not."""
        ...

    def there(self, site: Site) -> Iterator[tuple[int, int]]:
        """(number, version) of all that the world holds by now."""
        ...

    def twins(self, site: Site) -> list[str]:
        """What was made, or run, twice."""
        ...

    def strays(self, site: Site, wanted: Mapping[int, int]) -> list[str]:
        """What is there beside what is wanted, and what was left behind by the way."""
        ...


class Files:
    """`local.file`, each in a folder that is made for it, in a folder that is made for several."""

    name, is_slow, is_far = "local", False, False
    fields = ("content", "mode")

    def block(self, site: Site, number: int, version: int) -> str:
        return f"type: local.file, spec: {{path: out/{number % 7}/{number}/f, content: '{version}'}}"

    def killed_at(self, site: Site, wanted: Wanted, moment: str, number: int, words: Sequence[str]) -> bool:
        """Before it is linked into place; or before that is made durable, which is after."""
        name = [*wanted[self.name]][number - 1]
        calls = "/^link" if moment == "before" else "fsync"
        there = ("-P", str(site.folder / f"out/{name % 7}/{name}"), "-e", f"trace={calls}")
        return traced(site.folder, words, *there, "-e", f"inject={calls}:signal=SIGKILL:when=1").is_killed

    def paths(self, site: Site, numbers: Iterable[int]) -> list[Path]:
        """All that the provider touches for these: their folders, and its marks."""
        files = [Path(f"out/{number % 7}/{number}/f") for number in numbers]
        folders = {parent for path in files for parent in path.parents} - {Path()}
        marks = site.folder / ".reign/marks"
        names = [hashlib.sha256(str(path).encode()).hexdigest() for path in (*files, *folders)]
        endings = ("", ".tmp", ".parent", ".parent.tmp")
        return [
            marks,
            *(site.folder / path for path in folders),
            *(marks / f"{name}{end}" for name in names for end in endings),
        ]

    def there(self, site: Site) -> Iterator[tuple[int, int]]:
        for path in (site.folder / "out").glob("*/*/f"):
            yield int(path.parent.name), int(path.read_text() or -1)

    def twins(self, site: Site) -> list[str]:
        """A path holds one file."""
        return []

    def strays(self, site: Site, wanted: Mapping[int, int]) -> list[str]:
        paths = [f"out/{number % 7}/{number}/f" for number in wanted]
        expected = {str(each) for path in paths for each in (Path(path), *Path(path).parents)}
        found = (site.folder / "out").rglob("*")
        strays = sorted({str(path.relative_to(site.folder)) for path in found} - expected)
        marks = [path for path in (site.folder / ".reign/marks").glob("*") if path.suffix != ".parent"]
        return strays + ([f"{len(marks)} marks"] if len(marks) != len(wanted) else [])


class Commands:
    """`shell.command`: what it did is a line in a log, and it has no `read` that could tell."""

    name, is_slow, is_far = "shell", True, False
    fields = ()

    def block(self, site: Site, number: int, version: int) -> str:
        words = {
            verb: f"[sh, {ACT}, {site.log}, {verb}, '{number}', '{version}']" for verb in ("create", "update", "delete")
        }
        return f"type: shell.command, spec: {{{', '.join(f'{verb}: {line}' for verb, line in words.items())}}}"

    def killed_at(self, site: Site, wanted: Wanted, moment: str, number: int, words: Sequence[str]) -> bool:
        """By the command itself, which lives on."""
        Path(f"{site.log}.{moment}-{[*wanted[self.name]][number - 1]}").touch()
        return reign(site.folder, *words).code == -SIGKILL

    def there(self, site: Site) -> Iterator[tuple[int, int]]:
        last = {number: (verb, version) for verb, number, version in self.lines(site)}
        yield from ((number, version) for number, (verb, version) in last.items() if verb != "delete")

    def twins(self, site: Site) -> list[str]:
        """The same command on one resource twice in a row."""
        last: dict[int, str] = {}
        twins = []
        for verb, number, version in self.lines(site):
            told = verb if verb == "delete" else f"{verb} {version}"
            if last.get(number) == told:
                twins.append(f"{told} of {number}")
            last[number] = told
        return twins

    def strays(self, site: Site, wanted: Mapping[int, int]) -> list[str]:
        """A line says which resource it is of."""
        return []

    def lines(self, site: Site) -> list[tuple[str, int, int]]:
        """(verb, number, version) of all that ran."""
        rows = site.log.read_text().splitlines() if site.log.exists() else []
        return [(verb, int(number), int(version)) for verb, number, version in (row.split() for row in rows)]


class Things:
    """`outside.thing`: the outside system makes another one each time it is asked to."""

    name, is_slow, is_far = "outside", False, False
    fields = ("size", "zone", "labels")

    def block(self, site: Site, number: int, version: int) -> str:
        return f"type: outside.thing, spec: {{name: thing-{number}, size: {version}, labels: {{a: a}}}}"

    def killed_at(self, site: Site, wanted: Wanted, moment: str, number: int, words: Sequence[str]) -> bool:
        """By the system, before or after it made the thing."""
        site.room.break_at("POST", number, "before" if moment == "before" else "after", "kill")
        return reign(site.folder, *words).code == -SIGKILL

    def there(self, site: Site) -> Iterator[tuple[int, int]]:
        for thing in site.room.things():
            yield int(thing["name"].partition("-")[2]), thing["spec"]["size"]

    def twins(self, site: Site) -> list[str]:
        names = Counter(thing["name"] for thing in site.room.things())
        return [name for name, times in names.items() if times > 1]

    def strays(self, site: Site, wanted: Mapping[int, int]) -> list[str]:
        names = {f"thing-{number}" for number in wanted}
        return [thing["name"] for thing in site.room.things() if thing["name"] not in names]


FILES = Files()
KINDS: dict[str, Kind] = {kind.name: kind for kind in (FILES, Commands(), Things(), OBJECTS)}
