"""`npm`, `pnpm`, `yarn`: scripts of a package that they run."""

from __future__ import annotations

import json
import re
from dataclasses import replace

from reign.providers.shell.safety.command import Command
from reign.providers.shell.safety.options import options
from reign.providers.shell.safety.paths import resolved
from reign.providers.shell.safety.scope import Scope
from reign.providers.shell.safety.text import UNKNOWN, literal

_INSTALLS = ("install", "i", "ci", "add", "rebuild")
_BY_ITSELF = ("preinstall", "install", "postinstall", "prepare")
_FILE = "package.json"


def script(command: Command) -> str:
    """`npm run NAME`, `npm test`, `npm install`."""
    found = options(command.args, "C", ("prefix", "cwd", "dir"), stops=False)
    words = [literal(word) for word in found.rest]
    if words[:2] == ["pkg", "set"]:
        for word in words[2:]:
            if set_ := re.match(r"scripts\.[\w:-]+=(.*)", word, re.DOTALL):
                command.code(set_[1].strip("\"'"), stdin="")
        return UNKNOWN
    if names := _names(words):
        _run(command, names, (found.of("C", "prefix", "cwd", "dir") or ["."])[-1])
    return UNKNOWN


def _names(words: list[str]) -> list[str]:
    """The scripts that are run, those before and behind included."""
    if words[:1] and words[0] in _INSTALLS:
        return list(_BY_ITSELF)
    if words[:1] in (["run"], ["run-script"], ["rum"]):
        words = words[1:]
    return [f"pre{words[0]}", words[0], f"post{words[0]}"] if words else []


def _run(command: Command, names: list[str], folder: str) -> None:
    where = resolved(f"{folder}/{_FILE}", command.scope.folder)
    text = command.held(where)
    try:
        scripts = json.loads(text).get("scripts", {}) if len(text) > 1 else {}
    except (ValueError, AttributeError):
        return
    for name in names:
        said, mark = scripts.get(name) if isinstance(scripts, dict) else None, f"npm {where} {name}"
        if isinstance(said, str) and mark not in command.scope.calling:
            scope = replace(command.scope, calling=(*command.scope.calling, mark))
            _one(command, said, scope=scope, where=where, text=text)


def _one(command: Command, said: str, *, scope: Scope, where: str, text: str) -> None:
    inner = replace(command, scope=scope)
    if not command.scope.files.is_given(where):
        inner.code(said, stdin="")
        return
    written = json.dumps(said, ensure_ascii=False)
    begin = max(0, text.find(written))
    with command.scope.found.inside(where, text, -1):
        command.scope.found.at = (begin, begin + len(written))
        inner.code(said, stdin="")
