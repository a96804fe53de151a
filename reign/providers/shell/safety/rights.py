"""Commands that change who may do what, and who becomes root."""

from __future__ import annotations

import re

from reign.providers.shell.safety.command import Command
from reign.providers.shell.safety.danger import BACKDOOR, PERMISSIONS
from reign.providers.shell.safety.options import options
from reign.providers.shell.safety.paths import is_disk, is_key, loss, resolved
from reign.providers.shell.safety.text import literal

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
SHELLS = re.compile(
    r"(?:/usr)?/bin/(?:ba|da|z|k|c|tc|fi)?sh|/usr/bin/(?:env|find|vim?|python[\d.]*|perl|nmap|less|awk|cp|tar)|/tmp/.*|/var/tmp/.*|/dev/shm/.*"
)


_RUNS = re.compile(r"[ugoa]*\+[rw]*x.*|[0-7]?[1357][0-7]{2}")
"""Whoever makes a script so is going to run it."""


def change_mode(command: Command) -> str:
    """`chmod`: everything open to everybody, and shells that make whoever runs them root."""
    words = [word for word in command.args if not re.fullmatch(r"-[RfvcHLP]+|--\w.*", word)]
    is_deep = options([word for word in command.args if re.fullmatch(r"-[RfvcHLP]+|--\w+", word)]).has("R", "recursive")
    mode, targets = (literal(words[0]), words[1:]) if words else ("", [])
    for path in targets:
        where = resolved(path, command.scope.folder)
        lost = loss(path, command.scope.folder)
        if where.startswith("/dev/") and not is_deep and not is_disk(where):
            continue  # a device that somebody is given
        if command.scope.files.get(where, "").startswith("#!") and _RUNS.fullmatch(mode):
            command.scope.found.runs_later(where, command.scope.files)
        if re.search(r"[+=][rwx]*s|^0?[4-7][0-7]{3}$", mode) and SHELLS.fullmatch(literal(where)):
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
        is_own = (
            not where.startswith("/")
            or (where != "/home" and "home" in lost)
            or where.startswith(_SHARED[:2] + _SHARED[3:])
        )
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


def capabilities(command: Command) -> str:
    """`setcap`: what makes root of whoever runs a program."""
    if re.search(r"cap_(?:setuid|setgid|sys_admin|dac_override|sys_ptrace|sys_module)|^=ep", " ".join(command.args)):
        command.tell(BACKDOOR, "makes root of whoever runs a program")
    return ""


def set_passwords(command: Command) -> str:
    """`chpasswd`: of root."""
    if re.search(r"(?m)^root:", command.stdin):
        command.tell(BACKDOOR, "sets the password of root")
    return ""
