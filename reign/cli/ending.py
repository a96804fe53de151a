"""What is said when a run is over: how it ended, its failures once more, and what was skipped because of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from reign.cli.progress import NAMED, skipped
from reign.model.finding import Finding
from reign.render.finding import full
from reign.render.words import listed

if TYPE_CHECKING:
    from reign.app.nouns import Applied, Failure


def recap(applied: Applied) -> list[str]:
    """The failures once more, and what was skipped because of them."""
    text: list[str] = []
    for failure in applied.failed:
        text += ["", *full(_finding(failure))]
    by_cause: dict[str, list[str]] = {}
    for left_out in applied.skipped:
        by_cause.setdefault(left_out.because, []).append(left_out.address)
    if by_cause:
        text.append("")
    text += [f"{skipped(cause)}: {listed(addresses, NAMED)}" for cause, addresses in by_cause.items()]
    return text


def _finding(failure: Failure) -> Finding:
    return Finding(
        f"apply/{failure.kind}",
        failure.summary,
        failure.detail,
        address=failure.address,
        place=failure.place,
        fix=failure.fix,
    )


def ending(applied: Applied, command: str) -> str:
    """`Apply complete! Resources: ...`, byte for byte as tools read it, or what is incomplete."""
    complete = applied.status == "completed"
    word = "complete" if complete else "incomplete"
    if command == "destroy":
        line = f"Destroy {word}! Resources: {applied.destroyed} destroyed."
    elif command == "import":
        line = "Import successful!" if complete else "Import incomplete!"
    else:
        imported = f"{applied.imported} imported, " if applied.imported else ""
        done = f"{imported}{applied.added} added, {applied.changed} changed, {applied.destroyed} destroyed."
        line = f"Apply {word}! Resources: {done}"
    return line if complete else f"{line} {len(applied.failed)} failed, {len(applied.skipped)} skipped."


def checks_line(applied: Applied) -> list[str]:
    """How many assertions hold now; which do not was told as warnings."""
    passed = sum(applied.checks.values())
    told = ((passed, "passed"), (len(applied.checks) - passed, "failed"))
    words = ", ".join(f"{number:,} {word}" for number, word in told if number)
    return [f"Checks: {words}"] if words else []


def outputs_block(lines: Sequence[str]) -> list[str]:
    """The outputs under their title; nothing when there are none."""
    return ["", "Outputs:", "", *lines] if lines else []
