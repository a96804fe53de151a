"""Files that a spec names as its source: read inside the root only, and only as they were pinned at plan."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from reign.model.errors import ErrorKind, ProviderError
from reign.ports import Site

CHUNK_BYTES = 1 << 20


STATE = ".reign"
"""The folder that holds the state and its key, of which nothing is read into a project."""


def located(path: str, site: Site) -> Path:
    """What `path` names, relative to the project folder or, after `//`, to the root; all links followed.

    Raises ProviderError: `invalid` outside of the root and inside `.reign`, `missing`.
    """
    root = Path(site.root).resolve()
    wanted = root / path.lstrip("/") if path.startswith("//") else Path(site.folder, path)
    if "\0" in path or not (found := Path(os.path.realpath(wanted))).is_relative_to(root):
        raise ProviderError(
            ErrorKind.INVALID,
            "Source outside of the root",
            f"{path} leads out of {root}, and nothing outside of it is read.",
            "Copy the file into the project.",
        )
    if any(part.casefold() == STATE for part in found.relative_to(root).parts):
        raise ProviderError(
            ErrorKind.INVALID,
            "Source inside the state",
            f"{path} lies in {STATE}, which holds the state and its key, and nothing of that is read into a project.",
            "Name another file.",
        )
    if not found.exists():
        raise ProviderError(
            ErrorKind.MISSING, "Not there", f"Nothing stands at {path}.", "Make it, or correct the path."
        )
    return found


def source_file(path: str, site: Site) -> Path:
    """Where a pinned source stands. Raises ProviderError: `invalid` as `located`; `missing`."""
    try:
        found = located(path, site)
    except ProviderError as error:
        if error.kind is not ErrorKind.MISSING:
            raise
        found = None
    if found is None or not found.is_file():
        raise ProviderError(
            ErrorKind.MISSING,
            "Source not there",
            f"{path} was there when the plan was made, and is gone or no file now.",
            "Put it back, or plan again.",
        )
    return found


def kept(sha256: str, site: Site) -> Path | None:
    """The copy of a source that is kept with the state, None where there is none, or not as it was kept."""
    path = Path(site.state, "blobs", sha256)
    try:
        with path.open("rb") as file:
            return path if hashlib.file_digest(file, "sha256").hexdigest() == sha256 else None
    except OSError:
        return None


def pinned_content(path: str, sha256: str, site: Site) -> Iterator[bytes]:
    """The content of a source, piece by piece: of the copy that is kept of it, where there is one, which is as it was
    pinned whatever became of the source. Raises ProviderError `conflict` at the end where it is not.
    """
    digest = hashlib.sha256()
    with (kept(sha256, site) or source_file(path, site)).open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            digest.update(chunk)
            yield chunk
    if digest.hexdigest() != sha256:
        raise ProviderError(
            ErrorKind.CONFLICT,
            "Source changed since the plan",
            f"{path} holds something else than when the plan was made, so it is not what was reviewed.",
            "Plan again.",
        )


def pinned_file(path: str, sha256: str, site: Site) -> Path:
    """A file with the content of a source: the source itself, or where that holds something else by now, the copy that is
    kept of it. Raises ProviderError as `pinned_content`.
    """
    copy = kept(sha256, site)
    if copy is None:
        for _ in pinned_content(path, sha256, site):
            pass
        return source_file(path, site)
    try:
        found = source_file(path, site)
    except ProviderError:
        return copy
    with found.open("rb") as file:
        return found if hashlib.file_digest(file, "sha256").hexdigest() == sha256 else copy
