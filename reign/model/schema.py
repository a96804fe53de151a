"""What a type's spec and outputs look like, and what its fields mean to the planner. Pure data, made by providers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from reign.model.values import Spec, is_known, is_sensitive

KindName: TypeAlias = Literal[
    "any",
    "string",
    "number",
    "integer",
    "bool",
    "list",
    "map",
    "object",
    "command",
    "source",
    "text_source",
    "template",
    "duration",
]


@dataclass(frozen=True, slots=True)
class Kind:
    """The type of a field's value, by which a YAML scalar is read from its source text.

    `item` is the kind of the items of a list or map; `fields` those of an object, and `refused`
    keys that are none of it and that `Provider.normalize` has words of its own for. `also` are other forms in which the
    value may be written (a list of `K=V` where a map is meant): a node is read as the first kind that fits its form.
    Some kinds are more than a type:

    * `command`: a shell string, a list of words, or a list of commands. A string with `${...}` in it arrives as
      `{"command": "echo ${REIGN_1}", "with": {"REIGN_1": <value>}}`, every `${...}` replaced by its placeholder.
    * `source`: a path of a file to read, inside the root. Arrives as `{"path": <as written>, "sha256": <hex>}`.
    * `text_source`: the same with `"text": <its UTF-8 content>`.
    * `template`: a text that keeps its `${...}`, whose names are not those of the project but the template's own.
    * `duration`: `(number unit)+` with ms s m h d. Arrives as a number of seconds.
    """

    name: KindName = "any"
    item: Kind | None = None
    fields: Mapping[str, Field] | None = None
    refused: frozenset[str] = frozenset()
    also: tuple[Kind, ...] = ()

    def written_as(self, form: Literal["scalar", "list", "map"]) -> Kind:
        """The kind that a value in this form is read as: itself, unless one of `also` fits better."""
        return next((kind for kind in (self, *self.also) if _FORMS.get(kind.name, "scalar") == form), self)


_FORMS: Mapping[str, str] = {"list": "list", "map": "map", "object": "map"}
"""The form of each kind; those that are left out are written as scalars, `any` and `command` as anything."""


@dataclass(frozen=True, slots=True)
class When:
    """A condition on a spec as normalised: every field of `present` is set (an unknown counts as set), none of `absent`,
    and every field of `true` is true. Without any of them it always holds.
    """

    present: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    true: tuple[str, ...] = ()

    def holds(self, spec: Spec) -> bool:
        """Whether `spec` meets the condition."""
        return (
            all(spec.get(name) is not None for name in self.present)
            and all(spec.get(name) is None for name in self.absent)
            and all(spec.get(name) is True for name in self.true)
        )


@dataclass(frozen=True, slots=True)
class Exposure:
    """That others can see what stands in a field. `where` ends a sentence (`becomes part of a command line`), `instead` is
    one: the way in which something sensitive can be handed over.
    """

    where: str
    instead: str


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a spec and what its change means.

    immutable: a change means replace · immutable_when: the same, but only where the desired spec meets the condition;
    else the change is an update · recorded: a change is written into the state and no provider is called for it ·
    computed: not written by users, filled in by `normalize` · identity: two resources with the same connection and
    the same values here are one thing · holds: its target cannot go while this stands · observed: False when the
    outside system cannot tell it, so it is compared with what the state holds and never with reality · exposed: where
    others can see what stands in it (the words of a command), so nothing sensitive may; in a shell string, whose values
    are handed over as variables, it may · tells: of what is computed, False where nothing that stands in other fields can
    be read from it, so that it is not sensitive with them.
    """

    kind: Kind = field(default_factory=Kind)
    required: bool = False
    immutable: bool = False
    immutable_when: When | None = None
    recorded: bool = False
    computed: bool = False
    sensitive: bool = False
    identity: bool = False
    holds: bool = False
    observed: bool = True
    exposed: Exposure | None = None
    tells: bool = True
    description: str = ""

    def replaces(self, desired: Spec) -> bool:
        """Whether a change of this field means replace, given the desired spec as normalised."""
        return self.immutable or (self.immutable_when is not None and self.immutable_when.holds(desired))


@dataclass(frozen=True, slots=True)
class Output:
    """One output. `follows` names the fields it follows on update; None means any field, () means it never changes.

    sensitive_when: the same as `sensitive`, but only of a resource whose spec meets the condition. needs_trust: to tell it,
    commands of the project would run, so it is unknown in a folder that is not trusted, even where that may be looked at.
    made_from: another output that it is read from, so that it must not be shown where that must not. tells: what stands in
    the fields that it follows can be read from it, so it is as sensitive as they are; from an id it cannot.
    """

    kind: Kind = field(default_factory=Kind)
    follows: tuple[str, ...] | None = ()
    sensitive: bool = False
    sensitive_when: When | None = None
    needs_trust: bool = False
    made_from: str = ""
    tells: bool = True
    description: str = ""

    @property
    def told_by(self) -> tuple[str, ...]:
        """The fields of which it tells something."""
        return (self.follows or ()) if self.tells else ()

    def is_sensitive(self, spec: Spec) -> bool:
        """Whether it must not be shown, given the spec as normalised."""
        return self.sensitive or (self.sensitive_when is not None and self.sensitive_when.holds(spec))


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """What a type is, beside its fields. `version` counts changes of the spec's shape.

    marked: an object carries our mark, so a lost answer can be looked up. observable: `observe` can tell what is there;
    where it cannot, the state is believed. observable_when: it can tell, of a type that is not observable, for a
    resource whose spec meets the condition, as declared or as recorded. effects: False when creating touches nothing
    outside of the state, so that a lost answer means not done. ready: the type has a readiness of its own to wait for.
    space: types with the same one share their identities, as all that stands at a path does; empty where a type has its
    own. nests: the identity is a path, and what stands inside another waits for that one. beneath: looking at it reads
    nothing but the project folder, over its default connection, so an untrusted project may be looked at. named_by: the
    variables of the environment of which any names the default connection: one that is set lets an untrusted project be
    looked at over that. runs: looking at a resource whose spec has one of these fields runs a command of the project. data:
    what may be looked up and is never made. expands: a block of it stands for others, which `Provider.expand` tells; nothing
    of this type is ever planned itself. reads: `Provider.expand` is asked for a block of it, and answers the block itself
    with what it read inside the root as computed fields. recalls: it carries no mark, but its calls leave a record of how
    they ended (`ports.Recall`). fills: what is destroyed takes along what its spec does not tell (the rows of a database), of
    a resource whose spec meets the condition, so that making it anew brings back less. stays: what making or changing one did
    stays done when it is deleted, of such a resource, so that nothing undoes it. shared: what stands outside is nobody's, of
    such a resource: several that say the same of it (but for what is recorded) may stand for one thing.
    """

    version: int = 1
    marked: bool = True
    observable: bool = True
    observable_when: When | None = None
    effects: bool = True
    ready: bool = False
    space: str = ""
    nests: bool = False
    beneath: bool = False
    named_by: tuple[str, ...] = ()
    runs: tuple[str, ...] = ()
    data: bool = False
    expands: bool = False
    reads: bool = False
    recalls: bool = False
    fills: When | None = None
    stays: When | None = None
    shared: When | None = None


@dataclass(frozen=True, slots=True)
class Schema(Traits):
    """A type. refused: as of `Kind`. json: the published JSON Schema of the spec."""

    type: str
    fields: Mapping[str, Field]
    outputs: Mapping[str, Output]
    refused: frozenset[str] = frozenset()
    description: str = ""
    json: Mapping[str, Any] = field(default_factory=dict)

    def is_observable(self, *specs: Spec) -> bool:
        """Whether `observe` can tell of a resource with one of `specs`: what is declared, what is recorded."""
        return self.observable or (
            self.observable_when is not None and any(self.observable_when.holds(spec) for spec in specs)
        )

    def shows(self, seen: Spec, after: Spec, before: Spec) -> bool:
        """Whether `seen` proves that an update from `before` to `after` was done: all that it changes can be seen, and is as in
        `after`. All of them in clear.
        """
        changed = [name for name in {**before, **after} if before.get(name) != after.get(name) and name in self.fields]
        changed = [name for name in changed if not self.fields[name].recorded]
        return bool(changed) and all(self._shows(name, seen, after) for name in changed)

    def lacks(self, seen: Spec, after: Spec) -> bool:
        """Whether `seen` proves that a create of `after` was not carried through: what can be seen of it is otherwise. Both
        in clear.
        """
        wanted = [
            name for name, value in after.items() if value is not None and is_known(value) and name in self.fields
        ]
        told = [name for name in wanted if self.fields[name].observed and not self.fields[name].recorded]
        return any(seen.get(name) != after[name] for name in told)

    def _shows(self, name: str, seen: Spec, after: Spec) -> bool:
        wanted = after.get(name)
        return self.fields[name].observed and is_known(wanted) and seen.get(name) == wanted

    @property
    def is_guarded(self) -> bool:
        """True when something of this type may be sensitive though nothing of the project's is."""
        hides = (output.sensitive or output.sensitive_when is not None for output in self.outputs.values())
        return any(field.sensitive for field in self.fields.values()) or any(hides)

    def sensitive_outputs(self, spec: Spec) -> frozenset[str]:
        """The outputs that must not be shown of what has this spec: those that say so, and those that follow a field, by
        `follows` or by its name, in which something sensitive stands. What any field may change (`follows` is None) says
        what happens to it and not what stands in it, like a status.
        """
        fields = self.fields
        hidden = {
            name
            for name, value in spec.items()
            if value is not None and (is_sensitive(value) or (name in fields and fields[name].sensitive))
        }
        followed = {
            name for name, output in self.outputs.items() if hidden and not hidden.isdisjoint((name, *output.told_by))
        }
        return frozenset(followed.union(name for name, output in self.outputs.items() if output.is_sensitive(spec)))
