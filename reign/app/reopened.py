"""What a plan file holds as a template and a hash, with its value again: the same as when it was planned, or nothing is done."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, cast

from reign.app.data import look_up_data
from reign.app.declared import Declared, planner_inputs
from reign.app.observe import Observed
from reign.app.point import Point, state_at
from reign.app.secrets import WORDS, Secrets
from reign.app.unseen import phrase_of
from reign.app.workspace import Workspace, request
from reign.config.environ import Environ
from reign.execution.marks import is_sealed, opened
from reign.expression import ExpressionError, Scope, parse, references, resolve, resource_root
from reign.model.address import Address
from reign.model.errors import Failed, InvalidSpec, ProviderError, Stale
from reign.model.event import State
from reign.model.finding import Finding
from reign.model.plan import Change, Plan
from reign.model.resource import Observation, Resource, Snapshot
from reign.model.rewrite import rewritten
from reign.model.values import (
    Deferred,
    Path,
    Secret,
    Sensitive,
    Spec,
    Unknown,
    Value,
    is_known,
    reveal,
)
from reign.planning import LookedUp, Options


@dataclass(frozen=True)
class Reopening:
    """One plan file on the state that it was made for. `declared` is the project beside it, where it still loads."""

    space: Workspace
    plan: Plan
    state: State
    declared: Declared | None
    secrets: Secrets
    _changed: dict[tuple[str, ...], str] = field(default_factory=dict)

    def needs_trust(self) -> tuple[str, ...]:
        """What carrying it out would run or reach before anything is changed, in words."""
        found: dict[str, None] = {}
        for root, name in self._read():
            source = self.plan.secrets.get(name) if root == "secret" else None
            if source is not None and source.kind in WORDS:
                found[f"secret {name} ({WORDS[source.kind]})"] = None
            elif root == "env":
                found[f"env.{name}"] = None
        for change in self.plan.actions():
            schema = self.space.registry.schema(change.address.kind)
            desired = replace(change.desired, spec=change.after or {}) if change.desired else None
            phrase = phrase_of(schema, desired, change.prior, self.plan.connections, self.space.where.environ)
            found[phrase] = None
        return tuple(phrase for phrase in found if phrase)

    def reopened(self) -> Plan:
        """The plan with its values. Raises Stale naming each that is not what it was, or cannot be had any more."""
        plan = self.plan
        if not is_sealed(cast("Value", [*_values(plan)])):
            return plan
        plan = replace(
            plan,
            changes=tuple(self._change(change) for change in plan.changes),
            connections={name: self._connection(name, settings) for name, settings in plan.connections.items()},
            outputs=tuple(replace(output, value=self._exchanged(output.value)) for output in plan.outputs),
            checks=tuple(replace(check, condition=self._exchanged(check.condition)) for check in plan.checks),
            data={address: self._exchanged(outputs) for address, outputs in plan.data.items()},
        )
        if self._changed:
            raise Stale(_findings(self._changed))
        return plan

    def with_seen(self, plan: Plan, seen: Observed) -> Plan:
        """`plan` with what was there when it was made: what the state holds, and what is `seen` now, is the same."""
        return replace(
            plan, changes=tuple(self._with_seen(change, seen.get(change.address)) for change in plan.changes)
        )

    def _with_seen(self, change: Change, seen: Observation | ProviderError | None) -> Change:
        sealed = (change.before, change.before_outputs, change.after_outputs, change.prior)
        if not any(map(_is_sealed, sealed)):
            return change
        held = self.state.resources.get(change.previous_address or change.address)
        specs = [dict(each.spec) for each in (seen, held) if isinstance(each, Observation | Snapshot)]
        told = [dict(each.outputs) for each in (seen, held) if isinstance(each, Observation | Snapshot)]
        prior = change.prior
        if prior is not None:
            prior = replace(prior, spec=self._opened(prior.spec, specs), outputs=self._opened(prior.outputs, told))
            prior = replace(prior, settings=self._connection(prior.connection, dict(prior.settings)))
        return replace(
            change,
            before=change.before and self._opened(change.before, specs),
            before_outputs=self._opened(change.before_outputs, told),
            after_outputs=self._opened(change.after_outputs, told),
            prior=prior,
        )

    def _opened(self, value: Spec, among: Sequence[Value]) -> Spec:
        for held in among:
            value = cast("Spec", opened(value, held, self._vault))
        return value

    @cached_property
    def roots(self) -> Mapping[str, Any]:
        """`secret`, `var` and `env`, as templates in the plan read them."""
        return {
            "secret": _Asked(self.plan.secrets, self._secret),
            "var": _Asked(self.plan.basis.variables, self._variable),
            "env": Environ(self.space.where.environ, is_hidden=not self.space.trusted),
        }

    @cached_property
    def _scope(self) -> Scope:
        groups = self.plan.groups
        return Scope(
            roots={
                **self.roots,
                "resources": resource_root([group for group in groups if group.mode == "managed"], self._held),
                "data": resource_root([group for group in groups if group.mode == "data"], self._told),
            }
        )

    @cached_property
    def _acting(self) -> frozenset[str]:
        """The names of the blocks that something is done to: what they give may be another by then than the state has."""
        return frozenset(change.address.name for change in self.plan.actions())

    @cached_property
    def _looked_up(self) -> Mapping[Address, Any]:
        """What data says now, asked once more where a template reads it."""
        if self.declared is None:
            return {}
        space, project = self.space, self.declared.project
        inputs = planner_inputs(space, project, self.state, Options())
        return look_up_data(space, inputs, space.site(self.plan.basis.lineage, project.name, project.env)).answers

    @cached_property
    def _remembered(self) -> Mapping[tuple[str, str], Value]:
        """What is sensitive of the point that the plan goes back to, by its hash and the key of that: no text leads to it."""
        back = self.plan.rollback
        if back is None:
            return {}
        then = state_at(self.space, self.space.reading, Point(back.to, back.seq))
        found: dict[tuple[str, str], Value] = {}

        def note(part: Sensitive, _: Path) -> Value:
            found[self._vault.hash(part.value), self._vault.key_id] = Sensitive(reveal(part.value))
            return part

        rewritten((then.resources, then.outputs), (Sensitive,), note)
        return found

    # Parts

    def _change(self, change: Change) -> Change:
        desired = self._exchanged(change.desired)
        after = self._exchanged(change.after)
        if desired is not None and is_sealed(after):
            after = self._made_again(desired, change, cast("Spec", after))
        return replace(change, desired=desired, after=after)

    def _made_again(self, desired: Resource, change: Change, after: Spec) -> Spec:
        """`after` with what follows from the rest of the spec (a checksum), where the rest is known by now."""
        spec = rewritten(desired.spec, (Deferred,), lambda part, _: self._resolved(part))
        try:
            made = self.space.registry.normalize(change.address.kind, spec)
        except InvalidSpec:
            return after
        return self._opened(after, [made])

    def _resolved(self, part: Deferred) -> Value:
        try:
            return resolve(part.text, self._scope, part.kind)
        except ExpressionError:
            return Unknown()

    def _connection(self, name: str, settings: Spec) -> Spec:
        """Settings that only the state has are those that something was made over."""
        held = (*self.state.resources.values(), *self.state.deposed.values())
        return self._opened(
            self._exchanged(settings), [dict(each.settings) for each in held if each.connection == name]
        )

    def _exchanged(self, noun: Any) -> Any:
        return rewritten(noun, (Secret,), self._value)

    # Values

    def _value(self, part: Secret, _: Path) -> Value:
        """One value again. What has no way back stays as it is, and so does what the run itself makes."""
        if not part.template:
            return self._remembered.get((part.hash, part.key_id), part)
        reads = [(each.root, str(each.path[0]) if each.path else "") for each in references(parse(part.template))]
        if any(root == "resources" and name in self._acting for root, name in reads):
            return part
        names = tuple(f"{root}.{name}" for root, name in reads)
        if part.key_id != self._vault.key_id:
            self._changed[names] = "It was hashed with another key than the one here."
            return part
        try:
            value = reveal(resolve(part.template, self._scope))
        except Failed as error:
            self._changed[names] = error.findings[0].detail
            return part
        except ExpressionError as error:
            self._changed[names] = f"It cannot be had: {self.space.masks(error.message)}."
            return part
        if not is_known(value) or self._vault.hash(value) != part.hash:
            self._changed.setdefault(names, "It is another value than when the plan was made.")
            return part
        self.space.masks.learn(value)
        return Sensitive(value, part.template)

    def _secret(self, name: str) -> Value:
        value = self.secrets(name, self.plan.secrets[name])
        return value if isinstance(value, Unknown) else Sensitive(value, f"${{secret.{name}}}")

    def _variable(self, name: str) -> Value:
        """A variable of the plan. The value of a sensitive one is given again; its text is read as what it was then."""
        held = self.plan.basis.variables[name]
        if not isinstance(held, Secret):
            return held
        for value in self._given(name):
            if self._vault.hash(value) == held.hash:
                return Sensitive(value, f"${{var.{name}}}")
        return Unknown((f"var.{name}",), sensitive=True)

    def _given(self, name: str) -> Iterator[Value]:
        if self.declared is not None:
            yield reveal(self.declared.project.variables.get(name))
        asked = request(self.space.where)
        for text in (asked.variables.get(name), asked.environ.get(f"REIGN_VAR_{name}")):
            if text is not None:
                yield text
                yield from _as_json(text)

    def _held(self, address: Address) -> Mapping[str, Value]:
        snapshot = self.state.resources.get(address)
        return {} if snapshot is None else {**snapshot.spec, **snapshot.outputs}

    def _told(self, address: Address) -> Mapping[str, Value]:
        if is_sealed(self.plan.data.get(address, {})):
            answer = self._looked_up.get(address)
            return answer.outputs if isinstance(answer, LookedUp) else {}
        return self.plan.data.get(address, {})

    @property
    def _vault(self) -> Any:
        return self.space.vault(self.plan.basis.lineage)

    def _read(self) -> Iterator[tuple[str, str]]:
        """(root, name) of everything that templates and deferred texts of the plan read."""
        texts: dict[str, None] = {}

        def note(part: Secret | Deferred, _: Path) -> Value:
            texts[part.template if isinstance(part, Secret) else part.text] = None
            return part

        rewritten([*_values(self.plan)], (Secret, Deferred), note)
        for text in texts:
            for each in references(parse(text)):
                yield each.root, str(each.path[0]) if each.path else ""


def _is_sealed(part: Snapshot | Spec | None) -> bool:
    if isinstance(part, Snapshot):
        return any(map(_is_sealed, (part.spec, part.outputs, dict(part.settings))))
    return is_sealed(part)


class _Asked(Mapping[str, Value]):
    """A root whose values are asked for when they are read."""

    def __init__(self, names: Mapping[str, Any], ask: Callable[[str], Value]) -> None:
        self._names, self._ask = names, ask

    def __getitem__(self, name: str) -> Value:
        if name not in self._names:
            raise KeyError(name)
        return self._ask(name)

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def _values(plan: Plan) -> Iterator[Any]:
    """The parts of a plan that its run reads."""
    for change in plan.changes:
        yield change.after
        if change.desired is not None:
            yield change.desired.spec
            yield change.desired.health.target if change.desired.health else None
    yield from plan.connections.values()
    yield from (output.value for output in plan.outputs)
    yield from (check.condition for check in plan.checks)
    yield from plan.data.values()


def _as_json(text: str) -> Iterator[Value]:
    try:
        yield json.loads(text)
    except ValueError:
        return


def _findings(changed: Mapping[tuple[str, ...], str]) -> list[Finding]:
    """One for each name; of several that are read together, only where none of them is told by itself."""
    alone = {names[0] for names in changed if len(names) == 1}
    return [
        _finding(names, why) for names, why in sorted(changed.items()) if len(names) == 1 or alone.isdisjoint(names)
    ]


def _finding(names: tuple[str, ...], why: str) -> Finding:
    what = names[0] if len(names) == 1 else f"One of {', '.join(names)}"
    return Finding(
        "plan/secret-changed",
        "Sensitive value changed since the plan was made",
        f"{what} is not what the plan was made with. {why} Nothing was done.",
        address=names[0] if len(names) == 1 else "",
        fix="Bring back the value that was planned with, or plan again: reign plan --out F",
    )
