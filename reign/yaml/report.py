"""The list of findings while a project is read: all of them, each once, in the order of the files."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from reign.model.finding import Finding, Place, Severity
from reign.model.nearest import AMONG, nearest
from reign.yaml.nodes import Node, Source

MOST_GUESSES = 200
MOST_COMPARED = 400_000
"""Nearest names that are looked for in one load, and names compared for them: a broken file may hold thousands."""

MOST_FINDINGS = 1000
"""More are not kept, nobody reads them: a hostile file could make one of every ten characters."""

_MORE = Finding(
    "config/too-many-findings",
    "Too many findings",
    f"After {MOST_FINDINGS:,} nothing more is looked for; what else there is will be told once some of these are mended.",
)


class Report:
    """Takes findings in; nothing else of the load depends on its state but whether there was an error."""

    def __init__(self) -> None:
        self._found: dict[tuple[object, ...], Finding] = {}
        self._sources: dict[str, Source] = {}
        self._guesses = 0
        self._compared = 0
        self.failed = False
        """True when there is an error among the findings."""

    def __len__(self) -> int:
        return len(self._found)

    @property
    def is_full(self) -> bool:
        """True when no more findings are kept."""
        return len(self._found) >= MOST_FINDINGS

    def add(self, finding: Finding) -> None:
        """Take one in. The same thing at the same place is told once, whichever instance of a block met it first."""
        self.failed = self.failed or finding.severity is Severity.ERROR
        if self.is_full:
            return
        self._found.setdefault((finding.code, finding.place, finding.summary, finding.path), finding)

    def at(
        self,
        node: Node,
        code: str,
        summary: str,
        detail: str = "",
        *,
        fix: str = "",
        nearest: str = "",
        address: str = "",
        path: str = "",
        related: tuple[Place, ...] = (),
        place: Place | None = None,
    ) -> None:
        """An error at `node`, or at `place` inside its source. `nearest` becomes `did you mean "x"?`."""
        if self.is_full:
            return
        self._sources[node.source.name] = node.source
        self.add(
            located(node.source, place or node.place(), code, summary, detail, fix, nearest, address, path, related)
        )

    def nearest(self, name: str, choices: Iterable[str]) -> str:
        """The choice most like `name`; empty when none is, or when enough were looked for."""
        if self._guesses >= MOST_GUESSES or self._compared >= MOST_COMPARED or self.is_full:
            return ""
        among = choices if isinstance(choices, Collection) else [*choices]
        self._guesses += 1
        self._compared += min(len(among), AMONG)
        return nearest(name, among)

    def sorted(self) -> tuple[Finding, ...]:
        """Everything found, by file, line and column."""
        more = (_MORE,) if self.is_full else ()
        return (*sorted(map(self._shown, self._found.values()), key=_by_place), *more)

    def _shown(self, finding: Finding) -> Finding:
        """With the lines as they may be shown in the end: what is sensitive may have come out after it was told."""
        source = self._sources.get(finding.place.file) if finding.place else None
        if source is None or finding.place is None or not finding.excerpt:
            return finding
        return replace(finding, excerpt=source.excerpt(finding.place.line))


def located(
    source: Source,
    place: Place,
    code: str,
    summary: str,
    detail: str = "",
    fix: str = "",
    nearest: str = "",
    address: str = "",
    path: str = "",
    related: tuple[Place, ...] = (),
) -> Finding:
    """An error finding with the lines around `place`."""
    return Finding(
        code=f"config/{code}" if "/" not in code else code,
        summary=summary,
        detail=detail,
        address=address,
        path=path,
        place=place,
        related=related,
        excerpt=source.excerpt(place.line),
        hint=f'did you mean "{nearest}"?' if nearest else "",
        fix=fix or (f'Write "{nearest}".' if nearest else _meant_as_map(source, place, code)),
        overlay_of=source.overlay_of(place),
    )


def _meant_as_map(source: Source, place: Place, code: str) -> str:
    """The way out where `${{` stands and its text is of the wrong type: an expression was meant, and it is never one."""
    written = source.lines[place.line - 1][place.column - 1 :].lstrip("'\"") if code.endswith("wrong-type") else ""
    return "Write ${ {...} } for a map in an expression; ${{ is never one." if written.startswith("${{") else ""


def _by_place(finding: Finding) -> tuple[object, ...]:
    place = finding.place or Place("", 0, 0)
    return (place.file, place.line, place.column, finding.code, finding.summary)
