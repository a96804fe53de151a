"""What the operating system's errors mean: one table, for every provider that works on this machine."""

from __future__ import annotations

import errno

from reign.model.errors import ErrorKind, ProviderError

_MEANING: dict[int | None, tuple[ErrorKind, str, str]] = {
    errno.EACCES: (ErrorKind.DENIED, "Permission denied", "Run as a user who may, or change the permissions."),
    errno.EPERM: (ErrorKind.DENIED, "Operation not permitted", "Run as a user who may, or lift the file's protection."),
    errno.EROFS: (ErrorKind.DENIED, "Read-only file system", "Remount it for writing, or choose another folder."),
    errno.ENOSPC: (ErrorKind.EXHAUSTED, "No space left", "Free some space on that disk."),
    errno.EDQUOT: (ErrorKind.EXHAUSTED, "Disk quota exceeded", "Free some space, or raise the quota."),
    errno.EFBIG: (ErrorKind.EXHAUSTED, "File too large", "Raise the limit of file sizes."),
    errno.EMFILE: (ErrorKind.EXHAUSTED, "Too many open files", "Raise the limit of open files (ulimit -n)."),
    errno.ENFILE: (ErrorKind.EXHAUSTED, "Too many open files in the system", "Close some programs."),
    errno.ENOMEM: (ErrorKind.EXHAUSTED, "Out of memory", "Free some memory."),
    errno.EAGAIN: (ErrorKind.EXHAUSTED, "Too many processes", "Raise the limit of processes (ulimit -u)."),
    errno.ENOENT: (ErrorKind.MISSING, "Not there", "Plan again."),
    errno.EEXIST: (ErrorKind.CONFLICT, "Already there", "Import it, or remove it."),
    errno.ENOTEMPTY: (ErrorKind.CONFLICT, "Folder not empty", "Empty it first."),
    errno.ENOTDIR: (ErrorKind.CONFLICT, "A file stands where a folder is needed", "Move it out of the way."),
    errno.EISDIR: (ErrorKind.CONFLICT, "A folder stands where a file is needed", "Move it out of the way."),
    errno.ELOOP: (ErrorKind.INVALID, "Too many links on the way", "Name the file without links."),
    errno.ENAMETOOLONG: (ErrorKind.INVALID, "Name too long", "Shorten it: most systems take 255 bytes a name."),
    errno.EINVAL: (ErrorKind.INVALID, "Not accepted by the system", ""),
    errno.E2BIG: (ErrorKind.INVALID, "Arguments too long", "Hand large values over through stdin or a file."),
    errno.ENOEXEC: (ErrorKind.INVALID, "Not a program", "Name its interpreter, or give it a #! line."),
    errno.EBUSY: (ErrorKind.TRANSIENT, "In use", "Wait until what uses it has ended."),
    errno.ETXTBSY: (ErrorKind.TRANSIENT, "In use", "Wait until what uses it has ended."),
    errno.ESTALE: (ErrorKind.TRANSIENT, "Stale file handle", "Mount the file system anew."),
    errno.EIO: (ErrorKind.FAULT, "Input/output error", "Check the disk."),
}


def from_os(error: OSError, doing: str) -> ProviderError:
    """The ProviderError for `error`, met while `doing` (a phrase like `writing web.conf`)."""
    kind, summary, fix = _MEANING.get(error.errno, (ErrorKind.FAULT, "The system refused", ""))
    said = error.strerror or str(error)
    return ProviderError(kind, summary, f"The system said {said!r} while {doing}.", fix)
