"""What `docker compose` itself makes of a file, brought into the words of the provider.

`docker compose config` prints a file with everything done to it: merged, extended, included, filled in, in its long forms.
Read again, that has to stand for the same resources as the file itself.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reign.model.address import Address
from reign.model.resource import Resource
from reign.model.values import Deferred, Value, reveal
from reign.ports import Call, Connection, Site
from reign.providers.registry import Registry

Parts = dict[str, Any]
CANONICAL = ".canonical.json"


def parts_of(folder: Path, spec: Mapping[str, Value]) -> Parts:
    """What a block of this spec stands for: by type and key its spec, what it waits for, and what restarts it."""
    registry = Registry()
    block = Resource(Address("docker.compose", "app"), dict(spec), "docker")
    call = Call("", Connection("docker"), Site(str(folder), str(folder), str(folder / ".reign"), "lineage"))
    found: Parts = {}
    for each in registry.expand(block, call):
        told = usual(plain(registry.normalize(each.address.type, each.spec)))
        waits = sorted(map(str, each.depends_on))
        found[f"{each.address.type} {each.address.key}"] = (told, waits, sorted(each.lifecycle.restart_triggered_by))
    return found


def plain(value: Any) -> Any:
    """In clear, references as their texts."""
    value = reveal(value)
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value.text if isinstance(value, Deferred) else value


def usual(spec: dict[str, Any]) -> dict[str, Any]:
    """`spec` without what only compose writes out: defaults, and paths in another form."""
    spec.pop("context_sha256", None)
    build = spec.get("build") or {}
    if build:
        build["context"] = os.path.normpath(build["context"])
        build["dockerfile"] = build.get("dockerfile") or "Dockerfile"
    for port in spec.get("ports") or ():
        port.pop("mode", None)
    for mount in spec.get("volumes") or ():
        options = mount.pop(mount["type"], None) or {}
        mount["options"] = {name: value for name, value in options.items() if value}
        mount.update({"source": os.path.normpath(mount["source"])} if mount["type"] == "bind" else {})
    if isinstance(spec.get("networks"), list):
        spec["networks"].sort(key=repr)
    return {name: value for name, value in spec.items() if value not in (None, {}, []) and name != "ipam"} | _ipam(spec)


def _ipam(spec: Mapping[str, Any]) -> dict[str, Any]:
    pools = (spec.get("ipam") or {}).get("config")
    return {"ipam": pools} if pools else {}


def canonical(command: Path, folder: Path, files: list[str], profiles: list[str]) -> str:
    """Writes what compose prints, and says where; raises CalledProcessError where it refuses."""
    words = [str(command), *(word for name in files for word in ("-f", name))]
    words += [word for name in profiles for word in ("--profile", name)]
    environ = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    ran = subprocess.run(
        [*words, "config", "--format", "json"], cwd=folder, env=environ, capture_output=True, text=True, check=True
    )
    told = json.loads(ran.stdout.replace(str(folder), "."))
    for service in told["services"].values():
        for name in ("env_file", "label_file"):
            service.pop(name, None)
    (folder / CANONICAL).write_text(json.dumps(told))
    return CANONICAL
