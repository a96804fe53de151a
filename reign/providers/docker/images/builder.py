"""An image built by the engine: the archive of the context goes in, a stream of what happens comes out."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from reign.model.errors import ErrorKind, ProviderError
from reign.providers.docker.containers import forms
from reign.providers.docker.engine import Engine
from reign.providers.docker.errors import mapped
from reign.providers.docker.images.context import Context
from reign.providers.docker.images.references import HUB, read_reference
from reign.providers.docker.images.streams import Output, told
from reign.providers.docker.images.transfer import registry_config, signed_in_at
from reign.providers.docker.specs.build import is_remote

_FROM = re.compile(rb"^\s*FROM\s+(?:--\S+\s+)*(\S+)|--from=(\S+)", re.IGNORECASE | re.MULTILINE)
_STEP_FAILED = re.compile(
    r"returned a non-zero code|did not complete successfully|executor failed running|failed to compute cache key"
    r"|dockerfile parse error|parse error|unknown instruction|COPY failed|ADD failed|failed to parse|target stage"
    r"|failed to reach build target|unable to prepare context|Cannot locate specified Dockerfile|requires BuildKit"
    r"|failed to solve",
    re.IGNORECASE,
)
_AT_LINE = re.compile(r"parse error (?:on )?line (\d+)|Dockerfile:(\d+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Order:
    """One build. `spec`: the normalised `build`. `labels`: all that the image gets. `is_private`: what it prints is not
    shown.
    """

    name: str
    spec: Mapping[str, Any]
    labels: Mapping[str, str]
    platform: str
    context: Context | None
    sha256: str
    is_private: bool

    @property
    def needs_buildkit(self) -> bool:
        """Whether the engine's own builder cannot do it."""
        asks = self.spec["secrets"] or self.spec["ssh"]
        return bool(asks) or (self.context is not None and self.context.dockerfile.needs_buildkit)

    @property
    def doing(self) -> str:
        """For errors."""
        return f"building {self.name}"


def build(engine: Engine, order: Order) -> None:
    """Have the engine's own builder build it. Raises ProviderError."""
    output = Output(order.is_private)
    try:
        with signed_in_at(registries(order)), mapped(engine, order.doing):
            left_s = engine.remaining_s()
            answer = engine.api.post(
                engine.api._url("/build"),
                params=_asked(order),
                headers={"Content-Type": "application/tar", **registry_config(registries(order))},
                data=order.context.archive(order.sha256) if order.context else None,
                stream=True,
                timeout=(
                    left_s,
                    left_s,
                ),  # the first is what sending may take at a time, and a busy engine reads slowly
            )
            engine.api._raise_for_status(answer)
            for message in told(engine, answer, order.doing):
                output.see(str(message.get("stream") or ""))
    except ProviderError as error:
        raise failed(output, error, order) from None


def _asked(order: Order) -> dict[str, Any]:
    spec, context = order.spec, order.context
    asked: dict[str, Any] = {
        "t": order.name,
        "rm": "1",
        "forcerm": "1",
        "dockerfile": context.dockerfile.sent_as if context else spec.get("dockerfile"),
        "remote": spec["context"] if is_remote(str(spec["context"])) else None,
        "nocache": "1" if spec["no_cache"] else None,
        "pull": "1" if spec["pull"] else None,
        "target": spec.get("target"),
        "networkmode": spec.get("network"),
        "platform": order.platform or None,
        "isolation": spec.get("isolation"),
        "extrahosts": spec["extra_hosts"] or None,
        "shmsize": forms.size_bytes(spec["shm_size"]) if spec.get("shm_size") else None,
        "labels": json.dumps(order.labels),
        "buildargs": json.dumps(spec["args"]) if spec["args"] else None,
        "cachefrom": json.dumps(spec["cache_from"]) if spec["cache_from"] else None,
        "ulimits": json.dumps([*_limits(spec["ulimits"])]) if spec["ulimits"] else None,
    }
    return {name: value for name, value in asked.items() if value is not None}


def _limits(ulimits: Mapping[str, Mapping[str, int]]) -> Iterator[dict[str, Any]]:
    for name, limit in ulimits.items():
        yield {"Name": name, "Soft": limit["soft"], "Hard": limit["hard"]}


def registries(order: Order) -> set[str]:
    """Where the images come from that it begins with, as far as the Dockerfile names them."""
    content = order.context.dockerfile.content if order.context else b""
    names = [*(match[0] or match[1] for match in _FROM.findall(content)), *map(str.encode, order.spec["cache_from"])]
    found = set()
    for name in names:
        try:
            found.add(read_reference(name.decode()).registry)
        except ValueError:
            found.add(HUB)
    return found


def failed(output: Output, error: ProviderError, order: Order) -> ProviderError:
    """What a build ended with, the line of the Dockerfile that it names, and its last lines, which mostly tell why."""
    detail = "\n".join(filter(None, (error.detail, _wrong_line(order, error.detail), output.text())))
    if not _STEP_FAILED.search(error.detail) or error.kind not in (ErrorKind.FAULT, ErrorKind.INVALID):
        return ProviderError(error.kind, error.summary, detail, error.fix)
    fix = "Correct the Dockerfile, or what it copies and runs; then plan again."
    return ProviderError(ErrorKind.INVALID, "Build failed", detail, fix)


def _wrong_line(order: Order, said: str) -> str:
    """The line that the engine names, as it stands there; empty where it names none, or the line must not be shown."""
    found, inline = _AT_LINE.search(said), order.spec.get("dockerfile_inline") is not None
    if found is None or order.context is None or (order.is_private and inline):
        return ""
    lines, number = order.context.dockerfile.content.decode(errors="replace").splitlines(), int(found[1] or found[2])
    return f"{_place(order.spec)}:{number}: {lines[number - 1].strip()}" if 0 < number <= len(lines) else ""


def _place(build: Mapping[str, Any]) -> str:
    """Where the Dockerfile stands, from the project folder."""
    if build.get("dockerfile_inline") is not None:
        return "dockerfile_inline"
    name = str(build.get("dockerfile") or "Dockerfile")
    return name if name.startswith("//") else posixpath.normpath(f"{build['context']}/{name}")
