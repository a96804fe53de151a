"""The key of a project, and what is made from it: one key per use, bound to the lineage."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Mapping

from reign.state.files import make_folder, write_file
from reign.state.layout import Layout, not_writable

_BYTES = 32


def find_key(layout: Layout, environ: Mapping[str, str]) -> bytes | None:
    """The key that `REIGN_KEY` names, else the one in `.reign/key`; None where there is neither."""
    named = environ.get("REIGN_KEY")
    if named:
        return _extract(named.encode(), b"REIGN_KEY")
    try:
        return _extract(layout.key.read_bytes().strip(), b"file")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise not_writable(layout.key, error) from error


def need_key(layout: Layout, environ: Mapping[str, str]) -> bytes:
    """As `find_key`, and makes `.reign/key`, 0600, where there is none. Raises Failed where that cannot be written."""
    found = find_key(layout, environ)
    if found is not None:
        return found
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


def _extract(material: bytes, source: bytes) -> bytes:
    """HKDF-Extract of RFC 5869: the salt says where the material came from."""
    return hmac.digest(b"reign/1/" + source, material, hashlib.sha256)


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
