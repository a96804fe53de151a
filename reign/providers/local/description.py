"""What the file system says of a file or a folder."""

from __future__ import annotations

import os
import stat
from datetime import UTC, datetime

from reign.model.errors import ErrorKind, ProviderError
from reign.model.resource import Snapshot
from reign.model.values import Spec
from reign.ports import Call
from reign.providers.local.place import mapped, place_of, stands

_KINDS = {stat.S_IFREG: "file", stat.S_IFDIR: "folder", stat.S_IFLNK: "link"}


def described(prior: Snapshot, call: Call) -> Spec:
    """See `ports.Inspect`. A link is told as one, and not followed."""
    place, path = place_of(call), prior.external_id
    with mapped(f"looking at {path}"):
        there = stands(place, path)
    if there is None:
        raise ProviderError(
            ErrorKind.MISSING,
            "Not there",
            f"Nothing stands at {path} any more.",
            "See what an apply would do: reign plan",
        )
    return {
        "path": os.path.join(place.base, path),  # noqa: PTH118 - as it is, whatever is in it
        "kind": _KINDS.get(stat.S_IFMT(there.st_mode), "special"),
        "mode": f"{stat.S_IMODE(there.st_mode):04o}",
        "bytes": there.st_size,
        "links": there.st_nlink,
        "inode": there.st_ino,
        "uid": there.st_uid,
        "gid": there.st_gid,
        "modified": datetime.fromtimestamp(there.st_mtime, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
