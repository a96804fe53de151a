"""`find`: what it does with what it finds."""

from __future__ import annotations

import re
from itertools import pairwise

from reign.providers.shell.safety.command import Command
from reign.providers.shell.safety.files import check_delete
from reign.providers.shell.safety.paths import CORE, resolved
from reign.providers.shell.safety.text import STAR, UNKNOWN, literal
from reign.providers.shell.safety.writing import check_write

_RESTRICTS = ("name", "iname", "path", "ipath", "wholename", "regex", "iregex", "empty", "samefile", "inum", "lname")
_ALL = re.compile(r"[*?./]*(?:\*\.\*)?")
_RUNS = ("-exec", "-execdir", "-ok", "-okdir")


def find(command: Command) -> str:
    """`find`: -delete and -exec, on what is found; without a name to look for, that is everything below."""
    args = list(command.args)
    while args and re.fullmatch(r"-[HLP]|-D|-O\d?", args[0]):
        args = args[2:] if args[0] == "-D" else args[1:]
    at = next((at for at, word in enumerate(args) if word.startswith("-") or word in ("(", "!", "\\(")), len(args))
    roots, tests = args[:at] or ["."], args[at:]
    found: list[str] = []
    for root in roots:
        below, is_narrow = root.rstrip("/"), _is_narrow(tests, resolved(root, command.scope.folder))
        name = _named(tests)
        found += [] if is_narrow else [root, f"{below}/{STAR}"]
        found += [f"{below}/{UNKNOWN}{name}"] if is_narrow or name else []
        if "-delete" in tests and not is_narrow:
            check_delete(command, root)
    for at, word in enumerate(tests):
        if word in _RUNS:
            _run_on(command, tests[at + 1 :], found)
        elif word in ("-fprint", "-fprint0", "-fls") and at + 1 < len(tests):
            check_write(tests[at + 1], UNKNOWN, command.scope)
    return "\n".join(found) + "\n"


_RUBBISH = re.compile(
    r".*(?:\.py[co]|__pycache__|\.tmp|\.log(?:\..*)?|\.DS_Store|\.rpm(?:save|new|orig)|\.dpkg-\w+|\.ucf-\w+|~|\.bak|\.old|\.sw[op]|\.orig|\.rej"
    r"|\.gz|\.cache|\.core|\.pid|Thumbs\.db|\.la|\.a|\.o|\.map|\.md|tests?|idle_test)"
)


def _is_narrow(tests: list[str], root: str) -> bool:
    """Whether only what has a certain name is found; below what the system is made of, one that nobody needs."""
    acts = [at for at, word in enumerate(tests) if word == "-delete" or word in _RUNS]
    if any(tests[at - 1] in ("-o", "-or") for at in acts if at):
        return False
    for at, word in enumerate(tests[:-1]):
        name = word.lstrip("-")
        if (
            word.startswith("-")
            and name in _RESTRICTS
            and tests[at - 1 : at] not in (["!"], ["-not"])
            and (name == "empty" or not _ALL.fullmatch(literal(tests[at + 1])))
            and (name == "empty" or not CORE.fullmatch(root) or _RUBBISH.fullmatch(literal(tests[at + 1])))
        ):
            return True
    return "-empty" in tests


def _named(tests: list[str]) -> str:
    """The name that all have that are found, behind a slash; "" where there is none."""
    names = [name for test, name in pairwise(tests) if test in ("-name", "-iname")]
    return f"/{names[0]}" if len(names) == 1 and not re.search(r"[*?\[]", literal(names[0])) else ""


def _run_on(command: Command, words: list[str], found: list[str]) -> None:
    end = next((at for at, word in enumerate(words) if word in (";", "\\;", "+")), len(words))
    for each in found:
        command.other([word.replace("{}", each) for word in words[:end]], stdin="")
