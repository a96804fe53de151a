"""JSON on stdout, for programs."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from reign.cli.session import Session
from reign.render.json_text import in_ascii, json_text

if TYPE_CHECKING:
    from reign.app.nouns import Look, Looking, Planned
    from reign.model.finding import Finding
    from reign.render.view import View


def tell(session: Session, document: Any, indent: int | None = 2) -> None:
    """One document, sorted; what may be very large has no indent, like Terraform's, which takes a tenth of the time."""
    put_json(session, json_text(document, indent) + "\n")


def put_json(session: Session, text: str) -> None:
    """JSON to stdout; where that has another encoding than UTF-8, in ASCII."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    session.put(text if encoding.lower() in ("utf-8", "utf8") else in_ascii(text))


def stream(session: Session, lines: Iterable[Mapping[str, Any]]) -> None:
    """One object a line, each with the time, wherever lines go; the first line of all says the version."""
    if not session.wants_json and session.lines_into is None:
        return
    first = "" if session.version_told else _first_line()
    text = stamped(lines)
    if session.wants_json:
        put_json(session, first + text)
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


def tell_findings(session: Session, findings: Sequence[Finding], indent: int | None = 2) -> None:
    """Findings in the way of the command: lines of a stream, or a document of its own."""
    from reign.api.diagnostic import diagnostic, diagnostic_line

    if session.streams:
        stream(session, map(diagnostic_line, findings))
    else:
        tell(session, {"diagnostics": [diagnostic(finding) for finding in findings], "errored": True}, indent)
