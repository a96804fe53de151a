"""Judges one command: what it would do that nobody should do unasked."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from reign.providers.shell.safety.command import Command
from reign.providers.shell.safety.danger import LEAKS, UNREAD, Danger
from reign.providers.shell.safety.follow import call, follow
from reign.providers.shell.safety.interpreters import read_code
from reign.providers.shell.safety.scope import Found, Value, started
from reign.providers.shell.safety.shells import check_itself
from reign.providers.shell.safety.table import is_interpreter, is_shell
from reign.providers.shell.safety.text import SECRET

_WORDS = re.compile(r"[\w ./:=,@%+\n-]*", re.ASCII)
_KEYS = re.compile(r"shadow|\.ssh|\.gnupg|ssh_host|/\*|\$\(|base64")
Env = tuple[tuple[str, str], ...]


def judge(
    text: str, env: Mapping[str, str], stdin: str = "", args: Sequence[str] = (), folder: str = "."
) -> tuple[Danger, ...]:
    """What the script `text` would do in bash or sh. env: the variables that are known beforehand; stdin: what it reads."""
    if _is_harmless(text):
        return ()
    used = tuple(sorted((name, value) for name, value in env.items() if name in text or "$" in value or "!" in text))
    return _judged(text, used, stdin, tuple(args), folder)


def judge_words(words: Sequence[str], env: Mapping[str, str], stdin: str = "", folder: str = ".") -> tuple[Danger, ...]:
    """The same for a list of words that runs without a shell. The places are words: from one number to another."""
    if _is_harmless(" ".join(words)):
        return ()
    return _judged_words(tuple(words), tuple(sorted(env.items())), stdin, folder)


def judge_script(
    text: str, interpreter: str, env: Mapping[str, str], stdin: str, args: Sequence[str]
) -> tuple[Danger, ...]:
    """The same for a script of any interpreter; of most, what is plain alone."""
    name = interpreter.rpartition("/")[2]
    if is_shell(name):
        return judge(text, env, stdin, args)
    found = Found(text, at=(0, len(text)))
    scope = started(found, env, args=tuple(args))
    command = Command((interpreter,), scope, stdin, (), follow, call)
    if name in ("pwsh", "powershell"):
        found.add(UNREAD, "is PowerShell, which is not analysed")
    elif is_interpreter(name) or name == "python":
        read_code(command, text)
    return tuple(found.dangers)


@lru_cache(maxsize=4096)
def _judged(text: str, env: Env, stdin: str, args: Value, folder: str) -> tuple[Danger, ...]:
    found = Found(text, at=(0, len(text)))
    scope = started(found, dict(env), folder, args)
    scope.stdin = stdin
    try:
        printed = follow(text, scope)
    except RecursionError:
        found.add(UNREAD, "goes deeper than it can be followed")
        return tuple(found.dangers)
    found.at = (0, len(text))
    check_itself(Command(("sh",), scope, "", (), follow, call), text)
    if SECRET in printed and _KEYS.search(text):
        found.add(LEAKS, "prints what nobody else may see, and what is printed is kept")
    return tuple(found.dangers)


@lru_cache(maxsize=4096)
def _judged_words(words: Value, env: Env, stdin: str, folder: str) -> tuple[Danger, ...]:
    source = "\n".join(words)
    found = Found(source, at=(0, len(source)))
    scope = started(found, dict(env), folder)
    try:
        Command(words, scope, stdin, (), follow, call).run()
    except RecursionError:
        found.add(UNREAD, "goes deeper than it can be followed")
    return tuple(found.dangers)


def _is_harmless(text: str) -> bool:
    """Whether nothing but plain words stand there, none of which could do harm: most commands."""
    return bool(_WORDS.fullmatch(text)) and not any(_may_harm(word) for word in text.split())


@lru_cache(maxsize=4096)
def _may_harm(word: str) -> bool:
    from reign.providers.shell.safety.table import handlers

    name = word.rpartition("/")[2]
    return bool(_TELLING.search(word)) or (bool(handlers(name)) and name not in _MEEK)


_TELLING = re.compile(r"^/dev/(?!null$)|shadow|\.ssh|gnupg|ssh_host|environ")
_MEEK = frozenset(
    [
        "echo",
        "printf",
        "true",
        "false",
        "test",
        "cat",
        "ls",
        "pwd",
        "head",
        "tail",
        "sort",
        "uniq",
        "grep",
        "basename",
        "dirname",
        "which",
        "sleep",
        "exit",
        "cd",
        "make",
        ":",
        ".",
    ]
)
