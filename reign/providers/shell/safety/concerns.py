"""The dangers of a spec, each with its place, and their refusal where they are not allowed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from reign.model.errors import ErrorKind, Problem, ProviderError
from reign.model.finding import Place
from reign.model.resource import Allowance
from reign.model.values import Path, Spec, Value
from reign.ports import Site
from reign.providers.shell.quoting import PLACEHOLDER
from reign.providers.shell.safety.danger import SUMMARIES, UNREAD, Danger
from reign.providers.shell.safety.judge import judge, judge_script, judge_words
from reign.providers.shell.safety.text import UNKNOWN
from reign.providers.sources import pinned_file

FIELDS = ("create", "read", "update", "delete", "script", "source")
_SHELLS = ("bash", "sh")


def concerns(spec: Spec, site: Site | None = None, fields: Iterable[str] = FIELDS) -> list[Problem]:
    """What the commands in these fields of a normalised spec would do that an `allow` has to name.

    What is not known yet may be anything, and is taken to be harmless: it is asked about again once it is known. `site`:
    where a script that is a file lies.
    """
    return [problem for name in fields if spec.get(name) is not None for problem in _of_field(name, spec, site)]


def refuse(problems: Sequence[Problem], allow: Sequence[Allowance], what: str) -> None:
    """Raise ProviderError `invalid` for the first of `problems` that is not allowed, so that nothing runs."""
    today = datetime.now(UTC).date().isoformat()
    codes = {each.code for each in allow if not each.until or each.until >= today}
    for problem in problems:
        if problem.code not in codes:
            raise ProviderError(ErrorKind.INVALID, problem.summary, f"{what}: {problem.detail}", problem.fix)


def _of_field(name: str, spec: Spec, site: Site | None) -> Iterator[Problem]:
    env, stdin = _env(spec), _text(spec.get("stdin") or "")
    if name in ("script", "source"):
        yield from _of_script(name, spec, site, env, stdin)
        return
    command, shell = spec[name], str(spec.get("shell") or "bash")
    folder = spec.get("cwd")
    folder = folder if isinstance(folder, str) else UNKNOWN if folder is not None else "."
    for place, item in _commands(command):
        for text, values in _strings(item):
            if shell == "pwsh":
                yield _problem(
                    Danger(UNREAD, "is PowerShell, which is not analysed", 0, len(text)), (name, *place), text
                )
            else:
                found = judge(text, {**env, **values}, stdin, folder=folder)
                yield from (_problem(danger, (name, *place), text) for danger in found)
        if isinstance(item, list) and item:
            words = [_text(word) for word in item]
            for danger in judge_words(words, env, stdin, folder=folder):
                yield _problem(Danger(danger.code, danger.why), (name, *place), "")


def _commands(command: Value) -> Iterator[tuple[Path, Value]]:
    if isinstance(command, list) and any(isinstance(item, list | dict) for item in command):
        yield from (((at,), item) for at, item in enumerate(command))
    else:
        yield (), command


def _strings(item: Value) -> Iterator[tuple[str, dict[str, str]]]:
    match item:
        case str():
            yield item, {}
        case {"command": str(text), "with": dict(values)}:
            yield text, {key: _text(value) for key, value in values.items()}


def _of_script(name: str, spec: Spec, site: Site | None, env: dict[str, str], stdin: str) -> Iterator[Problem]:
    interpreter = str(spec.get("interpreter") or "bash")
    args = spec.get("args")
    words = [_text(arg) for arg in args] if isinstance(args, list) else [] if args is None else [UNKNOWN] * 9
    if name == "source":
        yield from _of_file(spec["source"], site, interpreter, env, stdin, words)
        return
    for text, values in _strings(spec["script"]):
        for danger in judge_script(text, interpreter, {**env, **values}, stdin, words):
            yield _problem(danger, ("script",), text)


def _of_file(
    source: Value, site: Site | None, interpreter: str, env: dict[str, str], stdin: str, args: list[str]
) -> Iterator[Problem]:
    match source:
        case {"path": str(path), "sha256": str(sha256)} if site is not None:
            try:
                text = pinned_file(path, sha256, site).read_bytes().decode(errors="replace")
            except (ProviderError, OSError):
                return  # whoever runs it says so
            for danger in judge_script(text, interpreter, env, stdin, args):
                yield _problem(danger, ("source",), text, path)


def _problem(danger: Danger, path: Path, text: str, file: str = "") -> Problem:
    said = " ".join(text[danger.start : danger.end].split())
    said = PLACEHOLDER.sub("${...}", said)
    said = said if len(said) <= 80 else f"{said[:77]}..."
    detail = f"`{said}` {danger.why}." if said and said != "`" else f"The command {danger.why}."
    fix = f"Write it otherwise. If it is meant, say so beside the spec: allow: [{{code: {danger.code}, reason: why}}]"
    place, excerpt = _placed(text, danger, file) if text else (None, ())
    return Problem(path, danger.code, SUMMARIES[danger.code], detail, fix=fix, place=place, excerpt=excerpt)


def _placed(text: str, danger: Danger, file: str) -> tuple[Place, tuple[tuple[int, str], ...]]:
    """Where the words stand; in a file, with the lines around them."""
    begin = text.rfind("\n", 0, danger.start) + 1
    end = text.find("\n", begin)
    line = text[begin : len(text) if end < 0 else end]
    number, column = text.count("\n", 0, begin) + 1, danger.start - begin
    width = max(1, min(danger.end, begin + len(line)) - danger.start)
    if not file and (put_in := PLACEHOLDER.search(line)) and put_in.start() < column + width:
        column = min(column, put_in.start())  # in the YAML, another text stands there
        width = max(1, put_in.start() - column)
    if not file:
        return Place("", number, column + 1, width), ()
    lines = text.split("\n")
    around = range(max(0, number - 2), min(len(lines), number + 1))
    return Place(file, number, column + 1, width), tuple((at + 1, lines[at]) for at in around)


def _env(spec: Spec) -> dict[str, str]:
    env = spec.get("env")
    return {name: _text(value) for name, value in env.items()} if isinstance(env, dict) else {}


def _text(value: Value) -> str:
    """A value as text; something unknown where it is not there yet."""
    return value if isinstance(value, str) else str(value) if isinstance(value, int | float) else UNKNOWN
