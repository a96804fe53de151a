"""The rows of `docker.image`: built, and what leads to them is taken away or led elsewhere."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.app.drifting_rows import GONE, Do, Row
from tests.services.engine import Engine
from tests.services.registry import Registry


def images(engine: Engine, registry: Registry | None) -> Iterator[Row]:
    """Built: what leads to them is taken away or led elsewhere."""
    context = {"context/Dockerfile": b"FROM scratch\nCOPY word /\n", "context/word": b"one\n"}

    def row(name: str, do: Do, *differs: str, **more: Any) -> Row:
        spec = {"name": f"{engine.name}-{name}:1", "build": {"context": "context"}, **more}
        return Row("docker.image", spec, do, frozenset(differs), files=context, shows=frozenset({"name"}))

    more, within = f"{engine.name}-more:1", f"{engine.name}-within:1"
    yield row("tagged", lambda _: engine.api.remove_image(more), "tags", tags=[more])
    build = {"context": "context", "tags": [within]}
    yield row("current", lambda _: engine.api.remove_image(within), "current", build=build)
    yield row("image-gone", lambda _: engine.api.remove_image(f"{engine.name}-image-gone:1", force=True), GONE)
    yield row("another", again_image(engine, f"{engine.name}-another:1"), "context_sha256")
    yield row("platform", made_for(engine, f"{engine.name}-platform:1", "arm64"), "platform", platform="linux/amd64")
    pushed = f"{registry.host if registry else '127.0.0.1:1'}/{engine.name}/pushed"
    spec = {"name": f"{pushed}:1", "build": {"context": "context"}, "push": True}
    gone = lambda _: registry.remove(pushed.partition("/")[2], "1") if registry else None  # noqa: E731
    yield Row("docker.image", spec, gone, frozenset({"push"}), files=context)


def made_for(engine: Engine, name: str, architecture: str) -> Do:
    """The same image, and it says that it is for another machine: no builder of an old engine makes one."""

    def do(_: Path) -> None:
        saved, changed = io.BytesIO(b"".join(engine.api.get_image(name))), io.BytesIO()
        with tarfile.open(fileobj=saved) as before, tarfile.open(fileobj=changed, mode="w") as tar:
            for entry in before.getmembers():
                data = file.read() if (file := before.extractfile(entry)) else b""
                if entry.name.endswith(".json") and b'"architecture"' in data:
                    data = json.dumps({**json.loads(data), "architecture": architecture}).encode()
                    entry.size = len(data)
                tar.addfile(entry, io.BytesIO(data))
        assert "errorDetail" not in "".join(map(str, engine.api.load_image(changed.getvalue())))

    return do


def again_image(engine: Engine, name: str) -> Do:
    """Another image behind the name, built of something else, with the mark of the one before."""

    def do(folder: Path) -> None:
        labels = {**engine.api.inspect_image(name)["Config"]["Labels"]}
        labels = {key: "0" * 64 if key.endswith("context") else value for key, value in labels.items()}
        (folder / "by-hand").mkdir(exist_ok=True)
        (folder / "by-hand" / "Dockerfile").write_text("FROM scratch\nCOPY Dockerfile /\n")
        given = {"path": str(folder / "by-hand"), "tag": name, "labels": labels}
        assert "errorDetail" not in "".join(map(str, engine.api.build(**given)))

    return do
