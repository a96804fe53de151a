"""A digest of what was seen, by which an apply tells that reality is still what was reviewed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable

from reign.model.resource import Observation, Snapshot
from reign.model.values import parse_path, to_json
from reign.planning.diff import without


def observed_digest(observation: Observation | None, ignored: Iterable[str] = ()) -> str:
    """The sha256, in hex, of the canonical JSON of the declared fields as they were seen, and of whose they are.

    `ignored` are the paths of `lifecycle.ignore_changes`, which may move without making a plan stale. None: absent.
    """
    seen = None
    if observation is not None:
        spec = without(observation.spec, [parse_path(path) for path in ignored])
        seen = {"id": observation.external_id, "owned": observation.owned, "spec": to_json(spec)}
    text = json.dumps(seen, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def believed(snapshot: Snapshot) -> Observation:
    """The observation that the state stands for, where reality cannot be, or was not, looked at."""
    return Observation(snapshot.external_id, snapshot.spec, snapshot.outputs, owned=True)
