"""No-op, update or replace: what is there and ours, against what is declared."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TypeAlias

from reign.model.plan import Action, ActionReason, Change
from reign.model.resource import Observation, Resource, Snapshot
from reign.model.values import Path, Spec, format_path, parse_path
from reign.planning.diff import Difference, Hash, differences, is_immutable, with_kept
from reign.planning.digest import observed_digest
from reign.planning.shapes import Shape
from reign.planning.standing import declared_now, outputs_after_update, recorded_differences

Cause: TypeAlias = tuple[ActionReason, str]
"""Why something happens: the word for machines, and the phrase for people."""

ONLY_RECORDED = "only recorded, nothing is called"
BACK = "drift: back to what reign.yaml says"
ALREADY = "reality is already as declared"
AGAIN = "its health is checked again"


@dataclass(frozen=True, slots=True)
class Subject:
    """One declared resource: its spec with planned values, its edges as text, and what the state holds.

    hash: by which what the state has as a hash alone is compared. hides: something of it is sensitive. is_hidden_anew:
    something of it is sensitive now that the state has in clear.
    """

    resource: Resource
    shape: Shape
    spec: Spec
    depends_on: tuple[str, ...]
    prior: Snapshot | None
    hash: Hash
    hides: bool = False
    is_hidden_anew: bool = False


@dataclass(frozen=True, slots=True)
class Causes:
    """What replaces it and what updates it, whatever its own spec says. restarts: a trigger asks for that."""

    replace: tuple[Cause, ...] = ()
    update: tuple[Cause, ...] = ()
    restarts: bool = False


def compare(
    subject: Subject, prior: Snapshot, seen: Observation, causes: Causes, *, healing: bool = False, import_id: str = ""
) -> Change:
    """The change that leads from what is seen to what is declared.

    prior: what the state holds; or what it will hold of something that carries our mark and was lost (`healing`), or that
    is taken over by `import_id`.
    """
    resource, shape = subject.resource, subject.shape
    ignored = [parse_path(path) for path in resource.lifecycle.ignore_changes]
    before = declared_now(shape, subject.spec, prior.spec, seen.spec)
    after = with_kept(subject.spec, before, ignored) if ignored else subject.spec
    found = differences(before, after, subject.hash)
    fixed = [difference for difference in found if is_immutable(shape.schema, difference.path, after)]
    change = Change(
        address=resource.address,
        action=Action.NOOP,
        connection=resource.connection,
        before=before,
        after=after,
        before_outputs=seen.outputs,
        after_outputs=seen.outputs,
        changed=_paths(found),
        prior=prior if prior.external_id == seen.external_id else replace(prior, external_id=seen.external_id),
        desired=resource,
        depends_on=subject.depends_on,
        import_id=import_id or None,
    )
    known = healing or (not import_id and _is_known_to_state(subject, prior, after, ignored))
    back = known and bool(found)
    if prior.found and (causes.replace or fixed):
        return _run_again(subject, seen, change, found, causes)
    if causes.replace or fixed:
        return _replaced(subject, seen, change, fixed, causes, back=back)
    if found or causes.update:
        return _updated(subject, seen, change, found, causes, back=back)
    if import_id:
        return replace(change, digest=_digest(subject, seen))
    news = _news(subject, prior, seen, healing=healing)
    if not known:
        news.append(ALREADY)
    return _recorded(subject, seen, change, news) if news else change


def _replaced(
    subject: Subject, seen: Observation, change: Change, fixed: list[Difference], causes: Causes, *, back: bool
) -> Change:
    certain = _paths(difference for difference in fixed if difference.certain)
    unsure = _paths(difference for difference in fixed if not difference.certain)
    why: list[Cause] = [*causes.replace]
    why += [("replace_because_cannot_update", f"{path} cannot change in place") for path in certain]
    phrases = [phrase for _, phrase in why]
    phrases += [f"may be replaced: {path} is not known yet and cannot change in place" for path in unsure]
    if change.is_retained:
        phrases.append("what is there now stays (on_destroy: retain)")
    return replace(
        change,
        action=Action.REPLACE,
        after_outputs=subject.shape.unknown_outputs(change.address, change.after or {}),
        replace_paths=certain,
        may_replace=unsure,
        reason=why[0][0] if why else "",
        reasons=(*phrases, *_back_phrase(back=back)),
        digest=_digest(subject, seen),
    )


def _run_again(subject: Subject, seen: Observation, change: Change, found: list[Difference], causes: Causes) -> Change:
    """What was there before Reign is never destroyed, so it is changed where it stands."""
    kept: Cause = ("", "it was there before, so it is not destroyed and made again but changed where it stands")
    again = Causes(update=(*causes.replace, kept, *causes.update))
    return replace(_updated(subject, seen, change, found, again, back=False), reason="")


def _updated(
    subject: Subject, seen: Observation, change: Change, found: list[Difference], causes: Causes, *, back: bool
) -> Change:
    """An update of only such fields as no provider is called for is written down and no more."""
    after = change.after or {}
    fields = frozenset([str(difference.path[0]) for difference in found])
    quiet = not causes.update and fields <= subject.shape.recorded
    reason: ActionReason = "update_because_drift" if back else ""
    return replace(
        change,
        action=Action.UPDATE,
        after_outputs=outputs_after_update(
            subject.shape, change.address, after, seen.outputs, None if quiet else fields
        ),
        reason=causes.update[0][0] if causes.update and not found else reason,
        reasons=(
            *(phrase for _, phrase in causes.update),
            *_back_phrase(back=back),
            *([AGAIN] if quiet and change.prior and change.prior.unproven else []),
            *([ONLY_RECORDED] if quiet else []),
        ),
        recorded_only=quiet,
        restarts=causes.restarts,
        digest=_digest(subject, seen),
    )


def _recorded(subject: Subject, seen: Observation, change: Change, news: list[str]) -> Change:
    return replace(
        change,
        action=Action.UPDATE,
        recorded_only=True,
        reasons=(*news, ONLY_RECORDED),
        digest=_digest(subject, seen),
    )


def _news(subject: Subject, prior: Snapshot, seen: Observation, *, healing: bool) -> list[str]:
    """What the state does not know yet, the spec aside."""
    if healing:
        return ["it carries the mark of this project, and is not in the state"]
    found = recorded_differences(prior, subject.resource, subject.depends_on)
    if prior.external_id != seen.external_id:
        found.append(f"its id is {seen.external_id} now")
    if prior.unproven:
        found.append(AGAIN)
    if subject.is_hidden_anew:
        found.append("something of it is sensitive now")
    return found


def _is_known_to_state(subject: Subject, prior: Snapshot, after: Spec, ignored: list[Path]) -> bool:
    """True when the state already holds what is declared: what differs then differs by drift alone."""
    if after is prior.spec:
        return True
    wanted = with_kept(after, prior.spec, ignored) if ignored else after
    fields = subject.shape.schema.fields
    held = {name: prior.spec[name] for name in prior.spec if name in wanted or name in fields}
    return not differences(held, wanted, subject.hash)


def _back_phrase(*, back: bool) -> tuple[str, ...]:
    return (BACK,) if back else ()


def _digest(subject: Subject, seen: Observation) -> str:
    return observed_digest(seen, subject.resource.lifecycle.ignore_changes, subject.hash)


def _paths(found: Iterable[Difference]) -> tuple[str, ...]:
    return tuple([format_path(difference.path) for difference in found])
