"""Commands that encode and decode, pack and unpack: what comes out of them as far as that is known."""

from __future__ import annotations

import base64
import binascii
import re

from reign.providers.shell.safety.command import Command
from reign.providers.shell.safety.danger import LEAKS
from reign.providers.shell.safety.filters import changed, read_in
from reign.providers.shell.safety.options import options
from reign.providers.shell.safety.text import DECODED, ENVIRON, FETCHED, RECORDS, SECRET, UNKNOWN, is_known, origins


def base(command: Command) -> str:
    """`base64`, `base32`: decoded as far as it is known."""
    found = options(command.args, "wi", ("wrap", "input"))
    text = (
        read_in(command, (*found.rest, *found.of("i", "input")))
        if command.name == "base64"
        else read_in(command, found.rest)
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
    text = read_in(command, found.rest[:1])
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
    is_back = command.name[:2] in ("gu", "un", "uu", "zc", "bz", "xz") or found.has("d", "decompress")
    text = read_in(command, found.rest)
    if not is_back:
        kept = text.replace(RECORDS, "") if command.name == "gpg" else text
        return origins(kept) or changed(kept)
    return FETCHED if FETCHED in text else SECRET if SECRET in text else DECODED


def cipher(command: Command) -> str:
    """`openssl`: decoded, decrypted; a connection."""
    args = command.args
    if args[:1] == ("s_client",):
        check_sent(command)
        return FETCHED
    if args[:1] and args[0] in ("enc", "base64", "aes-256-cbc", "smime", "rsautl", "pkeyutl"):
        found = options(args[1:], "", ("in", "out", "k", "pass", "K", "iv", "md", "inkey"))
        text = read_in(command, found.of("in"))
        if "-d" in args or "-decrypt" in args:
            is_plain = args[0] == "base64" or ("-base64" in args and not any(word.startswith("-aes") for word in args))
            return decoded(text, "base64") if is_plain or "-a" in args[1:3] else DECODED
        locked = text.replace(RECORDS, "")
        return origins(locked) or changed(locked)
    return UNKNOWN


def check_sent(command: Command) -> None:
    """Take down that what is read, and sent, is nobody else's."""
    if SECRET in command.stdin or ENVIRON in command.stdin:
        command.tell(LEAKS, "sends what nobody else may see over the network")
