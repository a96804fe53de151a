"""One field of a shell resource, run: its programs one by one, and what came out of them."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from reign.model.address import Address
from reign.model.errors import ErrorKind, ProviderError
from reign.model.resource import Observation
from reign.model.values import Spec, Value
from reign.ports import Call, Site
from reign.providers.faults import from_os
from reign.providers.shell.commands import Words, programs
from reign.providers.shell.quoting import quoted
from reign.providers.shell.run import Asked, Ended, last_lines, passed_on, run
from reign.providers.sources import pinned_content, source_file


def perform(name: str, address: Address, spec: Spec, call: Call) -> list[Ended]:
    """Run the field `name` of a normalised spec: each of its programs, until one fails. Raises ProviderError."""
    until = time.monotonic() + call.deadline_s
    what = f"The {'script' if name == 'script' else f'{name} command'} of {address}"
    cwd = _cwd(spec, call.site)
    with _programs(name, spec, call.site) as asked:
        return [_one(words, spec, cwd, what, until) for words in asked]


def _one(words: Words, spec: Spec, cwd: str, what: str, until: float) -> Ended:
    declared = spec.get("env") or {}
    env = {**passed_on(os.environ), **(declared if isinstance(declared, dict) else {}), **words.variables}
    limit = min(float(str(spec["timeout"])), max(0.0, until - time.monotonic()))
    stdin = str(spec.get("stdin") or "").encode()
    ended = run(Asked(words.argv, {key: str(value) for key, value in env.items()}, cwd, stdin, limit, what))
    if ended.code != 0:
        raise _failed(ended, what)
    return ended


def _cwd(spec: Spec, site: Site) -> str:
    root = Path(site.root).resolve()
    found = Path(site.folder, str(spec.get("cwd") or ".")).resolve()
    if not found.is_relative_to(root) or not found.is_dir():
        why = "is no folder" if found.is_relative_to(root) else f"leads out of {root}"
        raise ProviderError(
            ErrorKind.INVALID,
            "Command has nowhere to run",
            f"`cwd` is {spec.get('cwd')}, which {why}.",
            "Name a folder inside the root, relative to the project folder.",
        )
    return str(found)


@contextmanager
def _programs(name: str, spec: Spec, site: Site) -> Iterator[list[Words]]:
    """What to run. An inline script stands in a private temporary folder meanwhile."""
    if name != "script":
        yield programs(spec[name], str(spec["shell"]))
        return
    interpreter, args = str(spec["interpreter"]), spec.get("args") or []
    start = (sys.executable if interpreter == "python" else interpreter,)
    end = tuple(str(arg) for arg in args) if isinstance(args, list) else ()
    match spec:
        case {"source": {"path": str(path), "sha256": str(sha256)}}:
            for _ in pinned_content(path, sha256, site):
                pass  # read to its end, which is where it is compared
            yield [Words((*start, str(source_file(path, site)), *end))]
        case _:
            with tempfile.TemporaryDirectory(prefix="reign-") as folder:
                words = _inline(spec["script"], interpreter, Path(folder))
                yield [replace(words, argv=(*start, *words.argv, *end))]


def _inline(script: Value, interpreter: str, folder: Path) -> Words:
    """The script written to `folder`: its path, and the variables that carry its values."""
    text, values = (script["command"], script["with"]) if isinstance(script, dict) else (script, {})
    path = folder / ("script.ps1" if interpreter == "pwsh" else "script")
    try:
        path.write_text(quoted(str(text), interpreter).text if values else str(text), encoding="utf-8", newline="")
    except OSError as error:
        raise from_os(error, "writing the script to a temporary folder") from error
    variables = {key: str(value) for key, value in values.items()} if isinstance(values, dict) else {}
    return Words((str(path),), variables)


def _failed(ended: Ended, what: str) -> ProviderError:
    said = last_lines(ended.stderr) or last_lines(ended.stdout)
    how = f"was killed by signal {-ended.code}" if ended.code < 0 else f"ended with exit code {ended.code}"
    kind = {126: ErrorKind.DENIED, 127: ErrorKind.MISSING}.get(ended.code, ErrorKind.FAULT)
    return ProviderError(
        kind, "Command failed", f"{what} {how}. {said}".strip(), "Run it by hand in the same folder to see more."
    )


def outputs_of(done: list[Ended], external_id: str, spec: Spec) -> Observation:
    """What is recorded of programs that succeeded. Raises ProviderError `invalid`, with what was done, for bad JSON."""
    stdout, stderr = ("".join(getattr(ended, name) for ended in done) for name in ("stdout", "stderr"))
    outputs: Spec = {
        "stdout": stdout.removesuffix("\n"),
        "stderr": stderr.removesuffix("\n"),
        "exit_code": done[-1].code,
        "json": None,
    }
    seen = Observation(external_id, spec, outputs)
    if spec.get("output") == "json":
        try:
            outputs["json"] = json.loads(stdout, parse_constant=_no_constant)
        except ValueError as error:
            raise ProviderError(
                ErrorKind.INVALID,
                "Output is not JSON",
                f"The command succeeded, and what it printed is not JSON: {error}.",
                "Print JSON alone on stdout, or set `output: text`.",
                partial=seen,
            ) from None
    return seen


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")
