"""Plans one declared resource after another, each with the planned values of what it depends on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import cast

from reign.expression import parse, references
from reign.graph import Graph
from reign.model.address import Address
from reign.model.errors import InvalidSpec, ProviderError
from reign.model.finding import Finding
from reign.model.plan import Action, Change, Drift
from reign.model.resource import Observation, Resource, Snapshot
from reign.model.values import Deferred, Spec, Unknown, Value, leaves
from reign.planning import decide, findings
from reign.planning.compare import Cause, Causes, Subject, compare
from reign.planning.decide import Verdict
from reign.planning.diff import is_immutable
from reign.planning.digest import observed_digest
from reign.planning.inputs import Inputs
from reign.planning.resolve import Filler, Trouble
from reign.planning.shapes import Shapes
from reign.planning.sight import Sight
from reign.planning.standing import acts, drift_of, healed


class Walk:
    """What has been planned so far. `visit` what an address depends on before the address itself."""

    def __init__(
        self, inputs: Inputs, graph: Graph[Address], shapes: Shapes, sight: Sight, on_request: Iterable[Address]
    ) -> None:
        self.changes: dict[Address, Change] = {}
        self.drift: dict[Address, Drift] = {}
        self.findings: list[Finding] = []
        self._inputs, self._graph, self._shapes, self._sight = inputs, graph, shapes, sight
        self._on_request = frozenset(on_request)
        self._lost_keys = {event.address: event.op for event in inputs.prior.open_intents}
        self._views: dict[Address, Mapping[str, Value]] = {}
        self._instances: dict[str, list[Address]] = {}
        for address in graph.nodes:
            for name in {address.text, address.group.text}:
                self._instances.setdefault(name, []).append(address)
        self._fired: dict[str, bool] = {}
        self.filler = Filler(inputs, self._view)

    def visit(self, address: Address) -> None:
        """Plan one declared resource."""
        resource = self._inputs.desired[address]
        shape = self._shapes.of(address.type)
        if shape is None:
            self.findings.append(findings.unknown_type(address))
            return
        spec = self._spec(resource)
        if spec is None:
            return
        prior = self._inputs.prior.resources.get(address)
        depends_on = tuple([needed.text for needed in resource.depends_on])
        subject = Subject(resource, shape, spec, depends_on, prior)
        self.take(self._decided(subject))

    def take(self, change: Change) -> None:
        """Hold a change, and let others see what it leads to."""
        self.changes[change.address] = change
        self._views[change.address] = {**(change.after or {}), **change.after_outputs}

    def _view(self, address: Address) -> Mapping[str, Value]:
        """What `resources.NAME` reads: outputs, then the spec. All is unknown of what could not be planned."""
        view = self._views.get(address)
        if view is None:
            shape = self._shapes.of(address.type)
            names = [*shape.schema.fields, *shape.schema.outputs] if shape else []
            view = {name: Unknown((f"{address}.{name}",)) for name in names}
            self._views[address] = view
        return view

    def _spec(self, resource: Resource) -> Spec | None:
        """The spec with planned values, normalised; None, and findings, where there is none."""
        troubles: list[Trouble] = []
        spec = self.filler.spec(resource.spec, troubles)
        if troubles:
            address = str(resource.address)
            self.findings += [findings.not_evaluated(address, path, error) for path, error in troubles]
            return None
        try:
            return self._inputs.normalize(resource.address.type, spec)
        except InvalidSpec as error:
            self.findings += [findings.invalid(resource.address, problem) for problem in error.problems]
            return None

    # What follows from where it stands

    def _decided(self, subject: Subject) -> Change:
        address, prior = subject.resource.address, subject.prior
        connection = prior.connection if prior else subject.resource.connection
        standing, at = self._sight.at(address, connection, subject.shape)
        seen = cast("Observation", at)  # the rows of the table that need one have one
        match decide.TABLE[True, self._sight.recorded(address), standing]:
            case Verdict.CREATE:
                return self._create(subject)
            case Verdict.CREATE_AGAIN:
                return self._create(subject, again=cast("Snapshot", prior))
            case Verdict.HEAL:
                key = self._lost_keys.get(str(address), "")
                lost = healed(subject.resource, subject.spec, subject.depends_on, seen, subject.shape, key)
                return compare(subject, lost, seen, self._causes(subject, lost), healing=True)
            case Verdict.COMPARE:
                return self._compare(subject, cast("Snapshot", prior), seen)
            case Verdict.REPLACE:
                return self._compare(subject, cast("Snapshot", prior), seen, tainted=True)
            case Verdict.OCCUPIED if self._sight.is_passed_on(subject, seen):
                return self._create(subject, seen=seen)
            case Verdict.OCCUPIED:
                self.findings.append(findings.occupied(address, seen.external_id))
            case Verdict.MADE_ANEW:
                self.findings.append(findings.made_anew(address, seen.external_id))
            case _:
                self.findings.append(findings.unreachable(address, cast("ProviderError", at)))
                return self._untouched(subject, None)
        return self._untouched(subject, seen)

    def _compare(self, subject: Subject, prior: Snapshot, seen: Observation, *, tainted: bool = False) -> Change:
        drift = drift_of(subject.shape, prior, seen, subject.resource.lifecycle.ignore_changes)
        if drift is not None:
            self.drift[drift.address] = drift
        return compare(subject, prior, seen, self._causes(subject, prior, tainted=tainted))

    def _create(self, subject: Subject, *, again: Snapshot | None = None, seen: Observation | None = None) -> Change:
        """`again`: what was made before and is gone. `seen`: what stands in its place now and goes first."""
        resource = subject.resource
        if again is not None:
            self.drift[resource.address] = Drift(resource.address, again.spec, None)
        return Change(
            address=resource.address,
            action=Action.CREATE,
            connection=resource.connection,
            after=subject.spec,
            after_outputs=subject.shape.unknown_outputs(resource.address, subject.spec),
            reason="create_because_gone" if again else "",
            reasons=("it is gone, removed outside of Reign",) if again else (),
            prior=again,
            desired=resource,
            depends_on=subject.depends_on,
            digest=observed_digest(seen, resource.lifecycle.ignore_changes),
        )

    def _untouched(self, subject: Subject, seen: Observation | None) -> Change:
        """Nothing can be planned here, and a finding says why; others see what is known of it."""
        resource, prior = subject.resource, subject.prior
        held = seen.outputs if seen else prior.outputs if prior else {}
        outputs = {**subject.shape.unknown_outputs(resource.address, subject.spec), **held}
        return Change(
            address=resource.address,
            action=Action.NOOP,
            connection=resource.connection,
            before=seen.spec if seen else prior.spec if prior else None,
            after=subject.spec,
            after_outputs=outputs,
            prior=prior,
            desired=resource,
            depends_on=subject.depends_on,
        )

    # What it is about the others

    def _causes(self, subject: Subject, prior: Snapshot, *, tainted: bool = False) -> Causes:
        """What replaces or restarts it, whatever its own spec says."""
        resource, lifecycle = subject.resource, subject.resource.lifecycle
        replace: list[Cause] = []
        if tainted:
            replace.append(("replace_because_tainted", "it is tainted: it was made, and never came to work"))
        if resource.address in self._on_request:
            replace.append(("replace_by_request", "asked for with --replace"))
        replace += [
            ("replace_by_triggers", f"{trigger} changes, which replaces it")
            for trigger in lifecycle.replace_triggered_by
            if self._fires(trigger)
        ]
        if prior.connection != resource.connection:
            text = f"it moves from connection {prior.connection} to {resource.connection}"
            replace.append(("replace_because_cannot_update", text))
        update: list[Cause] = []
        if subject.shape.holds:
            self._held(subject, replace, update)
        update += [
            ("update_because_triggered", f"{trigger} changes, which restarts it")
            for trigger in lifecycle.restart_triggered_by
            if self._fires(trigger)
        ]
        return Causes(tuple(replace), tuple(update))

    def _fires(self, trigger: str) -> bool:
        """True when anything that `trigger` names is made or changed. A trigger without a key is the whole group."""
        fired = self._fired.get(trigger)
        if fired is None:
            fired = any(acts(self.changes.get(address)) for address in self._instances.get(trigger, ()))
            self._fired[trigger] = fired
        return fired

    def _held(self, subject: Subject, replace: list[Cause], update: list[Cause]) -> None:
        """What it holds cannot go while it stands: it lets go, in place where the new one is there before the old one goes."""
        for name in subject.shape.holds:
            for target in self._targets(subject.resource, name):
                change = self.changes.get(target)
                if change is None or change.action is not Action.REPLACE:
                    continue
                text = f"{target} is replaced, and {name} holds it"
                first = change.desired is not None and change.desired.lifecycle.create_before_destroy
                if first and not is_immutable(subject.shape.schema, (name,), subject.spec):
                    update.append(("update_because_triggered", text))
                else:
                    replace.append(("replace_because_cannot_update", text))

    def _targets(self, resource: Resource, field: str) -> list[Address]:
        """What the field refers to, of what the resource depends on."""
        named: set[str] = set()
        for _, value in leaves(resource.spec.get(field)):
            if isinstance(value, Deferred):
                for reference in references(parse(value.text)):
                    if reference.root == "resources" and reference.path:
                        named.add(str(reference.path[0]))
        return [address for address in resource.depends_on if address.name in named]
