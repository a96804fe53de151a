"""A digest of what was seen, by which an apply tells that reality is still what was reviewed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable

from reign.model.errors import ProviderError
from reign.model.plan import Change
from reign.model.resource import Observation, Snapshot
from reign.model.values import Value, is_sensitive, parse_path, reveal, to_json
from reign.planning.diff import without
from reign.planning.inputs import not_hashed

_KEYED = "keyed:"
_JSON = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def observed_digest(
    observation: Observation | None, ignored: Iterable[str] = (), hash: Callable[[Value], str] = not_hashed
) -> str:
    """A digest of the declared fields as they were seen, and of whose they are: the sha256, in hex, of their JSON.

    Where something of it is sensitive it is `keyed:` and what `hash` gives for all of it, so that nobody without the key
    can try values. `ignored` are the paths of `lifecycle.ignore_changes`, which may move without making a plan stale.
    None: absent.
    """
    keyed = observation is not None and is_sensitive(observation.spec)
    return _digest(observation, ignored, hash if keyed else None)


def is_as_planned(
    change: Change, seen: Observation | ProviderError | None, hash: Callable[[Value], str] = not_hashed
) -> bool:
    """Whether what is seen now, in clear, is what `change` was planned from. `hash` is that of the plan's key."""
    if isinstance(seen, ProviderError):
        return False
    ignored = change.desired.lifecycle.ignore_changes if change.desired else ()
    return _digest(seen, ignored, hash if change.digest.startswith(_KEYED) else None) == change.digest


def _digest(observation: Observation | None, ignored: Iterable[str], hash: Callable[[Value], str] | None) -> str:
    seen: Value = None
    if observation is not None:
        spec: Value = without(observation.spec, [parse_path(path) for path in ignored])
        spec = reveal(spec) if hash else spec
        seen = {"id": observation.external_id, "owned": observation.owned, "spec": to_json(spec)}
    text = _JSON.encode(seen)
    return _KEYED + hash(text) if hash else hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def believed(snapshot: Snapshot) -> Observation:
    """The observation that the state stands for, where reality cannot be, or was not, looked at."""
    return Observation(snapshot.external_id, snapshot.spec, snapshot.outputs, owned=True)
