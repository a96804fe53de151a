"""Scripts in other languages than that of the shell: what is plain from their texts alone."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reign.providers.shell.safety.command import Command
from reign.providers.shell.safety.danger import BACKDOOR, DISK, ERASES, EXHAUSTS, HIDDEN, LEAKS, REMOTE
from reign.providers.shell.safety.paths import is_disk, is_key, loss
from reign.providers.shell.safety.scan import unescaped
from reign.providers.shell.safety.scope import HOME
from reign.providers.shell.safety.text import DECODED, FETCHED, UNKNOWN, globbing
from reign.providers.shell.safety.writing import check_write

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
_CALLS = re.compile(_RUNS.pattern + r"\s*[\[(]{0,2}\s*$")
_DELETED = re.compile(_DELETES.pattern + r"[\w.()\s]*[(\[\s]*[^;\n]{0,30}$")
_DELETES_ONE = re.compile(r"os\.(?:remove|unlink)\b|unlink(?:Sync)?\b|File\.delete")
_DELETED_AFTER = re.compile(r"\)\.(?:unlink|rmdir|rmtree)")
_NAMED = re.compile(
    r"(?:\bfor\s+\(?(?:const |let |var )?(\w+)\s+(?:in|of)|\b(\w+)\s*=)\s*[(\[{]?(?:\s*['\"][^'\"\n]*['\"]\s*,)*\s*$"
)
"""A name, before one of the texts that it stands for."""
_WRITTEN_AFTER = re.compile(r"\)\.write_")
_WRITES = re.compile(r"['\"][rbt]*[wax]b?\+?|['\"]>|O_WRONLY|O_RDWR|r\+|write")
_CONNECTS = re.compile(r"dup2|connect|TCPSocket|fsockopen|inet|pipe\(|Open|exec|spawn")
_HUGE = re.compile(
    r"(?:['\"\])]|bytearray\(|bytes\()\s*(?:\*|x|\.repeat\()?\s*(?:\(?\s*10\s*\*\*\s*(?:1[0-9]|[2-9][0-9])|1e1[0-9]|\d{11,}"
    r"|\(?\s*(?:1\s*<<|2\s*\*\*)\s*(?:3[5-9]|[4-9][0-9]))"
)
"""More than a machine has memory."""
_GROWS = re.compile(
    r"(?:while\s*\(?\s*(?:True|true|1)\s*\)?|for\s*\(\s*;\s*;\s*\)|loop\s*(?:do|\{)|itertools\.count\(|repeat\(None)"
    r"[^\0]*?(?:\.append\(|\.push\(|\+=\s*['\"\[(]|\*=\s*2|\.=|<<\s*['\"\[]|(?<!\w)(\w+)\s*=\s*\1\s*\+\s*\1\b|malloc)"
)
_PAUSES = re.compile(
    r"break|return|exit|sleep|input|yield|recv|readline|accept|getline|STDIN|stdin|die\b|last\b|raise|await"
)
_RUNS_FETCHED = re.compile(
    r"(?:os\.(?:system|popen)|subprocess\.\w+|execSync|system|passthru|shell_exec)\(\s*(?:\w+\.)*(?:urlopen|get|file_get_contents|open)\(\s*['\"]https?:"
)
_FORKS = re.compile(
    r"(?:while\s*[(]?\s*(?:True|1|true|:)?\s*[):]*\s*[{:]?\s*\n?\s*(?:os\.|pcntl_)?fork)|fork\s*(?:\(\))?\s+while\s+(?:fork|1|true)|loop\s*[{(]?\s*(?:do)?\s*fork|while\s+fork"
    r"|for\s*\(\s*;\s*;\s*\)\s*\{?\s*(?:os\.)?fork|(?:while|for)[^\n]*\n?\s*(?:child_process\.)?(?:fork|spawn)\(__filename|os\.fork\(\)[^\n]*while|while\(pcntl_fork|fork\s+for\s+1\s*\.\.|fork\(\)\s*for\b|(?:range\(\s*|\b)(?:\d{3,}|10\s*\*\*|1e\d)[^\n]*[\s:{]\s*(?:os\.)?fork\b",
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
    r"|__import__|pickle\.loads?|marshal\.loads)\s*[({ ]"
    r"|new Function"
)
_DECODES = re.compile(
    r"b64decode|base64_decode|decode_base64|fromhex|unhexlify|atob\(|Base64\.decode64|Buffer\.from\([^)]*(?:base64|hex)|zlib\.decompress|gzinflate|str_rot13|rot_?13|marshal\.loads|codecs\.decode|pack\(\s*['\"][uHm]"
)
_RUNS_DECODED = re.compile(
    rf"(?:os\.(?:system|popen)|subprocess\.\w+|execSync|system|passthru|shell_exec)\(\s*[\w.:]*?(?:{_DECODES.pattern})"
)
_SENDS = re.compile(
    r"urlopen|requests\.(?:post|put|get)|\.send\(|\.sendall\(|http\.request|https\.request|fetch\(|Net::HTTP|LWP|fsockopen|smtplib|axios|curl_exec|HTTP::Tiny|TCPSocket"
)
_ENVIRONMENT = re.compile(
    r"dict\(os\.environ\)|os\.environ\b(?!\s*[\[.])|str\(os\.environ|JSON\.stringify\(process\.env\)|ENV\.to_h|%ENV\b|getenv\(\)|\$_ENV\b(?!\[)"
)


def read_code(command: Command, text: str) -> str:
    """Take down what is plain from a script. What it prints is not known."""
    if not text.strip():
        return ""
    for code, why in _plain(text):
        command.tell(code, why)
    _check_strings(command, text)
    return DECODED if _DECODES.search(text) and not _EVALUATES.search(text) else _prints(text)


def _plain(text: str) -> Iterator[tuple[str, str]]:
    """What is plain from the words alone, whatever they are given."""
    if _FORKS.search(text):
        yield EXHAUSTS, "starts itself again and again, until the machine stands still"
    if _HUGE.search(text) or (_GROWS.search(text) and not _PAUSES.search(text)):
        yield EXHAUSTS, "makes what it holds longer and longer, until the memory is full"
    if _SOCKET.search(text) and _SHELL.search(text) and _CONNECTS.search(text):
        yield BACKDOOR, "gives a shell of this machine to whoever is at the other end of a connection"
    if _RUNS_FETCHED.search(text) or (_EVALUATES.search(text) and _FETCHES.search(text)):
        yield REMOTE, "runs what comes over the network, whatever that is"
    elif _RUNS_DECODED.search(text) or (_EVALUATES.search(text) and _DECODES.search(text)):
        yield HIDDEN, "runs what is encoded, so that nobody can read it beforehand"
    if _SENDS.search(text) and _ENVIRONMENT.search(text):
        yield LEAKS, "sends all variables of the environment over the network"


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
    """Follow what is run, and look at each path that something is done with."""
    listed: list[str] = []
    end_before = 0
    for said, start, end in _strings(text):
        if listed and re.fullmatch(r"\s*,\s*\[?\s*", text[end_before:start]):
            listed.append(said)
        else:
            _run_listed(command, listed)
            listed = [said] if _is_run(text, start) else []
        _check_path(command, _at_home(said), text, start, end)
        end_before = end
    _run_listed(command, listed)


def _is_run(text: str, start: int) -> bool:
    return text.startswith(("`", "%x", "qx"), start) or bool(_CALLS.search(text[max(0, start - 120) : start]))


def _check_path(command: Command, path: str, text: str, start: int, end: int) -> None:
    before, after = text[max(0, start - 60) : start], text[end : end + 24]
    if _DELETED.search(before) or _DELETED_AFTER.match(after) or _is_deleted_by_name(text, start):
        is_one = _DELETES_ONE.search(before) is not None
        lost = "" if path.startswith("-") else loss(globbing(path), command.scope.folder, relative=not is_one)
        if path and lost:
            command.tell(ERASES, f"deletes {lost}")
    if (_OPENS.search(before) or _WRITTEN_AFTER.match(after)) and _WRITES.search(after + before[-24:] + path[:2]):
        _check_target(command, path.lstrip("> "))
    if is_key(path) and _SENDS.search(text):
        command.tell(LEAKS, "sends what nobody else may see over the network")


def _is_deleted_by_name(text: str, start: int) -> bool:
    """Whether what stands there is what a name stands for, of a value or of each in a list, that is deleted."""
    found = _NAMED.search(text[max(0, start - 400) : start])
    return (
        found is not None
        and re.search(rf"{_DELETES.pattern}[\w.()\s]*[(\s]\s*{found[1] or found[2]}\b", text) is not None
    )


def _check_target(command: Command, path: str) -> None:
    if is_disk(path):
        command.tell(DISK, "writes over a disk, or the memory, as a device")
    elif path.startswith("/"):
        check_write(path, UNKNOWN, command.scope)


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
