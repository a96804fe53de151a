"""Commands that delete, move, write and open files."""

from __future__ import annotations

import re

from reign.providers.shell.safety.command import Command
from reign.providers.shell.safety.danger import BACKDOOR, DEFENCES, DISK, ERASES, EXHAUSTS, LEAKS
from reign.providers.shell.safety.filters import substituted
from reign.providers.shell.safety.options import options
from reign.providers.shell.safety.paths import CORE, content_of, is_disk, is_history, is_key, loss, resolved
from reign.providers.shell.safety.rights import SHELLS
from reign.providers.shell.safety.text import ASKED, SECRET, STAR, UNKNOWN, literal
from reign.providers.shell.safety.writing import check_fill, check_write


def check_delete(command: Command, path: str) -> None:
    """Take down what would be lost with `path`."""
    scope = command.scope
    if is_history(resolved(path, scope.folder)):
        command.tell(DEFENCES, "deletes the history of what was typed", path)
    elif lost := loss(path, scope.folder):
        command.tell(ERASES, f"deletes {lost}")


def remove(command: Command) -> str:
    """`rm`, `unlink`, `srm`; `rmdir` takes away nothing but what is empty."""
    found = options(command.args)
    if found.has("no-preserve-root"):
        command.tell(ERASES, "asks for the protection of / to be left aside")
    is_deep = command.name != "rm" or found.has("r", "R", "recursive")
    for path in found.rest:
        lost = loss(path, command.scope.folder)
        is_whole = "/" in path or is_deep or "~" in path
        if is_whole and (is_deep or not _is_folder(path, command) or "everything" in lost):
            check_delete(command, path)
    return ""


def _is_folder(path: str, command: Command) -> bool:
    """Whether it is plain that only a folder has this name, which rm leaves alone unless it is told to go deep."""
    where = resolved(path, command.scope.folder)
    return (
        not (path.endswith(f"/{STAR}") and CORE.fullmatch(where[:-2]))
        and "without which" not in loss(path, command.scope.folder)
        and not re.match(r"/(?:dev|boot)/", where)
        and (not is_history(where))
    )


def shred(command: Command) -> str:
    """`shred`: of disks and of what the system needs."""
    found = options(command.args, "ns", ("iterations", "size", "random-source"))
    for path in found.rest:
        if is_disk(path) or path == UNKNOWN:
            command.tell(DISK, "writes noise over a disk", path)
        elif is_key(resolved(path, command.scope.folder)) or path.startswith("/var/log/"):
            command.tell(ERASES, "destroys keys or logs so that nothing brings them back", path)
        else:
            check_delete(command, path)
    return ""


def move(command: Command) -> str:
    """`mv`: what is taken away, and what is written over."""
    found = options(command.args, "tS", ("target-directory", "suffix"))
    into = found.of("t", "target-directory")
    sources, target = (found.rest, into[0]) if into else (found.rest[:-1], found.rest[-1] if found.rest else "")
    if resolved(target, command.scope.folder) == "/dev/null":
        command.tell(ERASES, "moves what it names into nothing")
    for source in sources:
        if (lost := loss(source, command.scope.folder)) and "the folder that it runs in" not in lost:
            command.tell(ERASES, f"moves away {lost}")
        where = resolved(source, command.scope.folder)
        if where in command.scope.files and target:
            name = source.rstrip("/").rpartition("/")[2]
            base = resolved(target, command.scope.folder)
            for each in (base, f"{base.rstrip('/')}/{name}"):
                command.scope.files[each] = command.scope.files[where]
    if target and not into:
        check_write(target, _text(command, sources), command.scope)
    return ""


def _text(command: Command, sources: tuple[str, ...]) -> str:
    return "".join(content_of(source, command.scope.folder, command.scope.files) for source in sources)


_SHOWN = re.compile(r"/var/www\b|/srv/(?:www|http|ftp)\b|/usr/share/nginx\b")
"""What everybody is shown who asks."""


def copy(command: Command) -> str:
    """`cp`, `install`, `ditto`: what is written over, and keys that are copied to where all can read."""
    found = options(command.args, "tSmog", ("target-directory", "suffix", "mode", "owner", "group"))
    if len(found.rest) < 2 or (found.has("d") and command.name == "install"):
        return ""
    *sources, target = found.rest
    text = _text(command, tuple(sources))
    if SECRET in text and ("/etc/shadow" in sources or _SHOWN.match(resolved(target, command.scope.folder))):
        command.tell(LEAKS, "copies what nobody else may see to where others can")
    is_root = any(re.fullmatch(r"0?[4-7][0-7]{3}|.*\+.*s.*", literal(mode)) for mode in found.of("m", "mode"))
    if is_root and any(SHELLS.fullmatch(literal(resolved(each, command.scope.folder))) for each in found.rest):
        command.tell(BACKDOOR, "makes root of whoever runs a program")
    check_write(target, text, command.scope)
    name = sources[0].rpartition("/")[2]
    command.scope.files[f"{resolved(target, command.scope.folder).rstrip('/')}/{name}"] = text
    return ""


def link(command: Command) -> str:
    """`ln`: history and files of the system that are led into nothing."""
    found = options(command.args, "tS")
    if len(found.rest) == 2:
        source, target = found.rest
        if source == "/dev/null" or found.has("f"):
            text = "" if source == "/dev/null" else UNKNOWN
            if source == "/dev/null" or resolved(target, command.scope.folder) in ("/etc/passwd", "/etc/shadow"):
                check_write(target, text, command.scope)
    return ""


_HUGE = re.compile(r"(?i)\d+[tpez]i?b?|\d{4,}gi?b?|\d{13,}")


def truncate(command: Command) -> str:
    """`truncate`, `fallocate`: empties, or takes more room than there is."""
    if command.name == "fallocate" and any(_HUGE.fullmatch(size) for size in options(command.args, "lo").of("l")):
        command.tell(EXHAUSTS, "takes more room than a disk has")
    for path in options(command.args, "sr", ("size", "reference")).rest:
        check_write(path, "", command.scope)
    return ""


def tee(command: Command) -> str:
    """`tee`: into files, and on."""
    found = options(command.args)
    for path in found.rest:
        check_write(path, command.stdin, command.scope, adds=found.has("a", "append"))
        check_fill(path, command.stdin, command.scope)
    return command.stdin


def convert(command: Command) -> str:
    """`dd`: onto a disk."""
    given = dict(word.partition("=")[::2] for word in command.args)
    source = given.get("if", "")
    text = content_of(source, command.scope.folder, command.scope.files) if source else command.stdin
    if target := given.get("of", ""):
        if "count" in given:
            text = text.replace(ASKED, "")
        if target == UNKNOWN and source in ("/dev/zero", "/dev/urandom", "/dev/random"):
            command.tell(DISK, "writes zeros or noise over what nobody can tell beforehand")
        else:
            check_write(target, text, command.scope)
            if target[:1] == "/":
                check_fill(target, text, command.scope)
        return ""
    return text.replace(ASKED, "") if "count" in given else text


_ADDED = re.compile(r"(?:^|[;\n{])\s*(?:\d+|\$|/[^/\n]*/)?\s*[aic]\\?\s*\n?\s*(\S[^\n]*)")
_EMPTIES = re.compile(r"\s*(?:1\s*,\s*\$)?\s*d\s*;?\s*")
"""A script of `sed` that leaves no line."""
_ENTERS = re.compile(r"Permit(?:EmptyPasswords|RootLogin)\s+yes\s*(?:[/|#,@!]\w*)?\s*(?:;|$)")


def edit(command: Command) -> str:
    """`sed`: -i on what lets people in, and `e`, which runs what it reads."""
    found = options(command.args, "efl", ("expression", "file"))
    scripts = [*found.of("e", "expression")] or list(found.rest[:1])
    files = found.rest if found.of("e", "f", "expression", "file") else found.rest[1:]
    for script in scripts:
        for ran in re.findall(r"(?:^|[;{\n]|\d|\$|/)\s*e\s+([^\n;}]+)", literal(script)):
            command.code(ran)
        if swapped := re.match(r"s(.)(?:\\.|(?!\1).)*\1((?:\\.|(?!\1).)*)\1\w*e", literal(script), re.DOTALL):
            command.code(swapped[2].replace(f"\\{swapped[1]}", swapped[1]))
    if found.has("i", "in-place") or any(word.startswith("-i") for word in command.args):
        added = [each for script in scripts for each in _ADDED.findall(literal(script))]
        for path in files:
            if added:
                check_write(path, "\n" + "\n".join(added) + "\n", command.scope, adds=True)
            where = resolved(path, command.scope.folder)
            if any(_EMPTIES.fullmatch(literal(script)) for script in scripts):
                check_write(path, "", command.scope)
            elif where in ("/etc/passwd", "/etc/shadow", "/etc/sudoers", "/etc/group", "/etc/gshadow"):
                check_write(path, UNKNOWN, command.scope)
            if where == "/etc/ssh/sshd_config" and any(map(_ENTERS.search, scripts)):
                command.tell(BACKDOOR, "lets root, or anybody, log in with a password or without one")
            if where in ("/etc/selinux/config", "/etc/sysconfig/selinux") and any(
                "disabled" in each for each in scripts
            ):
                command.tell(DEFENCES, "switches off SELinux")
        return ""
    text = "".join(content_of(path, command.scope.folder, command.scope.files) for path in files) or command.stdin
    return substituted(text, [literal(script) for script in scripts])
