"""What is declared of each type, what somebody does to it outside, and which attributes then differ."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

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
