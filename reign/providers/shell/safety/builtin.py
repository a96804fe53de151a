"""What a shell does by itself."""

from __future__ import annotations

import re

from reign.providers.shell.safety.command import Command
from reign.providers.shell.safety.danger import BACKDOOR, DEFENCES, EXHAUSTS, HIDDEN, REMOTE
from reign.providers.shell.safety.options import options
from reign.providers.shell.safety.paths import resolved
from reign.providers.shell.safety.redirect import keep_open
from reign.providers.shell.safety.scan import unescaped
from reign.providers.shell.safety.scope import HOME, Value
from reign.providers.shell.safety.text import ASKED, DECODED, ENVIRON, FETCHED, UNKNOWN, is_known, literal

KEEPS = "keeps what never ends in memory"


def evaluate(command: Command) -> str:
    """`eval`: in the same shell."""
    text = literal(" ".join(command.args))
    check_origin(command, text)
    command.scope.levels += 1
    printed = command.follow(text, command.scope)
    command.scope.levels -= 1
    return printed


def source(command: Command) -> str:
    """`source` and `.`: a file, in the same shell. What an ordinary file sets is not known."""
    if not command.args:
        return ""
    path = command.args[0]
    text = command.stdin if path in ("/dev/stdin", "/dev/fd/0", "-") else command.held(path)
    check_origin(command, text)
    if not is_known(text):
        command.scope.open = True
    if is_known(text) or len(text) > 1:
        command.scope.levels += 1
        command.file(path, text, command.scope)
        command.scope.levels -= 1
    return UNKNOWN


def check_origin(command: Command, text: str) -> None:
    """Take down that `text`, which is about to be run, came from where nobody could read it."""
    begin = text.strip()[:1]
    if begin == FETCHED or (FETCHED in text and len(text.strip()) < 3):
        command.tell(REMOTE, "runs what comes over the network, whatever that is")
    elif begin == DECODED:
        command.tell(HIDDEN, "runs what is encoded, so that nobody can read it beforehand")


def change_folder(command: Command) -> str:
    """`cd`, `pushd`: what is relative is in there from now on."""
    rest = options(command.args).rest
    scope = command.scope
    if not rest:
        scope.folder = HOME if command.name == "cd" else UNKNOWN
    elif rest[0] == "-" or not literal(rest[0]) or rest[0][:1] == "+":
        scope.folder = UNKNOWN if rest[0] else scope.folder
    else:
        scope.folder = resolved(rest[0], scope.folder)
    return ""


def back(command: Command) -> str:
    """`popd`."""
    command.scope.folder = UNKNOWN
    return ""


def set_options(command: Command) -> str:
    """`set`: -u makes what is not set an end; other words are the arguments from now on."""
    args = command.args
    if args == ("+o", "history"):
        command.tell(DEFENCES, "keeps what is done out of the history")
    for at, word in enumerate(args):
        if re.fullmatch(r"-[a-zA-Z]*u[a-zA-Z]*", word) or (word == "nounset" and args[at - 1].endswith("o")):
            command.scope.strict = True
        if word == "--" or not re.match(r"[-+]", word):
            if word == "--" or args[at - 1][-1:] != "o":
                command.scope.args = args[at + (word == "--") :]
            break
    if not args:
        return ENVIRON
    return ""


def shift(command: Command) -> str:
    """`shift`."""
    by = int(command.args[0]) if command.args and command.args[0].isdigit() else 1
    command.scope.args = command.scope.args[by:]
    return ""


def read(command: Command) -> str:
    """`read`: variables from the input, line by line."""
    found = options(command.args, "adinNptu")
    names = found.rest
    text = command.scope.inputs.get(found.of("u")[-1], UNKNOWN) if found.of("u") else command.stdin
    if ASKED in text and found.has("d") and not found.has("n", "N", "t"):
        command.tell(EXHAUSTS, KEEPS)
    lines = [line for line in text.splitlines() if line][:12] or [UNKNOWN]
    names = (*names, *found.of("a")) or ("REPLY",)
    for at, name in enumerate(names):
        values: list[Value] = []
        for line in lines:
            parts = _parted(line, literal(command.scope.values("IFS")[0][0]), len(names)) if len(names) > 1 else [line]
            values.append((parts[at] if at < len(parts) else "",))
        if re.fullmatch(r"\w+", name):
            command.scope.variables[name] = values
    return ""


def _parted(line: str, signs: str, most: int) -> list[str]:
    if not signs.strip() or not is_known(signs):
        return line.split(None, most - 1)
    return re.split(f"[{re.escape(signs)}]", line, maxsplit=most - 1)


def read_all(command: Command) -> str:
    """`mapfile`."""
    found = options(command.args, "dnOsucC")
    rest = found.rest
    if ASKED in command.stdin and not found.has("n"):
        command.tell(EXHAUSTS, KEEPS)
    command.scope.variables[rest[0] if rest else "MAPFILE"] = [tuple(command.stdin.splitlines()) or (UNKNOWN,)]
    return ""


def get_options(command: Command) -> str:
    """`getopts`."""
    for name in (*command.args[1:2], "OPTARG"):
        command.scope.variables[name] = [(UNKNOWN,)]
    return ""


def trap(command: Command) -> str:
    """`trap`: runs later, which is soon enough."""
    if command.args and command.args[0] not in ("-", "-p", "-l"):
        return command.code(command.args[0])
    return ""


def alias(command: Command) -> str:
    """`alias`: what it stands for, as if it were called."""
    for word in command.args:
        name, is_set, text = word.partition("=")
        if is_set:
            command.code(literal(text).lstrip("|& "))
            command.scope.aliases[name] = literal(text)
    return ""


def unset(command: Command) -> str:
    """`unset`: the history is told of."""
    for name in command.args:
        command.scope.variables.pop(name, None)
        if name in ("HISTFILE", "PROMPT_COMMAND") and name == "HISTFILE":
            command.tell(DEFENCES, "keeps what is done out of the history")
    return ""


def declare(command: Command) -> str:
    """`export`, `declare`: the names that say where the history goes."""
    for word in command.args:
        if re.match(r"HISTFILE=(/dev/null)?$|HIST(?:FILE)?SIZE=0$", literal(word)):
            command.tell(DEFENCES, "keeps what is done out of the history")
        if re.match(r"LD_PRELOAD=/tmp/|LD_PRELOAD=/dev/shm/", literal(word)):
            command.tell(BACKDOOR, "puts code of a temporary folder into every program")
        if "-p" in command.args:
            return ENVIRON
    return "" if command.args else ENVIRON


def history(command: Command) -> str:
    """`history`."""
    if options(command.args, "dnarwps").has("c") or "-c" in command.args or "-cw" in command.args:
        command.tell(DEFENCES, "clears the history of what was typed")
        return ""
    return ENVIRON


def echo(command: Command) -> str:
    """`echo`: what is printed."""
    args = command.args
    escapes = False
    while args and re.fullmatch(r"-[neE]+", args[0]):
        escapes, args = "e" in args[0], args[1:]
    said = literal(" ".join(args))
    return f"{unescaped(said) if escapes else said}\n"


def printf(command: Command) -> str:
    """`printf`: what is printed, or put into a variable."""
    args = command.args
    name = ""
    if args[:1] == ("-v",):
        name, args = args[1] if len(args) > 1 else "", args[2:]
    if args[:1] == ("--",):
        args = args[1:]
    said = formatted(literal(args[0]), [literal(each) for each in args[1:]]) if args else ""
    if name:
        command.scope.variables[name] = [(said,)]
        return ""
    return said


_DIRECTIVE = re.compile(r"%[-+ #0]*(?:\*|\d+)?(?:\.(?:\*|\d+))?([diouxXeEfgGcsbq%])")


def formatted(form: str, values: list[str]) -> str:
    """What a format makes of values; it is gone through again as long as there are any."""
    left, made = list(values), ""
    while True:
        before = len(left)

        def put(found: re.Match[str]) -> str:
            if found[1] == "%":
                return "%"
            value = left.pop(0) if left else ""
            return unescaped(value) if found[1] == "b" else value[:1] if found[1] == "c" else value

        made += _DIRECTIVE.sub(put, unescaped(form))
        if not left or len(left) == before or len(made) > 20_000:
            return made


def print_environment(command: Command) -> str:
    """`env` without a command, `printenv`."""
    return ENVIRON if not command.args else UNKNOWN


def execute(command: Command) -> str:
    """`exec`, `command`, `builtin`: the rest is the command."""
    args = command.args
    if command.name == "exec" and not args:
        keep_open(command.redirections, command.scope)
    if command.name == "command" and args[:1] in (("-v",), ("-V",)):
        return f"/usr/bin/{args[1]}\n" if len(args) > 1 else UNKNOWN
    while args and args[0].startswith("-"):
        args = args[2:] if args[0] == "-a" else args[1:]
    return command.other(args) if args else ""


def test(command: Command) -> str:
    """`test` prints nothing."""
    del command
    return ""
