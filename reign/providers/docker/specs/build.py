"""How an image is built: the keys of `build` of a Compose service, in their long forms."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BeforeValidator, model_validator
from pydantic import Field as Described

from reign.model.schema import Exposure
from reign.providers.docker.containers import forms
from reign.providers.docker.images.references import canonical, tagged
from reign.providers.docker.specs.parts import checked_labels, text_map
from reign.providers.spec import OPAQUE, Also, Mark, Model, Refusal, refuse

SHOWS = Mark(
    exposed=Exposure(
        "stays in the image, in its history or its labels, which everybody can read who gets it",
        "Hand it over as one of `build.secrets`, and let the step that needs it read it from there "
        "(RUN --mount=type=secret).",
    )
)
_REMOTE = re.compile(r"https?://|git://|ssh://|git@|github\.com/")
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_PLATFORM = re.compile(r"[a-z0-9]+(/[a-z0-9_]+){0,2}")


def is_remote(context: str) -> bool:
    """Whether the engine fetches the context by itself."""
    return bool(_REMOTE.match(context))


def platform(text: str) -> str:
    """`os/architecture[/variant]`, in small letters."""
    if not _PLATFORM.fullmatch(text.lower()):
        raise refuse(
            "docker/platform", "Not a platform", f"{text!r} is none.", "Write it like linux/amd64 or linux/arm64/v8."
        )
    return text.lower()


def one_platform(platforms: list[Any]) -> list[Any]:
    """`platforms`, of which an engine builds one at a time."""
    if len(platforms) > 1:
        raise refuse(
            "docker/build-key",
            "Key of a build that is not supported",
            "An engine keeps an image for one platform, and several are named.",
            "Name one; build the others as images of their own, each over an engine of its platform.",
        )
    return platforms


def _args(value: Any) -> Any:
    """Build arguments as a map of texts. One without a value would come from the environment, which nothing here reads."""
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        bare = [item for item in value if "=" not in item]
    else:
        bare = [name for name, item in value.items() if item is None] if isinstance(value, dict) else []
    if bare:
        raise refuse(
            "docker/build-arg",
            "Build argument without a value",
            f"{', '.join(map(repr, bare))} would be taken from the environment of whoever runs this, so that each would "
            "build another image.",
            f"Give it a value ({bare[0]}: ${{var.NAME}}), or leave it away for the default of the Dockerfile.",
        )
    return text_map(value)


def _hosts(value: Any) -> Any:
    """`host:address` texts, sorted; from a map of hosts as well."""
    if isinstance(value, dict):
        value = [(host, at) for host, found in value.items() for at in (found if isinstance(found, list) else [found])]
        value = [item if isinstance(item[1], OPAQUE) else f"{item[0]}:{item[1]}" for item in value]
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        return value
    return sorted({re.sub(r"^([^:=]+)=", r"\1:", item) for item in value})


def _limits(value: Any) -> Any:
    """Each limit with soft and hard, from one number for both."""
    if not isinstance(value, dict):
        return value
    return {
        name: {"soft": item, "hard": item} if isinstance(item, int | str) and not isinstance(item, bool) else item
        for name, item in value.items()
    }


def _sources(value: Any) -> Any:
    """Secrets by id. A name alone stands for one that a compose file declares, and outside of one there is none."""
    if isinstance(value, list) and value and not any(isinstance(item, OPAQUE) for item in value):
        name = value[0].get("source", "ID") if isinstance(value[0], dict) else value[0]
        raise refuse(
            "docker/build-secret",
            "Build secret without a source",
            "A list names secrets that a compose file declares, and there are none here.",
            f'Write a map: {{{name}: {{value: "${{secret.NAME}}"}}}}, or {{{name}: {{file: PATH}}}}.',
        )
    return value


def _sockets(value: Any) -> Any:
    """Agents and keys by id: `default`, `id=path`."""
    value = [value] if isinstance(value, str) else value
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        value = dict(item.partition("=")[::2] for item in value)
    return {name: item or "" for name, item in value.items()} if isinstance(value, dict) else value


def _named(value: dict[str, Any]) -> dict[str, Any]:
    for name in value:
        if not _NAME.fullmatch(name):
            raise refuse(
                "docker/build-secret", "Not an id", f"{name!r} is none.", "Use letters, digits, `_`, `.`, `-`."
            )
    return value


_KEY = ("docker/build-key", "Key of a build that is not supported")
_RIGHTS = Refusal(
    *_KEY,
    "No step of a build gets more rights than the engine gives to each.",
    "Do in a container, and not in the build, what needs them.",
)
REFUSED = {
    "additional_contexts": Refusal(
        *_KEY,
        "The engine is sent one context, and builds from no other.",
        "Copy from an image instead (COPY --from=IMAGE), or widen `context`.",
    ),
    "cache_to": Refusal(
        *_KEY,
        "The engine keeps its own cache, and exports none.",
        "Leave it away; push the image, and name it under `cache_from`.",
    ),
    "no_cache_filter": Refusal(
        *_KEY, "The cache can be left unused for all stages, and not for some.", "Use `no_cache`, or `target`."
    ),
    "entitlements": _RIGHTS,
}
"""Keys of a Compose build that need a builder beside the engine."""


def _off(told: Refusal) -> Callable[[Any], Any]:
    """Takes false, which changes nothing, and refuses the rest."""

    def off(value: Any) -> Any:
        if value not in (None, False, "false"):
            raise refuse(told.code, told.summary, told.detail, told.fix)
        return None

    return off


class BuildSecret(Model):
    """What a step of the build may read, and no layer keeps: `RUN --mount=type=secret,id=...`."""

    value: Annotated[str | None, Described(description="Its content.")] = None
    file: Annotated[str | None, Described(description="A file inside the root that holds it; // is the root.")] = None

    @model_validator(mode="after")
    def _one(self) -> BuildSecret:
        if (self.value is None) == (self.file is None):
            raise refuse(
                "spec/one-of", "Exactly one is needed", "Of value and file, exactly one is needed.", "Keep one."
            )
        return self


class Limit(Model):
    """A soft and a hard limit."""

    soft: Annotated[int, Described(description="What a process begins with.")]
    hard: Annotated[int, Described(description="How far it may raise that.")]


class BuildSpec(Model):
    """How an image is built."""

    refusals: ClassVar[Mapping[str, Refusal]] = REFUSED
    context: Annotated[
        str,
        SHOWS,
        Described(
            min_length=1,
            description="The folder that is sent to the engine, inside the root (// is the root), less what its "
            ".dockerignore names; or a URL that the engine fetches.",
        ),
    ] = "."
    dockerfile: Annotated[
        str | None,
        Described(
            min_length=1, description="The Dockerfile, relative to the context; it may lie beside it. Dockerfile."
        ),
    ] = None
    dockerfile_inline: Annotated[str | None, SHOWS, Described(description="The Dockerfile itself.")] = None
    args: Annotated[
        dict[str, str],
        BeforeValidator(_args),
        SHOWS,
        Also(list[str]),
        Described(
            default_factory=dict,
            description="Build arguments, as a map or a list of name=value; they stay in the image's history.",
        ),
    ]
    labels: Annotated[
        dict[str, str],
        BeforeValidator(text_map),
        AfterValidator(checked_labels),
        SHOWS,
        Also(list[str]),
        Described(
            default_factory=dict,
            description="Labels of the image, as a map or a list of name=value; none may begin with `reign.`.",
        ),
    ]
    target: Annotated[str | None, Described(min_length=1, description="The stage to build; the last unless given.")] = (
        None
    )
    tags: Annotated[
        list[Annotated[str, AfterValidator(tagged)]],
        AfterValidator(forms.ordered),
        Described(default_factory=list, description="More names for the image."),
    ]
    cache_from: Annotated[
        list[Annotated[str, AfterValidator(canonical)]],
        Described(default_factory=list, description="Images whose layers may be taken over."),
    ]
    no_cache: Annotated[bool, Described(description="Take no layer from an earlier build.")] = False
    pull: Annotated[bool, Described(description="Pull the images that it begins with anew.")] = False
    network: Annotated[
        str | None, Described(min_length=1, description="The network of its steps: default, none, host, or a name.")
    ] = None
    extra_hosts: Annotated[
        list[str],
        BeforeValidator(_hosts),
        Also(dict[str, Any]),
        Described(default_factory=list, description="Hosts that its steps know, as host:address."),
    ]
    shm_size: Annotated[
        str | None,
        BeforeValidator(lambda value: value if value is None else forms.size(value)),
        Described(description="The size of /dev/shm in its steps, such as 64m."),
    ] = None
    ulimits: Annotated[
        dict[str, Limit],
        BeforeValidator(_limits),
        Described(default_factory=dict, description="Limits of its steps' processes."),
    ]
    platforms: Annotated[
        list[Annotated[str, AfterValidator(platform)]],
        AfterValidator(one_platform),
        Described(default_factory=list, description="The platform to build for: one."),
    ]
    isolation: Annotated[str | None, Described(description="How steps are kept apart: an engine on Windows.")] = None
    secrets: Annotated[
        dict[str, BuildSecret],
        BeforeValidator(_sources),
        AfterValidator(_named),
        Also(list[Any]),
        Described(
            default_factory=dict, description="What its steps may read and no layer keeps, by id. Needs BuildKit."
        ),
    ]
    ssh: Annotated[
        dict[str, str],
        BeforeValidator(_sockets),
        AfterValidator(_named),
        Also(list[str], str),
        Described(
            default_factory=dict,
            description="Agents and keys that its steps may use: default, or id=path. Needs BuildKit.",
        ),
    ]
    privileged: Annotated[bool | None, AfterValidator(_off(_RIGHTS)), Described(description="Only false.")] = None
    provenance: Annotated[
        bool | str | None,
        AfterValidator(
            _off(Refusal(*_KEY, "The engine attests nothing about what it builds.", "Leave it away, or false."))
        ),
        Described(description="Only false: the engine attests nothing."),
    ] = None
    sbom: Annotated[
        bool | str | None,
        AfterValidator(
            _off(Refusal(*_KEY, "The engine keeps no list of what is in an image.", "Leave it away, or false."))
        ),
        Described(description="Only false: the engine keeps no such list."),
    ] = None

    @model_validator(mode="after")
    def _one_dockerfile(self) -> BuildSpec:
        if self.dockerfile is not None and self.dockerfile_inline is not None:
            raise refuse(
                "spec/one-of",
                "Exactly one is needed",
                "Of dockerfile and dockerfile_inline, one says what to build, and both are given.",
                "Keep one.",
            )
        return self


def build_of(value: Any) -> Any:
    """The long form: a text alone is the context."""
    return {"context": value} if isinstance(value, str) else value
