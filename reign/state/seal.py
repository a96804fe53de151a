"""Plan files: the encoded plan as JSON, with a seal that tells whether anybody changed it.

The last member is the HMAC-SHA256 of every byte before it, under a key bound to the lineage.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from typing import Any

from reign.model.codec import decode, encode
from reign.model.errors import Failed, Stale
from reign.model.finding import Finding
from reign.model.plan import Plan
from reign.state.key import find_key, key_id, need_key, subkey
from reign.state.layout import Layout

VERSION = 1
_MAGIC = b'{"format":"reign-plan"'
_SEAL = re.compile(rb',"seal":"([0-9a-f]{64})"\}\n\Z')
_HEAD = re.compile(_MAGIC + rb',"version":\d+,"lineage":"(?P<lineage>[^"]*)","key_id":"(?P<key>[^"]*)"')
_PURPOSE = "plan file"


def seal(plan: Plan, layout: Layout, environ: Mapping[str, str]) -> bytes:
    """The plan as a file's content. Makes `.reign/key` where there is none and `REIGN_KEY` names none."""
    key = need_key(layout, environ)
    lineage = plan.basis.lineage
    head = {"format": "reign-plan", "version": VERSION, "lineage": lineage, "key_id": key_id(key)}
    body = json.dumps(head | {"plan": encode(plan)}, separators=(",", ":")).encode("ascii")[:-1]
    return body + b',"seal":"%s"}\n' % _mac(key, lineage, body)


def unseal(data: bytes, layout: Layout, environ: Mapping[str, str]) -> Plan:
    """The plan in a file that `seal` made.

    Raises Stale when it was cut short, edited, or sealed with another key, and Failed when it never was a plan.
    """
    body, told, mac = _parted(data)
    key = find_key(layout, environ)
    lineage = str(told.get("lineage"))
    if key is None or told.get("key_id") != key_id(key):
        raise Stale([_foreign(has_key=key is not None)])
    if not hmac.compare_digest(_mac(key, lineage, body), mac):
        raise Stale([_edited()])
    try:
        if told["version"] != VERSION:
            raise ValueError(told["version"])
        plan = decode(Plan, told["plan"])
    except (KeyError, TypeError, ValueError):
        raise Stale([_other_version()]) from None
    if plan.basis.lineage != lineage:
        raise Stale([_edited()])
    return plan


def is_sealed_right(data: bytes, layout: Layout, environ: Mapping[str, str]) -> bool | None:
    """Whether a plan file is as it was sealed, without reading the plan in it; None where the key to tell it is not here."""
    sealed, key = _SEAL.search(data), find_key(layout, environ)
    told = _HEAD.match(data)
    if sealed is None or told is None:
        return False
    if key is None or told["key"].decode() != key_id(key):
        return None
    return hmac.compare_digest(_mac(key, told["lineage"].decode(), data[: sealed.start()]), sealed[1])


def _mac(key: bytes, lineage: str, body: bytes) -> bytes:
    return hmac.digest(subkey(key, _PURPOSE, lineage), body, hashlib.sha256).hex().encode()


def _parted(data: bytes) -> tuple[bytes, dict[str, Any], bytes]:
    """(what is sealed, the JSON, the seal)."""
    sealed = _SEAL.search(data)
    told = _json(data)
    if sealed and told:
        return data[: sealed.start()], told, sealed[1]
    if sealed or (told and told.get("format") == "reign-plan"):
        raise Stale([_edited()])
    if told is None and data[: len(_MAGIC)] == _MAGIC[: len(data)]:
        raise Stale([_cut_short()])
    raise Failed([_no_plan()])


def _json(data: bytes) -> dict[str, Any] | None:
    try:
        told = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) else None


def _cut_short() -> Finding:
    return _refused("plan/cut-short", "Plan file cut short", "The file ends before the plan does.")


def _edited() -> Finding:
    return _refused("plan/edited", "Plan file edited", "The file is not what was written: its seal does not match.")


def _foreign(*, has_key: bool) -> Finding:
    why = "The file was sealed with another key than the one here, or its name of the key was edited."
    if not has_key:
        why = "The file was sealed with a key, and there is none here: neither REIGN_KEY nor .reign/key."
    return _refused("plan/other-key", "Plan file sealed with another key", why, "Or bring the key: REIGN_KEY.")


def _other_version() -> Finding:
    return _refused("plan/other-version", "Plan file of another version", "Another version of Reign wrote the file.")


def _refused(code: str, summary: str, why: str, more: str = "") -> Finding:
    fix = "Plan again: reign plan --out F"
    return Finding(code, summary, f"{why} Nothing was done.", fix=f"{fix}. {more}" if more else fix)


def _no_plan() -> Finding:
    return Finding(
        "plan/not-a-plan",
        "Not a plan file",
        "The file is no plan that Reign wrote.",
        fix="Name a file that `reign plan --out F` wrote.",
    )
