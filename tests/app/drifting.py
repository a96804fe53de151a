"""Every attribute of every type, changed from outside: is it found? And where nothing was changed: is nothing found?

The table says what is to be declared of each type, what somebody does to it outside, and which attributes then differ. A
type or a field without a row fails `uncovered`.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from reign.app.apply import apply
from reign.app.drift import find_drift
from reign.app.nouns import ApplyRequest, Where
from reign.app.plan import make_plan
from reign.execution.cancel import Cancel
from reign.model.redact import Masks
from reign.model.schema import Schema
from reign.planning import Options
from reign.planning.shapes import Shapes
from reign.providers.registry import Registry

GONE = ""
"""The path of what is not there any more."""

Do = Callable[[Path], None]


@dataclass(frozen=True)
class Row:
    """Something declared, and what is done to it outside in the project's folder. `differs` are the attributes that are then
    others; `of` the instance that they are of, where the block stands for several. `shows` are fields of the type that can
    only differ together with these.
    """

    type: str
    spec: Mapping[str, Any]
    do: Do
    differs: frozenset[str]
    of: str = ""
    shows: frozenset[str] = frozenset()
    files: Mapping[str, bytes] = field(default_factory=dict)


def write(name: str, data: bytes) -> Do:
    return lambda folder: void((folder / name).write_bytes(data))


def mode(name: str, bits: int) -> Do:
    return lambda folder: (folder / name).chmod(bits)


def remove(name: str) -> Do:
    return lambda folder: (folder / name).rmdir() if (folder / name).is_dir() else (folder / name).unlink()


def away(name: str) -> Do:
    """It is called otherwise now."""
    return lambda folder: void((folder / name).rename(folder / f"{name}.away"))


def void(_: object) -> None:
    """Nothing comes of it."""


def _file(spec: Mapping[str, Any], do: Do, *differs: str, **more: Any) -> Row:
    return Row("local.file", spec, do, frozenset(differs), **more)


def _read(type: str, spec: Mapping[str, Any], do: Do, *differs: str) -> Row:
    return Row(type, spec, do, frozenset(differs))


ROWS = (
    _file({"path": "f1", "content": "one"}, write("f1", b"two"), "content", "sha256"),
    _file({"path": "f2", "content": "one"}, write("f2", b"three"), "content", "sha256", "bytes"),
    _file({"path": "f3", "content": "pw ${secret.db}"}, write("f3", b"pw"), "content", "sha256", "bytes"),
    _file({"path": "f4", "content_base64": "AAH/"}, write("f4", b"\0\1\xfe"), "content_base64", "sha256"),
    _file({"path": "f5", "source": "s5"}, write("f5", b"b"), "sha256", shows=frozenset({"source"}), files={"s5": b"a"}),
    _file({"path": "f6", "content": "one"}, mode("f6", 0o600), "mode"),
    _file({"path": "f7", "content": "one", "mode": "0600"}, mode("f7", 0o604), "mode"),
    _file({"path": "f8", "content": "one", "backup": True}, remove("f8"), GONE),
    _file({"path": "f9", "content": "one"}, away("f9"), GONE, shows=frozenset({"path"})),
    Row("local.directory", {"path": "d1", "mode": "0700"}, mode("d1", 0o1700), frozenset({"mode"})),
    Row("local.directory", {"path": "d2", "mode": "0750"}, mode("d2", 0o755), frozenset({"mode"})),
    Row("local.directory", {"path": "d3"}, remove("d3"), frozenset({GONE})),
    Row("local.directory", {"path": "d4"}, away("d4"), frozenset({GONE}), shows=frozenset({"path"})),
    Row(
        "local.template",
        {"path": "t1", "template": "port ${port}", "vars": {"port": 1}},
        write("t1", b"port 22"),
        frozenset({"content", "sha256", "bytes"}),
        shows=frozenset({"template", "vars"}),
    ),
    Row(
        "local.template",
        {"path": "t2", "source": "s2", "vars": {"port": 1}},
        write("t2", b"port 2"),
        frozenset({"content", "sha256"}),
        shows=frozenset({"source"}),
        files={"s2": b"port ${port}"},
    ),
    Row("local.template", {"path": "t3", "template": "x", "mode": "0640"}, mode("t3", 0o644), frozenset({"mode"})),
    Row(
        "local.template",
        {"path": "t4", "template": "x"},
        away("t4"),
        frozenset({GONE}),
        shows=frozenset({"path"}),
    ),
    Row(
        "local.tree",
        {"source": "tree", "path": "copy", "include": ["**"], "mode": "0640"},
        write("copy/a", b"3"),
        frozenset({"sha256"}),
        of='local.file.NAME["a"]',
        shows=frozenset({"source", "include", "exclude", "prune"}),
        files={"tree/a": b"1", "tree/b": b"2"},
    ),
    Row(
        "local.tree",
        {"source": "tree", "path": "copy2"},
        mode("copy2/a", 0o600),
        frozenset({"mode"}),
        of='local.file.NAME["a"]',
    ),
    Row(
        "local.tree",
        {"source": "tree", "path": "copy3"},
        remove("copy3/b"),
        frozenset({GONE}),
        of='local.file.NAME["b"]',
        shows=frozenset({"path"}),
    ),
    _read("shell.command", {"create": "echo 1 > c1", "read": "cat c1"}, write("c1", b"2"), "drift"),
    _read("shell.command", {"create": "echo 1 > c2", "read": "cat c2"}, remove("c2"), GONE),
    _read(
        "shell.command", {"create": "echo '[1]' > c3", "read": "cat c3", "output": "json"}, write("c3", b"[2]"), "drift"
    ),
    _read(
        "shell.command",
        {"create": "echo 1 > c4", "read": "cat c4", "sensitive_output": True},
        write("c4", b"2"),
        "drift",
    ),
    _read("shell.script", {"script": "echo 1 > x1", "read": "cat x1"}, write("x1", b"2"), "drift"),
    _read("shell.script", {"script": "echo 1 > x2", "read": "cat x2"}, remove("x2"), GONE),
)

KEPT_BY_REIGN = {"value": "it stands in the state alone: there is no outside"}
"""Types that nothing can happen to."""

TEXTS = (
    "",
    "no end",
    "lines\r\nof\rall\nkinds\n",
    "\n\n",
    "tab\tand\0null",
    "e\u0301 \u00e9 \u202e \U0001f680\n",
    "\ufeffbom",
    "x" * 100_000,
)
NUMBERS = {"a": 1, "b": 1.5, "c": 10**15, "d": True}

QUIET: tuple[tuple[str, Mapping[str, Any]], ...] = (
    *(
        ("local.file", {"path": f"q{number}", "content": text})
        for number, text in enumerate(TEXTS)
    ),
    *(("local.file", {"path": f"m{bits}", "content": "m", "mode": bits}) for bits in ("0400", "0444", "0600", "0755", "0777")),
    ("local.file", {"path": "e\u0301/\u00e9 \u202e.txt", "content": "a name"}),
    ("local.file", {"path": "deep/er/still", "content": "parents"}),
    ("local.file", {"path": "s", "content": "${secret.db} ${secret.made}", "mode": "0600"}),
    ("local.file", {"path": "b64", "content_base64": "/wD+"}),
    ("local.directory", {"path": "wide", "mode": "0777"}),
    ("local.directory", {"path": "narrow", "mode": "0500"}),
    ("local.template", {"path": "numbers", "template": "${a} ${b} ${c} ${d}", "vars": NUMBERS}),
    ("value", {"value": [1, 1.0, 0.1, -0.0, 1e300, 2**60, True, None, "", {"a": {"b": []}}, {}]}),
    ("value", {"value": {"s": "${secret.db}", "n": "é"}, "triggers": {"t": "${secret.db}"}}),
    ("shell.command", {"create": "printf '1.0\\r\\n\\n' > n1", "read": "cat n1"}),
    ("shell.command", {"create": "echo '{\"b\": 1.0, \"a\": [1e2, null, true]}' > n2", "read": "cat n2", "output": "json"}),
    ("shell.command", {"create": "printf '\\377\\376' > n3", "read": "cat n3"}),
    ("shell.command", {"create": "true"}),
    ("shell.script", {"script": "printf 'é' > n4", "read": "cat n4"}),
)  # fmt: skip
"""What is easily taken for another thing than it is."""


@dataclass(frozen=True)
class Found:
    """`attributes` were changed, of which `missed` were not found; of `plans` that should be quiet, `noisy` were not."""

    attributes: int
    missed: tuple[str, ...]
    plans: int
    noisy: tuple[str, ...]


def uncovered(rows: Iterable[Row] = ROWS) -> list[str]:
    """Types and fields that the outside tells of and that no row is about; also rows about what there is not."""
    registry = Registry({}, Masks())
    told = {(row.type, name) for row in rows for name in (row.differs - {GONE}) | row.shows}
    told |= {(row.type, name) for row in rows if row.of for name in row.spec}
    wanted = {(each.type, name) for each in _schemas(registry) for name in _seen(registry, each)}
    unknown = {each for each in told if each[0] in {kind for kind, _ in wanted}} - _fields(registry)
    missing = [f"no row for {kind}.{name}" for kind, name in sorted(wanted - told)]
    return missing + [f"no such field: {kind}.{name}" for kind, name in sorted(unknown)]


def _schemas(registry: Registry) -> Iterator[Schema]:
    for kind in registry.types():
        schema = registry.schema(kind)
        if schema is not None and kind not in KEPT_BY_REIGN:
            yield schema


def _seen(registry: Registry, schema: Schema) -> Iterator[str]:
    shape = Shapes(registry.schema).of(schema.type)
    return (name for name in schema.fields if shape is not None and name not in shape.blind)


def _fields(registry: Registry) -> set[tuple[str, str]]:
    known = {(each.type, name) for each in _schemas(registry) for name in each.fields}
    return known | {(each.type, name) for each in _schemas(registry) if each.expands for name in _child(registry)}


def _child(registry: Registry) -> Iterable[str]:
    schema = registry.schema("local.file")
    return schema.fields if schema else ()


_PAIR = re.compile(r"\\ud[89ab]..\\ud[c-f]..")
"""Two halves of a character, as JSON writes one; YAML does not."""


def _as_one(pair: re.Match[str]) -> str:
    whole: str = json.loads(f'"{pair[0]}"')
    return f"\\U{ord(whole):08x}"


class Project:
    """One in a folder, driven by the use-cases."""

    def __init__(self, folder: Path) -> None:
        environ = {"PATH": os.environ["PATH"], "REIGN_TRUST": "1", "SECRET_DB": "canary-9e2b", "HOME": str(folder)}
        self.folder, self.where = folder, Where(folder, environ=environ)

    def write(self, blocks: Mapping[str, tuple[str, Mapping[str, Any]]]) -> None:
        told = {name: {"type": kind, "spec": dict(spec)} for name, (kind, spec) in blocks.items()}
        secrets = {"db": {"env": "SECRET_DB"}, "made": {"generate": {"length": 24}}}
        whole = {"version": 1, "project": "drifting", "secrets": secrets, "resources": told}
        text = _PAIR.sub(_as_one, json.dumps(whole))
        (self.folder / "reign.yaml").write_text(text, encoding="utf-8")

    def apply(self, **options: Any) -> str:
        request = ApplyRequest(options=Options(**options))
        applied = apply(self.where, request, lambda _: None, lambda _: None, Cancel())
        return applied.status + "".join(f" {each.address}: {each.detail}" for each in applied.failed)

    def noise(self, where: Where | None = None) -> list[str]:
        """What a plan has to say, where it should have nothing to say."""
        plan = make_plan(where or self.where, Options()).plan
        drift = [f"{each.address} drifted: {', '.join(each.changed)}" for each in plan.drift]
        return drift + [f"{change.address}: {change.action} {change.changed}" for change in plan.actions()]

    def drifted(self) -> dict[str, set[str]]:
        """Address -> the attributes that differ."""
        found: dict[str, set[str]] = {}
        for each in find_drift(self.where, Options()).attributes:
            found.setdefault(each.address.text, set()).add(each.path)
        return found


def changed_outside(folder: Path, rows: Iterable[Row] = ROWS) -> Found:
    """Apply all of it, plan it three times, change every attribute from outside, and look; then take it over, and look again.

    `folder` is empty, and other folders are made beside it.
    """
    project, rows = Project(folder), tuple(rows)
    names = [f"r{number}" for number in range(len(rows))]
    for row in rows:
        for name, data in row.files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(data)
    project.write({name: (row.type, row.spec) for name, row in zip(names, rows, strict=True)})
    _done(project.apply())
    noisy = [told for number in range(3) for told in project.noise()]
    for row in rows:
        row.do(folder)
    found = project.drifted()
    wanted = {
        (row.of or f"{row.type}.NAME").replace("NAME", name): row.differs for name, row in zip(names, rows, strict=True)
    }
    missed = [f"{address}: {path}" for address, paths in wanted.items() for path in paths - found.get(address, set())]
    noisy += [f"{address}: {path}" for address in found.keys() - wanted.keys() for path in found[address]]
    _done(project.apply(refresh_only=True))
    noisy += [f"taken over: {address} {paths}" for address, paths in project.drifted().items()]
    _done(project.apply())
    noisy += project.noise()
    return Found(sum(map(len, wanted.values())), tuple(missed), 3 + 2, tuple(noisy))


def nothing_changed(folder: Path) -> Found:
    """Apply what is easily taken for another thing than it is, and plan it three times: as it is, with another umask, and
    through a link to the folder.
    """
    project = Project(folder)
    project.write({f"r{number}": each for number, each in enumerate(QUIET)})
    _done(project.apply())
    link = folder.with_name(f"{folder.name}-link")
    link.symlink_to(folder, target_is_directory=True)
    noisy = project.noise()
    with umask(0o077):
        noisy += project.noise()
    noisy += project.noise(replace(project.where, folder=link))
    return Found(0, (), 3, tuple(noisy))


@contextmanager
def umask(bits: int) -> Iterator[None]:
    """With another one."""
    before = os.umask(bits)
    try:
        yield
    finally:
        os.umask(before)


def _done(status: str) -> None:
    if status != "completed":
        raise AssertionError(status)
