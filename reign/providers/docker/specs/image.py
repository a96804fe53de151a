"""The spec of `docker.image`, pulled or built, and of `data.docker.image`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator
from pydantic import Field as Described

from reign.model.errors import InvalidSpec, Problem
from reign.model.schema import Kind, Output, When
from reign.model.values import Spec
from reign.providers.docker.containers import forms
from reign.providers.docker.images.references import canonical, read_reference, tagged
from reign.providers.docker.specs.build import BuildSpec, build_of, platform
from reign.providers.docker.specs.parts import NAMED_BY
from reign.providers.spec import COMPUTED, IDENTITY, OPAQUE, RECORDED, Also, Mark, Model, TypeSpec, refuse

_UNSEEN = Mark(observed=False)
_TIMED = ("daily", "weekly", "refresh", "every_")


def _policy(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(_TIMED):
        raise refuse(
            "docker/pull-policy",
            "Pulled by the clock",
            f"{value!r} would pull by how long ago that was, and a plan depends on what is, not on when it is made.",
            "Use `always`: each plan then asks the registry, and pulls only what has changed there.",
        )
    return {"if_not_present": "missing"}.get(value, value) if isinstance(value, str) else value


class ImageSpec(Model):
    """An image on an engine: pulled from a registry, or built there."""

    name: Annotated[
        str | None,
        AfterValidator(lambda name: name if name is None else canonical(name)),
        IDENTITY,
        Described(
            description="What is pulled, by tag or digest; or what is built is called: made of project, environment, "
            "block and key unless given."
        ),
    ] = None
    build: Annotated[
        BuildSpec | None,
        BeforeValidator(build_of),
        _UNSEEN,
        Also(str),
        Described(description="Build it, from this context; without, it is pulled."),
    ] = None
    context_sha256: Annotated[
        str | None, COMPUTED, Described(description="sha256 over the build context and the Dockerfile.")
    ] = None
    platform: Annotated[
        str | None,
        AfterValidator(lambda text: text if text is None else platform(text)),
        Described(description="The platform to pull or to build for; the engine's own unless given."),
    ] = None
    tags: Annotated[
        list[Annotated[str, AfterValidator(tagged)]],
        AfterValidator(forms.ordered),
        Described(default_factory=list, description="More names for it on the engine."),
    ]
    push: Annotated[
        bool,
        Described(
            description="Push it under its names that lead to a registry: all of what is built, the `tags` of what is pulled."
        ),
    ] = False
    pull_policy: Annotated[
        Literal["missing", "always", "never"],
        BeforeValidator(_policy),
        RECORDED,
        Described(
            description="missing: pull what is not there; always: also when the registry has another one by now, which "
            "each plan asks; never: it must be there."
        ),
    ] = "missing"
    keep: Annotated[
        bool | None,
        RECORDED,
        Described(
            description="Leave it on the engine on destroy: what is pulled stays, what is built goes, unless said."
        ),
    ] = None
    triggers: Annotated[
        dict[str, str],
        _UNSEEN,
        Described(default_factory=dict, description="Any values: one that changes pulls or builds anew."),
    ]
    current: Annotated[
        bool,
        COMPUTED,
        Described(
            description="True while the name leads to what was made, and that is what the registry has (`always`)."
        ),
    ] = True


class ImageType(TypeSpec):
    """`docker.image`: what is needed of the others depends on whether it is built."""

    def normalize(self, spec: Spec) -> Spec:
        """See `TypeSpec`."""
        checked = super().normalize({name: value for name, value in spec.items() if name != "current"})
        _refuse_contradictions(checked)
        return checked


def _refuse_contradictions(spec: Spec) -> None:
    def problem(path: str, detail: str, fix: str) -> InvalidSpec:
        return InvalidSpec([Problem((path,), "docker/image", "Image that cannot be", detail, fix=fix)])

    name, build = spec.get("name"), spec.get("build")
    if name is None and build is None:
        raise InvalidSpec(
            [
                Problem(
                    ("name",),
                    "spec/required",
                    "Missing key",
                    'docker.image needs "name", or "build".',
                    fix="Add `name` to pull an image, or `build` to build one.",
                )
            ]
        )
    if isinstance(build, dict) and isinstance(name, str) and "@" in name:
        raise problem("name", "A digest follows from what was built, and cannot be given to it.", "Write a tag.")
    if spec.get("push") is True and not _may_be_pushed(spec):
        raise problem(
            "push",
            "It is pushed under such of its names as lead to a registry (of what is pulled, its `tags`), and none does.",
            "Add one to `tags`, such as registry.example.org/team/app:1, or leave `push` away.",
        )
    if isinstance(build, dict) and spec.get("pull_policy") != "missing" and not isinstance(spec["pull_policy"], OPAQUE):
        raise problem(
            "pull_policy", "What is built is not pulled.", "Leave it away; `build.pull` pulls what it begins with."
        )


def _may_be_pushed(spec: Spec) -> bool:
    build, tags = spec.get("build"), spec["tags"]
    names = [spec.get("name")] if build is not None else []
    more = build.get("tags") if isinstance(build, dict) else None
    for each in (tags, more):
        names += each if isinstance(each, list) else [each]
    return any(not isinstance(name, str) or read_reference(name).can_be_pushed for name in names if name is not None)


_TEXT = Kind("string")
_MADE = ("name", "build", "context_sha256", "platform", "triggers", "current")
_AT_REGISTRY = (*_MADE, "push")
_IMAGE_OUTPUTS = {
    "name": Output(_TEXT, follows=("name",), description="Its name, with the tag."),
    "id": Output(
        _TEXT, follows=_MADE, tells=False, description="The id of the image on the engine: changes with its content."
    ),
    "digest": Output(
        _TEXT,
        follows=_AT_REGISTRY,
        tells=False,
        description="Its digest at the registry; null where it was never there.",
    ),
    "reference": Output(
        _TEXT,
        follows=_AT_REGISTRY,
        tells=False,
        description="Exactly this image: by digest where it has one, else its id.",
    ),
    "size_bytes": Output(Kind("integer"), follows=_MADE, tells=False, description="What its layers take."),
    "context_sha256": Output(_TEXT, follows=(), description="sha256 over the build context and the Dockerfile."),
    "current": Output(Kind("bool"), follows=(), description="True after each apply."),
}

IMAGE = ImageType(
    "docker.image",
    ImageSpec,
    _IMAGE_OUTPUTS,
    reads=True,
    named_by=NAMED_BY,
    stays=When(true=("push",)),
    shared=When(absent=("build",)),
)


class LookedUpImageSpec(Model):
    """An image that is there already."""

    name: Annotated[str, AfterValidator(canonical), Described(description="Its name, with tag or digest.")]
    source: Annotated[
        Literal["registry", "engine"],
        Described(description="Who is asked: the registry, or the engine for one that it has."),
    ] = "registry"


IMAGE_DATA = TypeSpec(
    "data.docker.image",
    LookedUpImageSpec,
    {
        "name": Output(_TEXT, description="Its name, with tag or digest."),
        "digest": Output(_TEXT, description="Its digest at the registry; null where the engine knows none."),
        "reference": Output(_TEXT, description="Exactly this image: by digest, else by id."),
        "platforms": Output(Kind("list", item=_TEXT), description="The platforms that there are of it."),
    },
    marked=False,
    named_by=NAMED_BY,
    data=True,
)
