"""JSON on stdout, for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from reign.cli.session import Session
from reign.model.finding import Finding

if TYPE_CHECKING:
    from reign.app.nouns import Planned
    from reign.render.view import View


def tell(session: Session, document: Any) -> None:
    """One document, sorted and indented."""
    session.put(document_text(document))


def document_text(document: Any) -> str:
    """One document as text, sorted and indented."""
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def stream(session: Session, lines: Iterable[Mapping[str, Any]]) -> None:
    """One object a line, each with the time; the first line of all says the version."""
    from reign.api.stream import version

    told = lines if session.version_told else (version(), *lines)
    session.version_told = True
    session.put(stamped(told))


def stamped(lines: Iterable[Mapping[str, Any]]) -> str:
    """`lines` as text, each with the time."""
    now = datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    return "".join(json.dumps({**line, "@timestamp": now}, sort_keys=True, ensure_ascii=False) + "\n" for line in lines)


def plan_lines(planned: Planned, view: View) -> Iterator[Mapping[str, Any]]:
    """A plan as lines of a stream, and what the options say that `apply` would refuse."""
    from reign.api import stream

    yield from stream.planned(planned.plan)
    yield from map(stream.diagnostic_line, view.refusals[len(planned.refusals) :])


def tell_findings(session: Session, findings: Sequence[Finding]) -> None:
    """Findings in the way of the command: lines of a stream, or a document of its own."""
    from reign.api.stream import diagnostic, diagnostic_line

    if session.streams:
        stream(session, map(diagnostic_line, findings))
    else:
        tell(session, {"diagnostics": [diagnostic(finding) for finding in findings], "errored": True})
