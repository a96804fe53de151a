"""`docker.image` on an engine: what stands behind a name, made, changed and removed.

What is built carries our mark as labels, which hold together with its name only. What is pulled is the registry's, the
same for everybody, and carries none: it belongs to whoever names it, so it is in conflict with nobody, and stays on
destroy unless `keep` is false.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from reign.model.address import Address
from reign.model.errors import ErrorKind, ProviderError
from reign.model.resource import Observation, Resource, Snapshot
from reign.model.values import Spec
from reign.ports import Call, Wanted
from reign.providers.docker.conflicts import already_there, not_ours, nothing_called
from reign.providers.docker.engine import Engine
from reign.providers.docker.errors import mapped
from reign.providers.docker.found import Listed
from reign.providers.docker.images.leftover import remove_leftovers
from reign.providers.docker.images.look import NAME, There, image_name, look
from reign.providers.docker.images.making import (
    all_tags,
    build_image,
    name_image,
    pull_image,
    push_image,
    remove_names,
)
from reign.providers.docker.images.references import canonical, read_reference
from reign.providers.docker.images.telling import observed, tags_there, told
from reign.providers.docker.images.transfer import at_registry
from reign.providers.docker.marks import LINEAGE, is_made_by

_MAKES = ("build", "context_sha256", "platform", "triggers")
"""What pulls or builds anew where it changes."""


class Images:
    """See `kinds.Kind`."""

    def observe(
        self, engine: Engine, wanted: Sequence[Wanted], call: Call
    ) -> Mapping[Address, Observation | ProviderError | None]:
        """Each by its name; the registry is asked only about what is pushed, and what is to be `always` the newest."""
        return {item.address: observed(engine, item, call) for item in wanted}

    def create(self, engine: Engine, desired: Resource, call: Call) -> Observation:
        """See `ports.Provider`."""
        name, spec = image_name(desired, call), desired.spec
        there, found = look(engine, name), False
        if spec.get("build") is not None:
            if there is None:
                build_image(engine, name, desired.address, spec, call)
            elif not (there.is_built_by(call) and is_made_by(there.labels, desired.address, call)):
                raise already_there("image", name, desired.address, Listed(there.id, name, there.labels))
        elif there is None and spec["pull_policy"] == "never":
            raise _never(name)
        elif there is None or spec["pull_policy"] == "always" or not _fits(there, spec):
            pull_image(engine, name, spec)
        else:
            found = call.first
        return _finished(engine, name, desired, {}, "", call, found=found)

    def update(self, engine: Engine, desired: Resource, prior: Snapshot, call: Call) -> Observation:
        """See `ports.Provider`. What is built anew replaces the image behind the name; the one before goes, when unused."""
        name, spec, old_id = prior.external_id, desired.spec, str(prior.outputs.get("id") or "")
        there = look(engine, name)
        if there is None:
            raise nothing_called("image", name, ErrorKind.MISSING)
        is_built = prior.spec.get("build") is not None
        if is_built and not there.is_built_by(call):
            raise not_ours("image", name, "change")
        if not _only_named(there, spec, prior):
            if spec.get("build") is not None:
                build_image(engine, name, desired.address, spec, replace(call, key=prior.create_key))
            elif spec["pull_policy"] != "never":
                pull_image(engine, name, spec)
        return _finished(engine, name, desired, prior.spec, old_id, call, found=prior.found)

    def delete(self, engine: Engine, prior: Snapshot, call: Call) -> None:
        """Its names go, and with the last one the image. What is to be kept stays as it is."""
        is_built, keep = prior.spec.get("build") is not None, prior.spec.get("keep")
        if keep if keep is not None else not is_built:
            return
        name, made = prior.external_id, str(prior.outputs.get("id") or "")
        there = look(engine, name)
        if there is not None and is_built and not there.is_built_by(call):
            raise not_ours("image", name, "remove")
        remove_names(engine, [*all_tags(prior.spec), name], {made, there.id} if there else {made})
        if is_built:
            remove_leftovers(engine, name, "", call)

    def adopt(self, engine: Engine, address: Address, external_id: str, call: Call) -> Observation:
        """By its name, or its id. What is to be built gets its mark with the build that follows."""
        del address, call
        there = look(engine, _named(external_id))
        tags = there.raw.get("RepoTags") or there.raw.get("RepoDigests") if there else None
        if there is None or not tags:
            raise nothing_called("image", external_id)
        name = there.name if not there.name.startswith("sha256:") else canonical(tags[0])
        there = replace(there, name=name)
        spec: Spec = {"name": name, "platform": there.platform, "tags": [], "push": False, "current": True}
        return Observation(name, spec, there.outputs())

    def marked(self, engine: Engine, call: Call) -> Iterator[Listed]:
        """See `kinds.Marked`. What was built upon one of ours has its labels and another name, and is left out."""
        with mapped(engine, "listing the images"):
            listed = engine.api.images(filters={"label": f"{LINEAGE}={call.site.lineage}"})
        for raw in listed:
            names, labels = raw.get("RepoTags") or [], raw.get("Labels") or {}
            if labels.get(NAME) in names:
                yield Listed(labels[NAME], labels[NAME], labels)

    def look_up(self, engine: Engine, spec: Spec, call: Call) -> Spec:
        """See `ports.Lookup`."""
        del call
        name = str(spec["name"])
        reference = read_reference(name)
        if spec["source"] == "registry":
            told = at_registry(engine, reference)
            return {"name": name, "reference": reference.at(str(told["digest"])).text, **told}
        there = look(engine, name)
        if there is None:
            raise _never(name)
        told = there.outputs()
        return {name: told[name] for name in ("name", "digest", "reference")} | {"platforms": [there.platform]}


def _named(text: str) -> str:
    """The canonical name, or the id, that a user wrote."""
    try:
        return canonical(text)
    except ValueError:
        return text if text.startswith("sha256:") else f"sha256:{text}"


def _never(name: str) -> ProviderError:
    return ProviderError(
        ErrorKind.MISSING,
        "Image not on the engine",
        f"The engine has no image {name}, and it is not to be pulled.",
        "Load or build it there, or let it be pulled (pull_policy: missing; source: registry).",
    )


def _fits(there: There, spec: Spec) -> bool:
    platform = spec.get("platform")
    return not isinstance(platform, str) or there.is_for(platform)


def _only_named(there: There, spec: Spec, prior: Snapshot) -> bool:
    """Whether nothing but names and pushing has changed, so that the image itself stays."""
    if there.id != prior.outputs.get("id") or spec["pull_policy"] == "always":
        return False
    if any(spec.get(name) != prior.spec.get(name) for name in _MAKES):
        return False
    changed = all_tags(spec) != all_tags(prior.spec) or spec.get("push") != prior.spec.get("push")
    return changed or tags_there(there, all_tags(spec)) != all_tags(spec)


def _finished(
    engine: Engine, name: str, desired: Resource, prior: Spec, old_id: str, call: Call, *, found: bool
) -> Observation:
    """Named as declared, without what lost its name to it, and pushed; and then as it is. Pushed last: what is done then
    is all done, should the answer be lost.
    """
    there = look(engine, name)
    if there is None:
        raise nothing_called("image", name, ErrorKind.MISSING)
    name_image(engine, there, desired.spec, prior, desired.address, old_id, call)
    if prior.get("build") is not None or desired.spec.get("build") is not None:
        remove_leftovers(engine, name, old_id, call)  # a build that was cut off may have left one as well
    if desired.spec.get("push") is True:
        push_image(engine, name, desired.spec)
    there = look(engine, name) or there
    return Observation(name, told(there, desired.spec, desired.spec), there.outputs(), found=found)
