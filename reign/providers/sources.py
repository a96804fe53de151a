"""Files that a spec names as its source: read inside the root only, and only as they were pinned at plan."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from reign.model.errors import ErrorKind, ProviderError
from reign.ports import Site

CHUNK_BYTES = 1 << 20


def source_file(path: str, site: Site) -> Path:
    """Where a source stands, all links followed. Raises ProviderError `invalid` outside of the root, `missing`."""
    root = Path(site.root).resolve()
    found = Path(site.folder, path).resolve()
    if not found.is_relative_to(root):
        raise ProviderError(
            ErrorKind.INVALID,
            "Source outside of the root",
            f"{path} leads out of {root}, and nothing outside of it is read.",
            "Copy the file into the project.",
        )
    if not found.is_file():
        raise ProviderError(
            ErrorKind.MISSING,
            "Source not there",
            f"{path} was there when the plan was made, and is gone or no file now.",
            "Put it back, or plan again.",
        )
    return found


def pinned_content(path: str, sha256: str, site: Site) -> Iterator[bytes]:
    """The content of a source, piece by piece. Raises ProviderError `conflict` at the end where it is not as pinned."""
    digest = hashlib.sha256()
    with source_file(path, site).open("rb") as file:
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
