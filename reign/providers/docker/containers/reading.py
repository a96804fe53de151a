"""From what the engine tells of a container, and of its image, to a spec: as far as somebody declares it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reign.model.errors import InvalidSpec
from reign.model.values import Spec, Value
from reign.providers.docker.containers import health, mounting, ports
from reign.providers.docker.containers.attributes import read
from reign.providers.docker.containers.conversions import CDI
from reign.providers.docker.containers.forms import size_text
from reign.providers.docker.containers.look import Look
from reign.providers.docker.containers.sharing import add_modes, add_networks, mac_of_endpoint
from reign.providers.docker.containers.spec import CONTAINER, RUNNING
from reign.providers.docker.containers.writing import BLKIO
from reign.providers.docker.marks import without_marks
from reign.providers.spec import OPAQUE

_NOWHERE: Mapping[str, Any] = {}


def declared(look: Look, shape: Mapping[str, Any], others: Mapping[str, Any] = _NOWHERE) -> Spec:
    """The fields that `shape` or `others` declare, as they are. What the image or the engine would bring anyway is told as
    far as `shape` declares it.
    """
    seen = whole(look, shape)
    names = {name for spec in (shape, others) for name, value in spec.items() if value is not None}
    return {name: value for name, value in seen.items() if name in names}


def undefaulted(look: Look) -> Spec:
    """All that is not as it would be by itself: what an import takes over."""
    ours = whole(look, {})
    usual: Mapping[str, Any] = {"ipc": "private", "cgroup": ("host", "private"), "runtime": "runc", "shm_size": "64m"}
    found = {name: value for name, value in ours.items() if value not in (None, False, 0, "", [], {})}
    usual = {**usual, "hostname": look.id[:12], "logging": {"driver": "json-file", "options": {}}, "restart": "no"}
    usual = {**usual, "platform": found.get("platform"), "pull_policy": "missing"}
    return {name: value for name, value in found.items() if value not in _as_tuple(usual.get(name))}


def _as_tuple(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


def whole(look: Look, told: Mapping[str, Any]) -> Spec:
    """Every field that the engine can tell, in the light of what is `told` of it in a spec."""
    shape = known_only(told)
    found: Spec = read(look.raw)
    for name in ("command", "entrypoint"):
        if shape.get(name) == [] and name not in found:
            found[name] = []
    found["name"] = look.name
    found["mac_address"] = str(look.config.get("MacAddress") or "").lower() or mac_of_endpoint(look, shape)
    _add_pairs(found, look, shape)
    _add_ports(found, look, shape)
    nameless = _beyond(look.config.get("Volumes"), look.brought.get("Volumes"), _nameless(shape))
    seen = mounting.from_engine(
        look.host.get("Binds"), look.host.get("Mounts"), nameless, shape.get("volumes"), look.folder
    )
    found["volumes"] = [*seen]
    found["devices"] = _devices(look.host)
    found["blkio_config"] = _blkio(look.host, shape.get("blkio_config"))
    found["healthcheck"] = health.from_engine(
        look.config.get("Healthcheck"), look.brought.get("Healthcheck"), shape.get("healthcheck")
    )
    found["platform"] = _platform(look, shape.get("platform"))
    add_modes(found, look, shape)
    found["security_opt"] = _security(look.host, shape.get("security_opt"))
    add_networks(found, look, shape)
    if look.files or shape.get("files") is not None:
        found["files"] = {**look.files}
    found.update({name: told[name] for name in _TOLD if told.get(name) is not None})
    found["state"] = str(shape.get("state") or RUNNING)
    return {name: value for name, value in canonical(found).items() if value is not None}


def known_only(shape: Mapping[str, Any]) -> dict[str, Any]:
    """`shape`, with nothing in it in place of what is declared and not known."""
    return {name: [] if isinstance(value, OPAQUE) else value for name, value in shape.items()}


_TOLD = ("env_file", "label_file", "pull_policy", "wait", "on_change")
"""What the engine is never told."""


def canonical(spec: Spec) -> Spec:
    """In the one form that specs have; as it is where that cannot be told of it."""
    given: Spec = {name: value for name, value in spec.items() if value is not None}
    mode = given.pop("network_mode", None)
    kept = {name: given[name] for name in ("state",) if name in given}
    try:
        found = CONTAINER.normalize(given)
    except InvalidSpec as error:
        wrong = {str(problem.path[0]) for problem in error.problems if problem.path}
        kept.update({name: given.pop(name) for name in wrong if name in given})
        found = CONTAINER.normalize(given) if wrong else given
    return {**found, **kept, **({"network_mode": mode} if mode else {})}


# Pairs


def _add_pairs(found: Spec, look: Look, shape: Mapping[str, Any]) -> None:
    variables = dict(line.partition("=")[::2] for line in look.config.get("Env") or ())
    image = dict(line.partition("=")[::2] for line in look.brought.get("Env") or ())
    labels = without_marks(look.config.get("Labels"))
    for there, brought, name, file in (
        (variables, image, "environment", "file_environment"),
        (labels, without_marks(look.brought.get("Labels")), "labels", "file_labels"),
    ):
        own, read = _keys(shape.get(name)), _keys(shape.get(file))
        here = there if look.image is not None else {key: there[key] for key in there if key in own | read}
        hidden = {key for key, value in brought.items() if here.get(key) == value} | (read - own)
        found[name] = {key: value for key, value in here.items() if key in own or key not in hidden}
        told = shape.get(file)
        if isinstance(told, dict):
            found[file] = {key: told[key] if key in own else here[key] for key in told if key in own or key in here}


def _keys(value: Any) -> set[str]:
    return set(value) if isinstance(value, dict) else set()


# Ports and volumes


def _beyond(here: Any, brought: Any, declared: set[str]) -> list[str]:
    """Keys that the image does not bring, or that are declared all the same."""
    return [key for key in here or {} if key in declared or key not in (brought or {})]


def _nameless(shape: Mapping[str, Any]) -> set[str]:
    mounted = [mount for mount in shape.get("volumes") or () if isinstance(mount, dict)]
    return {str(mount.get("target")) for mount in mounted if mount.get("type") == "volume" and not mount.get("source")}


def _add_ports(found: Spec, look: Look, shape: Mapping[str, Any]) -> None:
    published = ports.published_ports(look.host.get("PortBindings"))
    found["ports"] = [*ports.as_told(published, shape.get("ports"))]
    declared = {key for key in shape.get("expose") or () if isinstance(key, str)}
    exposed = _beyond(look.config.get("ExposedPorts"), look.brought.get("ExposedPorts"), declared)
    bound = {ports.key_of(port) for port in published}
    found["expose"] = [key for key in exposed if key in declared or key not in bound]


# Devices


def _devices(host: Mapping[str, Any]) -> list[Value]:
    found: list[Value] = [
        {"source": each["PathOnHost"], "target": each["PathInContainer"], "permissions": each["CgroupPermissions"]}
        for each in host.get("Devices") or ()
    ]
    for asked in host.get("DeviceRequests") or ():
        if asked.get("Driver") == CDI:
            found += [{"source": name} for name in asked.get("DeviceIDs") or ()]
    return found


def _blkio(host: Mapping[str, Any], told: Any) -> Spec:
    found: Spec = {"weight": host["BlkioWeight"]} if host.get("BlkioWeight") else {}
    for name, key in BLKIO.items():
        if host.get(key) or (isinstance(told, dict) and name in told):
            found[name] = [_rate(each, name) for each in host.get(key) or ()]
    return found


def _rate(each: Mapping[str, Any], name: str) -> Spec:
    if name == "weight_device":
        return {"path": each["Path"], "weight": each["Weight"]}
    return {"path": each["Path"], "rate": each["Rate"] if name.endswith("iops") else size_text(each["Rate"])}


def _platform(look: Look, told: Any) -> str | None:
    image = look.image
    if not image or not image.get("Os"):
        return str(told) if told is not None else None
    plain = f"{image['Os']}/{image.get('Architecture', '')}"
    full = f"{plain}/{image['Variant']}" if image.get("Variant") else plain
    return str(told) if told in (plain, full, image["Os"]) else full


def _security(host: Mapping[str, Any], told: Any) -> list[Value]:
    """What a privileged container gets by itself is nobody's wish."""
    asked = told if isinstance(told, list) else []
    return [each for each in host.get("SecurityOpt") or () if each in asked or each != "label=disable"]
