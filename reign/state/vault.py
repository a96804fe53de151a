"""What is sensitive, as it is written: concealed in plan files, encrypted in the state.

AES-GCM under a key of its own, bound to the lineage; each cipher to its place inside the noun as well, so that none can
be put in the place of another. The address is no part of that: what is moved stays readable.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar, cast

from reign.model.errors import Failed
from reign.model.event import OutputValue, State
from reign.model.finding import Finding
from reign.model.resource import Snapshot
from reign.model.rewrite import holds, rewritten
from reign.model.values import Path, Secret, Sensitive, Value, format_path, from_json, reveal, to_json
from reign.state.key import find_key, key_id, need_key, no_key, other_key, subkey
from reign.state.layout import Layout

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

T = TypeVar("T")
_NONCE_BYTES = 12
_NOUNS = (Snapshot, OutputValue)
"""Places are told from the nearest of these on, wherever it stands: in an event, in the state or in a plan."""


@dataclass(frozen=True)
class _Keys:
    """What is made from the project's key for one lineage. Loads the library when something is encrypted or opened."""

    key: bytes
    lineage: str

    @cached_property
    def id(self) -> str:
        """What names the key."""
        return key_id(self.key)

    @cached_property
    def mac(self) -> bytes:
        """By which values are compared."""
        return subkey(self.key, "hash", self.lineage)

    @cached_property
    def cipher(self) -> AESGCM:
        """By which values are kept."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        return AESGCM(subkey(self.key, "cipher", self.lineage))


class KeyVault:
    """`ports.Vault` with the project's key: `REIGN_KEY`, else `.reign/key`, looked for when it is first needed.

    Raises Failed where a state holds ciphers, and their key is not here.
    """

    def __init__(self, layout: Layout, environ: Mapping[str, str], lineage: str) -> None:
        self._layout, self._environ, self._lineage = layout, environ, lineage
        self._found: _Keys | None = None

    @property
    def key_id(self) -> str:
        """The id of the key that is here; made where there is none, and nothing is encrypted yet."""
        return self._keys().id

    def hash(self, value: Value) -> str:
        """HMAC-SHA256, in hex, of the canonical JSON of a value in clear."""
        text = json.dumps(to_json(reveal(value)), sort_keys=True, separators=(",", ":"))
        return hmac.digest(self._keys().mac, text.encode("ascii"), hashlib.sha256).hex()

    def conceal(self, noun: T) -> T:
        """`noun` with every `Sensitive` as template and hash, and without any cipher."""

        def hide(part: Sensitive | Secret, _: Path) -> Value:
            """One of them as it may be shown."""
            if isinstance(part, Secret):
                return replace(part, cipher="") if part.cipher else part
            return Secret(part.template, self.hash(part.value), self.key_id)

        return rewritten(noun, (Sensitive, Secret), hide)

    def encrypt(self, noun: T) -> T:
        """`noun` with every `Sensitive` as hash and cipher."""
        return self._each(noun, (Sensitive,), lambda part, path, _: self._encrypted(part, path, ""))

    def keep(self, noun: T) -> T:
        """As `encrypt`, with the templates: what a run's own plan holds, by which what was cut off is told."""
        return self._each(noun, (Sensitive,), lambda part, path, _: self._encrypted(part, path, part.template))

    def decrypt(self, noun: T) -> T:
        """`noun` with every cipher as the `Sensitive` that it was. The generated secrets of a state stay as they are.

        Raises Failed where the key is not here, is another one, or what was encrypted is not as it was written.
        """
        if isinstance(noun, State):
            parts = {name: self._opened(getattr(noun, name)) for name in ("resources", "outputs", "deposed")}
            return cast("T", replace(noun, **parts))
        return self._opened(noun)

    def _opened(self, noun: T) -> T:
        return self._each(noun, (Secret,), self._decrypted)

    def _each(self, noun: T, kinds: tuple[type, ...], change: Callable[[Any, Path, str], Value]) -> T:
        """`change(part, its path from the nearest of `_NOUNS` on, what that is of)`."""

        def inside(part: Any, path: Path) -> Any:
            """A noun with its parts changed; a part that stands in none, changed by itself."""
            if isinstance(part, _NOUNS):
                of = str(part.address) if isinstance(part, Snapshot) else ".".join(map(str, ("output", *path)))
                return rewritten(part, kinds, lambda leaf, inner: change(leaf, inner, of))
            return change(part, path, "")

        if not holds(noun, kinds):
            return noun
        return rewritten(noun, (*_NOUNS, *kinds), inside)

    def _encrypted(self, part: Sensitive, path: Path, template: str) -> Secret:
        keys, nonce = self._keys(), os.urandom(_NONCE_BYTES)
        text = json.dumps(to_json(reveal(part.value)), separators=(",", ":")).encode("ascii")
        sealed = nonce + keys.cipher.encrypt(nonce, text, self._bound(path))
        return Secret(template, self.hash(part.value), keys.id, base64.b64encode(sealed).decode())

    def _decrypted(self, part: Secret, path: Path, of: str) -> Value:
        if not part.cipher:
            return part
        keys = self._keys(part.key_id)
        from cryptography.exceptions import InvalidTag

        try:
            sealed = base64.b64decode(part.cipher, validate=True)
            text = keys.cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], self._bound(path))
            return Sensitive(from_json(json.loads(text)), part.template)
        except (InvalidTag, ValueError):
            raise Failed([_damaged(of, path)]) from None

    def _bound(self, path: Path) -> bytes:
        """What a cipher is bound to besides its key."""
        return json.dumps(["reign/1", self._lineage, list(path)], separators=(",", ":")).encode("ascii")

    def _keys(self, held: str = "") -> _Keys:
        """The keys; `held` is the id of the one that something was encrypted with."""
        if self._found is None:
            key = find_key(self._layout, self._environ) if held else need_key(self._layout, self._environ)
            if key is None:
                raise Failed([no_key()])
            self._found = _Keys(key, self._lineage)
        if held and held != self._found.id:
            raise Failed([other_key(held, self._environ)])
        return self._found


def _damaged(of: str, path: Path) -> Finding:
    where = format_path(path) if path else "a generated secret"
    return Finding(
        "state/damaged-secret",
        "An encrypted value is damaged",
        f"What the state keeps encrypted as {where}{f' of {of}' if of else ''} is not what was written there, so it "
        "cannot be told what it was. Nothing was changed.",
        address=of,
        fix="Bring .reign back from a backup made before the damage.",
    )
