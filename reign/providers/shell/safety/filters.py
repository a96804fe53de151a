"""Commands that print what they read, changed."""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence

from reign.providers.shell.safety.builtin import KEEPS
from reign.providers.shell.safety.command import Command
from reign.providers.shell.safety.danger import EXHAUSTS, LEAKS
from reign.providers.shell.safety.options import options
from reign.providers.shell.safety.paths import content_of, resolved
from reign.providers.shell.safety.text import (
    ASKED,
    DECODED,
    EVERY,
    MARK,
    OPEN,
    SECRET,
    STAR,
    UNKNOWN,
    is_known,
    literal,
    origins,
)

_SUBSTITUTION = re.compile(r"s(.)((?:\\.|(?!\1).)*)\1((?:\\.|(?!\1).)*)\1([gi]*)", re.DOTALL)


def changed(text: str) -> str:
    """What is left of `text` once it was worked on in a way that is not followed: known text becomes a riddle."""
    found = origins(text).replace(ASKED, "")
    return found or (DECODED if text.strip(f"{ASKED} \n") else UNKNOWN)


def read_in(command: Command, files: Sequence[str]) -> str:
    """What `files` hold; without any, what is read as standard input."""
    named = [path for path in files if path != "-"]
    if not named:
        return command.stdin
    return "".join(content_of(path, command.scope.folder, command.scope.files) for path in named)


def concatenate(command: Command) -> str:
    """`cat`, `tac`: files, or what is read."""
    return read_in(command, options(command.args, "AbeEnstTuv").rest)


def part(command: Command) -> str:
    """`head`, `tail`: a part; `tail /dev/zero` never has one."""
    found = options(command.args, "ncs", ("lines", "bytes"))
    text = read_in(command, found.rest)
    if ASKED in text:
        if command.name == "tail":
            command.tell(EXHAUSTS, KEEPS)
        return ASKED if _is_endless(found.of("c", "bytes")) else UNKNOWN
    if not is_known(text) or STAR in text:
        return origins(text).replace(EVERY, "") or UNKNOWN
    count = (found.of("n", "lines") or [next((flag for flag in found.flags if flag.isdigit()), "10")])[-1]
    lines = text.splitlines(keepends=True)
    if found.has("c", "bytes") or not count.lstrip("+-").isdigit():
        return changed(text)
    if command.name == "tail" and count.startswith("+"):
        return "".join(lines[int(count) - 1 :])
    number = abs(int(count))
    return "".join(lines[:number] if command.name == "head" else lines[-number:])


_AMOUNT = re.compile(r"(\d+)([KMGTPEZ])i?B?", re.IGNORECASE)


def _is_endless(amounts: Sequence[str]) -> bool:
    """Whether it is more than a machine has memory."""
    found = [_AMOUNT.fullmatch(literal(each)) for each in amounts[-1:]]
    return any(each is not None and int(each[1]) << 10 * " KMGTPEZ".index(each[2].upper()) > _MEMORY for each in found)


_MEMORY = 1 << 38


def reverse(command: Command) -> str:
    """`rev`."""
    text = read_in(command, command.args)
    return "".join(f"{line[::-1]}\n" for line in text.splitlines()) if is_known(text) else changed(text)


def translate(command: Command) -> str:
    """`tr`."""
    found = options(command.args)
    text = command.stdin
    if not is_known(text):
        return origins(text)
    sets = [_signs(literal(word)) for word in found.rest]
    if found.has("d", "delete") and sets:
        return "".join(sign for sign in text if sign not in sets[0])
    if found.has("s", "c", "C") or len(sets) < 2 or not sets[1]:
        return text if found.has("s") and len(sets) < 2 else changed(text)
    second = sets[1] + sets[1][-1] * (len(sets[0]) - len(sets[1]))
    return text.translate(dict(zip(map(ord, sets[0]), second, strict=False)))


_CLASSES = {
    "[:upper:]": "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "[:lower:]": "abcdefghijklmnopqrstuvwxyz",
    "[:digit:]": "0123456789",
    "[:space:]": " \t\n\r",
    "[:blank:]": " \t",
}


def _signs(said: str) -> str:
    for name, signs in _CLASSES.items():
        said = said.replace(name, signs)
    said = re.sub(r"\\([nrt\\])", lambda found: codecs.decode(found[0], "unicode_escape"), said)

    def run(found: re.Match[str]) -> str:
        first, last = ord(found[1]), ord(found[2])
        return "".join(map(chr, range(first, last + 1))) if first <= last and last - first < 300 else found[0]

    return re.sub(r"(.)-(.)", run, said, flags=re.DOTALL)


def substituted(text: str, scripts: Sequence[str]) -> str:
    """What plain substitutions of sed make of `text`."""
    if not is_known(text):
        return origins(text)
    for script in scripts:
        found = _SUBSTITUTION.fullmatch(script.strip())
        if found is None:
            return changed(text)
        try:
            pattern = re.sub(r"\\([(){}|+?])|([(){}|+?])", lambda m: m[1] or f"\\{m[2]}", found[2])
            new = re.sub(r"(?<!\\)&", r"\\g<0>", found[3].replace(f"\\{found[1]}", found[1]))
            text = re.sub(pattern, new, text, count=0 if "g" in found[4] else 1, flags=re.MULTILINE)
        except (re.error, IndexError):
            return changed(text)
    return text


def listing(command: Command) -> str:
    """`ls`: names of what is there."""
    rest = options(command.args, "IwT").rest
    globbed = [path for path in rest if STAR in path or MARK in path or OPEN in path]
    return "".join(f"{path}\n" for path in globbed) or f"{STAR}\n"


def folder(command: Command) -> str:
    """`pwd`."""
    here = command.scope.folder
    return here if here.startswith("/") else UNKNOWN


def path_part(command: Command) -> str:
    """`dirname`, `basename`, `realpath`, `readlink -f`."""
    rest = options(command.args, "s").rest
    if not rest or not rest[0]:
        return UNKNOWN
    path = resolved(rest[0], command.scope.folder)
    if command.name == "dirname":
        return (rest[0].rstrip("/").rpartition("/")[0] or ("/" if rest[0].startswith("/") else ".")) + "\n"
    if command.name == "basename":
        name = rest[0].rstrip("/").rpartition("/")[2]
        return (name.removesuffix(rest[1]) if len(rest) > 1 else name) + "\n"
    return (path if path.startswith("/") else UNKNOWN) + "\n"


def which(command: Command) -> str:
    """`which`, `type -p`: a program by its path."""
    rest = options(command.args).rest
    return f"/usr/bin/{rest[-1]}\n" if rest else UNKNOWN


def temporary(command: Command) -> str:
    """`mktemp`: something new."""
    del command
    return f"/tmp/{UNKNOWN}\n"  # noqa: S108


def endless(command: Command) -> str:
    """`yes`."""
    return ASKED if not command.args else f"{literal(' '.join(command.args))}\n{ASKED}"


def count(command: Command) -> str:
    """`seq`: to a number that nobody waits for, endless."""
    last = literal(command.args[-1]) if command.args else ""
    return ASKED if re.fullmatch(r"(?i)inf(?:inity)?|\d{9,}|\d+e\d+", last) else UNKNOWN


def passing(command: Command) -> str:
    """`sort`, `uniq`: the same lines in another order."""
    found = options(command.args, "kKtoSTzw")
    if command.name != "uniq" and ASKED in read_in(command, found.rest):
        command.tell(EXHAUSTS, KEEPS)
    return read_in(command, found.rest if command.name == "sort" else found.rest[:1])


def other_text(command: Command) -> str:
    """`grep`, `cut`, `awk`, `jq`: some of what is read."""
    held = read_files(command)
    return SECRET if SECRET in held else changed(command.stdin) if command.stdin else UNKNOWN


def read_files(command: Command) -> str:
    """What the files hold that stand among its words."""
    paths = [word for word in command.args if word.startswith(("/", "~", "."))]
    return "".join(content_of(path, command.scope.folder, command.scope.files) for path in paths)


def account(command: Command) -> str:
    """`getent shadow`, `unshadow`: the passwords of the system by other means."""
    if command.name == "unshadow" or "shadow" in command.args[:1]:
        command.tell(LEAKS, "prints the passwords of the system")
        return SECRET
    return UNKNOWN


def search(command: Command) -> str:
    """`grep`: some of what is read, or of what files hold."""
    found = options(command.args, "efmABCd", ("regexp", "file", "include", "exclude"))
    files = found.rest if found.of("e", "regexp", "f", "file") else found.rest[1:]
    if found.has("q", "c", "l", "quiet", "count"):
        return UNKNOWN
    text = read_in(command, files) if files else command.stdin
    left = text if is_known(text) and text else origins(text).replace(ASKED, "") or UNKNOWN
    return left if found.has("v", "invert-match") else left.replace(EVERY, "") or UNKNOWN
