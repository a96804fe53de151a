"""The planner: from what is declared, recorded and seen to a plan. A pure function."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import replace

from reign.graph import Graph, closure, cycle_findings, cycles, dependencies, of_resources
from reign.model.address import Address, parse_address
from reign.model.errors import ProviderError
from reign.model.event import State
from reign.model.finding import Finding, Severity
from reign.model.plan import Action, Change, Check, Drift, Plan, Step
from reign.model.resource import Observation, Resource
from reign.model.values import Spec, is_sensitive
from reign.planning import findings, statements
from reign.planning.checks import checked
from reign.planning.digest import observed_digest
from reign.planning.going import Going
from reign.planning.identity import Identities
from reign.planning.imports import wrong_imports
from reign.planning.inputs import Inputs, Options
from reign.planning.lower import Lowering, spread_create_first
from reign.planning.marks import Marks
from reign.planning.moving import Settled, read_name, settle_moves
from reign.planning.nesting import nested
from reign.planning.outputs import output_changes
from reign.planning.selection import Names, left_out
from reign.planning.shapes import Shapes
from reign.planning.sight import Sight
from reign.planning.walk import Walk


def plan(inputs: Inputs) -> Plan:
    """Everything that would have to be done, and the order of doing it; findings say what stands in the way.

    Raises nothing for what users can cause. A plan with an error finding other than `plan/protected` is not to be shown
    as one, and none with an error finding is to be applied.
    """
    options = inputs.options
    settled = settle_moves(replace(inputs, desired=nested(inputs.desired, Shapes(inputs.schema))))
    inputs = settled.inputs
    desired: Mapping[Address, Resource] = {} if options.destroy or options.refresh_only else inputs.desired
    graph = of_resources(desired)
    if circles := cycle_findings(graph, desired):
        return _finished(inputs, {}, {}, (), [*circles, *settled.findings, *_wrong_elsewhere(inputs, graph)])
    return _Planning(settled, desired, graph).plan()


def _wrong_elsewhere(inputs: Inputs, graph: Graph[Address]) -> list[Finding]:
    """What is wrong with the specs of what neither stands in a cycle nor waits for one: told in the same breath."""
    stuck = closure((node for path in cycles(graph) for node in path), graph.needed_by.__getitem__)
    free = {address: resource for address, resource in inputs.desired.items() if address not in stuck}
    rest = replace(
        inputs,
        desired=free,
        outputs={},
        prior=State(),
        observed={},
        options=Options(refresh=False),
        checks=(),
        imports=(),
        moved=(),
        removed=(),
    )
    return list(plan(rest).findings)


class _Planning:
    """One run of the planner; holds what all its parts look at."""

    def __init__(self, settled: Settled, desired: Mapping[Address, Resource], graph: Graph[Address]) -> None:
        inputs, options = settled.inputs, settled.inputs.options
        self._settled, self._inputs, self._graph = settled, inputs, graph
        self._going = frozenset(address for address in inputs.prior.resources if address not in desired)
        self._recorded = _recorded_needs(inputs)
        self._told: list[Finding] = [
            *_lost_outcomes(inputs),
            *_other_project(inputs),
            *settled.findings,
            *_removed_findings(inputs),
        ]
        if desired:
            self._told += wrong_imports(inputs)
        asked = options.targets or options.excludes or options.replace
        names = Names(sorted({*desired, *self._going}, key=Address.sort_key) if asked else ())
        self._targets = names.find_all("--target", options.targets, self._told)
        self._excluded = names.find_all("--exclude", options.excludes, self._told)
        on_request = names.find_all("--replace", options.replace, self._told)
        self._dependents = _dependents(graph, self._recorded) if asked else {}
        self._shapes = Shapes(inputs.schema)
        marks = Marks(inputs)
        self._sight = Sight(inputs, self._shapes, marks)
        self._walk = Walk(inputs, graph, self._shapes, self._sight, marks, on_request)
        self._gone = Going(inputs, self._shapes, self._sight)

    def plan(self) -> Plan:
        """Visit what is asked for, then put it in order."""
        self._visit_all()
        changes = {address: self._changes[address] for address in sorted(self._changes, key=Address.sort_key)}
        changes = spread_create_first(changes, self._graph)
        identities = Identities(changes, self._shapes, self._inputs.prior.resources)
        pairs = identities.handed_over()
        lowering = Lowering(changes, self._graph, self._recorded, self._shapes, self._settled.renamed)
        steps, clashes = lowering.steps(pairs)
        self._told += [*self._walk.findings, *self._gone.findings, *identities.findings]
        self._told += [findings.same_identity_later(c.taker, c.giver, identities.fields(c.taker)) for c in clashes]
        self._told += _dangers_of_deletes(self._inputs, changes.values())
        self._told += _protected(changes.values(), self._gone.unprotected, is_back=self._inputs.back is not None)
        outputs = output_changes(self._inputs, self._walk.filler, self._told) if self._is_complete else ()
        checks = self._checks()
        made = _finished(self._inputs, changes, {**self._walk.drift, **self._gone.drift}, steps, self._told)
        made = replace(made, outputs=outputs, checks=checks, data=self._walk.data, complete=self._is_complete)
        differs = made.does_something and not self._inputs.options.refresh_only
        return made if differs else replace(made, rolled_back="")

    def _checks(self) -> tuple[Check, ...]:
        """What is asserted of what will be there: nothing, where everything goes."""
        if self._inputs.options.destroy:
            return ()
        told = (
            [] if self._inputs.options.refresh_only else self._told
        )  # it makes nothing that they could be right about
        return checked(self._inputs.checks, self._walk.filler, told)

    @property
    def _is_complete(self) -> bool:
        return not (self._inputs.options.targets or self._inputs.options.excludes)

    @property
    def _changes(self) -> dict[Address, Change]:
        return self._walk.changes

    def _visit_all(self) -> None:
        out = left_out(self._excluded, self._dependents, self._recorded, self._going)
        if self._inputs.options.targets:
            self._visit_from((address for address in self._targets if address not in out), out)
        else:
            for address in self._graph.order():
                if address not in out:
                    self._walk.visit(address)
            for address in self._going:
                if address not in out:
                    self._visit_going(address)
        self._note_moves()
        self._note_deposed(out)

    def _visit_from(self, targets: Iterable[Address], out: set[Address]) -> None:
        """The targets and what they depend on; and, of what goes or is replaced on the way, what depends on it."""
        place = {address: index for index, address in enumerate(self._graph.order())}
        visited: set[Address] = set()
        todo = deque(targets)
        while todo:
            address = todo.popleft()
            if address in visited:
                continue
            batch = [address] if address in self._going else dependencies(self._graph, [address], visited)
            for each in sorted(batch, key=lambda each: place.get(each, 0)):
                visited.add(each)
                if each in self._going:
                    self._visit_going(each)
                else:
                    self._walk.visit(each)
                change = self._changes.get(each)
                if change is not None and change.action in (Action.DELETE, Action.REPLACE):
                    todo.extend(other for other in self._dependents.get(each, ()) if other not in out)

    def _note_moves(self) -> None:
        """What has another name in the state is told so, whatever else becomes of it."""
        for address, old in self._settled.previous.items():
            if address in self._changes:
                self._changes[address] = replace(self._with_digest(self._changes[address]), previous_address=old)

    def _with_digest(self, change: Change) -> Change:
        """`change` with a digest of what was seen, where nothing but a name or what was pushed aside changes."""
        shape = self._shapes.of(change.address.kind)
        if change.digest or shape is None:
            return change
        hides = change.after is not None and is_sensitive(change.after)
        seen = self._sight.at(change.address, change.connection, shape, change.after, hides=hides)[1]
        ignored = change.desired.lifecycle.ignore_changes if change.desired else ()
        found = seen if isinstance(seen, Observation) else None
        return replace(change, digest=observed_digest(found, ignored, self._inputs.hash))

    def _note_deposed(self, out: set[Address]) -> None:
        """What a replacement pushed aside and never deleted goes now, with or without anything else at its address."""
        if self._inputs.options.refresh_only:
            return
        for address, aside in self._inputs.prior.deposed.items():
            change = self._changes.get(address)
            if change is not None:
                phrase = f"{aside.external_id}, which a replacement pushed aside, is destroyed"
                told = self._with_digest(change)
                self._changes[address] = replace(told, deposed=aside, reasons=(*change.reasons, phrase))
            elif address not in out and self._is_complete:
                self._changes[address] = self._gone.aside(aside)

    def _visit_going(self, address: Address) -> None:
        again = self._inputs.options.refresh_only
        self._walk.take(self._gone.looked_again(address) if again else self._gone.part(address))


def _dangers_of_deletes(inputs: Inputs, changes: Iterable[Change]) -> list[Finding]:
    """What the deletes of what is only recorded would do; of what is declared as well, its spec was asked about."""
    told: list[Finding] = []
    for change in changes:
        prior = change.prior
        if prior is None or prior.found or change.action not in (Action.DELETE, Action.REPLACE):
            continue
        if change.after is None or change.after.get("delete") != prior.spec.get("delete"):
            problems = inputs.dangers_of_delete(change.address.kind, prior.spec)
            told += [findings.recorded_danger(change.address, problem) for problem in problems]
    return told


def _recorded_needs(inputs: Inputs) -> dict[Address, tuple[Address, ...]]:
    """The edges that the state holds, as far as both ends are known."""
    known = {address.text: address for address in (*inputs.prior.resources, *inputs.desired)}
    return {
        address: tuple([known[text] for text in held.depends_on if text in known])
        for address, held in inputs.prior.resources.items()
        if held.depends_on
    }


def _dependents(
    graph: Graph[Address], recorded: Mapping[Address, tuple[Address, ...]]
) -> dict[Address, tuple[Address, ...]]:
    found: dict[Address, dict[Address, None]] = {
        address: dict.fromkeys(graph.needed_by[address]) for address in graph.nodes
    }
    for address, needs in recorded.items():
        for needed in needs:
            found.setdefault(needed, {})[address] = None
    return {address: tuple(waiting) for address, waiting in found.items()}


def _lost_outcomes(inputs: Inputs) -> list[Finding]:
    """Calls that were cut off and of which nobody can tell what became: a question each.

    Of what carries a mark, the plan can be made all the same, as far as it can be looked at.
    """
    asked = {(event.op, event.data["verb"]): str(event.data["reason"]) for event in inputs.prior.interventions}
    found: list[Finding] = []
    for event in inputs.prior.open_intents:
        address = parse_address(event.address)
        schema, reason = inputs.schema(address.type), asked.get((event.op, event.data["verb"]), "")
        if schema is None or not schema.effects:
            continue
        question = findings.outcome_unknown(event.address, event.data["verb"], reason, inputs.env)
        if "on_unknown" in schema.fields:
            question = replace(question, fix=f"{question.fix}\n{findings.IN_ADVANCE}")
        if not schema.marked:
            found.append(question)
        elif reason and not isinstance(inputs.observed.get(address), ProviderError):
            found.append(replace(question, severity=Severity.MINOR))
    return found


def _other_project(inputs: Inputs) -> list[Finding]:
    """A state that another project was applied to."""
    last = inputs.prior.project
    if not last or last == inputs.project or inputs.back is not None:
        return []
    return [findings.other_project(last, inputs.project)]


def _removed_findings(inputs: Inputs) -> list[Finding]:
    """What is said to be removed and is declared all the same."""
    found: list[Finding] = []
    for removed in inputs.removed:
        name = read_name(removed.source, inputs.schema)
        declared = next((address for address in inputs.desired if name.names(address)), None)
        if declared is not None:
            found.append(statements.removed_declared(removed, declared))
    return found


def _protected(changes: Iterable[Change], unprotected: set[Address], *, is_back: bool) -> list[Finding]:
    """What would go and must not, also out of the state alone: forgotten, it would be protected no more. The state's word
    counts, and for a replacement the declaration's as well.
    """
    found: list[Finding] = []
    for change in changes:
        if change.address in unprotected or (change.action is Action.REPLACE and change.is_retained):
            continue
        declared = change.desired is not None and change.desired.lifecycle.prevent_destroy
        held = change.prior is not None and change.prior.lifecycle.prevent_destroy
        if change.action is Action.REPLACE and (held or declared):
            found.append(findings.protected(change.address, "replace", is_back=is_back))
        elif held and change.action is Action.DELETE:
            found.append(findings.protected(change.address, "destroy", is_back=is_back))
        elif held and change.reason == "forget_because_retain":
            found.append(findings.protected(change.address, "forget", is_back=is_back))
    return found


def _finished(
    inputs: Inputs,
    changes: Mapping[Address, Change],
    drift: Mapping[Address, Drift],
    steps: tuple[Step, ...],
    told: Iterable[Finding],
) -> Plan:
    return Plan(
        project=inputs.project,
        env=inputs.env,
        basis=replace(inputs.basis, options=_options(inputs.options)),
        changes=tuple(changes.values()),
        steps=steps,
        drift=tuple(drift[address] for address in sorted(drift, key=Address.sort_key)),
        groups=inputs.groups,
        connections=dict(inputs.connections),
        secrets=dict(inputs.secrets),
        unseen=inputs.unseen,
        rollback=inputs.back.rollback if inputs.back else None,
        rolled_back="" if inputs.back else inputs.prior.rolled_back,
        findings=tuple(told),
        created_at=inputs.now,
        reign_version=inputs.version,
    )


def _options(options: Options) -> Spec:
    """The options that are not at their default, as the plan keeps them."""
    found: Spec = {}
    for name in Options.__dataclass_fields__:
        value, usual = getattr(options, name), getattr(Options(), name)
        if value != usual:
            found[name] = list(value) if isinstance(value, tuple) else value
    return found
