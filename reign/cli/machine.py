"""JSON on stdout, for programs."""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from reign.cli.session import Session
from reign.model.finding import Finding

if TYPE_CHECKING:
    from reign.app.nouns import Look, Looking, Planned
    from reign.render.view import View

_UNSAFE = re.compile("[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")
"""What may stand in JSON as it is and still moves the cursor, turns the line around, hides, or is no character at all."""
_BEYOND_ASCII = re.compile("[^\x00-\x7f]")


def tell(session: Session, document: Any) -> None:
    """One document, sorted and indented."""
    _put(session, document_text(document))


def document_text(document: Any) -> str:
    """One document as text, sorted and indented."""
    return json_text(document, indent=2) + "\n"


def json_text(value: Any, indent: int | None = None) -> str:
    """`value` as JSON with sorted keys that is always UTF-8, and safe to look at on a terminal."""
    text = json.dumps(value, indent=indent, sort_keys=True, ensure_ascii=False)
    return text if text.isascii() and "\x7f" not in text else _UNSAFE.sub(_escape, text)


def stream(session: Session, lines: Iterable[Mapping[str, Any]]) -> None:
    """One object a line, each with the time, wherever lines go; the first line of all says the version."""
    if not session.wants_json and session.lines_into is None:
        return
    first = "" if session.version_told else _first_line()
    text = stamped(lines)
    if session.wants_json:
        _put(session, first + text)
        session.version_told = True
    if session.lines_into is not None:
        session.lines_into(text)


@contextmanager
def lines_into(session: Session, name: str | None) -> Iterator[None]:
    """For as long as it lasts, lines go to the file `name` as well, each when it happens; also what ends it."""
    if name is None:
        yield
        return
    from reign.api.diagnostic import diagnostic_line
    from reign.cli.files import written_on
    from reign.model.errors import ReignError

    with written_on(session.path(name)) as put:

        def write(text: str) -> None:
            put(text.encode())

        write(_first_line())
        session.lines_into = write
        try:
            yield
        except ReignError as error:
            write(stamped(map(diagnostic_line, error.findings)))
            raise
        finally:
            session.lines_into = None


def _first_line() -> str:
    from reign.api.lines import version

    return stamped([version()])


def stamped(lines: Iterable[Mapping[str, Any]]) -> str:
    """`lines` as text, each with the time."""
    now = datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    return "".join(json_text({**line, "@timestamp": now}) + "\n" for line in lines)


def looking(session: Session, besides: Looking) -> Looking:
    """What tells of looking at reality, each line when it happens, and `besides`, which tells it to people."""
    from reign.api.run import Looked

    looked = Looked()

    def told(when: Literal["start", "complete"], looks: Sequence[Look]) -> None:
        stream(session, looked.lines(when, looks, time.monotonic()))
        besides(when, looks)

    return told


def plan_lines(planned: Planned, view: View) -> Iterator[Mapping[str, Any]]:
    """A plan as lines of a stream, and what the options say that `apply` would refuse."""
    from reign.api.diagnostic import diagnostic_line
    from reign.api.stream import planned as lines

    yield from lines(planned.plan)
    yield from map(diagnostic_line, view.refusals[len(planned.refusals) :])


def tell_findings(session: Session, findings: Sequence[Finding]) -> None:
    """Findings in the way of the command: lines of a stream, or a document of its own."""
    from reign.api.diagnostic import diagnostic, diagnostic_line

    if session.streams:
        stream(session, map(diagnostic_line, findings))
    else:
        tell(session, {"diagnostics": [diagnostic(finding) for finding in findings], "errored": True})


def _put(session: Session, text: str) -> None:
    """Where stdout has another encoding than UTF-8, everything beyond ASCII is written as escapes: both read the same."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    session.put(text if encoding.lower() in ("utf-8", "utf8") else _BEYOND_ASCII.sub(_escape, text))


def _escape(found: re.Match[str]) -> str:
    return json.dumps(found[0])[1:-1]
