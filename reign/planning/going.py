"""What is in the state and not declared (any more): it goes, is forgotten, or is only looked at again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import cast

from reign.model.address import Address, parse_address
from reign.model.errors import ProviderError
from reign.model.finding import Finding
from reign.model.plan import Action, Change, Drift
from reign.model.resource import Group, Observation, Removed, Resource, Snapshot
from reign.model.values import format_path
from reign.planning import decide, findings
from reign.planning.compare import ONLY_RECORDED, Cause
from reign.planning.decide import Verdict
from reign.planning.diff import differences
from reign.planning.digest import observed_digest
from reign.planning.inputs import Inputs
from reign.planning.moving import read_name
from reign.planning.shapes import Shape, Shapes
from reign.planning.sight import Sight
from reign.planning.standing import drift_of


class Going:
    """Plans what is only in the state."""

    def __init__(self, inputs: Inputs, shapes: Shapes, sight: Sight) -> None:
        self.findings: list[Finding] = []
        self.drift: dict[Address, Drift] = {}
        self.unprotected: set[Address] = set()
        self._inputs, self._shapes, self._sight = inputs, shapes, sight
        self._groups: Mapping[str, Group] | None = None
        self._siblings: dict[str, list[Resource]] | None = None
        self._removed = [(read_name(removed.source, inputs.schema), removed) for removed in inputs.removed]

    def part(self, address: Address) -> Change:
        """The change of something that is not declared."""
        prior = self._inputs.prior.resources[address]
        shape = self._shapes.of(address.type)
        if shape is None:
            self.findings.append(findings.unknown_type(address))
            return _kept(prior, None)
        standing, at = self._sight.at(address, prior.connection, shape)
        seen = cast("Observation", at)  # the rows of the table that need one have one
        match decide.TABLE["no", self._sight.recorded(address), standing]:
            case Verdict.DELETE:
                self._note_drift(prior, seen, shape)
                return self._deleted(prior, seen)
            case Verdict.FORGET:
                self._note_drift(prior, None, shape)
                return self._forgotten(prior, None, ("forget_because_gone", "it is gone already"))
            case Verdict.LET_GO:
                self.findings.append(findings.let_go(address, seen.external_id))
                return self._forgotten(
                    prior, seen, ("forget_because_not_ours", "what is there now is not ours, and stays")
                )
            case _:
                self.findings.append(findings.unreachable(address, cast("ProviderError", at)))
                return _kept(prior, None)

    def _note_drift(self, prior: Snapshot, seen: Observation | None, shape: Shape) -> None:
        drift = drift_of(shape, prior, seen, prior.lifecycle.ignore_changes, self._inputs.hash)
        if drift is not None:
            self.drift[drift.address] = drift

    def _deleted(self, prior: Snapshot, seen: Observation) -> Change:
        removed = self._removal(prior.address)
        kept = self._inputs.back.kept.get(prior.address, "") if self._inputs.back is not None else ""
        lifted = []
        if removed is not None and removed.unprotect and prior.lifecycle.prevent_destroy:
            self.unprotected.add(prior.address)
            lifted.append(f"its protection is lifted: {removed.unprotect}")
        if phrase := kept or _why_it_stays(prior, seen, removed, self._is_kept_by_block(prior.address)):
            forgotten = self._forgotten(prior, seen, ("forget_because_retain", phrase))
            return replace(forgotten, reasons=(*forgotten.reasons, *lifted))
        reason, phrase = self._why(prior.address)
        phrases = [phrase, *lifted]
        return Change(
            address=prior.address,
            action=Action.DELETE,
            connection=prior.connection,
            before=seen.spec,
            before_outputs=seen.outputs,
            reason=reason,
            reasons=tuple(phrases),
            prior=prior if prior.external_id == seen.external_id else replace(prior, external_id=seen.external_id),
            depends_on=prior.depends_on,
            digest=observed_digest(seen, (), self._inputs.hash),
        )

    def _is_kept_by_block(self, address: Address) -> bool:
        """Whether what is still declared by its name is to stay when it goes: as good as said of it as well."""
        if self._siblings is None:
            self._siblings = {}
            for each in self._inputs.desired.values():
                if each.address.mode == "managed":
                    self._siblings.setdefault(each.address.name, []).append(each)
        siblings = self._siblings.get(address.name, ())
        return bool(siblings) and all(each.lifecycle.on_destroy == "retain" for each in siblings)

    def _removal(self, address: Address) -> Removed | None:
        """What `removed` says of it."""
        return next((removed for name, removed in self._removed if name.names(address)), None)

    def aside(self, deposed: Snapshot) -> Change:
        """What a replacement pushed aside, where nothing else is left at its address."""
        return Change(
            address=deposed.address,
            action=Action.DELETE,
            connection=deposed.connection,
            before=deposed.spec,
            before_outputs=deposed.outputs,
            reason="delete_because_no_resource_config",
            reasons=(f"{deposed.external_id}, which a replacement pushed aside, is destroyed",),
            prior=deposed,
            depends_on=deposed.depends_on,
            digest=observed_digest(None),
        )

    def _why(self, address: Address) -> Cause:
        back = self._inputs.back
        if back is not None:
            return "delete_because_no_resource_config", f"because it was not there at {back.rollback.to}"
        if self._inputs.options.destroy:
            return "delete_because_destroy", "because its destruction was asked for"
        group = self._group(address.name)
        if group is not None and group.expands and isinstance(address.key, str):
            return "delete_because_each_key", f'because "{address.key}" is not part of {group.name} any more'
        if group is None or group.type != address.type:
            return "delete_because_no_resource_config", f"because {address.name} is not in the configuration"
        if group.shape == "disabled":
            return "delete_because_enabled_false", f"because {address.name} is not enabled"
        if group.shape == "list" and isinstance(address.key, int):
            return "delete_because_count_index", f"because index {address.key} is out of range for count"
        if group.shape == "map" and isinstance(address.key, str):
            return "delete_because_each_key", f'because key "{address.key}" is not in for_each'
        return "delete_because_wrong_repetition", f"because {address.name} is repeated in another way now"

    def _group(self, name: str) -> Group | None:
        """The block that is declared by this name."""
        if self._groups is None:
            self._groups = {group.name: group for group in self._inputs.groups if group.mode == "managed"}
        return self._groups.get(name)

    def looked_again(self, address: Address) -> Change:
        """The change of a plan that only takes over what is seen: nothing is called, and nothing made or removed."""
        prior = self._inputs.prior.resources[address]
        shape = self._shapes.of(address.type)
        if shape is None:
            self.findings.append(findings.unknown_type(address))
            return _kept(prior, None)
        standing, seen = self._sight.at(address, prior.connection, shape)
        if isinstance(seen, ProviderError):
            self.findings.append(findings.unreachable(address, seen))
            return _kept(prior, None)
        if seen is None:
            self._note_drift(prior, None, shape)
            return self._forgotten(prior, None, ("forget_because_gone", "it is gone, removed outside of Reign"))
        if standing == "theirs":
            self.findings.append(findings.made_anew(address, seen.external_id))
            return _kept(prior, seen)
        return self._taken_over(prior, seen, shape)

    def _taken_over(self, prior: Snapshot, seen: Observation, shape: Shape) -> Change:
        there = {name: seen.spec[name] for name in seen.spec if name not in shape.blind}
        unseen = {name for name in prior.spec if name in shape.blind or name not in shape.schema.fields}
        spec = {name: there.get(name, value) for name, value in prior.spec.items() if name in there or name in unseen}
        found = differences(prior.spec, spec, self._inputs.hash)
        self._note_drift(prior, seen, shape)
        told = differences(prior.outputs, seen.outputs, self._inputs.hash)
        if not found and not told and prior.external_id == seen.external_id:
            return _kept(prior, seen)
        held = Resource(
            prior.address,
            spec,
            prior.connection,
            tuple(map(parse_address, prior.depends_on)),
            prior.lifecycle,
        )
        return Change(
            address=prior.address,
            action=Action.UPDATE,
            connection=prior.connection,
            before=prior.spec,
            after=spec,
            before_outputs=prior.outputs,
            after_outputs=seen.outputs,
            changed=tuple(format_path(difference.path) for difference in found),
            reasons=("taken over from reality", ONLY_RECORDED),
            recorded_only=True,
            prior=replace(prior, external_id=seen.external_id),
            desired=held,
            depends_on=prior.depends_on,
            digest=observed_digest(seen, prior.lifecycle.ignore_changes, self._inputs.hash),
        )

    def _forgotten(self, prior: Snapshot, seen: Observation | None, why: Cause) -> Change:
        return Change(
            address=prior.address,
            action=Action.FORGET,
            connection=prior.connection,
            before=seen.spec if seen else prior.spec,
            before_outputs=seen.outputs if seen else prior.outputs,
            reason=why[0],
            reasons=(why[1],),
            prior=prior,
            depends_on=prior.depends_on,
            digest=observed_digest(seen, (), self._inputs.hash),
        )


def _why_it_stays(prior: Snapshot, seen: Observation, removed: Removed | None, is_kept: bool) -> str:
    """Why it is only forgotten, though it is there and ours; empty where it goes. is_kept: its block says so by now."""
    if removed is not None and not removed.destroy:
        return "removed says destroy: false, so it stays"
    if is_kept:
        return f"{prior.address.name} says now that what leaves it is not destroyed, so it stays"
    if prior.lifecycle.on_destroy == "retain":
        return "its lifecycle says on_destroy: retain, so it stays"
    return "it was there before, so it stays" if prior.found or seen.found else ""


def _kept(prior: Snapshot, seen: Observation | None) -> Change:
    outputs = seen.outputs if seen else prior.outputs
    return Change(
        address=prior.address,
        action=Action.NOOP,
        connection=prior.connection,
        before=seen.spec if seen else prior.spec,
        after=prior.spec,
        before_outputs=outputs,
        after_outputs=outputs,
        prior=prior,
        depends_on=prior.depends_on,
    )
