"""What is wrong with compose files: every problem, with its place in the file that it stands in."""

from __future__ import annotations

from collections.abc import Iterable

from reign.model.errors import Problem
from reign.model.finding import Finding, Place
from reign.model.nearest import nearest
from reign.providers.spec import Refusal
from reign.yaml.nodes import Node

MOST = 100
"""As many as are told of one block."""
_FIELD = ("files",)


class Problems:
    """Collects what is wrong with the files of one block; the same is told once."""

    def __init__(self) -> None:
        self._found: dict[tuple[object, ...], Problem] = {}

    def __len__(self) -> int:
        return len(self._found)

    @property
    def all(self) -> list[Problem]:
        """By file and line."""
        return sorted(self._found.values(), key=_by_place)[:MOST]

    def add(self, problem: Problem) -> None:
        """Take one in."""
        self._found.setdefault((problem.code, problem.place, problem.path, problem.detail), problem)

    def at(
        self,
        node: Node,
        code: str,
        summary: str,
        detail: str,
        fix: str = "",
        nearest: str = "",
        place: Place | None = None,
    ) -> None:
        """Something is wrong at `node`, or at `place` in its source."""
        place = place or node.place()
        excerpt = node.source.excerpt(place.line)
        self.add(Problem(_FIELD, code, summary, detail, nearest, fix, place, excerpt))

    def refuse(self, node: Node, refusal: Refusal) -> None:
        """A key that is known and not taken."""
        self.at(node, refusal.code, refusal.summary, refusal.detail, refusal.fix)

    def unknown(self, node: Node, what: str, name: str, choices: Iterable[str]) -> None:
        """A key that nothing knows."""
        among = sorted(choices)
        meant = nearest(name, among)
        fix = f"Rename it to {meant!r}." if meant else f"Remove it, or begin it with x-. Keys: {', '.join(among)}."
        self.at(node, "spec/unknown-key", "Unknown key", f"{what} has no key {name!r}.", fix, meant)

    def told(self, finding: Finding) -> None:
        """What reading the YAML told."""
        self.add(
            Problem(
                _FIELD,
                finding.code,
                finding.summary,
                finding.detail,
                fix=finding.fix,
                place=finding.place,
                excerpt=finding.excerpt,
            )
        )


def _by_place(problem: Problem) -> tuple[str, int, int]:
    place = problem.place
    return (place.file, place.line, place.column) if place else ("", 0, 0)
