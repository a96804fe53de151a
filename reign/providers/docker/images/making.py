"""What a create or an update does with an image, step by step: pull or build, name, push."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from reign.model.address import Address
from reign.model.errors import ErrorKind, InvalidSpec, ProviderError
from reign.model.values import Spec
from reign.ports import Call
from reign.providers.docker.conflicts import nothing_called
from reign.providers.docker.engine import Engine
from reign.providers.docker.errors import mapped
from reign.providers.docker.images import builder
from reign.providers.docker.images.look import CONTEXT, NAME, There, look
from reign.providers.docker.images.reading import context_of
from reign.providers.docker.images.references import read_reference
from reign.providers.docker.images.transfer import pull, push
from reign.providers.docker.marks import ADDRESS, is_ours, labels_of
from reign.providers.docker.specs.build import is_remote
from reign.providers.faults import from_os


def build_image(engine: Engine, name: str, address: Address, spec: Spec, call: Call) -> None:
    """Build `spec` as `name`, with the mark of `call`. Raises ProviderError."""
    try:
        order = _order(name, address, spec, call)
        if order.needs_buildkit:
            import os

            from reign.providers.docker.contexts import target_of
            from reign.providers.docker.images import buildkit

            buildkit.build(engine, target_of(call, os.environ), order, call.site)
        else:
            builder.build(engine, order)
    except ValueError as error:
        raise ProviderError(
            ErrorKind.INVALID, "Build context that cannot be read", f"{error}.", "Plan again."
        ) from None


def _order(name: str, address: Address, spec: Spec, call: Call) -> builder.Order:
    build: dict[str, Any] = dict(spec["build"]) if isinstance(spec["build"], dict) else {}
    sha256 = str(spec.get("context_sha256") or "")
    context = None
    if not is_remote(build["context"]):
        try:
            context = context_of(build, call.site)
        except InvalidSpec as error:
            problem = error.problems[0]
            raise ProviderError(ErrorKind.MISSING, problem.summary, problem.detail, problem.fix) from None
        except OSError as error:
            raise from_os(error, f"reading {build['context']}") from None
    labels = {**build["labels"], **labels_of(address, call), NAME: name, **({CONTEXT: sha256} if sha256 else {})}
    platform = next(iter(build["platforms"]), str(spec.get("platform") or ""))
    return builder.Order(name, build, labels, platform, context, sha256, call.is_private)


def pull_image(engine: Engine, name: str, spec: Spec) -> There:
    """Pull it, for the platform that is asked for. Raises ProviderError."""
    platform = str(spec.get("platform") or "")
    pull(engine, read_reference(name), platform)
    there = look(engine, name)
    if there is None:
        raise nothing_called("image", name, ErrorKind.MISSING)
    if platform and not there.is_for(platform):
        raise ProviderError(
            ErrorKind.INVALID,
            "Image not for this platform",
            f"The registry has {name} for {there.platform}, and {platform} is asked for.",
            "Choose a tag that has it, or another platform.",
        )
    return there


def all_tags(spec: Spec) -> list[str]:
    """Its names beside the first one, sorted."""
    build, tags = spec.get("build"), spec.get("tags")
    more = build.get("tags") if isinstance(build, dict) else None
    lists = [each for each in (tags, more) if isinstance(each, list)]
    return sorted({tag for each in lists for tag in each if isinstance(tag, str)})


def pushed_names(name: str, spec: Spec) -> list[str]:
    """What is pushed of it: names that lead to a registry; what is pulled is not pushed back under its own."""
    names = [name, *all_tags(spec)] if spec.get("build") is not None else all_tags(spec)
    return [each for each in names if read_reference(each).can_be_pushed]


def name_image(
    engine: Engine, there: There, spec: Spec, prior: Spec, address: Address, old_id: str, call: Call
) -> None:
    """Give it the names that `spec` tells, and take those that only `prior` told. Raises ProviderError."""
    wanted = all_tags(spec)
    for tag in wanted:
        held = look(engine, tag)
        if held is not None and held.id == there.id:
            continue
        is_former = held is not None and is_ours(held.labels, call) and held.labels.get(ADDRESS) == str(address)
        if held is not None and held.id != old_id and not is_former:
            raise ProviderError(
                ErrorKind.CONFLICT,
                "Name of an image taken",
                f"The engine has another image named {tag}, which {address} did not make, so the name is not taken over.",
                f"Choose another tag; or remove that one: docker image rm {tag}.",
            )
        reference = read_reference(tag)
        with mapped(engine, f"naming an image {tag}"):
            asked = {"repo": reference.repository, "tag": reference.tag}
            answer = engine.api._post(engine.api._url("/images/{0}/tag", there.id), params=asked)
            engine.api._raise_for_status(answer)
    remove_names(engine, (tag for tag in all_tags(prior) if tag not in wanted), {there.id, old_id})


def push_image(engine: Engine, name: str, spec: Spec) -> None:
    """Push it under each of its names. Raises ProviderError for the first that cannot be."""
    for each in pushed_names(name, spec):
        push(engine, read_reference(each))


def remove_names(engine: Engine, names: Iterable[str], ids: set[str]) -> None:
    """Take away such names as still lead to one of `ids`; with its last one an image goes. Raises ProviderError
    `conflict` where a container uses it.
    """
    for name in names:
        held = look(engine, name)
        if held is not None and held.id in ids:
            remove_by(engine, read_reference(name).wire)


def remove_by(engine: Engine, wire: str) -> None:
    """Take a name away, or an image by its id; nothing there is no error. Raises ProviderError `conflict` where it is in use."""
    with mapped(engine, f"removing the image {wire}"):
        answer = engine.api._delete(engine.api._url("/images/{0}", wire))
        if answer.status_code == 409:
            raise ProviderError(
                ErrorKind.CONFLICT,
                "Image in use",
                f"The engine keeps the image {wire}: {answer.json().get('message', 'it is in use')}.",
                "Remove the containers that were made from it first, stopped ones too; or say `keep: true`.",
            )
        if answer.status_code != 404:
            engine.api._raise_for_status(answer)
