"""What is left of a plan that a run has begun: a plan again, for people and for the machine."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from reign.model.address import Address
from reign.model.event import State
from reign.model.plan import Action, Change, OutputChange, Plan, Rollback, Step
from reign.model.resource import Observation, Snapshot
from reign.model.schema import Schema
from reign.model.values import is_known, reveal
from reign.planning.compare import AGAIN, ONLY_RECORDED
from reign.planning.shapes import Shapes
from reign.planning.standing import drift_of

Done = Mapping[tuple[Address, str], int]
"""How often each verb has succeeded at an address."""

_HALF = "only part of it came to be"
_NOTHING_DIFFERS: Mapping[str, Any] = {"changed": (), "replace_paths": (), "may_replace": ()}


def remaining(plan: Plan, run: str, state: State, done: Done, settled: Collection[Address]) -> Plan:
    """`plan` without what `run` has done of it, on the `state` that it left.

    What failed or was skipped is there as it was planned, what has not passed its wait or gate is asked again, of a
    replacement whose delete is done only the create is left, and what a create left half made is replaced.
    """
    numbered: dict[Address, list[int]] = {}
    for index, step in enumerate(plan.steps):
        numbered.setdefault(step.address, []).append(index)
    parts = [
        _Part(change, run, state, done, [plan.steps[at] for at in numbered.get(change.address, ())])
        for change in plan.changes
    ]
    begun = [replace(part, planned_steps=()) if part.planned.address in settled else part for part in parts]
    changes = tuple(change for part in begun if (change := part.change()) is not None)
    told = {str(change.address) for change in changes if change.does_something}
    return replace(
        plan,
        changes=changes,
        steps=_renumbered(plan.steps, numbered, begun),
        drift=(),
        outputs=tuple(_output(output, state) for output in plan.outputs),
        findings=tuple(finding for finding in plan.findings if not finding.address or finding.address in told),
        rollback=_left_of(plan.rollback, told),
        resumes=run,
    )


def _left_of(rollback: Rollback | None, told: Collection[str]) -> Rollback | None:
    """What undoing loses, of what is not done yet."""
    if rollback is None:
        return None
    return replace(rollback, undoing=tuple(each for each in rollback.undoing if str(each.address) in told))


def has_moved(schema: Schema, held: Snapshot, seen: Observation | None) -> bool:
    """Whether what a run recorded is not what is `seen` now."""
    if seen is None or not seen.owned or seen.external_id != held.external_id:
        return True
    shape = Shapes(lambda _: schema).of(schema.type)
    return shape is not None and drift_of(shape, held, seen, held.lifecycle.ignore_changes) is not None


@dataclass(frozen=True, slots=True)
class _Part:
    """One resource's part in the plan; `planned_steps` none where it came out as it was."""

    planned: Change
    run: str
    state: State
    done: Done
    planned_steps: Sequence[Step]

    @property
    def held(self) -> Snapshot | None:
        """What the state has at the address now."""
        return self.state.resources.get(self.planned.address)

    @property
    def is_half_made(self) -> bool:
        """Whether a create of this run failed and left something behind."""
        held, prior = self.held, self.planned.prior
        if held is None or not held.tainted or held.updated_run != self.run or self._is_done("create"):
            return False
        makes = any(step.verb == "create" and step.kind == "call" for step in self.planned_steps)
        is_new = prior is None or held.external_id != prior.external_id or self._has_given_way
        return makes and is_new

    @property
    def _has_given_way(self) -> bool:
        """Whether what stood there is deleted; what had been pushed aside is deleted before it."""
        return self.done.get((self.planned.address, "delete"), 0) > (self.planned.deposed is not None)

    def _is_done(self, verb: str) -> bool:
        return bool(self.done.get((self.planned.address, verb)))

    def left(self) -> list[int]:
        """Those of `planned_steps` that are left, by their place."""
        return [index for index, step in enumerate(self.planned_steps) if not self._is_over(index, step)]

    def first(self) -> list[Step]:
        """What comes before a create that is done again: what was half made goes, and what had been pushed aside for it."""
        if not self.is_half_made:
            return []
        delete = Step("call", "delete", self.planned.address)
        return [delete] * (1 + (self.planned.address in self.state.deposed))

    def _is_over(self, index: int, step: Step) -> bool:
        if step.kind in ("wait", "gate"):
            held = self.held
            is_made = all(self._is_over(at, each) for at, each in enumerate(self.planned_steps[:index]) if _makes(each))
            return is_made and held is not None and not held.unproven and not held.tainted
        if step.verb == "delete":
            return self.is_half_made or self._is_deleted(index)  # `first` has those that are left then
        return step.verb != "read" and self._is_done(step.verb)

    def _is_deleted(self, index: int) -> bool:
        is_first = not any(step.verb == "delete" for step in self.planned_steps[:index])
        if self.planned.deposed is not None and is_first:
            return self._is_done("delete")
        if self.planned.create_first:
            return self._is_done("create") and self.planned.address not in self.state.deposed
        return self._has_given_way

    def change(self) -> Change | None:
        """What is left to review; None of what is gone."""
        left = [self.planned_steps[index] for index in self.left()]
        if not self.planned.does_something or (left and len(left) == len(self.planned_steps) and not self.is_half_made):
            return self.planned
        if self.is_half_made:
            return self._made_anew()
        return self._gone_on(left) if left or self.held is not None else None

    def _made_anew(self) -> Change:
        held = self.held
        return replace(
            self.planned,
            action=Action.REPLACE,
            before=held.spec if held else None,
            before_outputs=held.outputs if held else {},
            prior=held,
            **_NOTHING_DIFFERS,
            reason="replace_because_tainted",
            reasons=(_HALF,),
            create_first=False,
            previous_address=None,
            import_id=None,
            deposed=self.state.deposed.get(self.planned.address),
        )

    def _gone_on(self, left: Sequence[Step]) -> Change:
        """What began, as it goes on."""
        deletes = any(step.verb == "delete" for step in left)
        aside = self.state.deposed.get(self.planned.address) if deletes else None
        change = replace(self.planned, prior=self.held, previous_address=None, import_id=None, deposed=aside)
        makes = {step.verb for step in left if _makes(step)}
        if "create" in makes and not deletes:
            change = replace(change, action=Action.CREATE, before=None, before_outputs={}, **_NOTHING_DIFFERS)
            return replace(change, reason="", reasons=(), create_first=False)
        if makes or (deletes and aside is None):
            return change
        return self._as_it_is(change, is_asked=any(step.kind in ("wait", "gate") for step in left))

    def _as_it_is(self, change: Change, *, is_asked: bool) -> Change:
        """What is there by now; `is_asked`: and has to prove itself."""
        held = self.held
        spec, outputs = (held.spec, held.outputs) if held is not None else ({}, {})
        return replace(
            change,
            action=Action.UPDATE if is_asked else Action.NOOP,
            recorded_only=is_asked,
            before=spec,
            after=spec,
            before_outputs=outputs,
            after_outputs=outputs,
            **_NOTHING_DIFFERS,
            reason="",
            reasons=(AGAIN, ONLY_RECORDED) if is_asked else (),
            create_first=False,
        )


def _makes(step: Step) -> bool:
    return step.kind in ("call", "record") and step.verb != "delete"


def _renumbered(
    steps: Sequence[Step], numbered: Mapping[Address, Sequence[int]], parts: Sequence[_Part]
) -> tuple[Step, ...]:
    """The steps that are left, and what has to come before some of them. What is done is waited for no more."""
    of = {part.planned.address: part for part in parts}
    left = {numbered[address][place] for address, part in of.items() for place in part.left()}
    places: dict[int, int] = {}
    found: list[Step] = []
    for index in sorted(left):
        step = steps[index]
        needs = tuple(places[need] for need in step.needs if need in places)
        for extra in of[step.address].first() if _makes(step) else ():
            found.append(replace(extra, needs=needs))
            needs = (*needs, len(found) - 1)
        places[index] = len(found)
        found.append(replace(step, needs=needs))
    return tuple(found)


def _output(output: OutputChange, state: State) -> OutputChange:
    """An output as it is to be changed from what it is by now."""
    held = state.outputs.get(output.name)
    if output.action == "no-op":
        return output
    if output.action == "delete":
        return output if held is not None else replace(output, action="no-op", before=None)
    if held is None:
        return output
    is_same = is_known(output.after) and reveal(held.value) == reveal(output.after)
    return replace(output, action="no-op" if is_same else "update", before=held.value)
