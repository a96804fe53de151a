"""Files that are put into a container before it starts: what is in them goes to the engine, and nowhere else, and is read
back from the container.
"""

from __future__ import annotations

import io
import json
import posixpath
import tarfile
import time
from base64 import b64decode
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, BeforeValidator
from pydantic import Field as Described

from reign.model.values import Spec
from reign.providers.docker.containers.mounts import octal
from reign.providers.docker.errors import mapped
from reign.providers.spec import IMMUTABLE, OPAQUE, Also, Model, refuse

if TYPE_CHECKING:
    from reign.providers.docker.engine import Engine

MOST_BYTES = 1 << 20
"""What one of them may hold, and as much is read back."""
CODE = "docker/files"


def _fitting(content: Any) -> Any:
    if isinstance(content, str) and len(content.encode()) > MOST_BYTES:
        raise refuse(
            CODE, "Too much for a file of a spec", "A file that is put into a container holds 1 MiB.", "Mount it."
        )
    return content


class FileSpec(Model):
    """A file that is put into the container."""

    content: Annotated[str, AfterValidator(_fitting), Described(description="What is in it.")]
    mode: Annotated[str, BeforeValidator(octal), Described(description="Its permissions in octal digits.")] = "0444"
    uid: Annotated[int, Described(ge=0, description="The number of its user.")] = 0
    gid: Annotated[int, Described(ge=0, description="The number of its group.")] = 0


def written_out(value: Any) -> Any:
    """Each under its whole path; a text is its content."""
    if not isinstance(value, dict):
        return value
    return {
        _whole(str(path)): {"content": item} if isinstance(item, (str, *OPAQUE)) else item
        for path, item in value.items()
    }


def _whole(path: str) -> str:
    if not path.startswith("/") or path.endswith("/") or "\0" in path:
        raise refuse(
            CODE,
            "Not a whole path",
            f"{path!r} is none: what is put into a container is named from its root.",
            "Write it like /etc/app/app.conf.",
        )
    return posixpath.normpath(f"/{path.lstrip('/')}")


Files = Annotated[
    dict[str, Annotated[FileSpec, Also(str)]] | None,
    BeforeValidator(written_out),
    IMMUTABLE,
    Described(
        description="Files that are put into it before it starts, by their paths there: each a text, or an object."
    ),
]


def check(files: Any, read_only: object, in_memory: Iterable[str]) -> None:
    """Refuse what the engine would not keep: it writes nothing into a container that is read-only, and what is put where
    memory is mounted later is hidden by it.
    """
    if not isinstance(files, dict) or not files:
        return
    if read_only is True:
        raise refuse(
            CODE,
            "Nothing can be put into it",
            "Nothing is written into a container that is read_only, and `files` would be.",
            "Mount the file under `volumes`: local.file writes it.",
            at="files",
        )
    for memory in in_memory:
        for path in files:
            if path == memory or path.startswith(f"{memory.rstrip('/')}/"):
                raise _hidden(path, memory)


def _hidden(path: str, memory: str) -> Exception:
    return refuse(
        CODE,
        "File that would be hidden",
        f"{path} would be put into the container before {memory} is mounted over it.",
        "Put it elsewhere, or keep less in memory.",
        at="files",
    )


# To the engine and back


def put(engine: Engine, id: str, files: Any) -> None:
    """Into a container that has not started. Raises ProviderError."""
    if not files:
        return
    with mapped(engine, f"putting files into the container {id[:12]}"):
        url = engine.api._url("/containers/{0}/archive", id)
        engine.api._raise_for_status(engine.api._put(url, params={"path": "/"}, data=archive(files)))


def archive(files: Mapping[str, Mapping[str, Any]]) -> bytes:
    """The files as a tar."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as tar:
        for path, each in files.items():
            data = str(each["content"]).encode()
            told = tarfile.TarInfo(path.lstrip("/"))
            told.size, told.mode = len(data), int(str(each["mode"]), 8)
            told.mtime = int(time.time())
            told.uid, told.gid = int(each["uid"]), int(each["gid"])
            tar.addfile(told, io.BytesIO(data))
    return made.getvalue()


def there(engine: Engine, id: str, files: Any) -> dict[str, Spec]:
    """Those of `files` that the container has, as they are. Raises ProviderError."""
    paths = [path for path in files if isinstance(path, str)] if isinstance(files, dict) else []
    found = {path: _one(engine, id, path) for path in paths}
    return {path: each for path, each in found.items() if each is not None}


def _one(engine: Engine, id: str, path: str) -> Spec | None:
    with mapped(engine, f"looking at {path} in the container {id[:12]}"):
        url = engine.api._url("/containers/{0}/archive", id)
        with engine.api._get(url, params={"path": path}, stream=True) as answer:
            if answer.status_code == 404:
                return None
            engine.api._raise_for_status(answer)
            told = json.loads(b64decode(answer.headers["X-Docker-Container-Path-Stat"]))
            if told["mode"] & _NO_FILE:
                return None
            if int(told["size"]) > MOST_BYTES:
                return {"content": f"<{told['size']} bytes>"}
            return _read(io.BytesIO(answer.content))


_NO_FILE = 0x8F28_0000
"""The bits of folders, links, devices and the rest, as Go has them."""


def _read(packed: io.BytesIO) -> Spec | None:
    with tarfile.open(fileobj=packed) as tar:
        told = tar.next()
        inside = tar.extractfile(told) if told is not None and told.isreg() else None
        if told is None or inside is None:
            return None
        content = inside.read().decode(errors="replace")
        return {"content": content, "mode": f"{told.mode & 0o7777:04o}", "uid": told.uid, "gid": told.gid}
