"""Commands that print what they read, changed."""

from __future__ import annotations

import base64
import binascii
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
    ENVIRON,
    FETCHED,
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


def _input(command: Command, files: Sequence[str]) -> str:
    named = [path for path in files if path != "-"]
    if not named:
        return command.stdin
    return "".join(content_of(path, command.scope.folder, command.scope.files) for path in named)


def concatenate(command: Command) -> str:
    """`cat`, `tac`: files, or what is read."""
    return _input(command, options(command.args, "AbeEnstTuv").rest)


def part(command: Command) -> str:
    """`head`, `tail`: a part; `tail /dev/zero` never has one."""
    found = options(command.args, "ncs", ("lines", "bytes"))
    text = _input(command, found.rest)
    if ASKED in text:
        if command.name == "tail":
            command.tell(EXHAUSTS, KEEPS)
        return ASKED if _is_endless(found.of("c", "bytes")) else UNKNOWN
    if not is_known(text) or STAR in text:
        return origins(text) or UNKNOWN
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


def base(command: Command) -> str:
    """`base64`, `base32`: decoded as far as it is known."""
    found = options(command.args, "wi", ("wrap", "input"))
    text = (
        _input(command, (*found.rest, *found.of("i", "input")))
        if command.name == "base64"
        else _input(command, found.rest)
    )
    if not found.has("d", "D", "decode"):
        return origins(text) or changed(text)
    return decoded(text, "base32" if command.name == "base32" else "base64")


def decoded(text: str, how: str) -> str:
    """The inverse of an encoding; a riddle where it is not known what was encoded."""
    if not is_known(text):
        return FETCHED if FETCHED in text else SECRET if SECRET in text else DECODED
    plain = "".join(text.split())
    if not plain:
        return DECODED  # of what is not set: nobody can read it either
    try:
        if how == "hex":
            data = bytes.fromhex(re.sub(r"0x|\\x|[,:]", "", plain))
        elif how == "base32":
            data = base64.b32decode(plain + "=" * (-len(plain) % 8))
        else:
            data = base64.b64decode(plain + "=" * (-len(plain) % 4))
        return data.decode()
    except (ValueError, binascii.Error):
        return DECODED


def dump(command: Command) -> str:
    """`xxd`: -r is the way back."""
    found = options(command.args, "clgso")
    text = _input(command, found.rest[:1])
    if not found.has("r", "revert") and "-r" not in command.args:
        return changed(text)
    is_plain = any("p" in word for word in command.args if word.startswith("-"))
    if is_known(text) and not is_plain:
        text = "".join(re.sub(r"^[0-9a-f]+:\s*((?:[0-9a-f]{2,4} ?)+).*$", r"\1", line) for line in text.splitlines())
    return decoded(text, "hex")


def expanded(command: Command) -> str:
    """`gunzip` and the like: what was packed nobody could read."""
    found = options(command.args, "STk")
    if found.has("export-secret-keys", "export-secret-key", "export-secret-subkeys"):
        return SECRET
    is_back = command.name[:2] in ("gu", "un", "zc", "bz", "xz") or found.has("d", "decompress")
    text = _input(command, found.rest)
    if not is_back:
        return origins(text) or changed(text)
    return FETCHED if FETCHED in text else SECRET if SECRET in text else DECODED


def cipher(command: Command) -> str:
    """`openssl`: decoded, decrypted; a connection."""
    args = command.args
    if args[:1] == ("s_client",):
        check_sent(command)
        return FETCHED
    if args[:1] and args[0] in ("enc", "base64", "aes-256-cbc", "smime", "rsautl", "pkeyutl"):
        found = options(args[1:], "", ("in", "out", "k", "pass", "K", "iv", "md", "inkey"))
        text = _input(command, found.of("in"))
        if "-d" in args or "-decrypt" in args:
            is_plain = args[0] == "base64" or ("-base64" in args and not any(word.startswith("-aes") for word in args))
            return decoded(text, "base64") if is_plain or "-a" in args[1:3] else DECODED
        return origins(text) or changed(text)
    return UNKNOWN


def check_sent(command: Command) -> None:
    """Take down that what is read, and sent, is nobody else's."""
    if SECRET in command.stdin or ENVIRON in command.stdin:
        command.tell(LEAKS, "sends what nobody else may see over the network")


def reverse(command: Command) -> str:
    """`rev`."""
    text = _input(command, command.args)
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


def passing(command: Command) -> str:
    """`sort`, `uniq`: the same lines in another order."""
    found = options(command.args, "kKtoSTzw")
    if command.name != "uniq" and ASKED in _input(command, found.rest):
        command.tell(EXHAUSTS, KEEPS)
    return _input(command, found.rest if command.name == "sort" else found.rest[:1])


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
    text = _input(command, files) if files else command.stdin
    return text if is_known(text) and text else origins(text).replace(ASKED, "") or UNKNOWN
