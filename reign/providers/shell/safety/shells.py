"""Shells: the scripts that they are given as an argument, as a file or as what they read; and those on other machines."""

from __future__ import annotations

import re
from collections.abc import Sequence

from reign.providers.shell.safety.bombs import runs_itself_twice, tell
from reign.providers.shell.safety.builtin import check_origin
from reign.providers.shell.safety.command import Command
from reign.providers.shell.safety.danger import BACKDOOR, HIDDEN, LEAKS, REMOTE, UNREAD
from reign.providers.shell.safety.options import options
from reign.providers.shell.safety.skeleton import read_script
from reign.providers.shell.safety.text import DECODED, ENVIRON, FETCHED, SECRET, UNKNOWN, is_known, literal
from reign.providers.shell.safety.trees import send

_CONNECTS = re.compile(r"(?:^|\s|/)(?:nc|ncat|netcat|socat|telnet|openssl s_client)\b")
_NAMES_ITSELF = re.compile(r"\$\{?(?:0|BASH_SOURCE)")
_STDIN = ("-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0")


def shell(command: Command) -> str:
    """`bash`, `sh` and the like."""
    args = [*command.args]
    is_asked, code, reads = False, False, False
    while args and re.match(r"[-+]\S", args[0]):
        word = args.pop(0)
        if word == "--":
            break
        if word in ("--rcfile", "--init-file"):
            if args:
                _script(command, args.pop(0), ())
            continue
        if word.startswith("--"):
            continue
        code = code or ("c" in word and word[0] == "-")
        reads = reads or "s" in word
        is_asked = is_asked or "i" in word
        if word[-1:] in ("o", "O") and args:
            args.pop(0)
    is_led = is_asked and any(each.op == "<&" and not each.target.isdigit() for each in command.redirections)
    if is_led or ((is_asked or not args) and _CONNECTS.search(command.scope.feeds)):
        command.tell(BACKDOOR, "gives a shell of this machine to whoever is at the other end of a connection")
    if code:
        return _given(command, args)
    if args and not reads and args[0] not in _STDIN:
        return _script(command, args[0], args[1:])
    return read_in(command, args)


def _given(command: Command, args: Sequence[str]) -> str:
    if not args:
        return UNKNOWN
    check_origin(command, args[0])
    return command.code(literal(args[0]), args[2:])


def read_in(command: Command, args: Sequence[str] = ()) -> str:
    """A script that is read as standard input."""
    text = command.stdin
    command.check_run(text)
    if FETCHED in text:
        command.tell(REMOTE, "runs what comes over the network, whatever that is")
    elif DECODED in text:
        command.tell(HIDDEN, "runs what is encoded, so that nobody can read it beforehand")
    elif UNKNOWN in text and not text.replace(UNKNOWN, "").strip():
        command.tell(HIDDEN, "runs what another command prints, so that nobody can read it beforehand")
    return command.code(text, args, stdin="")


def _script(command: Command, path: str, args: Sequence[str]) -> str:
    if path == "$0":
        return UNKNOWN
    text = command.held(path)
    if FETCHED in text:
        command.tell(REMOTE, "runs a file that comes over the network")
    elif DECODED in text:
        command.tell(HIDDEN, "runs a file that was encoded, so that nobody can read it beforehand")
    if not is_known(text) and len(text) < 2:
        return UNKNOWN
    return command.started(path, text, args)


def check_itself(command: Command, text: str) -> None:
    """Take down a script that starts itself twice at once."""
    if not _NAMES_ITSELF.search(text):
        return
    script = read_script(text)
    if runs_itself_twice(script, script.root):
        tell(command.scope.found)


def power_shell(command: Command) -> str:
    """PowerShell: it is not analysed."""
    if command.args and not set(command.args) <= {"-v", "-Version", "--version", "-h", "-Help", "--help"}:
        command.tell(UNREAD, "is PowerShell, which is not analysed")
    return UNKNOWN


# Other machines


_SSH_TAKES = "bcDEeFIiJLlmOopQRSWw"


def secure_shell(command: Command) -> str:
    """`ssh`: a command or a script for another machine's shell."""
    found = options(command.args, _SSH_TAKES, stops=True)
    for name, value in found.values:
        if name == "o" and (proxy := re.match(r"(?i)(?:proxy|local)command[= ](.*)", literal(value))):
            command.code(proxy[1])
    if SECRET in command.stdin or ENVIRON in command.stdin:
        command.tell(LEAKS, "sends what nobody else may see to another machine")
    if any(re.search(r":22$", value) for value in found.of("R")):
        command.tell(BACKDOOR, "lets another machine log in to this one")
    rest = found.rest[1:]
    more = options(rest, _SSH_TAKES, stops=True).rest if rest[:1] and rest[0].startswith("-") else rest
    scope = command.scope.elsewhere()
    command.check_run(command.stdin)
    if more:
        command.code(literal(" ".join(more)), scope=scope)
    elif not found.has("N", "f", "T", "G", "V", "O") and is_known(command.stdin):
        command.code(command.stdin, scope=scope)
    return FETCHED


_PLAIN = frozenset(
    [
        "rm",
        "init",
        "privileged",
        "tty",
        "interactive",
        "detach",
        "no-deps",
        "read-only",
        "quiet-pull",
        "build",
        "sig-proxy",
        "no-TTY",
        "no-healthcheck",
        "service-ports",
        "use-aliases",
        "oom-kill-disable",
        "quiet",
        "remove-orphans",
        "tls",
        "tlsverify",
        "debug",
        "disable-content-trust",
    ]
)


def container(command: Command) -> str:
    """`docker exec`, `docker run` and the like: a command in a container."""
    args = list(command.args)
    mounts: list[str] = []
    entry = ""
    verb = ""
    while args:
        word = args.pop(0)
        if word.startswith("--"):
            name, has_value, value = word[2:].partition("=")
            if not has_value and name not in _PLAIN and args:
                value = args.pop(0)
            entry = value if name == "entrypoint" else entry
            mounts += [value] if name in ("volume", "mount") else []
        elif word.startswith("-") and len(word) > 1:
            plain = set(word[1:]) <= set("itdTDqP")
            value = "" if plain else word[2:] if len(word) > 2 else args.pop(0) if args else ""
            mounts += [value] if word[1] == "v" else []
        elif word in ("container", "compose", "pod"):
            continue
        elif not verb:
            verb = word
            if verb == "cp" and ":" in args[-1]:
                send(command, args[:-1], args[-1].partition(":")[2])
            if verb not in ("exec", "run", "create", "start"):
                return UNKNOWN
        else:
            break
    words = [entry, *args] if entry else args
    if not words:
        return UNKNOWN
    return _inside(command, words, mounts)


_MOUNT = re.compile(r"(/[^:]*):(/[^:]+)(?!.*:ro\b|:.*,ro\b)")
_MOUNTED = re.compile(r"(?:source|src)=(/[^,]*),.*(?:target|destination|dst)=(/[^,]+)(?!.*readonly)")


def _inside(command: Command, words: Sequence[str], mounts: Sequence[str]) -> str:
    scope = command.scope.elsewhere()
    scope.variables["HOME"] = [("/root",)]
    for mount in mounts:
        if found := _MOUNT.match(mount) or _MOUNTED.search(mount):
            if found[1] == "/" and words[0] == "chroot":
                command.tell(BACKDOOR, "gives a container the whole machine, and enters it as root")
            there = rf"(?:^|(?<=[\s'\"=])){re.escape(found[2].rstrip('/'))}(?=[/\s'\"*;)]|$)"
            words = [re.sub(there, (found[1].rstrip("/") or "/.").replace("\\", r"\\"), word) for word in words]
    command.other(words, scope=scope)
    return UNKNOWN


def pod(command: Command) -> str:
    """`kubectl exec ... --`: a command in a container."""
    args = command.args
    if args[:1] == ("cp",) and len(args) > 2 and ":" in args[-1]:
        send(command, args[1:-1], args[-1].partition(":")[2])
    if "get" in args[:2] and re.search(r"(?:^| )secrets?(?= -|$)", said := " ".join(args)) and " -o" in said:
        return ENVIRON
    if {"exec", "debug", "run"} & set(args[:6]) and "--" in args:
        words = args[args.index("--") + 1 :]
        if words:
            _inside(command, words, ())
    return UNKNOWN


def after_dashes(command: Command) -> str:
    """`lxc exec NAME -- COMMAND` and others whose command stands behind `--`."""
    args = command.args
    return _inside(command, args[args.index("--") + 1 :], ()) if "--" in args[:-1] else UNKNOWN


def fleet(command: Command) -> str:
    """`pssh`, `salt`, `wsl`: a command on other machines."""
    words = options(command.args, "hHlptAoegwxu", ("hosts", "user", "host", "distribution"), stops=True).rest
    if command.name == "salt":
        words = words[words.index("cmd.run") + 1 :] if "cmd.run" in words else ()
    if words:
        command.code(literal(" ".join(words)), scope=command.scope.elsewhere())
    return UNKNOWN


def by_option(command: Command) -> str:
    """`vagrant ssh -c`, `su -c`, `script -c`: the value of an option is a script."""
    for at, word in enumerate(command.args[:-1]):
        if re.fullmatch(r"-\w*c|--command|--run|--session-command", word):
            return command.code(literal(command.args[at + 1]))
    if command.name in ("su", "runuser") or (command.name == "script" and not command.args):
        rest = options(command.args, "ugGsw").rest
        is_command = command.name == "runuser" and len(rest) > 1
        return command.other(rest[1:] if rest[0] == "-" else rest) if is_command else read_in(command)
    return UNKNOWN
