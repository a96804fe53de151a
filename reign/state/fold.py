"""From events to the state: the one place that says what each event means for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from reign.model.address import Address, parse_address
from reign.model.codec import decode, encode
from reign.model.event import Checkpoint, EventKind, OutputValue, State
from reign.model.resource import Snapshot
from reign.model.values import Secret, from_json
from reign.state.line import event_of

Raw = Mapping[str, Any]
_KINDS = frozenset(EventKind)
"""A line's JSON, read."""


def changes_state(raw: Raw) -> bool:
    """Whether an event moves `State.head`: it carries a serial, or says what holds from now on.

    An intent without a serial, a result that left the state as it was, and everything that is only told do not.
    """
    if raw["kind"] not in _KINDS:
        event_of(raw)  # raises: what an unknown kind means for the state, only a newer Reign knows
    if raw["serial"] is not None:
        return True
    if raw["kind"] == EventKind.RESULT:
        return "snapshot" in raw["data"] or "deposed" in raw["data"]
    return raw["kind"] in (EventKind.RECORDED, EventKind.OUTPUTS, EventKind.SECRET)


class Fold:
    """A state that events are applied to. Holds what was encoded as it is, and makes nouns only when asked.

    `is_sealed` is for whoever reads or writes the lines to say: it is told from their bytes.
    """

    def __init__(self, encoded: Raw, *, is_sealed: bool = False) -> None:
        self.lineage: str = encoded.get("lineage", "")
        self.serial: int = encoded.get("serial", 0)
        self.head: str = encoded.get("head", "")
        self.last_seq: int = encoded.get("last_seq", 0)
        self.resources: dict[str, Raw] = dict(encoded.get("resources", {}))
        self.outputs: dict[str, Raw] = dict(encoded.get("outputs", {}))
        self.deposed: dict[str, Raw] = dict(encoded.get("deposed", {}))
        self.secrets: dict[str, Raw] = dict(encoded.get("secrets", {}))
        self.is_sealed = is_sealed
        self._intents: dict[tuple[str, str], Raw] = {
            (intent["op"], intent["data"]["verb"]): intent for intent in encoded.get("open_intents", ())
        }
        self._runs: dict[str, None] = dict.fromkeys(encoded.get("open_runs", ()))
        self.head_run: str = encoded.get("head_run", "")
        self.checkpoints: dict[str, Raw] = dict(encoded.get("checkpoints", {}))
        self.rolled_back: str = encoded.get("rolled_back", "")
        self.first_segment: int = encoded.get("first_segment", 1)
        self.pruned_seq: int = encoded.get("pruned_seq", 0)
        self._questions: dict[tuple[str, str], Raw] = {
            (asked["op"], asked["data"]["verb"]): asked for asked in encoded.get("interventions", ())
        }
        self._rollbacks: dict[str, str] = dict(encoded.get("open_rollbacks", {}))
        self.project: str = encoded.get("project", "")
        self._nouns: dict[str, tuple[Address, Snapshot]] = {}

    def apply(self, raw: Raw, digest: str) -> None:
        """Take in the next event. `digest` is the hash of its line."""
        self.last_seq = raw["seq"]
        if raw["serial"] is not None:
            self.serial = raw["serial"]
        if changes_state(raw):
            self.head, self.head_run = digest, raw["run"]
        match raw["kind"]:
            case EventKind.INTENT:
                self._intents[raw["op"], raw["data"]["verb"]] = raw
            case EventKind.RESULT:
                self._result(raw)
            case EventKind.RECORDED:
                self._recorded(raw)
            case EventKind.OUTPUTS:
                self.outputs = dict(raw["data"]["outputs"])
            case EventKind.SECRET:
                self.secrets[raw["data"]["name"]] = raw["data"]["value"]
            case EventKind.RUN_STARTED | EventKind.RUN_RESUMED:
                self._begun(raw)
            case EventKind.RUN_ENDED:
                self._ended(raw)
            case EventKind.CHECKPOINT:
                self._keep(raw)
            case EventKind.CHECKPOINT_DELETED:
                self.checkpoints.pop(raw["data"]["id"], None)
            case EventKind.INTERVENTION:
                self._ask(raw)
            case EventKind.PRUNED:
                self.first_segment, self.pruned_seq = raw["data"]["segment"], raw["data"]["seq"]
                self._forget_before(self.pruned_seq)

    def share(self, other: Fold) -> None:
        """Have the nouns that `other` made of what is the same here, so that they are made once and known to be one."""
        for address, noun in other._nouns.items():
            if other.resources[address] == self.resources.get(address):
                self._nouns[address] = noun

    def encoded(self) -> dict[str, Any]:
        """The state as `codec.encode` would have it: what a snapshot line holds."""
        return {
            "lineage": self.lineage,
            "serial": self.serial,
            "head": self.head,
            "resources": self.resources,
            "outputs": self.outputs,
            "deposed": self.deposed,
            "secrets": self.secrets,
            "open_intents": [encode(event_of(raw)) for raw in self._intents.values()],
            "open_runs": list(self._runs),
            "last_seq": self.last_seq,
            "head_run": self.head_run,
            "checkpoints": self.checkpoints,
            "interventions": [encode(event_of(raw)) for raw in self._questions.values()],
            "rolled_back": self.rolled_back,
            "open_rollbacks": self._rollbacks,
            "first_segment": self.first_segment,
            "project": self.project,
            "pruned_seq": self.pruned_seq,
        }

    def named_runs(self) -> frozenset[str]:
        """The runs that what is still open belongs to, and the last that changed the state."""
        open_ones = (*self._intents.values(), *self._questions.values())
        return frozenset((*self._runs, *(raw["run"] for raw in open_ones), self.head_run))

    @property
    def is_settled(self) -> bool:
        """Whether no run is open, and no call."""
        return not self._runs and not self._intents

    def summary(self) -> State:
        """The state without its resources, outputs and secrets, which costs next to nothing."""
        return State(
            lineage=self.lineage,
            serial=self.serial,
            head=self.head,
            last_seq=self.last_seq,
            head_run=self.head_run,
            checkpoints={name: decode(Checkpoint, raw) for name, raw in self.checkpoints.items()},
            rolled_back=self.rolled_back,
            first_segment=self.first_segment,
        )

    def state(self) -> State:
        """The state as nouns, resources in the order of their addresses' text."""
        nouns = self._nouns
        for address, raw in self.resources.items():
            if address not in nouns:
                nouns[address] = (parse_address(address), decode(Snapshot, raw))
        return State(
            lineage=self.lineage,
            serial=self.serial,
            head=self.head,
            resources=dict(nouns[address] for address in sorted(self.resources)),
            outputs={name: decode(OutputValue, raw) for name, raw in sorted(self.outputs.items())},
            deposed={parse_address(address): decode(Snapshot, raw) for address, raw in sorted(self.deposed.items())},
            open_intents=tuple(event_of(raw) for raw in self._intents.values()),
            open_runs=tuple(self._runs),
            secrets={name: cast("Secret", from_json(raw)) for name, raw in sorted(self.secrets.items())},
            is_sealed=self.is_sealed,
            last_seq=self.last_seq,
            head_run=self.head_run,
            checkpoints={name: decode(Checkpoint, raw) for name, raw in self.checkpoints.items()},
            interventions=tuple(event_of(raw) for raw in self._questions.values()),
            rolled_back=self.rolled_back,
            first_segment=self.first_segment,
            project=self.project,
        )

    def _result(self, raw: Raw) -> None:
        """A result ends its intent, unless the outcome is unknown: that stays open until somebody has looked."""
        data = raw["data"]
        if data["outcome"] != "unknown":
            self._intents.pop((raw["op"], data["verb"]), None)
        if "snapshot" in data:
            self._hold(raw["address"], data["snapshot"])
        if "deposed" in data:
            _put(self.deposed, raw["address"], data["deposed"])

    def _recorded(self, raw: Raw) -> None:
        data = raw["data"]
        if data.get("previous") is not None:
            self._hold(data["previous"], None)
        if "snapshot" in data:
            self._hold(raw["address"], data["snapshot"])
        if "deposed" in data:
            self.deposed.pop(data.get("previous") or "", None)
            _put(self.deposed, raw["address"], data["deposed"])

    def _begun(self, raw: Raw) -> None:
        self._runs[raw["run"]] = None
        self.project = raw["data"].get("project") or self.project
        if "to" in raw["data"]:
            self._rollbacks[raw["run"]] = raw["data"]["to"]

    def _ended(self, raw: Raw) -> None:
        """What was rolled back stays so until an apply has brought the state to what is declared."""
        self._runs.pop(raw["run"], None)
        to, is_done = self._rollbacks.pop(raw["run"], ""), raw["data"]["status"] == "completed"
        if self.head_run == raw["run"]:  # else nothing is otherwise than before
            self.rolled_back = to or ("" if is_done else self.rolled_back)

    def _keep(self, raw: Raw) -> None:
        told = raw["data"]
        names = ("id", "name", "description", "automatic", "serial", "head", "resources")
        kept = {name: told[name] for name in names}
        self.checkpoints[told["id"]] = {**kept, "seq": raw["seq"], "run": raw["run"], "created_at": raw["at"]}

    def _ask(self, raw: Raw) -> None:
        key = raw["op"], raw["data"]["verb"]
        if raw["data"]["status"] == "open":
            self._questions[key] = raw
        else:
            self._questions.pop(key, None)

    def _forget_before(self, seq: int) -> None:
        """A point that lies in what is gone cannot be gone back to."""
        self.checkpoints = {name: kept for name, kept in self.checkpoints.items() if kept["seq"] >= seq}

    def _hold(self, address: str, snapshot: Raw | None) -> None:
        _put(self.resources, address, snapshot)
        self._nouns.pop(address, None)


def _put(held: dict[str, Raw], address: str, snapshot: Raw | None) -> None:
    if snapshot is None:
        held.pop(address, None)
    else:
        held[address] = snapshot
