"""A world in memory that plans are carried out in, to see what holds after many plans, edits and accidents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

from reign.expression import Scope, link, links, resolve, resource_root
from reign.model.address import Address
from reign.model.errors import ErrorKind, ProviderError
from reign.model.event import OutputValue, State
from reign.model.plan import Action, Basis, Change, Plan, Step
from reign.model.resource import Group, Import, Lifecycle, Moved, Observation, Removed, Resource, Snapshot
from reign.model.values import (
    Deferred,
    Sensitive,
    Spec,
    Value,
    is_known,
    is_sensitive,
    marked,
    parse_path,
    reveal,
)
from reign.planning import Inputs, LookedUp, Options, OutputDeclaration, desired_now, moved_state, plan
from reign.planning.diff import with_kept
from tests.planning.world import SCHEMAS, groups_of, hash_of, normalize, outputs_of

SECRETS = {"one": "hunter22-one", "two": "swordfish-two"}
ROOTS = {"secret": {name: Sensitive(value, f"${{secret.{name}}}") for name, value in SECRETS.items()}}


@dataclass(frozen=True)
class Project:
    """What is declared."""

    desired: dict[Address, Resource] = field(default_factory=dict)
    moved: tuple[Moved, ...] = ()
    removed: tuple[Removed, ...] = ()
    imports: tuple[Import, ...] = ()

    @property
    def outputs(self) -> dict[str, OutputDeclaration]:
        """One of everything, which is sensitive whatever is in it, and one of what never is."""
        made = [address for address in self.desired if address.mode == "managed"]
        plain = [Deferred(f"${{resources.{address.name}.id}}") for address in made if address.type != "fact"]
        everything = [Deferred(f"${{resources.{address.name}}}") for address in made]
        return {"all": OutputDeclaration(everything, sensitive=True), "ids": OutputDeclaration(plain)}


@dataclass
class World:
    """What stands outside, by external id and in clear, and what the state holds. `calls` are all that was ever done.

    left: what was let go of and stands all the same. strangers: what was there before anybody imported it, by the id that
    it was born with.
    """

    things: dict[str, Snapshot] = field(default_factory=dict)
    left: dict[str, Snapshot] = field(default_factory=dict)
    strangers: set[str] = field(default_factory=set)
    held: dict[Address, Snapshot] = field(default_factory=dict)
    deposed: dict[Address, Snapshot] = field(default_factory=dict)
    outputs: dict[str, OutputValue] = field(default_factory=dict)
    calls: list[tuple[str, Address]] = field(default_factory=list)
    made: int = 0

    def plan(self, project: Project, **options: Any) -> Plan:
        """Look at everything, and plan."""
        state = State("l", 1, "", dict(self.held), dict(self.outputs), dict(self.deposed))
        inputs = Inputs(
            project="p",
            env="",
            desired={} if options.get("destroy") else project.desired,
            groups=groups_of(project.desired, {}),
            outputs=project.outputs,
            prior=state,
            observed={},
            schema=SCHEMAS.get,
            normalize=normalize,
            basis=Basis("l", 1, "", fresh=False, config_digest=""),
            options=Options(**options),
            roots=ROOTS,
            imports=project.imports,
            moved=project.moved,
            removed=project.removed,
            hash=hash_of,
        )
        held = moved_state(inputs).resources
        inputs = replace(inputs, data=self._data(inputs))
        now = desired_now(inputs)
        self._be_born(project.imports, now)
        wanted = {each.to: each.id for each in project.imports}
        places = [address for address in {**now, **held} if address.mode == "managed"]
        observed = {
            address: self.look(address, held.get(address), now.get(address), wanted.get(address, ""))
            for address in places
            if SCHEMAS[address.type].observable
        }
        return plan(replace(inputs, observed=observed))

    def _data(self, inputs: Inputs) -> dict[Address, LookedUp | ProviderError]:
        """What the application looks up before it plans: data whose spec is known by what the state holds."""
        found: dict[Address, LookedUp | ProviderError] = {}
        for address, resource in desired_now(inputs).items():
            if address.mode == "data" and is_known(resource.spec):
                told = self.look_up(resource.spec)
                found[address] = told if isinstance(told, ProviderError) else LookedUp(resource.spec, told)
        return found

    def look_up(self, spec: Spec) -> Spec | ProviderError:
        """What is told of the thing that has an id."""
        thing = self.things.get(str(reveal(spec["name"])))
        if thing is None:
            return ProviderError(ErrorKind.MISSING, "No such thing")
        size = thing.spec.get("size")
        return {"ip": f"10.0.0.{size}", "key": f"key of {thing.external_id}", "text": f"it has {size}"}

    def _be_born(self, imports: tuple[Import, ...], now: Mapping[Address, Resource]) -> None:
        """What is to be imported was always there: once, and much as it is declared."""
        for each in imports:
            if each.id not in self.strangers and each.to in now:
                self.strangers.add(each.id)
                spec = now[each.to].spec
                told = {name: value for name, value in spec.items() if is_known(value) and not is_sensitive(value)}
                spec = normalize(each.to.type, told)
                if any(
                    thing.address.type == each.to.type and thing.spec["name"] == spec["name"]
                    for thing in self.things.values()
                ):
                    continue  # there cannot be another one of that name
                self.things[each.id] = Snapshot(each.to, "main", each.id, spec, {}, tainted=True)  # without a mark

    def look(
        self, address: Address, held: Snapshot | None, desired: Resource | None, import_id: str
    ) -> Observation | None:
        """The one that is held if it stands, or that is to be imported; else any that carries the mark of `address`, else
        a stranger of the same name.
        """
        thing = self.things.get(held.external_id if held else import_id)
        if thing is None:
            aside = self.deposed.get(address)
            there = [thing for thing in self.things.values() if thing.address == address and not thing.tainted]
            thing = next((thing for thing in there if aside is None or thing.external_id != aside.external_id), None)
        if thing is None and desired is not None and desired.spec.get("name") is not None:
            strangers = [
                thing for thing in self.things.values() if thing.tainted and thing.address.type == address.type
            ]
            thing = next((thing for thing in strangers if thing.spec["name"] == desired.spec["name"]), None)
        if thing is None:
            return None
        fields = SCHEMAS[address.type].fields
        spec = {name: value for name, value in thing.spec.items() if fields[name].observed}
        outputs = outputs_of(address, thing.spec, thing.external_id)
        return Observation(thing.external_id, spec, outputs, owned=not thing.tainted)

    def apply(self, made: Plan, steps: int | None = None) -> None:
        """Carry out `made`, or only its first `steps`, as after a kill."""
        run = _Run(self, made)
        for step in made.steps[:steps]:
            run.step(step)
        if steps is None and made.complete:
            changed = [output for output in made.outputs if output.action in ("create", "update")]
            kept = {output.name for output in made.outputs if output.action == "no-op"} & self.outputs.keys()
            self.outputs = {name: self.outputs[name] for name in kept}
            for output in changed:
                value = _forgetful(run.resolved(output.value))
                self.outputs[output.name] = OutputValue(value, output.sensitive, link(output.value))

    def remove(self, thing: Snapshot) -> None:
        """It goes, outside."""
        self.calls.append(("delete", thing.address))
        self.things.pop(thing.external_id, None)

    def leave(self, thing: Snapshot) -> None:
        """It is nobody's from now on, and whoever wants its name is told so by the provider."""
        if thing.external_id in self.things:
            self.left[thing.external_id] = self.things.pop(thing.external_id)


class _Run:
    """One apply of a plan."""

    def __init__(self, world: World, made: Plan) -> None:
        self._world = world
        self._changes = {change.address: change for change in made.changes}
        self._waited_for = {step.address for step in made.steps if step.kind in ("wait", "gate")}
        self._seen: dict[Address, Spec] = dict(made.data)  # what nothing is done to is as the plan saw it
        for change in made.changes:
            if change.action is Action.NOOP and change.after is not None:
                self._seen[change.address] = {**change.after, **change.after_outputs}
        self._unchanged: set[Address] = set()
        roots = {
            **ROOTS,
            "resources": self._root(made, "managed"),
            "data": self._root(made, "data"),
            "run": {"id": "r"},
        }
        self._scope = Scope(roots=roots)

    def _root(self, made: Plan, mode: str) -> Any:
        groups: list[Group] = [group for group in made.groups if group.mode == mode]
        return resource_root(groups, self._view)

    def _view(self, address: Address) -> Spec:
        if address in self._seen:
            return self._seen[address]
        held = self._world.held[address]
        return {**held.spec, **held.outputs}

    def resolved(self, value: Value) -> Any:
        """`value` with the values of now."""
        if isinstance(value, Deferred):
            return resolve(value.text, self._scope, value.kind)
        if isinstance(value, dict):
            return {key: self.resolved(item) for key, item in value.items()}
        return [self.resolved(item) for item in value] if isinstance(value, list) else value

    def step(self, step: Step) -> None:
        """One step of the plan."""
        world, address, change = self._world, step.address, self._changes[step.address]
        if address in self._unchanged:
            return
        match step.kind, step.verb:
            case "wait" | "gate", _:
                world.held[address] = replace(world.held[address], unproven=False)
            case _, "forget":
                world.leave(world.held.pop(address))
            case _, "move":
                if change.previous_address is not None:
                    world.held.pop(change.previous_address)
                world.held[address] = change.prior
            case _, "adopt":
                thing = world.things[change.import_id]
                world.things[change.import_id] = replace(thing, tainted=False)
                world.calls.append(("adopt", address))
                self._hold(change, change.import_id, marked(normalize(address.type, thing.spec), change.after))
            case _, "read":
                self._read(change)
            case _, "delete" if address in world.deposed:
                world.remove(world.deposed.pop(address))
            case _:
                self._make(step, change)

    def _read(self, change: Change) -> None:
        told = self._world.look_up(self._spec(change))
        assert not isinstance(told, ProviderError), f"{change.address} is looked up before it is there"
        outputs = SCHEMAS[change.address.kind].outputs
        self._seen[change.address] = {
            name: Sensitive(value) if outputs[name].sensitive else value for name, value in told.items()
        }

    def _make(self, step: Step, change: Change) -> None:
        world, address = self._world, step.address
        settles = step.verb != "delete" or change.is_uncertain  # a delete that is certain waits for no value
        spec = self._spec(change) if settles else {}
        if change.is_uncertain and reveal(spec) == reveal(change.before):
            self._unchanged.add(address)
            return
        held = world.held.get(address) or change.prior
        if step.verb == "delete":
            assert held is not None
            world.remove(held)
            world.held.pop(address, None)
            return
        external_id = held.external_id if held else ""
        if step.kind == "call":
            world.calls.append((step.verb, address))
        if step.verb == "create":
            if held is not None and not change.create_first:
                world.leave(held)  # on_destroy: retain
            self._check_free(change, spec)
            if change.create_first:
                world.deposed[address] = held
            world.made += 1
            external_id = f"{address}#{world.made}"
        self._hold(change, external_id, spec)
        if step.kind == "call":
            spec = cast("Spec", reveal(spec))
            world.things[external_id] = replace(world.held[address], spec=spec, outputs={})

    def _hold(self, change: Change, external_id: str, spec: Spec) -> None:
        """What the state holds from now on: marks, and none of their templates."""
        address = change.address
        hidden = SCHEMAS[address.type].sensitive_outputs(spec)
        outputs = outputs_of(address, cast("Spec", reveal(spec)), external_id)
        self._world.held[address] = Snapshot(
            address,
            change.connection,
            external_id,
            cast("Spec", _forgetful(spec)),
            {name: Sensitive(value) if _is_hidden(name, value, hidden) else value for name, value in outputs.items()},
            change.depends_on,
            change.desired.lifecycle if change.desired else Lifecycle(),
            unproven=address in self._waited_for,
            links=links(change.desired.spec) if change.desired else {},
        )

    def _check_free(self, change: Change, spec: Spec) -> None:
        """No two things of ours of one connection and type have one name. What a stranger has only the provider tells."""
        for thing in self._world.things.values():
            same = (
                not thing.tainted
                and thing.address.type == change.address.type
                and thing.connection == change.connection
            )
            name = thing.spec.get("name")
            assert not (same and name is not None and name == spec.get("name")), f"{thing.address} has the name {name}"

    def _spec(self, change: Change) -> Spec:
        if change.after is None or is_known(change.after) or change.desired is None:
            return change.after or {}
        spec = normalize(change.address.kind, self.resolved(change.desired.spec))
        assert is_known(spec), f"{change.address} was started before what it waits for"
        ignored = [parse_path(path) for path in change.desired.lifecycle.ignore_changes]
        return with_kept(spec, change.after, ignored) if change.before is not None else spec


def _is_hidden(name: str, value: Value, hidden: frozenset[str]) -> bool:
    return name in hidden or any(secret in str(value) for secret in SECRETS.values())


def _forgetful(value: Value) -> Value:
    """`value` as the state keeps it: with its marks, without their templates."""
    if isinstance(value, Sensitive):
        return Sensitive(reveal(value.value))
    if isinstance(value, dict):
        return {key: _forgetful(item) for key, item in value.items()}
    return [_forgetful(item) for item in value] if isinstance(value, list) else value
