"""The texts of a project's files and what YAML makes of them, counted over all of the files."""

from __future__ import annotations

from pathlib import Path

from reign.config import cut
from reign.config.files import Files, Unreachable, decode, open_regular, read_limited
from reign.config.hiding import hide_defaults
from reign.model.finding import Finding
from reign.yaml.compose import Aliases
from reign.yaml.nodes import Mapping, Node, Scalar, Source
from reign.yaml.report import Report
from reign.yaml.scalars import is_null

MOST_BYTES = 16 << 20
"""What all files of a project may hold together."""


class Reading:
    """Reads the files of one load. What cannot be read is reported.

    broken: a file could not be read, so names may be missing that are none of the user's faults. full: a limit over all
    files was met, and no more of them are read.
    """

    def __init__(self, files: Files, report: Report) -> None:
        self.files = files
        self.report = report
        self.sources: list[Source] = []
        self.broken = False
        self.full = False
        self._bytes = 0
        self._aliases = Aliases()

    def text(self, written: str, named_by: Node | None = None) -> Source | None:
        """The text of a file of the project, `named_by` a node that findings are placed at. Not composed yet."""
        try:
            with open_regular(written, str(self.files.locate(written))) as file:
                data = read_limited(file, written)
            self._count(len(data))
            source = Source(Path(self.files.relative(written)).as_posix(), decode(data, written))
        except Unreachable as error:
            self.refuse(error, named_by)
            return None
        self.sources.append(source)
        return source

    def document(self, source: Source) -> Node | None:
        """The document in a text; None when there is none, or none that can be read."""
        if self.full:
            return None
        told = len(self.report)
        document = cut.read(source, self.report, self._aliases)
        self.full = self._aliases.spent
        self.broken = self.broken or (document is None and len(self.report) > told)
        return None if is_nothing(document) else document

    def mapping(self, source: Source) -> Mapping | None:
        """The document in a text where it is a map; one that is something else is reported."""
        document = self.document(source)
        if isinstance(document, Mapping):
            hide_defaults([document], document)  # now already: of what is laid over it something may be told before
        if document is None or isinstance(document, Mapping):
            return document
        detail = f"{source.name} is a map of keys and values; here stands something else."
        self.report.at(document, "wrong-type", "Wrong type", detail)
        self.broken = True
        return None

    def refuse(self, error: Unreachable, named_by: Node | None, nearest: str = "") -> None:
        """Report a file that cannot be read, where it is named."""
        self.broken = True
        if named_by is None:
            self.report.add(Finding(f"config/{error.code}", error.summary, error.detail, fix=error.fix))
        else:
            self.report.at(named_by, error.code, error.summary, error.detail, fix=error.fix, nearest=nearest)

    def _count(self, read_bytes: int) -> None:
        self._bytes += read_bytes
        if self._bytes > MOST_BYTES:
            self.full = True
            raise Unreachable(
                "too-large",
                "A project that is too large",
                f"The files of the project hold more than {MOST_BYTES >> 20} MiB together, which is the most that is read.",
            )


def is_nothing(node: Node | None) -> bool:
    """True where nothing is written, or null."""
    return node is None or (isinstance(node, Scalar) and is_null(node))
