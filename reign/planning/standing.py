"""What one resource looks like: as it stands, as it drifted, as the state will hold it."""

from __future__ import annotations

from dataclasses import replace

from reign.expression import links
from reign.model.address import Address
from reign.model.plan import Action, Change, Drift
from reign.model.resource import Lifecycle, Observation, Resource, Snapshot
from reign.model.schema import Output
from reign.model.values import Spec, Value, format_path, parse_path
from reign.planning.diff import Hash, differences, with_kept
from reign.planning.shapes import Shape


def declared_now(shape: Shape, desired: Spec, prior: Spec, seen: Spec) -> Spec:
    """The declared fields as they are: what is or was declared, as seen; what cannot be seen, as the state has it."""
    if desired is prior is seen:
        return seen
    fields = shape.schema.fields
    names = [*desired, *(name for name in prior if name not in desired and name in fields)]
    if not shape.blind:
        return {name: seen[name] for name in names if name in seen}
    sides = ((name, prior if name in shape.blind else seen) for name in names)
    return {name: side[name] for name, side in sides if name in side}


def outputs_after_update(
    shape: Shape, address: Address, after: Spec, held: Spec, changed: frozenset[str] | None
) -> Spec:
    """The outputs after an update of the fields `changed`: unknown only where they follow one of these.

    An update may change no field at all and still call (a restart); None means that nothing is called.
    """
    hidden = shape.hidden(after)
    found: Spec = {}
    for name, output in shape.schema.outputs.items():
        if name not in after and name in held and not _follows(output, changed):
            found[name] = held[name]
        else:
            found[name] = shape.output_of(address, name, after, hidden)
    return found


def _follows(output: Output, changed: frozenset[str] | None) -> bool:
    if changed is None:
        return False
    return output.follows is None or not changed.isdisjoint(output.follows)


def drift_of(
    shape: Shape, prior: Snapshot, seen: Observation | None, ignore: tuple[str, ...], hash: Hash | None = None
) -> Drift | None:
    """How reality differs from the state on a declared field, ignored paths aside; also that it is gone."""
    if seen is None:
        return Drift(prior.address, prior.spec, None)
    if seen.spec is prior.spec:
        return None
    fields = shape.schema.fields
    told = {name: value for name, value in prior.spec.items() if name in fields and name not in shape.blind}
    there = {name: seen.spec[name] for name in told if name in seen.spec}
    if ignore:
        there = with_kept(there, told, [parse_path(path) for path in ignore])
    found = differences(told, there, hash)
    if not found:
        return None
    return Drift(prior.address, told, there, tuple(format_path(difference.path) for difference in found))


def recorded_differences(prior: Snapshot, desired: Resource, depends_on: tuple[str, ...]) -> list[str]:
    """What the state holds besides the spec and the declaration now says otherwise, as phrases."""
    found: list[str] = []
    if prior.lifecycle != desired.lifecycle:
        for name in Lifecycle.__dataclass_fields__:
            before, after = getattr(prior.lifecycle, name), getattr(desired.lifecycle, name)
            if before != after:
                found.append(f"lifecycle.{name}: {_plain(before)} -> {_plain(after)}")
    if prior.depends_on != depends_on and set(prior.depends_on) != set(depends_on):
        found.append("depends_on is recorded anew")
    return found


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"[{', '.join(value)}]" if isinstance(value, tuple) else str(value)


def healed(
    resource: Resource, spec: Spec, depends_on: tuple[str, ...], seen: Observation, shape: Shape, key: str
) -> Snapshot:
    """The snapshot of something that is there and was never recorded. What cannot be seen is as declared."""
    return Snapshot(
        address=resource.address,
        connection=resource.connection,
        external_id=seen.external_id,
        spec={**seen.spec, **{name: spec[name] for name in shape.blind if name in spec}},
        outputs=seen.outputs,
        depends_on=depends_on,
        lifecycle=resource.lifecycle,
        found=seen.found,
        create_key=key,
        schema_version=shape.schema.version,
        links=links(resource.spec),
    )


def taken_in(resource: Resource, spec: Spec, depends_on: tuple[str, ...], seen: Observation, shape: Shape) -> Snapshot:
    """The snapshot of something that is imported: what cannot be seen of it is written anew where that is possible, and
    where there is something to write: an empty list or map is nothing, as what is left out is.
    """
    found = healed(resource, spec, depends_on, seen, shape, "")
    written = {
        name
        for name in shape.blind - shape.recorded
        if spec.get(name) not in _NOTHING and not shape.schema.fields[name].replaces(spec)
    }
    return replace(found, spec={name: value for name, value in found.spec.items() if name not in written})


_NOTHING: tuple[Value, ...] = (None, {}, [])


def acts(change: Change | None) -> bool:
    """True when the change calls a provider and leaves something standing: what triggers and followers look for."""
    if change is None or change.after is None or change.recorded_only:
        return False
    return change.action in _MAKING or change.deposed is not None


_MAKING = (Action.CREATE, Action.UPDATE, Action.REPLACE)
