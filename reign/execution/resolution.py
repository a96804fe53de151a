"""From what was planned to what is called, and from what was answered to what is recorded."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from reign.execution.job import Job, Seams
from reign.execution.marks import answered, is_sealed, learn, looked_up, opened, same
from reign.execution.task import Task
from reign.execution.values import Values
from reign.expression import ExpressionError, links
from reign.model.address import Address
from reign.model.errors import ErrorKind, InvalidSpec, ProviderError
from reign.model.plan import Action, Change, Step
from reign.model.resource import Lifecycle, Observation, Snapshot
from reign.model.values import (
    MISSING,
    Path,
    Secret,
    Sensitive,
    Spec,
    Unknown,
    Value,
    format_path,
    is_known,
    is_sensitive,
    lookup,
    parse_path,
    path_matches,
)
from reign.ports import Vault


class Resolution:
    """What holds at each address while the run goes on, and the specs that follow from it.

    Everything in here keeps its marks; what is called with is revealed right before (`calls`).
    """

    def __init__(self, job: Job, seams: Seams, values: Values) -> None:
        self._job, self._seams, self._values = job, seams, values
        self._deposed = dict(job.state.deposed)
        # The plan's word goes first: it may have found by its mark what the state lost.
        self._prior = {change.address: change.prior for change in job.plan.changes if change.prior}
        self._left = {change.address: change.previous_address for change in job.plan.changes if change.previous_address}
        self._guarded = {step.address for step in job.plan.steps if step.kind in ("wait", "gate")}
        self._specs: dict[Address, Spec] = {}
        self._settings: dict[str, Spec] = {}
        self._seen: dict[Address, Observation] = {}

    # Before a call

    def spec(self, change: Change) -> Spec:
        """The spec with every value in place: resolved once per resource. What was known at plan must come out the same.

        Raises ProviderError `invalid` or `fault`, and then nothing is called.
        """
        found = self._specs.get(change.address)
        if found is None:
            found = self._resolve(change)
            self._specs[change.address] = found
            if is_sensitive(found):
                learn(self._seams.masks, found)
        return found

    def settings(self, connection: str) -> Spec:
        """The settings of a connection, as far as they hold now. Raises ProviderError `invalid`."""
        found = self._settings.get(connection)
        if found is not None:
            return found
        declared = self._job.plan.connections.get(connection, {})
        settings = cast("Spec", self.value(declared))
        if not is_known(settings) or is_sealed(settings):
            raise ProviderError(
                ErrorKind.INVALID, "Value still unknown", f"The settings of {connection} are not complete."
            )
        if is_sensitive(settings):
            learn(self._seams.masks, settings)
        if is_known(declared):
            self._settings[connection] = settings
        return settings

    def value(self, value: Value, own: Address | None = None) -> Value:
        """`value` with the values of now; `own` is what `self` stands for. Raises ProviderError `invalid`."""
        try:
            return self._values.resolve(value, own)
        except ExpressionError as error:
            raise ProviderError(ErrorKind.INVALID, "Value cannot be made", error.message, error.fix) from None

    def is_private(self, address: Address, spec: Spec) -> bool:
        """Whether something in `spec` is sensitive, or in what a call with it answers."""
        return is_sensitive(spec) or bool(self._seams.schema(address.kind).sensitive_outputs(spec))

    def came_out_unchanged(self, change: Change) -> bool:
        """True when what the plan could not know came out as what is there already, and nothing else changes.

        Only asked where the values are there by now: before an update, and before a replace that waits for them.
        """
        if change.action is not Action.UPDATE and not change.is_uncertain:
            return False
        if change.after is None or is_known(change.after) or change.before is None:
            return False
        spec, before, vault = self.spec(change), change.before, self._seams.vault
        return all(same(lookup(spec, path), lookup(before, path), vault) for path in map(parse_path, change.changed))

    def prior(self, address: Address) -> Snapshot:
        """What the plan found at `address` before the run. Raises ProviderError `missing`, or `fault` where it is sealed."""
        prior = self._prior.get(address)
        if prior is None:
            return self.held(address)
        if any(map(is_sealed, (prior.spec, prior.outputs, dict(prior.settings)))):
            held = self._job.state.resources.get(self._left.get(address, address))
            if held is None:
                raise _sealed(address)
            prior = replace(prior, spec=held.spec, outputs=held.outputs, settings=held.settings)
            self._prior[address] = prior
        return prior

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
        """What the last call at `address` answered, or what is recorded where this run made none."""
        found = self._seen.get(address)
        if found is None:
            held = self.held(address)
            found = Observation(held.external_id, held.spec, held.outputs)
        return found

    def _resolve(self, change: Change) -> Spec:
        planned: Value = Unknown() if change.after is None else change.after
        is_settled = isinstance(planned, dict) and is_known(planned) and not is_sealed(planned)
        if change.desired is None or is_settled:
            return planned if isinstance(planned, dict) else {}
        resolved = self.value(change.desired.spec)
        try:
            spec: Value = self._seams.normalize(change.address.kind, resolved if isinstance(resolved, dict) else {})
        except InvalidSpec as error:
            text = "; ".join(f"{format_path(problem.path)}: {problem.detail}" for problem in error.problems)
            raise ProviderError(ErrorKind.INVALID, "Spec refused once its values were known", text) from None
        ignored = tuple(parse_path(text) for text in change.desired.lifecycle.ignore_changes)
        spec = _filled(planned, spec, (), ignored, self._seams.vault)
        if not isinstance(spec, dict) or not is_known(spec) or is_sealed(spec):
            raise ProviderError(
                ErrorKind.INVALID, "Value still unknown", f"The spec of {change.address} is not complete."
            )
        return spec

    # After a call

    def made(self, step: Step, change: Change, task: Task, seen: Observation) -> Snapshot:
        """The snapshot that an answer leads to. What a wait or a gate follows is not proven yet."""
        address, desired = step.address, change.desired
        kept = self._prior.get(address) if step.verb == "update" else None
        schema = self._seams.schema(address.type)
        sent = self._specs.get(address) or change.after or {}
        marked = answered(seen, schema, sent, kept.outputs if kept else {}, self._seams.masks)
        if marked is not seen:
            learn(self._seams.masks, marked.outputs)
        self._seen[address] = marked
        connection = change.connection
        snapshot = Snapshot(
            address=address,
            connection=connection,
            external_id=seen.external_id,
            spec=self._stands(step, change, marked),
            outputs=marked.outputs,
            depends_on=change.depends_on,
            lifecycle=desired.lifecycle if desired else Lifecycle(),
            unproven=address in self._guarded,
            found=kept.found if kept else seen.found,
            create_key=kept.create_key if kept else task.call.key,
            schema_version=schema.version,
            settings=self.settings(connection),
            links=links(desired.spec) if desired else {},
            created_run=kept.created_run if kept else "",
            created_at=kept.created_at if kept else "",
        )
        if step.verb == "adopt":
            self._prior[address] = snapshot
        return snapshot

    def _stands(self, step: Step, change: Change, seen: Observation) -> Spec:
        """The spec that an answer leaves standing: what was sent, and of what an update is still to change what is seen."""
        if step.verb == "adopt" and (change.changed or change.after is None):
            return {**(change.before or {}), **seen.spec}
        return self._specs.get(step.address) or change.after or seen.spec

    def looked_up(self, change: Change, outputs: Spec) -> None:
        """`outputs` are what was looked up at an address of data; whoever reads it from now on reads them."""
        schema, masks = self._seams.schema(change.address.kind), self._seams.masks
        found = looked_up(outputs, schema, self.spec(change), masks)
        learn(masks, found)
        self._values.take(change.address, found)

    def recorded(self, step: Step, change: Change) -> Snapshot | None:
        """The snapshot after a step that only the state sees; None where it is forgotten. Raises ProviderError."""
        if step.verb == "forget":
            return None
        prior = self.prior(step.address)
        if step.verb == "move" or change.desired is None:
            return replace(prior, address=step.address)
        ends = self._seams.schema(step.address.type).ready or change.desired.health is not None
        return replace(
            prior,
            spec=self.spec(change),
            outputs=self._opened(change, prior) or prior.outputs,
            depends_on=change.depends_on,
            lifecycle=change.desired.lifecycle,
            unproven=step.address in self._guarded or (prior.unproven and ends),
            settings=self.settings(prior.connection),
            links=links(change.desired.spec),
        )

    def _opened(self, change: Change, prior: Snapshot) -> Spec:
        """The outputs that the plan saw; what it holds a hash of is what the state holds."""
        if not is_sealed(change.after_outputs):
            return change.after_outputs
        outputs = opened(change.after_outputs, prior.outputs, self._seams.vault)
        if is_sealed(outputs):
            raise _sealed(change.address)
        return cast("Spec", outputs)

    def proven(self, address: Address) -> Snapshot | None:
        """The snapshot of what passed its wait or gate; None where that was on record already.

        A taint is then that of the same question, asked before the run was resumed.
        """
        held = self.held(address)
        return replace(held, unproven=False, tainted=False) if held.unproven or held.tainted else None

    def depose(self, step: Step, change: Change) -> Snapshot | None:
        """What a create pushes aside, to be deleted later; None where it pushes nothing."""
        if step.verb != "create" or not change.create_first or step.address not in self._prior:
            return None
        self._deposed[step.address] = self.prior(step.address)
        return self._deposed[step.address]

    def let_go(self, address: Address) -> bool:
        """A delete at `address` succeeded. True when it was of what had been pushed aside, so that the address still holds."""
        if self._deposed.pop(address, None) is not None:
            return True
        self._values.record(address, None)
        return False

    def record(self, address: Address, snapshot: Snapshot | None) -> None:
        """From now on this holds at `address`."""
        self._values.record(address, snapshot)


def _sealed(address: Address) -> ProviderError:
    return ProviderError(
        ErrorKind.FAULT,
        "Sensitive values are not there",
        f"The plan holds only hashes of what is sensitive at {address}, and the state does not hold the values.",
        "Plan again.",
    )


def _filled(planned: Value, resolved: Value, path: Path, ignored: tuple[Path, ...], vault: Vault) -> Value:
    """`planned` with its unknowns taken from `resolved`; what was known at plan must have come out the same.

    Ignored paths keep what was planned, which is what is there. Raises ProviderError `fault`.
    """
    if isinstance(planned, Unknown):
        hides = planned.sensitive and resolved is not MISSING and not is_sensitive(resolved)
        return Sensitive(resolved) if hides else resolved
    if isinstance(planned, dict) and isinstance(resolved, dict):
        filled = {
            key: _filled(item, resolved.get(key, MISSING), (*path, key), ignored, vault)
            for key, item in planned.items()
        }
        return {**filled, **{key: item for key, item in resolved.items() if key not in planned}}
    if isinstance(planned, list) and isinstance(resolved, list) and len(planned) == len(resolved):
        return [
            _filled(item, other, (*path, index), ignored, vault)
            for index, (item, other) in enumerate(zip(planned, resolved, strict=True))
        ]
    if same(planned, resolved, vault):
        if isinstance(planned, Secret):
            return resolved if isinstance(resolved, Sensitive) else Sensitive(resolved)
        return resolved if isinstance(resolved, Sensitive) else planned
    if any(path_matches(pattern, path) for pattern in ignored):
        return planned
    raise ProviderError(
        ErrorKind.FAULT, "Came out other than planned", _differs(planned, resolved, path), "Plan again."
    )


def _differs(planned: Value, resolved: Value, path: Path) -> str:
    where = format_path(path)
    if is_sensitive(planned) or is_sensitive(resolved):
        return f"{where} is sensitive, and came out other than it was planned, so nothing was called."
    came = "nothing" if resolved is MISSING else repr(resolved)
    return f"{where} was planned as {planned!r} and came out as {came}, so nothing was called."
