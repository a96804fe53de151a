"""`data.local.file`: a file that is there already, read inside the root only."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path
from typing import Annotated

from pydantic import Field as Described

from reign.model.errors import ErrorKind, ProviderError
from reign.model.values import Spec
from reign.ports import Call
from reign.providers.local.place import mapped
from reign.providers.sources import located
from reign.providers.spec import Model

LARGEST_BYTES = 1 << 20
"""The most that becomes a value, as for everything that is read into a project."""


class LookedUpFileSpec(Model):
    """A file that is there already."""

    path: Annotated[
        str,
        Described(min_length=1, description="Where it stands, relative to the project folder; // is the root."),
    ]


def look_up_file(spec: Spec, call: Call) -> Spec:
    """What it holds. Raises ProviderError: `missing`; `invalid` outside of the root, and for what is no text."""
    written = str(spec["path"])
    with mapped(f"reading {written}"):
        return _told(written, located(written, call.site))


def _told(written: str, path: Path) -> Spec:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode):
        os.close(descriptor)
        raise _refused(written, "It is a folder, a pipe, a socket or a device.", "Name a file.")
    with os.fdopen(descriptor, "rb") as file:
        data = file.read(LARGEST_BYTES + 1)
    if len(data) > LARGEST_BYTES:
        raise _refused(written, "It is larger than 1 MiB.", "Copy it with the `source` of a local.file.")
    try:
        content = data.decode()
    except UnicodeDecodeError:
        raise _refused(written, "It is not UTF-8.", "Copy it with the `source` of a local.file.") from None
    return {
        "path": written,
        "content": content,
        "sha256": hashlib.sha256(data).hexdigest(),
        "bytes": len(data),
        "mode": f"{stat.S_IMODE(found.st_mode):04o}",
    }


def _refused(written: str, why: str, fix: str) -> ProviderError:
    return ProviderError(ErrorKind.INVALID, "Not a file that can be read", f"{written} was to be read. {why}", fix)
