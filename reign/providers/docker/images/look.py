"""An image as it stands on an engine: found by a name, and told in the words of the spec."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reign.model.resource import Resource
from reign.model.values import Spec
from reign.ports import Call
from reign.providers.docker.engine import Engine
from reign.providers.docker.errors import mapped
from reign.providers.docker.images.references import LATEST, canonical, read_reference
from reign.providers.docker.images.transfer import platform_text
from reign.providers.docker.marks import PREFIX, is_ours, name_of

CONTEXT = f"{PREFIX}context"
"""Label of what is built: the digest of what it was built from."""
NAME = f"{PREFIX}image"
"""Label of what is built: what it was built as. Labels go on to images built upon one, and those have other names."""
_OUTSIDE = re.compile(r"[^a-z0-9]+")
_SUFFIX = 4


@dataclass(frozen=True, slots=True)
class There:
    """An image on the engine. `name`: by which it was found."""

    id: str
    name: str
    raw: Mapping[str, Any]

    @property
    def labels(self) -> Mapping[str, str]:
        """Its labels, ours included."""
        return (self.raw.get("Config") or {}).get("Labels") or {}

    @property
    def platform(self) -> str:
        """`os/architecture[/variant]`."""
        return platform_text({key: self.raw.get(key) for key in ("Os", "Architecture", "Variant")})

    def is_built_by(self, call: Call) -> bool:
        """Whether the mark says that the project of `call` built it under this name."""
        return is_ours(self.labels, call) and self.labels.get(NAME) == self.name

    def is_for(self, platform: str) -> bool:
        """Whether it runs on `platform`, which may leave the variant open."""
        return self.platform == platform or self.platform.startswith(f"{platform}/")

    def digest(self) -> str:
        """Its digest in the repository of its name: pulled from there, or pushed to it; empty where it never was."""
        return self.digest_at(read_reference(self.name).repository)

    def digest_at(self, repository: str) -> str:
        """As `digest`, in any repository."""
        found = (read_reference(text) for text in self.raw.get("RepoDigests") or () if not text.startswith("<none>"))
        return next((each.digest for each in found if each.repository == repository), "")

    def outputs(self) -> Spec:
        """See the type's outputs."""
        digest = self.digest()
        exact = read_reference(self.name).at(digest).text if digest else self.id
        return {
            "name": self.name,
            "id": self.id,
            "digest": digest or None,
            "reference": exact,
            "size_bytes": self.raw.get("Size", 0),
            "context_sha256": self.labels.get(CONTEXT),
            "current": True,
        }


def look(engine: Engine, name: str) -> There | None:
    """What stands at a canonical name, or has an id; None for nothing. Raises ProviderError."""
    with mapped(engine, f"looking at the image {name}"):
        wire = name if name.startswith("sha256:") else read_reference(name).wire
        answer = engine.api._get(engine.api._url("/images/{0}/json", wire))
        if answer.status_code == 404:
            return None
        raw = engine.api._result(answer, json=True)
        return There(raw["Id"], name, raw)


def image_name(desired: Resource, call: Call) -> str:
    """What a create makes: the name in the spec, else the default one in the alphabet of images, tagged `latest`."""
    if isinstance(name := desired.spec.get("name"), str):
        return name
    wanted = name_of(desired, call)
    made = _OUTSIDE.sub("-", wanted.lower()).strip("-")
    if made != wanted.lower():
        made = f"{made or 'it'}-{hashlib.sha256(wanted.encode()).hexdigest()[:_SUFFIX]}"
    return canonical(f"{made}:{LATEST}")
