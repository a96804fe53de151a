"""Commands that run another command: the words of that one are taken out of theirs."""

from __future__ import annotations

import re

from reign.providers.shell.safety.assigning import check_variable
from reign.providers.shell.safety.builtin import print_environment
from reign.providers.shell.safety.command import Command
from reign.providers.shell.safety.danger import BACKDOOR, LEAKS, REMOTE
from reign.providers.shell.safety.options import options
from reign.providers.shell.safety.paths import resolved
from reign.providers.shell.safety.shells import read_in
from reign.providers.shell.safety.text import ASKED, SECRET, UNKNOWN, literal

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
_FETCHING = ("npx", "bunx", "pnpx")
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
    if rest and command.name in _FETCHING and re.match(r"https?://", literal(rest[0])):
        command.tell(REMOTE, "runs what comes over the network, whatever that is")
    printed = command.other(rest) if rest else ""
    return printed.replace(ASKED, "") if command.name in ("timeout", "gtimeout") else printed


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
        elif word.startswith("BASH_FUNC_"):
            command.code(f"f {literal(word.partition('=')[2])}")
            args = args[1:]
        elif set_ := _ASSIGNMENT.fullmatch(word):
            scope.variables[set_[1]] = [(set_[2],)]
            check_variable(set_[1], set_[2], command)
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


def enter(command: Command) -> str:
    """`nsenter`: what the first process sees is the whole machine."""
    found = options(command.args, "tSGrw", _LONG, stops=True)
    if "1" in found.of("t", "target"):
        command.tell(BACKDOOR, "leaves a container for the whole machine, and enters it as root")
    return command.other(found.rest) if found.rest else read_in(command)


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


_SETTINGS = r"alias\.[\w-]+|core\.(?:pager|sshCommand|editor|fsmonitor)"


def _is_beneath(path: str, command: Command) -> bool:
    folder = command.scope.folder
    return path.startswith(f"{folder}/") if folder.startswith("/") else not path.startswith(("/", "..", "~"))


def git(command: Command) -> str:
    """`git -c alias.x='!...'`: settings that are commands, hooks that a rebase runs, and keys that are pushed."""
    args = command.args
    if "push" in args and any(
        SECRET in text for path, text in command.scope.files.items() if _is_beneath(path, command)
    ):
        command.tell(LEAKS, "sends what nobody else may see to another machine")
    for at, word in enumerate(args[:-1]):
        value = literal(args[at + 1])
        if word == "-c" and (
            found := re.match(
                r"(?:alias\.\S+=!|core\.(?:pager|sshcommand|editor|fsmonitor)=)(.*)", value, re.IGNORECASE | re.DOTALL
            )
        ):
            command.code(found[1])
        elif "config" in args[:at] and value[:1] and re.fullmatch(_SETTINGS, literal(word)):
            command.code(value[1:] if "alias." in word and value[0] == "!" else value if "alias" not in word else "")
        elif (word in ("--exec", "-x") and "rebase" in args) or word == "foreach":
            command.code(value)
        elif word == "run" and "bisect" in args:
            command.other(args[at + 1 :])
    return UNKNOWN
