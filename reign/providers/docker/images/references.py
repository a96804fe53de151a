"""Names of images: `[registry/]path[:tag][@digest]`, in the short form that the engine lists them in. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from reign.providers.spec import refuse

HUB = "docker.io"
_HUB_NAMES = (HUB, "index.docker.io", "registry-1.docker.io")
_OFFICIAL = "library/"
LATEST = "latest"
_PART = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_REPOSITORY = re.compile(rf"{_PART}(?:/{_PART})*")
_REGISTRY = re.compile(r"(?:[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?|\[[0-9a-fA-F:]+\])(?::[0-9]+)?")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}")
_ID = re.compile(r"(?:sha256:)?[0-9a-f]{64}")
_LONGEST = 255


@dataclass(frozen=True, slots=True)
class Reference:
    """One name. `registry` is `docker.io` where none is written; `path` carries `library/` there, as the registry has it."""

    registry: str
    path: str
    tag: str = ""
    digest: str = ""

    @property
    def repository(self) -> str:
        """Without tag and digest, as short as the engine writes it."""
        if self.registry != HUB:
            return f"{self.registry}/{self.path}"
        return self.path.removeprefix(_OFFICIAL) if self.path.count("/") == 1 else self.path

    @property
    def text(self) -> str:
        """The canonical text: with a tag, unless a digest says exactly which one."""
        tag = f":{self.tag}" if self.tag else ""
        return f"{self.repository}{tag}@{self.digest}" if self.digest else f"{self.repository}{tag}"

    @property
    def wire(self) -> str:
        """What the engine finds the image by: where there is a digest, the tag says nothing."""
        return f"{self.repository}@{self.digest}" if self.digest else self.text

    @property
    def version(self) -> str:
        """Tag or digest: what the engine asks a registry for."""
        return self.digest or self.tag

    @property
    def can_be_pushed(self) -> bool:
        """Whether it names a place to push to: without registry and folder it is a name on the engine alone."""
        return not self.digest and not (self.registry == HUB and self.path.startswith(_OFFICIAL))

    def at(self, digest: str) -> Reference:
        """The same repository, by digest alone."""
        return replace(self, tag="", digest=digest)


def read_reference(text: str) -> Reference:
    """What `text` names; `latest` where it has neither tag nor digest. Raises PydanticCustomError."""
    if _ID.fullmatch(text):
        raise _refuse(
            text, "is the id of an image, which no registry knows it by", "Write its name and tag, or digest."
        )
    name, at, digest = text.partition("@")
    if at and not _DIGEST.fullmatch(digest):
        raise _refuse(text, "has no digest after its @", "A digest is sha256: and 64 digits from 0 to f.")
    front, slash, last = name.rpartition("/")
    last, colon, tag = last.partition(":")
    if colon and not _TAG.fullmatch(tag):
        raise _refuse(text, f"has a tag {tag!r}, which is none", "A tag has letters, digits and _ . - in it.")
    registry, path = _split(f"{front}{slash}{last}")
    if not _REGISTRY.fullmatch(registry) or not _REPOSITORY.fullmatch(path):
        small = text.lower() != text and "Write it in small letters."
        raise _refuse(
            text, "is no name of an image", small or "Write it like nginx:1.27 or registry.example/team/app:1."
        )
    if len(path) + len(registry) > _LONGEST:
        raise _refuse(text, f"is longer than {_LONGEST} characters", "Shorten it.")
    return Reference(registry, path, tag or ("" if digest else LATEST), digest)


def _split(name: str) -> tuple[str, str]:
    """Registry and path: the first part is a registry where it could be no other."""
    first, slash, rest = name.partition("/")
    if not slash or not (set(".:") & set(first) or first == "localhost" or first.lower() != first):
        registry, path = HUB, name
    else:
        registry, path = first, rest
    if registry in _HUB_NAMES:
        return HUB, path if "/" in path else f"{_OFFICIAL}{path}"
    return registry, path


def canonical(text: str) -> str:
    """The one text for everything that names the same image. Raises PydanticCustomError."""
    return read_reference(text).text


def tagged(text: str) -> str:
    """As `canonical`, of a name that an image can be given: by tag. Raises PydanticCustomError."""
    found = read_reference(text)
    if found.digest:
        raise _refuse(text, "names a digest, and an image gets that from its content", "Write a tag.")
    return found.text


def _refuse(text: str, why: str, fix: str) -> Exception:
    shown = text if len(text) <= 80 else f"{text[:60]}...{text[-17:]}"
    return refuse("docker/image-name", "Not the name of an image", f"{shown!r} {why}.", fix)
