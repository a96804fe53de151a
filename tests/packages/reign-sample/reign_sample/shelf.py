"""The outside system: a folder with one file for each note. It knows nothing of Reign but three words of a mark."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any
from uuid import uuid4

from reign.model.errors import ErrorKind, ProviderError
from reign.ports import Call


class Shelf:
    """The shelf that a connection names in its settings."""

    def __init__(self, call: Call) -> None:
        self.folder = Path(str(call.connection.settings.get("shelf", "")))
        if not self.folder.is_absolute() or not self.folder.is_dir():
            raise ProviderError(
                ErrorKind.TRANSIENT, "No shelf", f"{self.folder} is not there.", "Put up a shelf, or name another one."
            )

    def titles(self) -> list[str]:
        """What all notes are called."""
        return sorted(path.stem for path in self.folder.glob("*.note"))

    def read(self, title: str) -> dict[str, Any] | None:
        """The note, or None where there is none."""
        try:
            return dict(json.loads(self._path(title).read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None

    def add(self, title: str, note: dict[str, Any]) -> bool:
        """Put a note where there is none; False where there is one. Nobody ever sees half of it."""
        written = self._written(note)
        try:
            os.link(written, self._path(title))
        except FileExistsError:
            return False
        finally:
            written.unlink()
        return True

    def replace(self, title: str, note: dict[str, Any]) -> None:
        """Put a note in the place of the one that is there."""
        self._written(note).replace(self._path(title))

    def remove(self, title: str) -> None:
        """Take it away."""
        self._path(title).unlink(missing_ok=True)

    def _path(self, title: str) -> Path:
        return self.folder / f"{title}.note"

    def _written(self, note: dict[str, Any]) -> Path:
        path = self.folder / f".{uuid4().hex}"
        path.write_text(json.dumps(note), encoding="utf-8")
        return path
