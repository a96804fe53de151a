"""One subject for each type (and for each form of its content): what to declare, and how to look at its world."""

import hashlib
import json
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from reign.model.address import Address
from reign.model.resource import Observation, Resource, Snapshot
from reign.model.values import Spec, Value
from reign.ports import Call, Connection, Lookup, Provider, Site, Wanted
from reign.providers.memory import Memory, Thing, World
from reign.providers.registry import Registry, provider_of


def nothing_there() -> None:
    """For types that have nothing outside of the state."""


@dataclass
class Subject:
    """A type in a world of its own.

    declared: a whole spec, every field given. changed: the same with what can change in place changed. count: how many
    objects stand in the world. strange: make one that is nobody's, with the identity of `declared`. broken: settings
    with which the outside system cannot be reached. known_id, unknown_id: for `adopt`. takes_marks: the mark can be put on
    what stands there; else an import is known by the id that the state holds. is_everybodys: what stands there is the same
    for all who name it, so it is in conflict with nobody. lineage: where others look at the same world, one that none of them
    has.
    """

    type: str
    folder: Path
    registry: Registry
    declared: Spec
    changed: Spec
    count: Callable[[], int]
    strange: Callable[[], None] = nothing_there
    broken: Mapping[str, Value] | None = None
    settings: Mapping[str, Value] = field(default_factory=dict)
    known_id: str = ""
    unknown_id: str = "nowhere"
    unreach: Callable[[], None] = nothing_there
    takes_marks: bool = True
    is_everybodys: bool = False
    lineage: str = "ours"

    @property
    def address(self) -> Address:
        return Address(self.type, "it")

    @property
    def is_observable(self) -> bool:
        """Whether what stands there can be looked at, by its type or by its own `read`."""
        schema = self.registry.schema(self.type)
        return schema is not None and schema.is_observable(self.declared)

    @property
    def provider(self) -> Provider:
        return self.registry.provider(self.address.provider)

    def call(self, key: str = "op-1", lineage: str = "", settings: Mapping[str, Value] | None = None) -> Call:
        folder = str(self.folder)
        site = Site(folder, folder, str(self.folder / ".reign"), lineage or self.lineage)
        used = dict(self.settings if settings is None else settings)
        return Call(key, Connection(self.address.provider, used), site, deadline_s=20.0)

    def resource(self, spec: Spec | None = None) -> Resource:
        normalised = self.registry.normalize(self.type, self.declared if spec is None else spec)
        made = Resource(self.address, normalised, self.address.provider)
        schema = self.registry.schema(self.type)
        return self.registry.expand(made, self.call())[0] if schema and schema.reads else made

    def create(self, key: str = "op-1") -> Snapshot:
        desired = self.resource()
        return self.snapshot(desired, self.provider.create(desired, self.call(key)), key)

    def snapshot(self, desired: Resource, seen: Observation, key: str) -> Snapshot:
        return Snapshot(self.address, "", seen.external_id, desired.spec, seen.outputs, create_key=key)

    def wanted(self, known: Snapshot | None = None, spec: Spec | None = None, key: str = "") -> Wanted:
        return Wanted(self.address, self.resource(spec), known, key)


def value(folder: Path) -> Subject:
    return Subject(
        "value",
        folder,
        Registry(),
        {"value": {"a": [1, "x"]}, "triggers": {"t": 1}},
        {"value": 2, "triggers": {"t": 1}},
        lambda: 0,
    )


def _files(folder: Path) -> int:
    return sum(1 for path in folder.rglob("*") if ".reign" not in path.parts and path.name.startswith("made"))


def _file(folder: Path, declared: Spec, changed: Spec, type: str = "local.file") -> Subject:
    common: Spec = {"path": "sub/made.txt", "mode": "0640", "backup": False}
    target = folder / "sub" / "made.txt"

    def strange() -> None:
        target.parent.mkdir()
        target.write_text("somebody's")

    return Subject(
        type,
        folder,
        Registry(),
        {**common, **declared},
        {**common, **changed, "mode": "0600"},
        lambda: _files(folder),
        strange,
        broken={"folder": "not-there"},
        known_id="sub/made.txt",
    )


def text_file(folder: Path) -> Subject:
    return _file(folder, {"content": "Grüße\n"}, {"content": "other"})


def binary_file(folder: Path) -> Subject:
    return _file(folder, {"content_base64": "AP+A"}, {"content_base64": "AA=="})


def copied_file(folder: Path) -> Subject:
    pins = []
    for name in ("one", "two"):
        (folder / name).write_text(name)
        pins.append({"path": name, "sha256": hashlib.sha256(name.encode()).hexdigest()})
    return _file(folder, {"source": pins[0]}, {"source": pins[1]})


def template(folder: Path) -> Subject:
    declared: Spec = {"template": "port ${port}\n", "vars": {"port": 80}}
    return _file(folder, declared, {**declared, "vars": {"port": 81}}, "local.template")


def directory(folder: Path) -> Subject:
    common: Spec = {"path": "sub/made", "exist_ok": False, "force": False}
    return Subject(
        "local.directory",
        folder,
        Registry(),
        {**common, "mode": "0750"},
        {**common, "mode": "0700"},
        lambda: _files(folder),
        lambda: (folder / "sub" / "made").mkdir(parents=True),
        broken={"folder": "not-there"},
        known_id="sub/made",
    )


def command(folder: Path) -> Subject:
    declared: Spec = {
        "create": {"command": "echo ${REIGN_1} >made && cat made", "with": {"REIGN_1": "one"}},
        "update": [["rm", "made"], "echo two >made && cat made"],
        "delete": ["rm", "-f", "made"],
        "triggers": {"t": 1},
        "stdin": "x",
        "env": {"A": "b"},
        "cwd": ".",
        "shell": "bash",
        "timeout": 60.0,
        "output": "text",
        "absent_codes": [3],
        "sensitive_output": True,
        "on_unknown": "ask",
    }
    return Subject(
        "shell.command", folder, Registry(), declared, {**declared, "triggers": {"t": 2}}, lambda: _files(folder)
    )


def read_command(folder: Path) -> Subject:
    """A command with `read`, by which it can be looked at, though it carries no mark."""

    def strange() -> None:
        (folder / "made").write_text("somebody's")

    made = command(folder)
    read: Spec = {"read": {"command": "test -e made || exit ${REIGN_1}; cat made", "with": {"REIGN_1": 3}}}
    return replace(made, declared={**made.declared, **read}, changed={**made.changed, **read}, strange=strange)


def script(folder: Path) -> Subject:
    text = "import pathlib, sys\npathlib.Path('made').write_text(sys.argv[1])\nprint('{\"n\": 1}')\n"
    declared: Spec = {
        "script": text,
        "interpreter": "python",
        "args": ["one"],
        "delete": "rm -f made",
        "output": "json",
        "timeout": 60.0,
    }
    return Subject("shell.script", folder, Registry(), declared, {**declared, "args": ["two"]}, lambda: _files(folder))


def read_script(folder: Path) -> Subject:
    """The same of a script."""
    made = script(folder)
    read: Spec = {"read": ["python3", "-c", 'import json; print(json.dumps({"n": len(open("made").read())}))']}
    return replace(made, declared={**made.declared, **read}, changed={**made.changed, **read})


def _memory(folder: Path, type: str, declared: Spec, changed: Spec) -> Subject:
    world = World()
    name = str(declared["name"])

    def strange() -> None:
        world.things[type, name] = Thing(type, name, dict(declared), f"{type}/{name}")

    def unreach() -> None:
        world.reachable = False

    registry = Registry({"memory": lambda: Memory(world)})
    known = f"{type}/{name}"
    return Subject(
        type, folder, registry, declared, changed, lambda: len(world.things), strange, {}, {}, known, unreach=unreach
    )


def item(folder: Path) -> Subject:
    declared: Spec = {"name": "One", "size": 2, "zone": "b", "labels": {"a": "b"}, "within": "box", "note": [1]}
    return _memory(folder, "memory.item", declared, {**declared, "size": 3, "labels": {}})


def box(folder: Path) -> Subject:
    declared: Spec = {"name": "Box", "color": "blue"}
    return _memory(folder, "memory.box", declared, declared)


def note(folder: Path) -> Subject:
    shelf = folder / "shelf"
    shelf.mkdir()
    declared: Spec = {"title": "list", "text": "milk", "color": "green"}

    def strange() -> None:
        (shelf / "list.note").write_text(json.dumps({"spec": declared, "mark": None}))

    return Subject(
        "sample.note",
        folder,
        Registry(),
        declared,
        {**declared, "text": "milk, bread"},
        lambda: len(list(shelf.glob("*.note"))),
        strange,
        {"shelf": str(folder / "none")},
        {"shelf": str(shelf)},
        "list",
    )


SUBJECTS: dict[str, Callable[[Path], Subject]] = {
    "value": value,
    "local.file": text_file,
    "local.file-base64": binary_file,
    "local.file-source": copied_file,
    "local.template": template,
    "local.directory": directory,
    "shell.command": command,
    "shell.command-read": read_command,
    "shell.script": script,
    "shell.script-read": read_script,
    "memory.item": item,
    "memory.box": box,
    "sample.note": note,
}


@dataclass
class Question:
    """Something to look up: what for, and what is told; `missing` is a spec by which nothing is there."""

    type: str
    folder: Path
    registry: Registry
    spec: Spec
    told: Spec
    missing: Spec | None
    settings: Mapping[str, Value] = field(default_factory=dict)

    def ask(self, spec: Spec | None = None, trusted: bool = True) -> Spec:
        name = provider_of(self.type)
        provider = self.registry.provider(name)
        assert isinstance(provider, Lookup)
        folder = str(self.folder)
        site = Site(folder, folder, str(self.folder / ".reign"), "ours", trusted=trusted)
        call = Call("", Connection(name, dict(self.settings)), site, deadline_s=20.0)
        return provider.look_up(
            self.type, self.registry.normalize(self.type, self.spec if spec is None else spec), call
        )


def looked_up_file(folder: Path) -> Question:
    (folder / "there.txt").write_text("Grüße\n")
    (folder / "there.txt").chmod(0o640)
    sha256 = hashlib.sha256("Grüße\n".encode()).hexdigest()
    told: Spec = {"path": "there.txt", "content": "Grüße\n", "sha256": sha256, "bytes": 8, "mode": "0640"}
    return Question("data.local.file", folder, Registry(), {"path": "there.txt"}, told, {"path": "not-there.txt"})


def looked_up_command(folder: Path) -> Question:
    spec: Spec = {"read": 'cat && echo "[$A]"', "stdin": "[1, ", "env": {"A": "2"}, "output": "text"}
    told: Spec = {"stdout": "[1, [2]", "stderr": "", "exit_code": 0, "json": None}
    return Question("data.shell.command", folder, Registry(), spec, told, {"read": "exit 1"})


def git(folder: Path) -> Question:
    sha = repository(folder)
    told: Spec = {"sha": sha, "branch": "main", "tag": "v1", "dirty": False}
    return Question("data.git", folder, Registry(), {}, told, None)


def repository(folder: Path) -> str:
    """A repository with one commit on main, tagged v1: its sha."""
    (folder / "file").write_text("x")
    (folder / ".gitignore").write_text(".reign\n")
    who = [
        "-c",
        "user.name=x",
        "-c",
        "user.email=x@example.org",
        "-c",
        "commit.gpgsign=false",
        "-c",
        "tag.gpgsign=false",
    ]
    for words in (["init", "-q", "-b", "main"], ["add", "."], [*who, "commit", "-qm", "one"], [*who, "tag", "v1"]):
        subprocess.run(["git", "-C", str(folder), *words], check=True, capture_output=True)
    said = subprocess.run(["git", "-C", str(folder), "rev-parse", "HEAD"], check=True, capture_output=True, text=True)
    return said.stdout.strip()


def shelf(folder: Path) -> Question:
    (folder / "list.note").write_text("{}")
    settings = {"shelf": str(folder)}
    told: Spec = {"titles": ["list"], "count": 1}
    return Question("data.sample.shelf", folder, Registry(), {"prefix": "li"}, told, {"prefix": "zz"}, settings)


QUESTIONS: dict[str, Callable[[Path], Question]] = {
    "data.local.file": looked_up_file,
    "data.shell.command": looked_up_command,
    "data.git": git,
    "data.sample.shelf": shelf,
}
