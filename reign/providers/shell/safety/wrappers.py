"""Commands that run another command: the words of that one are taken out of theirs."""

from __future__ import annotations

import re

from reign.providers.shell.safety.builtin import print_environment
from reign.providers.shell.safety.command import Command
from reign.providers.shell.safety.options import options
from reign.providers.shell.safety.paths import resolved
from reign.providers.shell.safety.shells import read_in
from reign.providers.shell.safety.text import STAR, UNKNOWN, is_known, literal

_ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=(.*)", re.DOTALL)
PLAIN: dict[str, tuple[str, int]] = {
    "nohup": ("", 0),
    "time": ("fo", 0),
    "nice": ("n", 0),
    "ionice": ("cnpt", 0),
    "chrt": ("TPDp", 1),
    "taskset": ("", 1),
    "numactl": ("NmCpli", 0),
    "setsid": ("", 0),
    "stdbuf": ("ioe", 0),
    "unbuffer": ("", 0),
    "timeout": ("sk", 1),
    "gtimeout": ("sk", 1),
    "doas": ("uC", 0),
    "pkexec": ("", 0),
    "gosu": ("", 1),
    "su-exec": ("", 1),
    "setpriv": ("", 0),
    "unshare": ("RSGw", 0),
    "npx": ("p", 0),
    "bunx": ("", 0),
    "pnpx": ("", 0),
    "nsenter": ("tSGrw", 0),
    "catchsegv": ("", 0),
    "strace": ("eopsEuPaSIbOX", 0),
    "ltrace": ("eopsuanFlASx", 0),
    "tini": ("p", 0),
    "dumb-init": ("r", 0),
    "xvfb-run": ("enfpsw", 0),
    "dbus-run-session": ("", 0),
    "systemd-run": ("pHMEutCGrdS", 0),
    "systemd-inhibit": ("", 0),
    "caffeinate": ("tw", 0),
    "firejail": ("", 0),
    "fakeroot": ("ils", 0),
    "busybox": ("", 0),
    "toybox": ("", 0),
    "coproc": ("", 0),
    "valgrind": ("", 0),
    "prlimit": ("pno", 0),
    "cgexec": ("g", 0),
    "chpst": ("uUbemdofcrt012/n", 0),
    "proxychains": ("f", 0),
    "proxychains4": ("f", 0),
    "torsocks": ("", 0),
    "rlwrap": ("", 0),
    "sem": ("j", 0),
    "winpty": ("", 0),
}
"""Name -> letters of options with a value, and how many words stand before the command."""
_LONG = (
    "signal",
    "kill-after",
    "adjustment",
    "class",
    "classdata",
    "user",
    "group",
    "reuid",
    "regid",
    "target",
    "output",
)
RUNNERS = {
    "poetry": "run",
    "pipenv": "run",
    "uv": "run",
    "pdm": "run",
    "hatch": "run",
    "bundle": "exec",
    "rye": "run",
    "pixi": "run",
}


def plain(command: Command) -> str:
    """Options, some words, and the command."""
    takes, skip = PLAIN[command.name]
    rest = options(command.args, takes, _LONG, stops=True).rest[skip:]
    while rest and _ASSIGNMENT.fullmatch(rest[0]):
        rest = rest[1:]
    return command.other(rest) if rest else ""


def runner(command: Command) -> str:
    """`poetry run`, `bundle exec`."""
    if command.args[:1] == (RUNNERS[command.name],):
        return command.other(options(command.args[1:], "", stops=True).rest)
    return UNKNOWN


def sudo(command: Command) -> str:
    """`sudo`: with variables before the command; without one, a shell."""
    found = options(command.args, "ugUpCRrtThD", ("user", "group", "prompt", "chdir", "host"), stops=True)
    rest = found.rest
    scope = command.scope.inner() if rest[:1] and _ASSIGNMENT.fullmatch(rest[0]) else command.scope
    while rest and (set_ := _ASSIGNMENT.fullmatch(rest[0])):
        scope.variables[set_[1]] = [(set_[2],)]
        rest = rest[1:]
    if not rest:
        return read_in(command) if found.has("s", "i", "shell", "login") else ""
    return command.other(rest, scope=scope)


def env(command: Command) -> str:
    """`env`: variables and the command."""
    args = list(command.args)
    scope = command.scope.inner()
    while args:
        word = args[0]
        if word in ("-u", "--unset", "-C", "--chdir", "-S", "--split-string"):
            if word in ("-S", "--split-string") and len(args) > 1:
                return command.code(literal(" ".join(args[1:])))
            if word in ("-C", "--chdir") and len(args) > 1:
                scope.folder = resolved(args[1], scope.folder)
            args = args[2:]
        elif word.startswith(("-S", "--split-string=")):
            return command.code(literal(" ".join([word.removeprefix("-S").partition("=")[2] or word[2:], *args[1:]])))
        elif word.startswith("--chdir="):
            scope.folder = resolved(word[8:], scope.folder)
            args = args[1:]
        elif word.startswith("-"):
            args = args[1:]
        elif set_ := _ASSIGNMENT.fullmatch(word):
            scope.variables[set_[1]] = [(set_[2],)]
            args = args[1:]
        else:
            return command.other(args, scope=scope)
    return print_environment(command)


def change_root(command: Command) -> str:
    """`chroot FOLDER COMMAND`."""
    rest = options(command.args, "", ("userspec", "groups"), stops=True).rest
    scope = command.scope.elsewhere()
    scope.variables = dict(command.scope.variables)
    scope.folder = "/"
    if len(rest) > 1:
        return command.other(rest[1:], scope=scope)
    return read_in(command) if rest else ""


def lock(command: Command) -> str:
    """`flock FILE COMMAND`, `flock FILE -c SCRIPT`."""
    rest = options(command.args, "wE", ("timeout", "wait"), stops=True).rest
    if rest[1:2] in (("-c",), ("--command",)):
        return command.code(literal(" ".join(rest[2:])))
    return command.other(rest[1:]) if len(rest) > 1 else ""


def watch(command: Command) -> str:
    """`watch`: its words together are a script."""
    rest = options(command.args, "n", ("interval",), stops=True).rest
    return command.code(literal(" ".join(rest))) if rest else ""


_XARGS_TAKES = "aEdILnPs"


def from_input(command: Command) -> str:
    """`xargs`: what it reads are arguments."""
    found = options(
        command.args, _XARGS_TAKES, ("arg-file", "delimiter", "max-args", "max-procs", "max-lines"), stops=True
    )
    words = list(found.rest) or ["echo"]
    read = [] if found.has("a", "arg-file") else _given(command.stdin, whole=found.has("d", "0", "null", "I", "L"))
    place = (found.of("I", "replace") or ([""] if not found.has("i") else ["{}"]))[-1]
    if place:
        printed = ""
        for each in read or [UNKNOWN]:
            printed = command.other([word.replace(place, each) for word in words], stdin="")
        return printed
    return command.other([*words, *read], stdin="") if read or len(words) > 1 else ""


def _given(text: str, *, whole: bool) -> list[str]:
    """The words of what is read."""
    lines = [line for line in text.replace("\0", "\n").splitlines() if line]
    words = lines if whole else [word for line in lines for word in line.split()]
    return [word.strip("\"'") if not whole else word for word in words[:200]]


def parallel(command: Command) -> str:
    """`parallel`: the words behind `:::`, or what it reads, are put into a script."""
    args = list(command.args)
    at = next((at for at, word in enumerate(args) if word in (":::", ":::+")), len(args))
    rest = options(args[:at], "jSNnaIC", ("jobs", "delay", "joblog", "timeout", "retries", "results"), stops=True).rest
    inputs = [word for word in args[at + 1 :] if not word.startswith(":::")] or _given(command.stdin, whole=True)
    script = " ".join(rest)
    printed = ""
    for each in inputs or [UNKNOWN]:
        text = script.replace("{}", each) if "{}" in script else f"{script} {each}".strip()
        printed = command.code(literal(text), stdin="")
    return printed


_RESTRICTS = ("name", "iname", "path", "ipath", "wholename", "regex", "iregex", "empty", "samefile", "inum", "lname")
_ALL = re.compile(r"[*?./]*(?:\*\.\*)?")
_RUNS = ("-exec", "-execdir", "-ok", "-okdir")


def find(command: Command) -> str:
    """`find`: -delete and -exec, on what is found; without a name to look for, that is everything below."""
    from reign.providers.shell.safety.files import check_delete

    args = list(command.args)
    while args and re.fullmatch(r"-[HLP]|-D|-O\d?", args[0]):
        args = args[2:] if args[0] == "-D" else args[1:]
    at = next((at for at, word in enumerate(args) if word.startswith("-") or word in ("(", "!", "\\(")), len(args))
    roots, tests = args[:at] or ["."], args[at:]
    found: list[str] = []
    for root in roots:
        below, is_narrow = root.rstrip("/"), _is_narrow(tests, resolved(root, command.scope.folder))
        found += [f"{below}/{UNKNOWN}"] if is_narrow else [root, f"{below}/{STAR}"]
        if "-delete" in tests and not is_narrow:
            check_delete(command, root)
    for at, word in enumerate(tests):
        if word in _RUNS:
            _run_on(command, tests[at + 1 :], found)
        elif word in ("-fprint", "-fprint0", "-fls") and at + 1 < len(tests):
            from reign.providers.shell.safety.writing import check_write

            check_write(tests[at + 1], UNKNOWN, command.scope)
    return "\n".join(found) + "\n"


_CORE = re.compile(r"/(?:(?:usr/)?(?:s?bin|lib(?:32|64|x32)?)|etc|usr|boot|dev|proc|sys)?")
"""Where every name may be one that the system needs."""
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
            and (name == "empty" or not _CORE.fullmatch(root) or _RUBBISH.fullmatch(literal(tests[at + 1])))
        ):
            return True
    return "-empty" in tests


def _run_on(command: Command, words: list[str], found: list[str]) -> None:
    end = next((at for at, word in enumerate(words) if word in (";", "\\;", "+")), len(words))
    for each in found:
        command.other([word.replace("{}", each) for word in words[:end]], stdin="")


def terminal(command: Command) -> str:
    """`tmux new-session ... SCRIPT`, `screen -dm COMMAND`."""
    if command.name == "tmux":
        for word in command.args[1:]:
            if " " in word:
                command.code(literal(word))
        return UNKNOWN
    rest = options(command.args, "SchtTpeX", stops=True).rest
    return command.other(rest) if rest else ""


def ansible(command: Command) -> str:
    """`ansible HOSTS -m shell -a SCRIPT`, on other machines."""
    found = options(command.args, "aMmieuftlB", ("args", "module-name", "inventory", "user"))
    modules = found.of("m", "module-name")
    if not modules or modules[-1].rpartition(".")[2] in ("shell", "command", "raw"):
        for script in found.of("a", "args"):
            command.code(literal(script), scope=command.scope.elsewhere())
    return UNKNOWN


def scheduled(command: Command) -> str:
    """`at`, `batch`: what it reads is a script for later."""
    if options(command.args, "fqt").has("l", "d", "c", "r"):
        return UNKNOWN
    if is_known(command.stdin):
        command.code(command.stdin)
    return ""


def time_table(command: Command) -> str:
    """`crontab`: -r removes it; what it reads has a script on each line."""
    from reign.providers.shell.safety.danger import ERASES

    found = options(command.args, "u")
    if found.has("r"):
        command.tell(ERASES, "removes all that is scheduled")
    if found.has("l"):
        return UNKNOWN
    for line in command.stdin.splitlines():
        parts = line.split(None, 1 if line.startswith("@") else 5)
        if len(parts) in (2, 6) and not line.startswith("#"):
            command.code(literal(parts[-1]))
    return ""


def git(command: Command) -> str:
    """`git -c alias.x='!...'`: settings that are commands, and hooks that a rebase runs."""
    args = command.args
    for at, word in enumerate(args[:-1]):
        value = literal(args[at + 1])
        if word == "-c" and (
            found := re.match(
                r"(?:alias\.\S+=!|core\.(?:pager|sshcommand|editor|fsmonitor)=)(.*)", value, re.IGNORECASE | re.DOTALL
            )
        ):
            command.code(found[1])
        elif (word in ("--exec", "-x") and "rebase" in args) or word == "foreach":
            command.code(value)
        elif word == "run" and "bisect" in args:
            command.other(args[at + 1 :])
    return UNKNOWN
