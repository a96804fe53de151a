"""The rules for paths that are written to: text in, text or a refusal out. Nothing here looks at a disk."""

from __future__ import annotations

from reign.providers.spec import refuse

NAME_BYTES = 255
PATH_BYTES = 4000
RESERVED = ".reign"


def checked_file(path: str) -> str:
    """The canonical form of a path for a file. Raises PydanticCustomError."""
    if path.endswith("/"):
        raise _refuse(path, "ends with a slash, which names a folder", "Remove the slash, or use local.directory.")
    return _checked(path)


def checked_folder(path: str) -> str:
    """The canonical form of a path for a folder. Raises PydanticCustomError."""
    return _checked(path)


def checked_tree(path: str) -> str:
    """The canonical form of a path for a folder that others stand in: `.` is the project folder. Raises PydanticCustomError."""
    return "." if path and not path.startswith("/") and set(path.split("/")) <= {".", ""} else _checked(path)


def _checked(path: str) -> str:
    if not path:
        raise _refuse(path, "is empty", "Name a file below the project folder.")
    if any(character < " " or character == "\x7f" or "\x80" <= character <= "\x9f" for character in path):
        raise _refuse(path, "holds a control character (a line break, a NUL)", "Use printable characters.")
    if any("\ud800" <= character <= "\udfff" for character in path):
        raise _refuse(path, "holds half a character, which no file name can", "Use whole characters.")
    if path.startswith("/"):
        raise _refuse(
            path,
            "is absolute, and a project writes inside its own folder only",
            "Write it relative to the project folder, or name that place as `folder` of a `local` connection.",
        )
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if ".." in parts:
        raise _refuse(
            path, "goes up with `..`, and a project writes inside its own folder only", "Name the place directly."
        )
    if not parts:
        raise _refuse(path, "is the project folder itself", "Name something below it.")
    if any(part.casefold() == RESERVED for part in parts):
        raise _refuse(path, "lies in .reign, which holds the state", "Choose another folder.")
    if any(len(part.encode()) > NAME_BYTES for part in parts) or len(path.encode()) > PATH_BYTES:
        raise _refuse(path, f"is too long: a name takes {NAME_BYTES} bytes, a path {PATH_BYTES}", "Shorten it.")
    return "/".join(parts)


def _refuse(path: str, why: str, fix: str) -> Exception:
    shown = path if len(path) <= 80 else f"{path[:60]}...{path[-17:]}"
    return refuse("spec/path", "Path not allowed", f"The path {shown!r} {why}.", fix)
