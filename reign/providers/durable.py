"""Making what was written last: files and folders on this system's terms."""

from __future__ import annotations

import os
import sys

if sys.platform == "darwin":
    import fcntl

    def sync(descriptor: int) -> None:
        """Down to the medium; fsync alone leaves it in the drive's cache there. Raises OSError."""
        fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)

else:

    def sync(descriptor: int) -> None:
        """Down to the medium. Raises OSError."""
        os.fsync(descriptor)


def write_all(descriptor: int, data: bytes) -> None:
    """All of `data`: one write may take less. Raises OSError."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
