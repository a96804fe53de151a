"""From what was planned to what is called, and from what was answered to what is recorded."""

from __future__ import annotations

from dataclasses import replace

from reign.execution.job import Job, Seams
from reign.execution.task import Task
from reign.execution.values import Values
from reign.expression import ExpressionError
from reign.model.address import Address
from reign.model.errors import ErrorKind, InvalidSpec, ProviderError
from reign.model.event import OutputValue
from reign.model.plan import Action, Change, Step
from reign.model.resource import Lifecycle, Observation, Resource, Snapshot
from reign.model.values import (
    MISSING,
    Path,
    Spec,
    Unknown,
    Value,
    format_path,
    is_known,
    lookup,
    parse_path,
    path_matches,
)


class Resolution:
    """What holds at each address while the run goes on, and the specs that follow from it."""

    def __init__(self, job: Job, seams: Seams) -> None:
        self._job, self._seams = job, seams
        self._values = Values(job.plan.groups, job.state.resources, job.origin.run, seams.functions)
        self._deposed = dict(job.state.deposed)
        # The plan's word goes first: it may have found by its mark what the state lost.
        self._prior = {change.address: change.prior for change in job.plan.changes if change.prior}
        self._specs: dict[Address, Spec] = {}
        self._seen: dict[Address, Observation] = {}

    # Before a call

    def desired(self, change: Change) -> Resource:
        """The declaration with every value in place. Raises ProviderError `invalid`, and then nothing is called."""
        if change.desired is None:
            raise ProviderError(
                ErrorKind.FAULT, "Nothing declared", f"The plan holds no declaration of {change.address}."
            )
        return replace(change.desired, spec=self._spec(change))

    def came_out_unchanged(self, change: Change) -> bool:
        """True when what the plan could not know came out as what is there already, and nothing else changes.

        Only asked where the values are there by now: before an update, and before a replace that waits for them.
        """
        if change.action is not Action.UPDATE and not change.is_uncertain:
            return False
        if change.after is None or is_known(change.after) or change.before is None:
            return False
        spec, before = self._spec(change), change.before
        return all(lookup(spec, path) == lookup(before, path) for path in map(parse_path, change.changed))

    def prior(self, address: Address) -> Snapshot:
        """What the plan found at `address` before the run. Raises ProviderError `missing`."""
        return self._prior.get(address) or self.held(address)

    def held(self, address: Address) -> Snapshot:
        """What holds at `address` now. Raises ProviderError `missing`."""
        snapshot = self._values.snapshot(address)
        if snapshot is None:
            raise ProviderError(ErrorKind.MISSING, "Not in the state", f"The state holds nothing at {address}.")
        return snapshot

    def holds_aside(self, address: Address) -> bool:
        """True while something that a replacement pushed aside waits to be deleted."""
        return address in self._deposed

    def to_delete(self, address: Address) -> Snapshot:
        """What a delete at `address` removes: the one that a replacement pushed aside, else the one that is there."""
        return self._deposed.get(address) or self.prior(address)

    def seen(self, address: Address) -> Observation:
        """What the last call at `address` answered."""
        return self._seen[address]

    def _spec(self, change: Change) -> Spec:
        """Resolved once per resource. What was known at plan must come out the same, or nothing is called."""
        found = self._specs.get(change.address)
        if found is None:
            found = self._resolve(change)
            self._specs[change.address] = found
        return found

    def _resolve(self, change: Change) -> Spec:
        planned = change.after or {}
        if is_known(planned) or change.desired is None:
            return planned
        try:
            resolved = self._values.resolve(change.desired.spec)
            spec: Value = self._seams.normalize(change.address.type, resolved if isinstance(resolved, dict) else {})
        except ExpressionError as error:
            raise ProviderError(ErrorKind.INVALID, "Value cannot be made", error.message, error.fix) from None
        except InvalidSpec as error:
            text = "; ".join(f"{format_path(problem.path)}: {problem.detail}" for problem in error.problems)
            raise ProviderError(ErrorKind.INVALID, "Spec refused once its values were known", text) from None
        ignored = tuple(parse_path(text) for text in change.desired.lifecycle.ignore_changes)
        spec = _filled(planned, spec, (), ignored)
        if not isinstance(spec, dict) or not is_known(spec):
            raise ProviderError(
                ErrorKind.INVALID, "Value still unknown", f"The spec of {change.address} is not complete."
            )
        return spec

    # After a call

    def made(self, step: Step, change: Change, task: Task, seen: Observation) -> Snapshot:
        """The snapshot that an answer leads to."""
        self._seen[step.address] = seen
        desired = change.desired
        kept = self._prior.get(step.address) if step.verb == "update" else None
        return Snapshot(
            address=step.address,
            connection=change.connection,
            external_id=seen.external_id,
            spec=task.desired.spec if task.desired else self._specs.get(step.address) or change.after or seen.spec,
            outputs=seen.outputs,
            depends_on=change.depends_on,
            lifecycle=desired.lifecycle if desired else Lifecycle(),
            create_key=kept.create_key if kept else task.call.key,
            schema_version=self._seams.schema(step.address.type).version,
            settings=self._job.plan.connections.get(change.connection, {}),
            created_run=kept.created_run if kept else "",
            created_at=kept.created_at if kept else "",
        )

    def recorded(self, step: Step, change: Change) -> Snapshot | None:
        """The snapshot after a step that only the state sees; None where it is forgotten."""
        if step.verb == "forget":
            return None
        if step.verb == "record" and change.desired is not None:
            prior = change.prior or self._values.snapshot(step.address)
            if prior is not None:
                return replace(
                    prior,
                    spec=self._spec(change),
                    outputs=change.after_outputs or prior.outputs,
                    depends_on=change.depends_on,
                    lifecycle=change.desired.lifecycle,
                    settings=self._job.plan.connections.get(prior.connection, {}),
                )
        return self._values.snapshot(step.address) or change.prior

    def depose(self, step: Step, change: Change) -> Snapshot | None:
        """What a create pushes aside, to be deleted later; None where it pushes nothing."""
        if step.verb != "create" or not change.create_first:
            return None
        deposed = self._prior.get(step.address)
        if deposed is not None:
            self._deposed[step.address] = deposed
        return deposed

    def let_go(self, address: Address) -> bool:
        """A delete at `address` succeeded. True when it was of what had been pushed aside, so that the address still holds."""
        if self._deposed.pop(address, None) is not None:
            return True
        self._values.record(address, None)
        return False

    def record(self, address: Address, snapshot: Snapshot | None) -> None:
        """From now on this holds at `address`."""
        self._values.record(address, snapshot)

    def outputs(self) -> tuple[dict[str, OutputValue], dict[str, str]]:
        """The project's outputs as far as they can be made, and why the others cannot (name -> text).

        An output that cannot be made keeps its old value. A partial plan leaves all of them alone.
        """
        held = dict(self._job.state.outputs)
        problems: dict[str, str] = {}
        if not self._job.plan.complete:
            return held, problems
        for output in self._job.plan.outputs:
            if output.action == "delete":
                held.pop(output.name, None)
            if output.action in ("delete", "no-op"):
                continue
            try:
                value = self._values.resolve(output.value)
            except ExpressionError as error:
                problems[output.name] = error.message
                continue
            if is_known(value):
                held[output.name] = OutputValue(value, output.sensitive)
        return held, problems


def _filled(planned: Value, resolved: Value, path: Path, ignored: tuple[Path, ...]) -> Value:
    """`planned` with its unknowns taken from `resolved`; what was known at plan must have come out the same.

    Ignored paths keep what was planned, which is what is there. Raises ProviderError `fault`.
    """
    if isinstance(planned, Unknown):
        return resolved
    if isinstance(planned, dict) and isinstance(resolved, dict):
        filled = {
            key: _filled(item, resolved.get(key, MISSING), (*path, key), ignored) for key, item in planned.items()
        }
        return {**filled, **{key: item for key, item in resolved.items() if key not in planned}}
    if isinstance(planned, list) and isinstance(resolved, list) and len(planned) == len(resolved):
        return [
            _filled(item, other, (*path, index), ignored)
            for index, (item, other) in enumerate(zip(planned, resolved, strict=True))
        ]
    if planned != resolved and not any(path_matches(pattern, path) for pattern in ignored):
        raise ProviderError(
            ErrorKind.FAULT,
            "Came out other than planned",
            f"{format_path(path)} was planned as {planned!r} and came out as {_plain(resolved)}, so nothing was called.",
            "Plan again.",
        )
    return planned


def _plain(value: object) -> str:
    return "nothing" if value is MISSING else repr(value)
