"""Commands that copy and pack whole trees, here and to other machines."""

from __future__ import annotations

import re
from collections.abc import Sequence

from reign.providers.shell.safety.command import Command
from reign.providers.shell.safety.danger import ERASES, LEAKS
from reign.providers.shell.safety.files import check_delete
from reign.providers.shell.safety.options import options
from reign.providers.shell.safety.paths import content_of, is_disk, loss, resolved
from reign.providers.shell.safety.scope import HOME
from reign.providers.shell.safety.text import SECRET, UNKNOWN, literal
from reign.providers.shell.safety.writing import check_write

_EMPTY = re.compile(r"(?:^|/)\.?empty[\w-]*/?$")
"""The name that a folder has whose copy is meant to take everything away."""


def synchronise(command: Command) -> str:
    """`rsync`: --delete takes away what is not at the source."""
    found = options(
        command.args, "efBTMp", ("rsh", "exclude", "include", "filter", "files-from", "exclude-from", "temp-dir")
    )
    for rsh in found.of("e", "rsh"):
        command.code(literal(rsh))
    for path in found.of("rsync-path"):
        command.code(literal(path), scope=command.scope.elsewhere())
    if len(found.rest) < 2:
        return UNKNOWN
    *sources, target = found.rest
    is_remote = re.match(r"[^/]*:", target) is not None
    where = target.partition(":")[2] if is_remote else target
    deletes = any(flag.startswith("del") for flag in (*found.flags, *(name for name, _ in found.values)))
    if deletes and where[:1] in ("/", "~"):
        is_emptied = all(_is_empty(source, command) for source in sources)
        if lost := loss(where, "/?") if is_emptied else _lost(where):
            command.tell(ERASES, f"deletes {lost}, as far as it is not in what is copied")
    if is_remote:
        _check_sent(command, sources)
        send(command, sources, where)
    for source in sources if "remove-source-files" in found.flags else ():
        check_delete(command, source)
    return UNKNOWN


def _is_empty(source: str, command: Command) -> bool:
    """Whether it is plain that there is nothing in it: by its name, or since it was only just made."""
    path = resolved(source, command.scope.folder)
    is_new = path == f"/tmp/{UNKNOWN}" and not any(name.startswith(f"{path}/") for name in command.scope.files)  # noqa: S108
    return bool(_EMPTY.search(source)) or is_new


def _lost(where: str) -> str:
    """What is lost where a tree takes the place of another: whole homes and what services keep are meant to be copied."""
    path, lost = resolved(where, "/?"), loss(where, "/?")
    is_whole = "everything" in lost or path == HOME
    return lost if is_whole or not re.match(r"/(?:home|srv|opt|usr/local|var)\b", path) else ""


def secure_copy(command: Command) -> str:
    """`scp`, `sftp`, `rclone`: keys that go to another machine."""
    rest = options(command.args, "cDFiJlOoPS").rest
    if len(rest) > 1 and ":" in rest[-1]:
        _check_sent(command, list(rest[:-1]))
        send(command, rest[:-1], rest[-1].partition(":")[2])
    elif len(rest) > 1 and ":" in rest[0]:
        target = rest[-1]
        check_write(target, "\ue001", command.scope)
        name = rest[0].rpartition("/")[2]
        command.scope.files[resolved(f"{target}/{name}", command.scope.folder)] = "\ue001"
    return ""


def send(command: Command, sources: Sequence[str], target: str) -> None:
    """Remember what files of other machines hold from now on."""
    there = command.scope.files.elsewhere()
    base = resolved(re.sub(r"^~(?=/|$)", HOME, target), UNKNOWN)
    for source in sources:
        text = content_of(source, command.scope.folder, command.scope.files)
        name = source.rstrip("/").rpartition("/")[2]
        there[base] = there[resolved(f"{base}/{name}", UNKNOWN)] = text


def _check_sent(command: Command, sources: list[str]) -> None:
    held = [content_of(source, command.scope.folder, command.scope.files) for source in sources]
    if any(SECRET in text for text in held):
        command.tell(LEAKS, "sends what nobody else may see to another machine")


def archive(command: Command) -> str:
    """`tar`: commands in its options, keys in the archive, and sources that are removed."""
    text = UNKNOWN
    args = command.args
    for at, word in enumerate(args):
        for name in ("checkpoint-action", "to-command", "use-compress-program", "info-script", "new-volume-script"):
            if word.startswith(f"--{name}") or (word == "-I" and name.startswith("use")):
                value = word.partition("=")[2] or (args[at + 1] if at + 1 < len(args) else "")
                command.code(literal(value.removeprefix("exec=")))
    found = options(args, "fCITXbg", ("file", "directory", "exclude", "transform", "files-from", "exclude-from"))
    letters = args[0] if args and not args[0].startswith("-") else "".join(found.flags)
    if "c" in letters or found.has("create"):
        folder = resolved((found.of("C", "directory") or ["."])[-1], command.scope.folder)
        for path in found.rest:
            if SECRET in content_of(path, folder, command.scope.files):
                text = SECRET
            if found.has("remove-files"):
                check_delete(command, path)
        is_old = found.rest[:1] == (letters,) and "f" in letters
        names = [*found.of("f", "file"), *(found.rest[1:2] if is_old else ())]
        for name in names:
            if name != "-" and (is_disk(name) or text == SECRET):
                check_write(name, text, command.scope)
        return "" if names and not any(name == "-" or name.startswith("/dev/") for name in names) else text
    if "x" in letters or found.has("extract", "get"):
        return command.stdin if "O" in letters or found.has("to-stdout") else ""
    return UNKNOWN


def pack(command: Command) -> str:
    """`zip`: keys in the archive."""
    target, *sources = options(command.args, "xit").rest or ("",)
    if any(SECRET in content_of(each, command.scope.folder, command.scope.files) for each in sources):
        command.scope.files[resolved(target, command.scope.folder)] = SECRET
    return ""
