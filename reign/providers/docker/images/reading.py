"""Which folder and which Dockerfile a spec names: found inside the root, and put into the spec as a digest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from reign.model.errors import ErrorKind, InvalidSpec, Problem, ProviderError
from reign.model.nearest import nearest
from reign.model.resource import Block, Resource
from reign.model.values import Spec, is_known
from reign.ports import Call, Site
from reign.providers.docker.images.context import IGNORE_FILE, Context, Dockerfile
from reign.providers.docker.images.ignore import NoPattern, read_ignored
from reign.providers.docker.specs.build import is_remote
from reign.providers.sources import located

_DOCKERFILE = "Dockerfile"
_PINNED = ("context", "dockerfile", "dockerfile_inline")


def expand_image(block: Block, call: Call) -> Sequence[Resource]:
    """See `ports.Provider.expand`: the block, with the digest of what it is built from."""
    return (replace(block, spec=with_context(block.spec, call.site)),)


def with_context(spec: Spec, site: Site) -> Spec:
    """A normalised spec with `context_sha256` filled in. Raises InvalidSpec where there is nothing to build from."""
    build = spec.get("build")
    if build is None:
        return spec
    if not isinstance(build, dict) or not all(is_known(build.get(name)) for name in _PINNED):
        raise InvalidSpec([_problem("context", "spec/not-pinned", "Source not known at plan", *_LATE)])
    if is_remote(str(build["context"])):
        return spec
    with _told_as_problem(str(build["context"])):
        return {**spec, "context_sha256": context_of(build, site).digest()}


_LATE = (
    "What an image is built from has to be known when the plan is made, and it comes from something later.",
    "Write it down, or make it from variables and locals only.",
)


def context_of(build: Mapping[str, Any], site: Site) -> Context:
    """What a normalised `build`, whose context is no URL, is built from. Raises InvalidSpec, OSError."""
    written = str(build["context"])
    top = _located(written, "context", site)
    if not top.is_dir():
        detail = f"{written} is no folder, and a build context is one."
        raise InvalidSpec([_problem("context", "spec/no-source", "Not a folder", detail, "Name the folder.")])
    dockerfile, beside = _dockerfile(build, top, site)
    own = top / f"{dockerfile.name}{IGNORE_FILE}" if beside is None else beside.with_name(beside.name + IGNORE_FILE)
    text = next((each.read_bytes() for each in (own, top / IGNORE_FILE) if _is_file(each)), b"")
    ignored = read_ignored(text.decode(errors="surrogateescape"))
    if dockerfile.name and ignored.leaves_out(dockerfile.name):
        dockerfile = Dockerfile(dockerfile.content)
    return Context(top, ignored, text, dockerfile)


def _dockerfile(build: Mapping[str, Any], top: Path, site: Site) -> tuple[Dockerfile, Path | None]:
    """The Dockerfile, and where it stands unless that is inside the context."""
    inline = build.get("dockerfile_inline")
    if inline is not None:
        return Dockerfile(str(inline).encode()), top / _DOCKERFILE
    name = str(build.get("dockerfile") or _DOCKERFILE)
    found = _located(name if name.startswith("//") else f"{build['context']}/{name}", "dockerfile", site, top)
    if not found.is_file():
        detail = f"{name} is no file."
        raise InvalidSpec([_problem("dockerfile", "spec/no-source", "Not a file", detail, "Name the Dockerfile.")])
    is_inside = found.is_relative_to(top)
    inside = found.relative_to(top).as_posix() if is_inside else ""
    return Dockerfile(found.read_bytes(), inside), None if inside else found


def _is_file(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _located(path: str, name: str, site: Site, top: Path | None = None) -> Path:
    try:
        return located(path, site)
    except ProviderError as error:
        if error.kind is not ErrorKind.MISSING:
            raise InvalidSpec([_problem(name, "spec/outside-root", error.summary, error.detail, error.fix)]) from None
    if top is None:
        raise InvalidSpec(
            [
                _problem(
                    name, "spec/no-source", "Not there", f"Nothing stands at {path}.", "Make it, or correct the path."
                )
            ]
        )
    wanted = path.rpartition("/")[2]
    meant = nearest(wanted, [each.name for each in top.iterdir()]) if top.is_dir() else ""
    fix = (
        f"Name it: `dockerfile: {meant}`." if meant else "Write one, or name it: `dockerfile`, or `dockerfile_inline`."
    )
    raise InvalidSpec([_problem(name, "docker/no-dockerfile", "No Dockerfile", f"Nothing stands at {path}.", fix)])


@contextmanager
def _told_as_problem(written: str) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError) as error:
        said = f"{error.filename}: {error.strerror}" if isinstance(error, OSError) else str(error)
        detail = f"{written} cannot be sent to the engine: {said}."
        fix = "Make it readable, or name it in .dockerignore."
        if isinstance(error, NoPattern):
            fix = "Correct that line; a \\ in front of a [ takes it as it stands."
        raise InvalidSpec(
            [_problem("context", "docker/context", "Build context that cannot be read", detail, fix)]
        ) from None


def _problem(name: str, code: str, summary: str, detail: str, fix: str) -> Problem:
    return Problem(("build", name), code, summary, detail, fix=fix)
