"""What is written now and run later: tables of cron, units of systemd, files that shells and machines begin with."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator

from reign.providers.shell.safety.command import CallFunction, Command, Follow
from reign.providers.shell.safety.danger import ERASES, REMOTE
from reign.providers.shell.safety.options import options
from reign.providers.shell.safety.scope import Files, Found, Scope, started
from reign.providers.shell.safety.skeleton import read_script
from reign.providers.shell.safety.text import FETCHED, UNKNOWN, is_known, literal

_FOREIGN = re.compile(r".*(?:zsh|z?login|\.fish|\.zprofile)")
"""Written in a shell that has words of its own."""
_UNIT = re.compile(r"^\s*Exec\w+\s*=\s*[-@+!:|]*(.+)$", re.MULTILINE)
_ENTRY = re.compile(r"^\s*(?:Exec|command)\s*=\s*(.+)$", re.MULTILINE)
_RULE = re.compile(r"(?:RUN\b[^=]*\+?=|PROGRAM=+|Invoke[^\"]*)\s*\"([^\"]+)\"")


def follow_later(found: Found, follow: Follow, call: CallFunction) -> None:
    """Follow what was written into files that somebody else runs, where it was written."""
    for path, (files, source, at, file) in list(found.later.items()):
        with found.inside(file, source, -1):
            found.at = at
            _follow(path, _scope(found, files), follow, call)


def _scope(found: Found, files: Files) -> Scope:
    """A shell that somebody else starts: what is set there, and in which folder it runs, is not known."""
    scope = started(found, {}, folder=UNKNOWN, args=(UNKNOWN,) * 9)
    scope.files, scope.open = files, True
    return scope


def _follow(path: str, scope: Scope, follow: Follow, call: CallFunction) -> None:
    text = scope.files.get(path, "")
    command = Command((path,), scope, UNKNOWN, (), follow, call)
    if not (read := commands_of(path)):
        if not (_FOREIGN.fullmatch(path) and read_script(literal(text)).is_broken):
            command.run()
        return
    if FETCHED in text and "cron" in path:
        command.tell(REMOTE, "lets the machine run what comes over the network, whatever that is")
    for script in read(literal(text)):
        command.code(script, stdin="")


def commands_of(path: str) -> Callable[[str], Iterator[str]] | None:
    """How the commands of a file that is no script itself are found."""
    return next((read for pattern, read in _FORMATS if re.fullmatch(pattern, path)), None)


def _table(text: str, fields: int) -> Iterator[str]:
    """The commands of a table of cron, which stand behind that many fields."""
    for line in text.splitlines():
        parts = line.split(None, fields - 4 if line.startswith("@") else fields)
        if len(parts) == (fields - 3 if line.startswith("@") else fields + 1) and not line.lstrip().startswith("#"):
            yield parts[-1]


def _user_table(text: str) -> Iterator[str]:
    yield from _table(text, 5)


def _system_table(text: str) -> Iterator[str]:
    yield from _table(text, 6)


def _unit(text: str) -> Iterator[str]:
    """The commands of a unit: words alone, between which nothing is an operator."""
    for said in _UNIT.findall(re.sub(r"\\\n", " ", text)):
        try:
            yield shlex.join(word for word in shlex.split(said) if word != ";")
        except ValueError:
            continue


def _entry(text: str) -> Iterator[str]:
    yield from _ENTRY.findall(text)


def _rule(text: str) -> Iterator[str]:
    yield from _RULE.findall(text)


_FORMATS: tuple[tuple[str, Callable[[str], Iterator[str]]], ...] = (
    (r"/etc/(?:cron\.d/[^/]+|(?:ana)?crontab)", _system_table),
    (r"/var/spool/cron/.+", _user_table),
    (r".*/systemd/.+\.(?:service|socket|conf|timer|mount)", _unit),
    (r"/etc/supervisor.+\.(?:conf|ini)|.*/(?:autostart|applications)/.+\.desktop", _entry),
    (r"/etc/udev/rules\.d/.+|/etc/apt/apt\.conf.*", _rule),
)


# Commands that plan


def scheduled(command: Command) -> str:
    """`at`, `batch`: what it reads is a script for later."""
    found = options(command.args, "fqt")
    if found.has("l", "d", "c", "r"):
        return UNKNOWN
    files = [path for path in found.of("f") if path not in ("-", "/dev/stdin")]
    text = "".join(map(command.held, files)) if files else command.stdin
    if is_known(text):
        command.code(text)
    return ""


def time_table(command: Command) -> str:
    """`crontab`: -r removes it; what it reads has a script on each line."""
    found = options(command.args, "u")
    if found.has("r"):
        command.tell(ERASES, "removes all that is scheduled")
    if found.has("l", "e"):
        return UNKNOWN
    files = [path for path in found.rest if path != "-"]
    text = "".join(map(command.held, files)) if files else command.stdin
    for script in _user_table(text):
        command.code(literal(script))
    return ""
