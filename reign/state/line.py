"""One line of the journal, and how a segment's bytes are checked.

A line is `crc32 json`, crc32 as eight hex digits over the JSON. The JSON begins with `prev`, the hash of the line
before it, so that no line can be lost, added or exchanged. A batch is what was written at once: its first line
begins with `"begin":true`, its last one ends with `"end":true`.
"""

from __future__ import annotations

import hashlib
import json
import re
import zlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from reign.model.errors import Failed
from reign.model.event import Event, EventKind
from reign.model.finding import Finding

GENESIS = "0" * 32
"""The `prev` of the first line of all."""

_SECRET = b'"$reign":"secret"'
"""How `values.to_json` begins a `Secret`. In a user's own text the quotes are escaped."""

_END = b',"end":true}'
_CHAINED = len(b'{"begin":true,"prev":"') + len(GENESIS)
"""`prev` stands within so many bytes of the JSON's begin."""

_CIPHER = re.compile(
    rb'("\$reign":"secret","template":"(?:[^"\\]|\\.)*","hash":"\w*","key_id":"\w*"),"cipher":"[\w+/=]*"'
)
_CRC = 9
_KINDS = frozenset(EventKind)
_HEAD = re.compile(rb'[0-9a-f]{8} \{"begin":true,"prev":"')


def encode_line(event: Event, seq: int, prev: str, *, begin: bool, end: bool) -> tuple[bytes, dict[str, Any]]:
    """The line of `event`, without its newline, and what `json.loads` would read from it."""
    raw: dict[str, Any] = {"begin": True} if begin else {}
    raw |= {"prev": prev, "seq": seq, "at": event.at, "run": event.run, "op": event.op}
    raw |= {"kind": event.kind.value, "address": event.address, "serial": event.serial, "data": event.data}
    if end:
        raw["end"] = True
    text = json.dumps(raw, separators=(",", ":")).encode("ascii")
    return b"%08x " % zlib.crc32(text) + text, raw


def line_hash(line: bytes) -> str:
    """What the next line calls `prev`: the first 32 hex digits of the line's SHA-256."""
    return hashlib.sha256(line).hexdigest()[:32]


def parse_line(line: bytes) -> dict[str, Any]:
    """The JSON of a line that was checked."""
    return json.loads(line[_CRC:])  # type: ignore[no-any-return]


def json_of(line: bytes) -> bytes:
    """The JSON of a line that was checked, unread."""
    return line[_CRC:]


def holds_secrets(data: bytes) -> bool:
    """Whether a `Secret` may stand in lines of the journal: told from their bytes, unread."""
    return _SECRET in data


def without_ciphers(data: bytes) -> bytes:
    """Lines of JSON in which every `Secret` has lost its cipher, which only the journal keeps."""
    return _CIPHER.sub(rb"\1", data) if _SECRET in data else data


def event_of(raw: Mapping[str, Any]) -> Event:
    """The event that a line tells, or that `codec.encode` made. Raises Failed for what only a newer Reign knows."""
    if raw["kind"] not in _KINDS:
        raise Failed([newer(f"A line of the journal is of the kind {raw['kind']!r}, which this Reign does not know.")])
    return Event(
        kind=EventKind(raw["kind"]),
        run=raw["run"],
        at=raw["at"],
        op=raw["op"],
        address=raw["address"],
        serial=raw.get("serial"),
        data=raw["data"],
        seq=raw["seq"],
    )


@dataclass(frozen=True, slots=True)
class Scan:
    """The whole batches in some bytes of a segment.

    lines: without their newlines. end: where the last whole batch ends, in bytes. last: the hash of the last line.
    torn: what stands after that, of a batch whose writing was cut short.
    """

    lines: list[bytes]
    end: int
    last: str
    torn: bytes


def scan(data: bytes, prev: str | None, name: str) -> Scan:
    """Check the lines of `data`, the first of which follows the line with hash `prev` (None: not known).

    A bad line inside the last batch is a torn end; one before that is damage, and raises Failed naming the segment.
    """
    lines: list[bytes] = []
    batch: list[bytes] = []
    at = end = 0
    last = prev or GENESIS
    for line in data.split(b"\n")[:-1]:
        text = line[_CRC:]
        if line[:_CRC] != b"%08x " % zlib.crc32(text):
            break
        if prev is not None and text.find(prev.encode(), 0, _CHAINED) < 0:
            raise unchained(name, at)
        prev = line_hash(line)
        batch.append(line)
        at += len(line) + 1
        if line.endswith(_END):
            lines += batch
            batch, end, last = [], at, prev
    torn = data[end:]
    if _HEAD.search(torn, 1):
        raise damaged(name, at, "its checksum is wrong, and whole lines follow it")
    return Scan(lines, end, last, torn)


def last_batch(data: bytes) -> int:
    """Where in the bytes of a segment its last batch begins, as far as that can be told from damaged ones."""
    return max((found.start() for found in _HEAD.finditer(data)), default=0)


def is_whole(line: bytes) -> bool:
    """Whether a line's checksum is right."""
    return line[:_CRC] == b"%08x " % zlib.crc32(line[_CRC:])


def is_cut_off(torn: bytes) -> bool:
    """Whether a torn end is the beginning of a batch, as a write leaves it that was cut off: whole lines, then part of one.

    Everything else may be damage of what was durable: a bit turned in a batch leaves a bad line that ends, or one that is
    whole but for its newline.
    """
    *lines, rest = torn.split(b"\n")
    return all(map(is_whole, lines)) and not is_whole(rest[:-1])


def corrected(line: bytes, digest: str) -> bytes | None:
    """A line of which one bit was turned, as it was written; `digest` is what the line after it calls it, which proves it.

    None where more is wrong. The checksum tells which bit it is: each one changes it in its own way.
    """
    text = line[_CRC:]
    candidates = [b"%08x " % zlib.crc32(text) + text]
    with suppress(ValueError):
        wrong = zlib.crc32(text) ^ int(line[: _CRC - 1], 16)
        at = _turned(wrong, len(text))
        if at is not None:
            byte, bit = at
            candidates.append(line[: _CRC + byte] + bytes([text[byte] ^ 1 << bit]) + text[byte + 1 :])
    return next((each for each in candidates if line_hash(each) == digest), None)


def _turned(wrong: int, size: int) -> tuple[int, int] | None:
    """The one bit (byte, bit) of `size` bytes whose turning changes their CRC-32 by `wrong`."""
    change = _POLYNOMIAL
    for back in range(min(size, _MOST_CORRECTED) * 8):
        if change == wrong:
            return size - 1 - back // 8, 7 - back % 8
        change = change >> 1 ^ _POLYNOMIAL if change & 1 else change >> 1
    return None


_POLYNOMIAL = 0xEDB88320
"""Of CRC-32, its bits reversed, as zlib has it."""

_MOST_CORRECTED = 4 << 20
"""So far from its end a turned bit is looked for: a second or two."""


def newer(said: str) -> Finding:
    """What is said of a journal that a newer Reign wrote."""
    fix = "Use the version of Reign that wrote it, or a later one."
    return Finding("state/newer", "The state was written by a newer Reign", said, fix=fix)


def damaged(name: str, at: int, why: str) -> Failed:
    """What is said of a journal that is not as it was written."""
    return Failed(
        [
            Finding(
                "state/damaged",
                "The journal is damaged",
                f"The line at byte {at} of {name} is not what was written: {why}. "
                "Nothing was changed, and nothing is read past it.",
                fix="See what is damaged, and mend it: reign doctor, and then reign doctor --repair\n"
                "Or bring .reign back from a backup made before the damage.",
            )
        ]
    )


def unchained(name: str, at: int) -> Failed:
    """What is said of a line that is whole, and stands behind another than the one it was written behind."""
    return damaged(name, at, "it does not follow the line before it")
