"""What is told of an image: whether it is there, under all its names, the newest, and at its registries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from reign.model.errors import ErrorKind, ProviderError
from reign.model.resource import Observation
from reign.model.values import Spec, Value
from reign.ports import Call, Wanted
from reign.providers.docker.engine import Engine
from reign.providers.docker.images.look import CONTEXT, There, image_name, look
from reign.providers.docker.images.making import all_tags, pushed_names
from reign.providers.docker.images.references import read_reference
from reign.providers.docker.images.transfer import at_registry


def observed(engine: Engine, wanted: Wanted, call: Call) -> Observation | ProviderError | None:
    """What stands at the name of `wanted`; None for nothing."""
    known, desired = wanted.known, wanted.desired
    if known is None and (desired is None or not isinstance(desired.spec.get("name"), str | None)):
        return None
    try:
        if known is not None:
            name, shape = known.external_id, known.spec
        elif desired is not None:
            name, shape = image_name(desired, replace(call, key=wanted.key or call.key)), desired.spec
        there = look(engine, name)
        if there is None:
            return None
        is_built = shape.get("build") is not None
        spec = told(there, shape, desired.spec if desired else shape)
        spec["current"] = _is_current(engine, there, wanted)
        spec["push"] = _is_pushed(engine, there, wanted)
    except ProviderError as error:
        return error
    found = known.found if known else not is_built and not wanted.key
    return Observation(name, spec, there.outputs(), not is_built or there.is_built_by(call), found)


def told(there: There, shape: Spec, desired: Spec) -> Spec:
    """What is seen, as far as `shape`, what is recorded, or `desired` says something about it."""
    spec: Spec = {"push": bool(desired.get("push")), "current": True}
    if isinstance(name := shape.get("name"), str):
        spec["name"] = name
    if shape.get("build") is not None and CONTEXT in there.labels:
        spec["context_sha256"] = there.labels[CONTEXT]
    for each in (shape, desired):
        if isinstance(platform := each.get("platform"), str):
            spec["platform"] = platform if there.is_for(platform) else there.platform
    own = [tag for each in (shape, desired) for tag in _own_tags(each)]
    spec["tags"] = [*tags_there(there, sorted(set(own)))]
    return spec


def _own_tags(spec: Spec) -> list[str]:
    tags: Value = spec.get("tags")
    return [tag for tag in tags if isinstance(tag, str)] if isinstance(tags, list) else []


def tags_there(there: There, tags: Sequence[str]) -> list[str]:
    """Those of `tags` that lead to the image."""
    held = there.raw.get("RepoTags") or []
    return [tag for tag in tags if tag in held]


def _is_current(engine: Engine, there: There, wanted: Wanted) -> bool:
    """Whether it is what was made; and what the registry has, where that is to be asked each time. What was taken over as
    another is that until it is made anew.
    """
    known, desired = wanted.known, wanted.desired
    if known is not None and (known.outputs.get("id") not in (None, there.id) or known.spec.get("current") is False):
        return False
    spec = desired.spec if desired else {}
    more = spec.get("build")
    if isinstance(more, dict) and tags_there(there, all_tags({"build": more})) != all_tags({"build": more}):
        return False
    if more is not None or spec.get("pull_policy") != "always" or read_reference(there.name).digest:
        return True
    return at_registry(engine, read_reference(there.name))["digest"] == there.digest()


def _is_pushed(engine: Engine, there: There, wanted: Wanted) -> bool:
    """Whether the registries have it; what is not to be there any more is not asked for."""
    known, desired = wanted.known, wanted.desired
    was = known is not None and known.spec.get("push") is True
    if desired is None or desired.spec.get("push") is not True or not (was or known is None):
        return was
    return all(_is_at(engine, there, name) for name in pushed_names(there.name, desired.spec))


def _is_at(engine: Engine, there: There, name: str) -> bool:
    reference = read_reference(name)
    digest = there.digest_at(reference.repository)
    try:
        return bool(digest) and at_registry(engine, reference)["digest"] == digest
    except ProviderError as error:
        if error.kind is ErrorKind.MISSING:
            return False
        raise
