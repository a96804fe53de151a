"""Judges one command: what it would do that nobody should do unasked."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial

from reign.providers.shell.safety.command import Command
from reign.providers.shell.safety.danger import LEAKS, UNREAD, Danger
from reign.providers.shell.safety.follow import call, follow
from reign.providers.shell.safety.foreign import read_code
from reign.providers.shell.safety.later import follow_later
from reign.providers.shell.safety.scope import Found, Scope, Value, started
from reign.providers.shell.safety.shells import check_itself
from reign.providers.shell.safety.table import handlers, is_interpreter, is_shell
from reign.providers.shell.safety.text import SECRET

_WORDS = re.compile(r"[\w ./:=,@%+\n-]*", re.ASCII)
_KEYS = re.compile(r"shadow|\.ssh|\.gnupg|ssh_host|/\*|\$\(|base64")
_TELLING = re.compile(r"^/dev/(?!null$)|shadow|\.ssh|gnupg|ssh_host|environ")
_MEEK = re.compile(
    r"echo|printf|true|false|test|cat|ls|pwd|head|tail|sort|uniq|grep|basename|dirname|which|sleep|exit|cd|ps|seq|:"
)
_MOST_ROUNDS = 12
Pairs = tuple[tuple[str, str], ...]
Read = Callable[[str], str | None]
Judged = tuple[tuple[Danger, ...], tuple[str, ...]]
"""What was found, and the files that were run of which nothing is known."""


def unread(_: str) -> None:
    """No file can be read."""


def judge(
    text: str,
    env: Mapping[str, str],
    stdin: str = "",
    args: Sequence[str] = (),
    folder: str = ".",
    read: Read = unread,
) -> tuple[Danger, ...]:
    """What the script `text` would do in bash or sh. env: the variables that are known beforehand; stdin: what it reads;
    read: what a file holds that it runs, None where that is nobody's to know.
    """
    if _is_harmless(text):
        return ()
    used = tuple(sorted((name, value) for name, value in env.items() if name in text or "$" in value or "!" in text))
    return _with_files(partial(_judged, text, used, stdin, tuple(args), folder), read)


def judge_words(
    words: Sequence[str], env: Mapping[str, str], stdin: str = "", folder: str = ".", read: Read = unread
) -> tuple[Danger, ...]:
    """The same for a list of words that runs without a shell. The places are those of the words, each on a line."""
    if _is_harmless(" ".join(words)):
        return ()
    return _with_files(partial(_judged_words, tuple(words), tuple(sorted(env.items())), stdin, folder), read)


def judge_script(
    text: str, interpreter: str, env: Mapping[str, str], stdin: str, args: Sequence[str], read: Read = unread
) -> tuple[Danger, ...]:
    """The same for a script of any interpreter; of most, what is plain alone."""
    name = interpreter.rpartition("/")[2]
    if is_shell(name):
        return judge(text, env, stdin, args, read=read)
    return _with_files(partial(_judged_code, text, name, tuple(sorted(env.items())), stdin, tuple(args)), read)


def _with_files(judged: Callable[[Pairs], Judged], read: Read) -> tuple[Danger, ...]:
    """Judge, and once more with the files that were run, as long as there are more of them."""
    asked: set[str] = set()
    known: dict[str, str] = {}
    for _ in range(_MOST_ROUNDS):
        dangers, unknown = judged(tuple(sorted(known.items())))
        new = [path for path in unknown if path not in asked]
        texts = {path: text for path in new if (text := read(path)) is not None}
        if not texts:
            break
        asked.update(new)
        known |= texts
    return dangers


@lru_cache(maxsize=4096)
def _judged(text: str, env: Pairs, stdin: str, args: Value, folder: str, files: Pairs) -> Judged:
    found = Found(text, at=(0, len(text)))
    scope = started(found, dict(env), folder, args, files)
    scope.stdin = stdin

    def look() -> None:
        printed = follow(text, scope)
        follow_later(found, follow, call)
        found.at = (0, len(text))
        check_itself(Command(("sh",), scope, "", (), follow, call), text)
        if SECRET in printed and _KEYS.search(text):
            found.add(LEAKS, "prints what nobody else may see, and what is printed is kept")

    return _looked(look, scope)


@lru_cache(maxsize=4096)
def _judged_words(words: Value, env: Pairs, stdin: str, folder: str, files: Pairs) -> Judged:
    source = "\n".join(words)
    scope = started(Found(source, at=(0, len(source))), dict(env), folder, (), files)

    def look() -> None:
        Command(words, scope, stdin, (), follow, call).run()
        follow_later(scope.found, follow, call)

    return _looked(look, scope)


@lru_cache(maxsize=512)
def _judged_code(text: str, name: str, env: Pairs, stdin: str, args: Value, files: Pairs) -> Judged:
    found = Found(text, at=(0, len(text)))
    scope = started(found, dict(env), args=args, files=files)
    if name in ("pwsh", "powershell"):
        found.add(UNREAD, "is PowerShell, which is not analysed")
    elif is_interpreter(name):
        return _looked(lambda: read_code(Command((name,), scope, stdin, (), follow, call), text), scope)
    return tuple(found.dangers), ()


def _looked(look: Callable[[], object], scope: Scope) -> Judged:
    try:
        look()
    except RecursionError:
        scope.found.add(UNREAD, "goes deeper than it can be followed")
    return tuple(scope.found.dangers), tuple(scope.files.unknown) if scope.found.runs_files else ()


def _is_harmless(text: str) -> bool:
    """Whether nothing but plain words stand there, none of which could do harm: most commands."""
    return bool(_WORDS.fullmatch(text)) and not any(
        _may_harm(word, is_first=at == 0) for line in text.split("\n") for at, word in enumerate(line.split())
    )


@lru_cache(maxsize=4096)
def _may_harm(word: str, *, is_first: bool) -> bool:
    if (is_first and "/" in word) or word.startswith(("./", "../")) or word == "." or _TELLING.search(word):
        return True
    name = word.rpartition("/")[2]
    return bool(handlers(name)) and not _MEEK.fullmatch(name)
