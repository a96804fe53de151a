"""JSON on stdout, for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from reign.cli.session import Session
from reign.model.finding import Finding


def tell(session: Session, document: Any) -> None:
    """One document, sorted and indented."""
    session.put(json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n")


def stream(session: Session, lines: Iterable[Mapping[str, Any]]) -> None:
    """One object a line, each with the time; the first line of all says the version."""
    from reign.api.stream import version

    now = datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    told = lines if session.version_told else (version(), *lines)
    session.version_told = True
    session.put(
        "".join(json.dumps({**line, "@timestamp": now}, sort_keys=True, ensure_ascii=False) + "\n" for line in told)
    )


def tell_findings(session: Session, findings: Sequence[Finding]) -> None:
    """Findings in the way of the command: lines of a stream, or a document of its own."""
    from reign.api.stream import diagnostic, diagnostic_line

    if session.streams:
        stream(session, map(diagnostic_line, findings))
    else:
        tell(session, {"diagnostics": [diagnostic(finding) for finding in findings], "errored": True})
