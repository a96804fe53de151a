"""What a file is to hold, and what it holds."""

from __future__ import annotations

import base64
import errno
import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass

from reign.model.values import Spec, Value
from reign.ports import Site
from reign.providers.sources import CHUNK_BYTES, pinned_content

SHOWN_BYTES = 16 << 20
"""Text beyond this is cut where reality is shown; sha256 and bytes still tell the whole of it."""


def wanted_content(spec: Spec, site: Site) -> Iterator[bytes]:
    """The bytes that a normalised spec asks for. Raises ProviderError `conflict` where a source is not as pinned, OSError."""
    match spec:
        case {"source": {"path": str(path), "sha256": str(sha256)}}:
            yield from pinned_content(path, sha256, site)
        case {"content_base64": str(text)}:
            yield base64.b64decode(text)
        case _:
            yield str(spec["content"]).encode()


@dataclass(frozen=True, slots=True)
class Held:
    """What a file holds: its size, sha256, its beginning (all of it, up to `SHOWN_BYTES`) and its mode."""

    sha256: str
    size: int
    data: bytes
    mode: int


def held_content(folder: int, name: str) -> Held | None:
    """What the file `name` holds; None where no plain file stands there. Follows no link. Raises OSError."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        descriptor = os.open(name, flags, dir_fd=folder)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENXIO, errno.EOPNOTSUPP):
            return None
        raise
    try:
        found = os.fstat(descriptor)
        return _held(descriptor, stat.S_IMODE(found.st_mode)) if stat.S_ISREG(found.st_mode) else None
    finally:
        os.close(descriptor)


def _held(descriptor: int, mode: int) -> Held:
    digest, size, kept = hashlib.sha256(), 0, bytearray()
    while chunk := os.read(descriptor, CHUNK_BYTES):
        digest.update(chunk)
        size += len(chunk)
        if len(kept) < SHOWN_BYTES:
            kept += chunk
    return Held(digest.hexdigest(), size, bytes(kept), mode)


def as_declared(held: Held, shape: Spec) -> Spec:
    """The content fields of a spec for `held`, in the form that `shape` uses."""
    match shape:
        case {"source": {"path": path}}:
            return {"source": {"path": path, "sha256": held.sha256}, "sha256": held.sha256}
        case {"content_base64": _}:
            content: dict[str, Value] = {"content_base64": base64.b64encode(held.data).decode()}
        case {"content": _} | {"template": _} | {"source": _}:
            content = {"content": held.data.decode(errors="backslashreplace")}
        case _:
            content = _as_found(held.data)
    return {**content, "sha256": held.sha256, "bytes": held.size}


def _as_found(data: bytes) -> Spec:
    try:
        return {"content": data.decode()}
    except UnicodeDecodeError:
        return {"content_base64": base64.b64encode(data).decode()}
