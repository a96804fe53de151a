"""The mark that everything made here carries: labels with lineage, address and operation id, never rewritten.

What was imported keeps the labels that it had, since the engine changes none: it is known by its id, which the state holds.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping

from reign.model.address import Address
from reign.model.resource import Resource, Snapshot
from reign.model.values import Value
from reign.ports import Call

PREFIX = "reign."
"""What our labels begin with; no spec may."""

LINEAGE, ADDRESS, KEY = "reign.lineage", "reign.address", "reign.key"
_PROJECT, _ENV = "reign.project", "reign.env"
_OUTSIDE = re.compile(r"[^a-zA-Z0-9_.-]+")
_LONGEST = 120
_SUFFIX = 4
_NOTES = ("com.docker.compose.config-hash", "com.docker.compose.version")

Labels = Mapping[str, str]


def labels_of(address: Address, call: Call) -> dict[str, str]:
    """The mark of what `call` makes at `address`."""
    site = call.site
    told = {LINEAGE: site.lineage, ADDRESS: str(address), KEY: call.key, _PROJECT: site.project, _ENV: site.env}
    return {name: value for name, value in told.items() if value}


def without_marks(labels: Labels | None) -> dict[str, str]:
    """The labels that are not ours."""
    return {name: value for name, value in (labels or {}).items() if not name.startswith(PREFIX)}


def without_bookkeeping(labels: Labels | None, declared: Value) -> dict[str, str]:
    """The same of a network or a volume, without what docker compose notes down of itself and `declared`, labels of a spec,
    does not name: another note makes no other thing.
    """
    named = declared if isinstance(declared, dict) else {}
    return {name: value for name, value in without_marks(labels).items() if name not in _NOTES or name in named}


def is_ours(labels: Labels | None, call: Call) -> bool:
    """Whether the mark carries the lineage of the project that calls."""
    return (labels or {}).get(LINEAGE) == call.site.lineage


def key_of(labels: Labels | None) -> str:
    """The operation id of the create; empty where there is no mark."""
    return (labels or {}).get(KEY, "")


def address_of(labels: Labels | None) -> str:
    """The address that it was made for; empty where there is no mark."""
    return (labels or {}).get(ADDRESS, "")


def is_made_by(labels: Labels | None, address: Address, call: Call) -> bool:
    """Whether exactly this create made it: an earlier answer was lost."""
    return is_ours(labels, call) and address_of(labels) == str(address) and key_of(labels) == call.key


def belongs(labels: Labels | None, call: Call, known: Snapshot | None, external_id: str, made_at: str = "") -> bool:
    """Whether it is ours: by its mark; or because the state has taken over the very object with this id, and did not make
    it. Where an id may be that of another object later, `made_at` is when the one that was found was made.
    """
    if is_ours(labels, call):
        return True
    if known is None or known.external_id != external_id or known.outputs.get("created_at", made_at) != made_at:
        return False
    return not key_of(labels) or key_of(labels) != known.create_key


def default_name(address: Address, call: Call) -> str:
    """project-env-block[-key] in Docker's alphabet. What had to be changed for that ends with four characters of a hash."""
    key = "" if address.key is None else str(address.key)
    parts = [call.site.project, call.site.env, address.name, key]
    wanted = "-".join(part for part in parts if part)
    name = _OUTSIDE.sub("-", wanted)[:_LONGEST].lstrip("_.-")
    if name == wanted and len(name) > 1:
        return name
    return f"{name or 'it'}-{hashlib.sha256(wanted.encode()).hexdigest()[:_SUFFIX]}"


def name_of(desired: Resource, call: Call) -> str:
    """What a create calls it: the name in its spec, else the default one. Two that stand side by side for a while, where
    the new one is made first, are told apart by the operation id.
    """
    name = desired.spec.get("name")
    if isinstance(name, str):
        return name
    made = default_name(desired.address, call)
    return f"{made}-{call.key[:_SUFFIX]}" if desired.lifecycle.create_before_destroy else made
