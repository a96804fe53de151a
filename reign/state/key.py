"""The key of a project, and what is made from it: one key per use, bound to the lineage."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Mapping

from reign.model.errors import Failed
from reign.model.finding import Finding
from reign.model.rewrite import rewritten
from reign.model.values import Path, Secret, Value
from reign.state.files import make_folder, read_file, write_file
from reign.state.layout import Layout, not_writable
from reign.state.reader import read

_BYTES = 32
_KEY_BYTES = 1 << 16
"""The most that is read of a key."""


def find_key(layout: Layout, environ: Mapping[str, str]) -> bytes | None:
    """The key that `REIGN_KEY` names, else the one in `.reign/key`; None where there is neither.

    Raises Failed where a file is there that is none: what is encrypted with nothing is not encrypted.
    """
    named = environ.get("REIGN_KEY", "").strip()
    if named:
        return _extract(os.fsencode(named))
    try:
        held = read_file(layout.key, _KEY_BYTES).strip()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise _not_readable(layout, f"{error.filename or layout.key}: {error.strerror or error}.") from error
    if not held:
        raise _not_readable(layout, f"{layout.key} is empty.")
    return _extract(held)


def need_key(layout: Layout, environ: Mapping[str, str]) -> bytes:
    """As `find_key`, and makes `.reign/key`, 0600, where there is none and nothing is encrypted yet.

    Raises Failed where something is: a new key would not open it. And where the key cannot be written.
    """
    found = find_key(layout, environ)
    if found is not None:
        return found
    if any(_holds_ciphers(each) for each in layout.siblings()):
        raise Failed([no_key()])
    try:
        make_folder(layout.root)
        _place(layout)
    except OSError as error:
        raise not_writable(layout.key, error) from error
    return need_key(layout, environ)


def subkey(key: bytes, purpose: str, lineage: str) -> bytes:
    """32 bytes for one use in one lineage: HKDF-Expand of RFC 5869 with SHA-256, one block."""
    return hmac.digest(key, f"reign/1/{purpose}/{lineage}".encode() + b"\x01", hashlib.sha256)


def key_id(key: bytes) -> str:
    """What names a key without telling it."""
    return subkey(key, "id", "").hex()[:16]


def no_key() -> Finding:
    """What is said where something is encrypted, and there is no key at all."""
    return Finding(
        "state/no-key",
        "The key of the state is missing",
        "The state holds values that are encrypted, and the key that they were encrypted with is not here: REIGN_KEY "
        "names none, and there is no .reign/key. A new key would not open them, so none was made. Nothing was done.",
        fix="Set REIGN_KEY to that key, or bring .reign/key back from where the state was last applied.",
    )


def other_key(held: str, environ: Mapping[str, str]) -> Finding:
    """What is said where something is encrypted with the key named `held`, and the one that is here is another."""
    here = "REIGN_KEY holds" if environ.get("REIGN_KEY") else ".reign/key is"
    fix = "Bring back the .reign/key that it was encrypted with, or set REIGN_KEY to that key."
    if environ.get("REIGN_KEY"):
        fix = "Set REIGN_KEY to the key that it was encrypted with; where that is .reign/key, unset REIGN_KEY."
    return Finding(
        "state/other-key",
        "The state is encrypted with another key",
        f"The state holds values that were encrypted with the key {held}, and {here} another one. Nothing was done.",
        fix=fix,
    )


def _not_readable(layout: Layout, why: str) -> Failed:
    said = f"{why} It holds the key of the project, which is a file of its own and no link. Nothing was done."
    fix = f"Bring {layout.key} back from where the state was last applied, or set REIGN_KEY."
    return Failed([Finding("state/bad-key", "The key cannot be read", said, fix=fix)])


def _holds_ciphers(layout: Layout) -> bool:
    state = read(layout)
    found: list[Secret] = []

    def note(part: Secret, _: Path) -> Value:
        if part.cipher:
            found.append(part)
        return part

    if state.is_sealed:
        rewritten(state, (Secret,), note)
    return bool(found)


def _extract(material: bytes) -> bytes:
    """HKDF-Extract of RFC 5869. The same for both sources: what stands in `.reign/key` may move into `REIGN_KEY`."""
    return hmac.digest(b"reign/1/key", material, hashlib.sha256)


def _place(layout: Layout) -> None:
    """Put a new key where there is none. Of two who do so at once, one key stays."""
    beside = layout.key.with_name(f".key.{secrets.token_hex(4)}")
    write_file(beside, secrets.token_hex(_BYTES).encode() + b"\n")
    try:
        os.link(beside, layout.key)
    except FileExistsError:
        return
    finally:
        beside.unlink()
