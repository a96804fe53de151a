"""Scripts for other interpreters: what is plain from their texts alone."""

from __future__ import annotations

import re
from dataclasses import replace

from reign.providers.shell.safety.builtin import check_origin
from reign.providers.shell.safety.command import Command
from reign.providers.shell.safety.danger import BACKDOOR, HIDDEN, LEAKS, REMOTE
from reign.providers.shell.safety.encodings import decoded
from reign.providers.shell.safety.filters import changed, read_files
from reign.providers.shell.safety.foreign import read_code
from reign.providers.shell.safety.options import options
from reign.providers.shell.safety.paths import content_of, resolved
from reign.providers.shell.safety.scan import unescaped
from reign.providers.shell.safety.text import DECODED, EVERY, FETCHED, SECRET, UNKNOWN, is_known, literal

NAMES = re.compile(
    r"python[\d.]*|pypy[\d.]*|perl[\d.]*|ruby[\d.]*|node|nodejs|deno|bun|php[\d.]*|lua(?:jit)?[\d.]*|tclsh|Rscript|osascript|irb|awk|gawk|mawk|nawk|julia|groovy|guile|expect|gdb|vim?|nvim|ex|emacs|psql|mysql|sqlite3|jshell|swift|elixir|erl|racket|scala|ghc|iex"
)
_CODE = {
    "perl": "eE",
    "ruby": "e",
    "node": "ep",
    "nodejs": "ep",
    "bun": "e",
    "php": "rBR",
    "lua": "e",
    "julia": "eE",
    "Rscript": "e",
    "osascript": "e",
}
_LONG = ("--eval", "--print", "--execute", "eval")
_AWK = ("awk", "gawk", "mawk", "nawk")


def interpreter(command: Command) -> str:
    """A script as an argument, in a file that was written before, or as what is read."""
    args, name = command.args, re.sub(r"[\d.]+$", "", command.name)
    if name in _AWK:
        return _awk(command)
    if name in ("vim", "vi", "nvim", "ex", "gdb", "expect", "emacs", "psql", "mysql", "sqlite"):
        return escapes(command)
    letters = _CODE.get(name, "c" if name.startswith(("py", "pypy")) else "e")
    at = 0
    while at < len(args):
        word = args[at]
        if word in _LONG or (
            re.fullmatch(r"-[a-zA-HJ-LN-Z0-9]*[a-zA-Z]", word) and word[-1] in letters and name != "lua5"
        ):
            text = args[at + 1] if at + 1 < len(args) else ""
            check_origin(command, text)
            return read_code(command, literal(text))
        if name.startswith(("py", "pypy")) and word.startswith("-c") and len(word) > 2:
            return read_code(command, literal(word[2:]))
        if name.startswith(("py", "pypy")) and word == "-m":
            return _module(command, args[at + 1 :])
        if name in ("perl", "ruby") and re.match(r"-[lnpaiw0]*e.", word):
            return read_code(command, literal(word.partition("e")[2]))
        if not word.startswith("-") or word == "-":
            break
        at += 2 if word in ("-W", "-X", "-r", "-I", "--require", "--loader") and name != "php" else 1
    rest = args[at:]
    if rest and rest[0] not in ("-", "/dev/stdin"):
        if rest[0] in ("run", "test", "install", "-v") and name in ("deno", "bun"):
            rest = rest[1:]
        return _file(command, rest[0]) if rest else UNKNOWN
    if any(word in ("-v", "-V", "--version", "--help", "-h") for word in args):
        return UNKNOWN
    return _read(command, command.stdin)


def _read(command: Command, text: str) -> str:
    command.check_run(text)
    if FETCHED in text:
        command.tell(REMOTE, "runs what comes over the network, whatever that is")
    elif DECODED in text:
        command.tell(HIDDEN, "runs what is encoded, so that nobody can read it beforehand")
    return read_code(command, literal(text))


def _file(command: Command, path: str) -> str:
    if re.match(r"https?://", literal(path)):
        command.tell(REMOTE, "runs what comes over the network, whatever that is")
        return UNKNOWN
    text = command.held(path)
    return _read(command, text) if len(text) > 1 or FETCHED in text or DECODED in text else UNKNOWN


def _module(command: Command, args: tuple[str, ...]) -> str:
    if args[:1] == ("base64",) and "-d" in args:
        return decoded(command.stdin, "base64")
    if args[:1] == ("http.server",) and any(
        SECRET in content_of(word, command.scope.folder, command.scope.files) for word in args if "/" in word
    ):
        command.tell(LEAKS, "shows what nobody else may see to whoever asks")
    return UNKNOWN


def _awk(command: Command) -> str:
    program = next((word for word in command.args if not word.startswith("-")), "")
    text = literal(program)
    read_code(command, text)
    if "/inet/" in text and re.search(r"system\(|(?<![\w\"])\w+\s*\|\s*getline", text):
        command.tell(REMOTE, "runs what comes over the network, whatever that is")
    elif "/inet/" in text and len(re.findall(r"\|&\s*getline", text)) > 1:
        command.tell(BACKDOOR, "gives a shell of this machine to whoever is at the other end of a connection")
    if re.search(r"system\(\s*\$\d|print(?:\s+\$0)?\s*\|\s*\"(?:/bin/)?(?:ba|da)?sh\b", text):
        check_origin(command, command.stdin)
        if is_known(command.stdin):
            command.code(command.stdin, stdin="")
    for found in re.finditer(r"\"((?:\\.|[^\"\\])*)\"\s*\|\s*getline|\|\s*\"((?:\\.|[^\"\\])*)\"", text):
        said = unescaped(found[1] or found[2])
        if re.fullmatch(r"\s*(?:/bin/)?(?:ba|da)?sh\s*", said):
            _printed(command, text)
        else:
            command.code(said)
    simple = re.fullmatch(r"\s*BEGIN\s*\{\s*print\s+\"((?:\\.|[^\"\\])*)\"\s*;?\s*\}\s*", text)
    if simple:
        return unescaped(simple[1]) + "\n"
    held = read_files(command)
    if re.search(r"/[^/]+/|[=!]=|!?~", text):
        command = replace(command, stdin=command.stdin.replace(EVERY, ""))
    return SECRET if SECRET in held else changed(command.stdin) if command.stdin else UNKNOWN


def compiler(command: Command) -> str:
    """`gcc`, `go build`: what is made of what came over the network did so, too."""
    found = options(command.args, "oxIlLDWfOm", ("o",))
    folder, files = command.scope.folder, command.scope.files
    texts = [command.stdin if word == "-" else files.get(resolved(word, folder), "") for word in found.rest]
    for target in found.of("o") if any(FETCHED in text for text in texts) else ():
        files[resolved(target, folder)] = FETCHED
    return ""


def _printed(command: Command, text: str) -> None:
    for found in re.finditer(r"print\s+\"((?:\\.|[^\"\\])*)\"", text):
        command.code(unescaped(found[1]))


def escapes(command: Command) -> str:
    """Editors and clients that run a command of the shell where they are told to."""
    for word in command.args:
        text = literal(word)
        for found in re.finditer(
            r"(?:^|[:;\s+])(?:silent\s*)?(?::?!|\\!|shell\s+|system\s+|spawn\s+|\.shell\s+|call system\(['\"])\s*([^\n]+)",
            text,
        ):
            if command.name != "emacs" and len(found[1]) > 2:
                command.code(found[1].rstrip("'\")"))
    for line in command.stdin.splitlines() if is_known(command.stdin) else ():
        if ran := re.match(r"\s*(?:\\!|\.shell|\.system|system|shell|!)\s+(.+)", line):
            command.code(ran[1])
    return UNKNOWN
