"""Commands that delete, move, write and open files."""

from __future__ import annotations

import re

from reign.providers.shell.safety.command import Command
from reign.providers.shell.safety.danger import BACKDOOR, DEFENCES, DISK, ERASES, HIDDEN, LEAKS, PERMISSIONS, REMOTE
from reign.providers.shell.safety.options import options
from reign.providers.shell.safety.paths import content_of, is_disk, is_history, is_key, loss, resolved
from reign.providers.shell.safety.scope import HOME
from reign.providers.shell.safety.text import SECRET, UNKNOWN, literal
from reign.providers.shell.safety.writing import check_write


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
        "without which" not in loss(path, command.scope.folder)
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


def copy(command: Command) -> str:
    """`cp`, `install`, `ditto`: what is written over, and keys that are copied to where all can read."""
    found = options(command.args, "tSmog", ("target-directory", "suffix", "mode", "owner", "group"))
    if len(found.rest) < 2 or (found.has("d") and command.name == "install"):
        return ""
    *sources, target = found.rest
    text = _text(command, tuple(sources))
    if "/etc/shadow" in sources and SECRET in text:
        command.tell(LEAKS, "copies the passwords of the system")
    is_root = any(re.fullmatch(r"0?[4-7][0-7]{3}|.*\+.*s.*", literal(mode)) for mode in found.of("m", "mode"))
    if is_root and any(_SHELLS.fullmatch(literal(resolved(each, command.scope.folder))) for each in found.rest):
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


def truncate(command: Command) -> str:
    """`truncate`."""
    for path in options(command.args, "sr", ("size", "reference")).rest:
        check_write(path, "", command.scope)
    return ""


def tee(command: Command) -> str:
    """`tee`: into files, and on."""
    found = options(command.args)
    for path in found.rest:
        check_write(path, command.stdin, command.scope, adds=found.has("a", "append"))
    return command.stdin


def convert(command: Command) -> str:
    """`dd`: onto a disk."""
    given = dict(word.partition("=")[::2] for word in command.args)
    source = given.get("if", "")
    text = content_of(source, command.scope.folder, command.scope.files) if source else command.stdin
    if target := given.get("of", ""):
        if target == UNKNOWN and source in ("/dev/zero", "/dev/urandom", "/dev/random"):
            command.tell(DISK, "writes zeros or noise over what nobody can tell beforehand")
        elif "count" not in given and "\ue006" in text and not target.startswith("/dev/") and target[:1] == "/":
            check_write(target, "", command.scope)
            from reign.providers.shell.safety.danger import EXHAUSTS

            command.tell(EXHAUSTS, "writes without an end, until the disk is full")
        else:
            check_write(target, text, command.scope)
        return ""
    return text


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
        for path in files:
            where = resolved(path, command.scope.folder)
            if where in ("/etc/passwd", "/etc/shadow", "/etc/sudoers", "/etc/gshadow"):
                check_write(path, UNKNOWN, command.scope)
            if where in ("/etc/selinux/config", "/etc/sysconfig/selinux") and any(
                "disabled" in each for each in scripts
            ):
                command.tell(DEFENCES, "switches off SELinux")
        return ""
    text = "".join(content_of(path, command.scope.folder, command.scope.files) for path in files) or command.stdin
    from reign.providers.shell.safety.filters import substituted

    return substituted(text, [literal(script) for script in scripts])


# Who may do what


_OPEN_MODE = re.compile(
    r"0?[0-7]?[0-7]?[0-7]?[2367]|0?000|0|[ugo]*a[ugo]*\+[rx]*w[rwx]*|[ug]*o[ug]*\+[rx]*w[rwx]*|\+[rx]*w[rx]*|a?[=-]r?w?x?"
)
_SHARED = (
    "/opt",
    "/srv",
    "/home",
    "/usr/local",
    "/var/www",
    "/Users",
    "/Applications",
    "/run",
    "/var/log",
    "/var/spool",
    "/var/mail",
)
_SHELLS = re.compile(
    r"(?:/usr)?/bin/(?:ba|da|z|k|c|tc|fi)?sh|/usr/bin/(?:env|find|vim?|python[\d.]*|perl|nmap|less|awk|cp|tar)|/tmp/.*|/var/tmp/.*|/dev/shm/.*"
)


def change_mode(command: Command) -> str:
    """`chmod`: everything open to everybody, and shells that make whoever runs them root."""
    words = [word for word in command.args if not re.fullmatch(r"-[RfvcHLP]+|--\w.*", word)]
    is_deep = options([word for word in command.args if re.fullmatch(r"-[RfvcHLP]+|--\w+", word)]).has("R", "recursive")
    mode, targets = (literal(words[0]), words[1:]) if words else ("", [])
    for path in targets:
        where = resolved(path, command.scope.folder)
        lost = loss(path, command.scope.folder)
        if re.search(r"[+=][rwx]*s|^0?[4-7][0-7]{3}$", mode) and _SHELLS.fullmatch(literal(where)):
            command.tell(BACKDOOR, "makes root of whoever runs a program")
        elif not where.startswith("/") and not (where == ".." or where.startswith("../..")):
            continue
        elif lost and _is_opened(mode, where, deep=is_deep):
            command.tell(PERMISSIONS, f"changes who may do what with {lost}")
        elif is_key(where) and _OPEN_MODE.fullmatch(mode) and not mode.endswith("00"):
            command.tell(PERMISSIONS, "opens keys to everybody")
    return ""


def _is_opened(mode: str, where: str, *, deep: bool) -> bool:
    is_open = bool(_OPEN_MODE.fullmatch(mode))
    if where.startswith(_SHARED):
        return is_open and deep
    if not deep:
        return is_open and not mode.startswith(("1", "01", "+", "g"))
    return not re.fullmatch(r"(?:go|o|g)-[rwx]+|[ugoa]*[+-=]?X|go=|o=|\+t", mode) or is_open


def change_owner(command: Command) -> str:
    """`chown`, `chgrp`: everything handed over to somebody else."""
    found = options(command.args, "", ("from", "reference"))
    targets = found.rest if found.has("reference") else found.rest[1:]
    for path in targets:
        where = resolved(path, command.scope.folder)
        lost = loss(path, command.scope.folder)
        is_file = where in ("/etc/shadow", "/etc/sudoers", "/etc/passwd")
        is_own = not where.startswith("/") or "home" in lost or where.startswith(_SHARED[:2] + _SHARED[3:])
        is_own = (
            is_own or bool(re.match(r"/var/(?:lib|log|spool|mail|db)/", where)) or where.startswith(("/nix", "/snap"))
        )
        owner = literal(found.rest[0]) if found.rest else ""
        if lost and not is_own and (found.has("R", "recursive") or (is_file and not owner.startswith(("root", "0")))):
            command.tell(PERMISSIONS, f"hands over {lost} to somebody else")
    return ""


def change_attributes(command: Command) -> str:
    """`chattr`, `setfacl`: the same by other means."""
    words = command.args
    is_deep = any(re.fullmatch(r"-\w*R\w*", word) or word == "--recursive" for word in words)
    for path in words[1:]:
        lost = loss(path, command.scope.folder) if path.startswith("/") else ""
        if lost and (is_deep or (command.name == "chattr" and "without which" in lost)):
            command.tell(PERMISSIONS, f"changes who may do what with {lost}")
    return ""


# Copies of whole trees


def synchronise(command: Command) -> str:
    """`rsync`: --delete takes away what is not at the source."""
    found = options(
        command.args, "efBTMp", ("rsh", "exclude", "include", "filter", "files-from", "exclude-from", "temp-dir")
    )
    for rsh in found.of("e", "rsh"):
        command.code(literal(rsh))
    if len(found.rest) < 2:
        return UNKNOWN
    *sources, target = found.rest
    is_remote = re.match(r"[^/]*:", target) is not None
    deletes = any(flag.startswith("del") for flag in (*found.flags, *(name for name, _ in found.values)))
    where = target.partition(":")[2] if is_remote else target
    if (
        deletes
        and where[:1] in ("/", "~")
        and (lost := loss(where, "/?"))
        and (
            not re.match(r"/(?:home|srv|opt|usr/local|var)\b", resolved(where, "/?"))
            or "everything" in lost
            or resolved(where, "/?") == HOME
        )
    ):
        command.tell(ERASES, f"deletes {lost}, as far as it is not in what is copied")
    if is_remote:
        _check_sent(command, sources)
    if "remove-source-files" in found.flags:
        for source in sources:
            check_delete(command, source)
    return UNKNOWN


def secure_copy(command: Command) -> str:
    """`scp`, `sftp`, `rclone`: keys that go to another machine."""
    rest = options(command.args, "cDFiJlOoPS").rest
    if len(rest) > 1 and ":" in rest[-1]:
        _check_sent(command, list(rest[:-1]))
    elif len(rest) > 1 and ":" in rest[0]:
        target = rest[-1]
        check_write(target, "\ue001", command.scope)
        name = rest[0].rpartition("/")[2]
        command.scope.files[resolved(f"{target}/{name}", command.scope.folder)] = "\ue001"
    return ""


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
        for path in found.rest:
            if SECRET in content_of(path, command.scope.folder, command.scope.files):
                text = SECRET
                for name in (*found.of("f", "file"), *(found.rest[1:2] if found.rest[:1] == (letters,) else ())):
                    command.scope.files[resolved(name, command.scope.folder)] = SECRET
            if found.has("remove-files"):
                check_delete(command, path)
        return text
    if "x" in letters or found.has("extract", "get"):
        return command.stdin if "O" in letters or found.has("to-stdout") else ""
    return UNKNOWN


def pack(command: Command) -> str:
    """`zip`: keys in the archive."""
    target, *sources = options(command.args, "xit").rest or ("",)
    if any(SECRET in content_of(each, command.scope.folder, command.scope.files) for each in sources):
        command.scope.files[resolved(target, command.scope.folder)] = SECRET
    return ""


def capabilities(command: Command) -> str:
    """`setcap`: what makes root of whoever runs a program."""
    if re.search(r"cap_(?:setuid|setgid|sys_admin|dac_override|sys_ptrace|sys_module)|^=ep", " ".join(command.args)):
        command.tell(BACKDOOR, "makes root of whoever runs a program")
    return ""


def check_ran(command: Command, text: str) -> None:
    """Take down that a file is run of which nobody knew beforehand what it holds."""
    from reign.providers.shell.safety.text import DECODED, FETCHED

    if FETCHED in text:
        command.tell(REMOTE, "runs a file that comes over the network")
    elif DECODED in text:
        command.tell(HIDDEN, "runs a file that was encoded")
