"""The dangers of a spec, each with its place, and their refusal where they are not allowed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
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
from reign.providers.sources import located, pinned_file

FIELDS = ("create", "read", "update", "delete", "script", "source")
MOST_BYTES = 1 << 20
"""Of a file that a command runs; a larger one is not read."""
MOST_SHOWN = 80


def concerns(spec: Spec, site: Site | None = None, fields: Iterable[str] = FIELDS) -> list[Problem]:
    """What the commands in these fields of a normalised spec would do that an `allow` has to name.

    What is not known yet may be anything, and is taken to be harmless: it is asked about again once it is known. `site`:
    where the files lie that they run.
    """
    judging = _Judging(spec, site)
    return [problem for name in fields if spec.get(name) is not None for problem in judging.field(name)]


def refuse(problems: Sequence[Problem], allow: Sequence[Allowance], what: str) -> None:
    """Raise ProviderError `invalid` for the first of `problems` that is not allowed, so that nothing runs."""
    today = datetime.now(UTC).date().isoformat()
    codes = {each.code for each in allow if not each.until or each.until >= today}
    for problem in problems:
        if problem.code not in codes:
            raise ProviderError(ErrorKind.INVALID, problem.summary, f"{what}: {problem.detail}", problem.fix)


@dataclass(frozen=True, slots=True)
class _Judging:
    """The commands of one spec, with what is known of what they get. `site`: where the files lie that they run."""

    spec: Spec
    site: Site | None
    texts: dict[str, str] = field(default_factory=dict)
    """What files hold that were run, by their names."""

    @property
    def env(self) -> dict[str, str]:
        env = self.spec.get("env")
        return {name: _text(value) for name, value in env.items()} if isinstance(env, dict) else {}

    @property
    def stdin(self) -> str:
        return _text(self.spec.get("stdin") or "")

    @property
    def folder(self) -> str:
        folder = self.spec.get("cwd")
        return folder if isinstance(folder, str) else UNKNOWN if folder is not None else "."

    def field(self, name: str) -> Iterator[Problem]:
        """What is told of one of its fields."""
        if name == "source":
            return self._file()
        return self._script() if name == "script" else self._chain(name)

    def _chain(self, name: str) -> Iterator[Problem]:
        for place, item in _commands(self.spec[name]):
            path: Path = (name, *place)
            if isinstance(item, list):
                words = [_text(word) for word in item]
                found = judge_words(words, self.env, self.stdin, self.folder, self.read) if words else ()
                yield from (self._problem(replace(each, start=0, end=0), path, "") for each in found if not each.file)
                yield from (self._problem(each, path, "") for each in found if each.file)
            for text, values in _strings(item):
                yield from (self._problem(danger, path, text) for danger in self._string(text, values))

    def _string(self, text: str, values: dict[str, str]) -> Sequence[Danger]:
        if self.spec.get("shell") == "pwsh":
            return (Danger(UNREAD, "is PowerShell, which is not analysed", 0, len(text)),)
        return judge(text, {**self.env, **values}, self.stdin, folder=self.folder, read=self.read)

    def _script(self) -> Iterator[Problem]:
        for text, values in _strings(self.spec["script"]):
            yield from (self._problem(danger, ("script",), text) for danger in self._code(text, values))

    def _file(self) -> Iterator[Problem]:
        match self.spec["source"]:
            case {"path": str(path), "sha256": str(sha256)} if self.site is not None:
                try:
                    text = pinned_file(path, sha256, self.site).read_bytes().decode(errors="replace")
                except (ProviderError, OSError):
                    return  # whoever runs it says so
                for danger in self._code(text, {}):
                    yield self._problem(danger, ("source",), text, path)

    def _code(self, text: str, values: dict[str, str]) -> Sequence[Danger]:
        interpreter, args = str(self.spec.get("interpreter") or "bash"), self.spec.get("args")
        words = [_text(arg) for arg in args] if isinstance(args, list) else [] if args is None else [UNKNOWN] * 9
        return judge_script(text, interpreter, {**self.env, **values}, self.stdin, words, self.read)

    def read(self, path: str) -> str | None:
        """What a file of the project holds; None for what is none, too large, or no text."""
        if self.site is None:
            return None
        try:
            found = located(path, self.site)
            data = found.read_bytes() if found.is_file() and found.stat().st_size <= MOST_BYTES else b"\0"
        except (ProviderError, OSError, ValueError):
            return None
        if b"\0" in data:
            return None
        self.texts[path] = data.decode(errors="replace")
        return self.texts[path]

    def _problem(self, danger: Danger, path: Path, text: str, file: str = "") -> Problem:
        if danger.file:
            text, file = self.texts[danger.file], danger.file
        said = PLACEHOLDER.sub("${...}", " ".join(text[danger.start : danger.end].split()))
        said = said if len(said) <= MOST_SHOWN else f"{said[: MOST_SHOWN - 3]}..."
        detail = f"`{said}` {danger.why}." if said and said != "`" else f"The command {danger.why}."
        fix = (
            f"Write it otherwise. If it is meant, say so beside the spec: allow: [{{code: {danger.code}, reason: why}}]"
        )
        place, excerpt = _placed(text, danger, file) if text else (None, ())
        return Problem(path, danger.code, SUMMARIES[danger.code], detail, fix=fix, place=place, excerpt=excerpt)


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


def _text(value: Value) -> str:
    """A value as text; something unknown where it is not there yet."""
    return value if isinstance(value, str) else str(value) if isinstance(value, int | float) else UNKNOWN
