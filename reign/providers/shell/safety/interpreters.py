"""Scripts for other interpreters: what is plain from their texts alone."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reign.providers.shell.safety.builtin import check_origin
from reign.providers.shell.safety.command import Command
from reign.providers.shell.safety.danger import BACKDOOR, DISK, ERASES, EXHAUSTS, HIDDEN, LEAKS, REMOTE
from reign.providers.shell.safety.paths import is_disk, is_key, loss
from reign.providers.shell.safety.scan import unescaped
from reign.providers.shell.safety.scope import HOME
from reign.providers.shell.safety.text import DECODED, FETCHED, SECRET, UNKNOWN, globbing, is_known, literal
from reign.providers.shell.safety.writing import check_write

NAMES = re.compile(
    r"python[\d.]*|pypy[\d.]*|perl[\d.]*|ruby[\d.]*|node|nodejs|deno|bun|php[\d.]*|lua(?:jit)?[\d.]*|tclsh|Rscript|osascript|irb|awk|gawk|mawk|nawk|julia|groovy|guile|expect|gdb|vim?|nvim|ex|emacs|psql|mysql|sqlite3|make|jshell|swift|elixir|erl|racket|scala|ghc|iex"
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
_STRING = re.compile(
    r"\"\"\"(.*?)\"\"\"|'''(.*?)'''|r?b?\"((?:\\.|[^\"\\])*)\"|r?b?'((?:\\.|[^'\\])*)'|`((?:\\.|[^`\\])*)`|%x\{([^}]*)\}|%x\(([^)]*)\)|q[qx]?\{([^}]*)\}|q[qx]?\(([^)]*)\)",
    re.DOTALL,
)
_RUNS = re.compile(
    r"\b(?:os\.(?:system|popen|exec\w*|spawn\w*)|(?:subprocess\.|sp\.|commands\.)?(?:run|call|check_call|check_output|Popen|getoutput|getstatusoutput)"
    r"|pty\.spawn|system|exec|execSync|execFile|execFileSync|spawn|spawnSync|passthru|shell_exec|popen|proc_open|IO\.popen|Kernel\.\w+|os\.execute|io\.popen"
    r"|Open3\.\w+|shell|do shell script|capture|readpipe|qx|sh|Deno\.Command|Deno\.run|Bun\.spawn|fork_exec)\b\s*[\[({]?"
)
_DELETES = re.compile(
    r"\b(?:shutil\.rmtree|rmtree|os\.remove|os\.unlink|os\.removedirs|remove_tree|fs\.\w*rm\w*|(?:fs\.)?(?:rmSync|rmdirSync|rmdir|unlinkSync|unlink|removeSync|remove)|rimraf(?:Sync)?"
    r"|FileUtils\.(?:rm\w*|remove\w*)|rm_rf|rm_r|Deno\.remove\w*|File\.delete|Dir\.rmdir|delTree|remove_dir_all|os\.RemoveAll|File::Path::\w+|Path)\b"
)
_OPENS = re.compile(
    r"\b(?:open|fopen|createWriteStream|writeFileSync|writeFile|appendFileSync|write_text|write_bytes|file_put_contents|File\.(?:open|write|binwrite)|IO\.write|os\.open|sysopen|io\.open)\b"
)
_FORKS = re.compile(
    r"(?:while\s*[(]?\s*(?:True|1|true|:)?\s*[):]*\s*[{:]?\s*\n?\s*(?:os\.)?fork)|fork\s*(?:\(\))?\s+while\s+(?:fork|1|true)|loop\s*[{(]?\s*(?:do)?\s*fork|while\s+fork"
    r"|for\s*\(\s*;\s*;\s*\)\s*\{?\s*(?:os\.)?fork|(?:while|for)[^\n]*\n?\s*(?:child_process\.)?(?:fork|spawn)\(__filename|os\.fork\(\)[^\n]*while|while\(pcntl_fork",
)
_SOCKET = re.compile(
    r"socket|require\(['\"](?:node:)?net['\"]\)|TCPSocket|fsockopen|net\.(?:Socket|connect|createConnection)|IO::Socket|Socket;|/inet/tcp|Net\.Sockets|pfsockopen|stream_socket_client"
)
_SHELL = re.compile(
    r"[\"'`](?:/bin/|/usr/bin/)?(?:ba|da|z|k|a)?sh(?:\s+-i)?[\"'`]|/bin/(?:ba|da|z|k)?sh\b|cmd\.exe|pty\.spawn"
)
_FETCHES = re.compile(
    r"urlopen|urllib|requests\.(?:get|post)|http\.get|https\.get|fetch\(|LWP|HTTP::Tiny|Net::HTTP|open-uri|URI\.open|file_get_contents\(\s*['\"]https?:|curl_exec|httpx\.|get\(\s*['\"]https?:"
)
_EVALUATES = re.compile(
    r"(?<![.\w])(?:exec|eval|compile|Function|vm\.runIn\w+|instance_eval|class_eval|load|loadstring|assert|create_function"
    r"|__import__)\s*[({ ]"
    r"|new Function"
)
_DECODES = re.compile(
    r"b64decode|base64_decode|decode_base64|fromhex|unhexlify|atob\(|Base64\.decode64|Buffer\.from\([^)]*(?:base64|hex)|zlib\.decompress|gzinflate|str_rot13|rot_?13|marshal\.loads|codecs\.decode|pack\(\s*['\"][uHm]"
)
_SENDS = re.compile(
    r"urlopen|requests\.(?:post|put|get)|\.send\(|\.sendall\(|http\.request|https\.request|fetch\(|Net::HTTP|LWP|fsockopen|smtplib|axios|curl_exec|HTTP::Tiny|TCPSocket"
)
_ENVIRONMENT = re.compile(
    r"dict\(os\.environ\)|os\.environ\b(?!\s*[\[.])|str\(os\.environ|JSON\.stringify\(process\.env\)|ENV\.to_h|%ENV\b|getenv\(\)|\$_ENV\b(?!\[)"
)
_AWK = ("awk", "gawk", "mawk", "nawk")


def interpreter(command: Command) -> str:
    """A script as an argument, in a file that was written before, or as what is read."""
    args, name = command.args, re.sub(r"[\d.]+$", "", command.name)
    if name in _AWK:
        return _awk(command)
    if name in ("vim", "vi", "nvim", "ex", "gdb", "expect", "emacs", "psql", "mysql", "sqlite3", "make"):
        return _escapes(command)
    letters = _CODE.get(name, "c" if name.startswith(("py", "pypy")) else "e")
    at = 0
    while at < len(args):
        word = args[at]
        if word in _LONG or (
            re.match(r"-[A-Za-z]", word) and not word.startswith("--") and word[-1] in letters and name != "lua5"
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
        from reign.providers.shell.safety.filters import decoded

        return decoded(command.stdin, "base64")
    return UNKNOWN


def _awk(command: Command) -> str:
    program = next((word for word in command.args if not word.startswith("-")), "")
    text = literal(program)
    read_code(command, text)
    if "/inet/" in text and "system(" in text:
        command.tell(REMOTE, "runs what comes over the network, whatever that is")
    elif "/inet/" in text and len(re.findall(r"\|&\s*getline", text)) > 1:
        command.tell(BACKDOOR, "gives a shell of this machine to whoever is at the other end of a connection")
    for found in re.finditer(r"\"((?:\\.|[^\"\\])*)\"\s*\|\s*getline|\|\s*\"((?:\\.|[^\"\\])*)\"", text):
        said = unescaped(found[1] or found[2])
        if re.fullmatch(r"\s*(?:/bin/)?(?:ba|da)?sh\s*", said):
            _printed(command, text)
        else:
            command.code(said)
    from reign.providers.shell.safety.filters import changed, read_files

    simple = re.fullmatch(r"\s*BEGIN\s*\{\s*print\s+\"((?:\\.|[^\"\\])*)\"\s*;?\s*\}\s*", text)
    if simple:
        return unescaped(simple[1]) + "\n"
    held = read_files(command)
    return SECRET if SECRET in held else changed(command.stdin) if command.stdin else UNKNOWN


def _printed(command: Command, text: str) -> None:
    for found in re.finditer(r"print\s+\"((?:\\.|[^\"\\])*)\"", text):
        command.code(unescaped(found[1]))


def _escapes(command: Command) -> str:
    """Editors and clients that run a command of the shell where they are told to."""
    for word in command.args:
        text = literal(word)
        for found in re.finditer(
            r"(?:^|[:;\s+])(?:silent\s*)?(?::?!|\\!|shell\s+|system\s+|spawn\s+|\.shell\s+|call system\(['\"])\s*([^\n]+)",
            text,
        ):
            if command.name not in ("make", "emacs") and len(found[1]) > 2:
                command.code(found[1].rstrip("'\")"))
    for line in command.stdin.splitlines() if is_known(command.stdin) else ():
        if ran := re.match(r"\s*(?:\\!|\.shell|\.system|system|shell|!)\s+(.+)", line):
            command.code(ran[1])
    return UNKNOWN


def read_code(command: Command, text: str) -> str:
    """Take down what is plain from a script. What it prints is not known."""
    if not text.strip():
        return ""
    if _FORKS.search(text):
        command.tell(EXHAUSTS, "starts itself again and again, until the machine stands still")
    if (
        _SOCKET.search(text)
        and _SHELL.search(text)
        and re.search(r"dup2|connect|TCPSocket|fsockopen|inet|pipe\(|Open|exec|spawn", text)
    ):
        command.tell(BACKDOOR, "gives a shell of this machine to whoever is at the other end of a connection")
    if _EVALUATES.search(text):
        if _FETCHES.search(text):
            command.tell(REMOTE, "runs what comes over the network, whatever that is")
        elif _DECODES.search(text):
            command.tell(HIDDEN, "runs what is encoded, so that nobody can read it beforehand")
    _check_strings(command, text)
    if _SENDS.search(text) and _ENVIRONMENT.search(text):
        command.tell(LEAKS, "sends all variables of the environment over the network")
    return DECODED if _DECODES.search(text) and not _EVALUATES.search(text) else _prints(text)


def _prints(text: str) -> str:
    """What a script that only prints a text prints."""
    found = re.fullmatch(
        r"\s*(?:print|puts|console\.log|echo|say|printf)\s*\(?\s*(?:\"((?:\\.|[^\"\\])*)\"|'((?:\\.|[^'\\])*)')\s*\)?\s*;?\s*",
        text,
    )
    return unescaped(found[1] or found[2] or "") + "\n" if found else FETCHED if _FETCHES.search(text) else UNKNOWN


def _strings(text: str) -> Iterator[tuple[str, int, int]]:
    for found in _STRING.finditer(text):
        said = next(group for group in found.groups() if group is not None)
        yield unescaped(said), found.start(), found.end()


def _check_strings(command: Command, text: str) -> None:
    scope = command.scope
    listed: list[str] = []
    end_before, call_end = -10, ""
    for said, start, end in _strings(text):
        before = text[max(0, start - 120) : start]
        between = text[end_before:start] if end_before >= 0 else ""
        if listed and re.fullmatch(r"\s*,\s*\[?\s*", between) and call_end:
            listed.append(said)
        else:
            _run_listed(command, listed)
            listed, call_end = [], ""
            if (
                re.search(_RUNS.pattern + r"\s*[\[(]{0,2}\s*$", before)
                or text[start] == "`"
                or text[start : start + 2] in ("%x", "qx")
            ):
                listed, call_end = [said], before
        path = _at_home(said)
        tail = before[-60:]
        is_deleted = re.search(_DELETES.pattern + r"[\w.()\s]*[(\[\s]*[^;\n]{0,30}$", tail) or re.match(
            r"\)\.(?:unlink|rmdir|rmtree)", text[end : end + 12]
        )
        if path and is_deleted and not path.startswith("-") and (lost := loss(globbing(path), scope.folder)):
            command.tell(ERASES, f"deletes {lost}")
        if _OPENS.search(tail) or re.match(r"\)\.write_", text[end : end + 12]):
            writes = re.match(r"['\"]?\s*,\s*['\"]?[rbt]*[waxr]\+?b?['\"]?", text[end : end + 10])
            is_write = re.search(
                r"['\"][rbt]*[wax]b?\+?|['\"]>|O_WRONLY|O_RDWR|r\+|write", text[end : end + 24] + tail[-24:] + said[:2]
            )
            target = path.lstrip("> ")
            if (is_write and writes is not None) or is_write:
                if is_disk(target):
                    command.tell(DISK, "writes over a disk, or the memory, as a device")
                elif target.startswith("/"):
                    check_write(target, UNKNOWN, scope)
        if is_key(path) and _SENDS.search(text):
            command.tell(LEAKS, "sends what nobody else may see over the network")
        end_before = end
    _run_listed(command, listed)


def _at_home(said: str) -> str:
    said = re.sub(r"^(?:~|\$HOME|\$\{HOME\})(?=/|$)", HOME, said)
    return re.sub(r"^\$ENV\{HOME\}|^\$ENV\{['\"]HOME['\"]\}", HOME, said)


def _run_listed(command: Command, listed: list[str]) -> None:
    """What a call that runs a command is given: one script, or a list of words."""
    if not listed:
        return
    if len(listed) == 1 or " " in listed[0].strip():
        command.code(listed[0], stdin="")
    else:
        command.other(listed, stdin="")
        if listed[1:2] and listed[1].startswith("-") and "c" in listed[1] and len(listed) > 2:
            command.code(listed[2], stdin="")
