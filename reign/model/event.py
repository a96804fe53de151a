"""Events: immutable, numbered facts. The journal is the list of them, and everything told later is told from them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from reign.model.address import Address
from reign.model.resource import Snapshot
from reign.model.values import Declared, Secret, Value


class EventKind(StrEnum):
    """What happened, and the shape of `Event.data` that goes with it (all times in seconds, all keys always there).

    SNAPSHOT         first line of a segment: {form: of its lines, state: encoded State}
    RUN_STARTED      {project, env, command, actor, host, ci_url, git_sha, git_branch, config_digest}; of a rollback also
                     `to`: what it goes back to, in words
    RUN_RESUMED      a paused or failed run goes on: {command, actor, host, ci_url}
    PHASE_STARTED    {name}
    PHASE_ENDED      {name, status, message}
    INTENT           durable before the provider is called: {action, verb, attempt, queued_s, connection}
    RESULT           {action, verb, attempt, outcome, duration_s, snapshot, error, message}: outcome is done, failed, unknown
                     or no-op; snapshot is the encoded Snapshot that holds from now on, null where the resource is gone,
                     and absent where the state stays as it was; error is {kind, summary, detail, fix} or null; `deposed`,
                     where it is there, is the encoded Snapshot that a create pushed aside, or null once that is deleted;
                     `recovery`, where it is there, is who told the outcome of a call that was cut off: look, record,
                     on_unknown or person.
                     A read has one (action and verb read) without an intent before it and without a snapshot
    RETRY            {attempt, wait_s, error}
    WAITING          {for, reason, good, needed}: the last answer to a wait or a gate, told when it differs from the one before;
                     for is ready or healthy, reason empty after a good answer, of which there were `good` of `needed` in a row
    SKIPPED          {action, because}: never started, since what it waits for failed
    RECORDED         state alone, no call: {action, snapshot, previous}: action is forget, move, import, update, adopt,
                     proven (it passed the wait or gate that its last call led to), taint, untaint or record (somebody
                     wrote it down, pushed or by the Python API); snapshot as in
                     RESULT; previous the address that a move frees, or null; `deposed`, where it is there, as in RESULT,
                     with that of `previous` being none any more
    OUTPUTS          {outputs: name -> {value, sensitive}}: all of them, replacing what was
    SECRET           a generated secret, durable before its first use: {name, value: encoded Secret with its cipher}
    DRIFT            {path, recorded, observed}: one attribute path, with its value on either side, null where there is
                     none; the path is empty where the whole object is gone
    CHECKPOINT       a named point of the state, which is the one that this event finds: {id, name, description, automatic,
                     serial, head, resources: how many}
    CHECKPOINT_DELETED {id}
    INTERVENTION     a question to a person about one call, or its answer: {verb, status, reason, by, note}; status is open or
                     resolved; the same operation and verb are the same question
    PRUNED           old segments go: {segment: the number of the first that stays, seq: the number of the last event that
                     goes, older_than_s}; durable before the first of them is removed
    LOST             stands where one was that is damaged and cannot be read any more: {file, line, kind, why}; file and line
                     are where it stood, kind what it was, empty where that is not known
    FINDING          {code, name, severity, summary, file, line, status}: name is that of the check
    RUN_ENDED        {status, message, added, changed, destroyed, failed, skipped, duration_s}: status is completed, failed,
                     aborted or paused; the figures are those of the whole run, with what was done before it was resumed
    """

    SNAPSHOT = "snapshot"
    RUN_STARTED = "run_started"
    PHASE_STARTED = "phase_started"
    PHASE_ENDED = "phase_ended"
    INTENT = "intent"
    RESULT = "result"
    RETRY = "retry"
    WAITING = "waiting"
    SKIPPED = "skipped"
    RECORDED = "recorded"
    OUTPUTS = "outputs"
    SECRET = "secret"  # noqa: S105 - the word of the event
    DRIFT = "drift"
    FINDING = "finding"
    RUN_ENDED = "run_ended"
    RUN_RESUMED = "run_resumed"
    CHECKPOINT = "checkpoint"
    CHECKPOINT_DELETED = "checkpoint_deleted"
    INTERVENTION = "intervention"
    PRUNED = "pruned"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Event:
    """One fact. `seq` is 0 until the journal numbers it; `at` is UTC, ISO 8601 with microseconds and no zone.

    `serial` stands on the first event of a run that changes the state (an intent, or a state-only one).
    `op` is the operation id: one resource's part in one run.
    """

    kind: EventKind
    run: str
    at: str
    op: str = ""
    address: str = ""
    serial: int | None = None
    data: dict[str, Any] = field(default_factory=dict)
    seq: int = 0


@dataclass(frozen=True, slots=True)
class OutputValue:
    """A recorded output of the project. `link` is the expression of resources as which it was declared; else it is null."""

    value: Value
    sensitive: bool = False
    link: Declared = None


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A named point of the state that can be planned back to: the state as it was after event `seq`. Nothing is copied.

    `head` is the state's head there, by which two are compared. `automatic`: made before something was destroyed.
    """

    id: str
    name: str
    created_at: str
    run: str
    serial: int
    head: str
    seq: int
    resources: int
    description: str = ""
    automatic: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """What the state store holds for one environment. `head` is the hash of the last state-changing event's line.

    `deposed` are those that a replacement pushed aside and that are not deleted yet.
    `open_intents` are intents without a result, or with one that is `unknown`: while the lock is held they are running,
    else their outcome is lost.
    `open_runs` are the runs that have begun and have no RUN_ENDED: at most the one that runs, or that was cut off.
    `secrets` are the generated ones, encrypted. `is_sealed`: a `Secret` stands somewhere in it.
    `head_run` is the run of the last state-changing event. `checkpoints` are by id, in the order of their making.
    `interventions` are the open questions, as the events that asked them. `rolled_back` says what the state was last
    rolled back to, in words, as long as no apply has completed since. `first_segment` is the journal's, after pruning.
    `project` is the name of the one that was last carried out.
    """

    lineage: str = ""
    serial: int = 0
    head: str = ""
    resources: dict[Address, Snapshot] = field(default_factory=dict)
    outputs: dict[str, OutputValue] = field(default_factory=dict)
    deposed: dict[Address, Snapshot] = field(default_factory=dict)
    open_intents: tuple[Event, ...] = ()
    open_runs: tuple[str, ...] = ()
    secrets: dict[str, Secret] = field(default_factory=dict)
    is_sealed: bool = False
    last_seq: int = 0
    head_run: str = ""
    checkpoints: dict[str, Checkpoint] = field(default_factory=dict)
    interventions: tuple[Event, ...] = ()
    rolled_back: str = ""
    first_segment: int = 1
    project: str = ""
