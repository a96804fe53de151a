"""Plans one declared resource after another, each with the planned values of what it depends on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import cast

from reign.graph import Graph
from reign.model.address import Address
from reign.model.errors import InvalidSpec, ProviderError
from reign.model.finding import Finding
from reign.model.plan import Action, Change, Drift
from reign.model.resource import Import, Observation, Resource, Snapshot
from reign.model.values import Spec, Unknown, Value, is_sensitive
from reign.planning import decide, findings, statements
from reign.planning.causes import Others
from reign.planning.compare import Subject, compare
from reign.planning.decide import Verdict
from reign.planning.digest import observed_digest
from reign.planning.imports import is_same_id
from reign.planning.inputs import Inputs
from reign.planning.lookups import Lookups
from reign.planning.marks import Marks, marked_prior
from reign.planning.resolve import Filler, Trouble
from reign.planning.shapes import Shape, Shapes
from reign.planning.sight import Sight
from reign.planning.standing import drift_of, healed, taken_in


class Walk:
    """What has been planned so far. `visit` what an address depends on before the address itself."""

    def __init__(
        self,
        inputs: Inputs,
        graph: Graph[Address],
        shapes: Shapes,
        sight: Sight,
        marks: Marks,
        on_request: Iterable[Address],
    ) -> None:
        self.changes: dict[Address, Change] = {}
        self.drift: dict[Address, Drift] = {}
        self.data: dict[Address, Spec] = {}
        self.findings: list[Finding] = []
        self._inputs, self._shapes, self._sight = inputs, shapes, sight
        self._lost_keys = {event.address: event.op for event in inputs.prior.open_intents}
        self._views: dict[Address, Mapping[str, Value]] = {}
        self._others = Others(self.changes, graph, inputs.groups, on_request)
        self._lookups = Lookups(inputs, self.changes, marks)
        self._imports: dict[Address, Import] = {each.to: each for each in inputs.imports}
        self.filler = Filler(inputs, self._view)

    def visit(self, address: Address) -> None:
        """Plan one declared resource."""
        resource = self._inputs.desired[address]
        shape = self._shapes.of(address.kind)
        if shape is None:
            self.findings.append(findings.unknown_type(address))
            return
        spec = self._spec(resource)
        if spec is None:
            return
        if address.mode == "data":
            self._look_up(resource, shape, spec)
            return
        held = self._inputs.prior.resources.get(address)
        depends_on = tuple([needed.text for needed in resource.depends_on])
        subject = Subject(resource, shape, spec, depends_on, held, self._inputs.hash)
        if is_sensitive(spec):
            prior = marked_prior(held, shape, spec) if held else None
            anew = held is not None and prior is not None and prior.spec is not held.spec
            subject = replace(subject, prior=prior, hides=True, is_hidden_anew=anew)
        self.take(self._decided(subject))
        if resource.health is not None:
            self._check_health(resource)

    def take(self, change: Change) -> None:
        """Hold a change, and let others see what it leads to; nothing is known of what goes."""
        self.changes[change.address] = change
        if change.after is not None:
            self._views[change.address] = {**change.after, **change.after_outputs}

    def _view(self, address: Address) -> Mapping[str, Value]:
        """What `resources.NAME` reads: outputs, then the spec. All is unknown of what could not be planned, or goes."""
        view = self._views.get(address)
        if view is None:
            shape = self._shapes.of(address.kind)
            names = [*shape.schema.fields, *shape.schema.outputs] if shape else []
            hidden = shape.hidden({}) if shape else frozenset()
            view = {name: Unknown((f"{address}.{name}",), name in hidden) for name in names}
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
            made = self._inputs.normalize(resource.address.kind, spec)
            dangers = self._inputs.dangers(resource.address.kind, made)
            self.findings += [findings.invalid(resource.address, problem) for problem in dangers]
            return made
        except InvalidSpec as error:
            self.findings += [findings.invalid(resource.address, problem) for problem in error.problems]
            return None

    def _look_up(self, resource: Resource, shape: Shape, spec: Spec) -> None:
        """Data: what is known of it now goes into the plan, what only the apply can look up becomes a read."""
        found = self._lookups.of(resource, shape, spec)
        if isinstance(found, Change):
            self.take(found)
        elif isinstance(found, Finding):
            self.findings.append(found)
        else:
            self.data[resource.address] = found
            self._views[resource.address] = {**spec, **found}

    def _check_health(self, resource: Resource) -> None:
        """What is wrong with the health of a resource by what is known of it."""
        check, address = resource.health, resource.address
        if check is None:
            return
        troubles: list[Trouble] = []
        target = self.filler.value(check.target, (), troubles, self._view(address))
        self.findings += [findings.health_not_evaluated(str(address), error) for _, error in troubles]
        if check.kind == "command" and not troubles:
            self.findings += [findings.health_invalid(address, problem) for problem in self._inputs.command(target)]

    # What follows from where it stands

    def _decided(self, subject: Subject) -> Change:
        address, prior = subject.resource.address, subject.prior
        connection = prior.connection if prior else subject.resource.connection
        standing, at = self._sight.at(address, connection, subject.shape, subject.spec, hides=subject.hides)
        recorded = self._sight.recorded(address)
        verdict = decide.TABLE["yes", recorded, standing]
        if self._is_imported(subject):
            verdict = decide.TABLE["import", "no" if recorded == "no" else "other", standing]
        if verdict is Verdict.OTHER_ID:
            self.findings.append(statements.other_id(self._imports[address], cast("Snapshot", prior)))
            verdict = decide.TABLE["yes", recorded, standing]
        return self._followed(verdict, subject, at)

    def _followed(self, verdict: Verdict, subject: Subject, at: Observation | ProviderError | None) -> Change:
        address = subject.resource.address
        prior, seen = cast("Snapshot", subject.prior), cast("Observation", at)  # the rows that need one have one
        match verdict:
            case Verdict.CREATE:
                return self._create(subject)
            case Verdict.CREATE_AGAIN:
                return self._create(subject, again=prior)
            case Verdict.HEAL:
                lost = self._lost(subject, seen)
                return compare(subject, lost, seen, self._others.causes(subject, lost), healing=True)
            case Verdict.FOUND:
                return self._found(subject, seen)
            case Verdict.IMPORT:
                return self._import(subject, seen)
            case Verdict.COMPARE:
                return self._compare(subject, prior, seen)
            case Verdict.REPLACE:
                return self._compare(subject, prior, seen, tainted=True)
            case Verdict.OCCUPIED if self._sight.is_passed_on(subject, seen):
                return self._create(subject, seen=seen)
            case Verdict.OCCUPIED:
                self.findings.append(findings.occupied(address, seen.external_id))
            case Verdict.MADE_ANEW:
                self.findings.append(findings.made_anew(address, seen.external_id))
            case Verdict.NO_IMPORT:
                was_looked_at = self._sight.was_looked_at(address)
                self.findings.append(statements.nothing_to_import(self._imports[address], was_looked_at))
            case _:
                self.findings.append(findings.unreachable(address, cast("ProviderError", at)))
        return self._untouched(subject, at if isinstance(at, Observation) else None)

    def _is_imported(self, subject: Subject) -> bool:
        """False of what is imported already: it is declared like anything else."""
        wanted, prior = self._imports.get(subject.resource.address), subject.prior
        return wanted is not None and (prior is None or not is_same_id(wanted.id, prior, subject.shape))

    def _lost(self, subject: Subject, seen: Observation) -> Snapshot:
        key = self._lost_keys.get(str(subject.resource.address), "")
        return healed(subject.resource, subject.spec, subject.depends_on, seen, subject.shape, key)

    def _compare(self, subject: Subject, prior: Snapshot, seen: Observation, *, tainted: bool = False) -> Change:
        ignored = subject.resource.lifecycle.ignore_changes
        drift = drift_of(subject.shape, prior, seen, ignored, subject.hash)
        if drift is not None:
            self.drift[drift.address] = drift
        return compare(subject, prior, seen, self._others.causes(subject, prior, tainted=tainted))

    def _import(self, subject: Subject, seen: Observation) -> Change:
        """Taken over as it is, then brought to what is declared."""
        resource = subject.resource
        wanted = self._imports[resource.address]
        holder = self._sight.holder(subject.shape, resource.connection, seen)
        if holder is not None:
            self.findings.append(statements.import_held(wanted, holder))
            return self._untouched(subject, seen)
        prior = taken_in(resource, subject.spec, subject.depends_on, seen, subject.shape)
        return compare(subject, prior, seen, self._others.causes(subject, prior), import_id=wanted.id)

    def _found(self, subject: Subject, seen: Observation) -> Change:
        """It does what is declared though nobody recorded it: that is written down, and nothing is called."""
        lost = replace(self._lost(subject, seen), spec=subject.spec)
        return Change(
            address=lost.address,
            action=Action.UPDATE,
            connection=lost.connection,
            before=subject.spec,
            after=subject.spec,
            before_outputs=seen.outputs,
            after_outputs=seen.outputs,
            reasons=("it is there already",),
            recorded_only=True,
            prior=lost,
            desired=subject.resource,
            depends_on=subject.depends_on,
            digest=observed_digest(seen, subject.resource.lifecycle.ignore_changes, subject.hash),
        )

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
            digest=observed_digest(seen, resource.lifecycle.ignore_changes, subject.hash),
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
