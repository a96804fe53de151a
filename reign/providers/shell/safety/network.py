"""Commands that fetch from the network, send into it, and listen there."""

from __future__ import annotations

import re

from reign.providers.shell.safety.command import Command
from reign.providers.shell.safety.danger import BACKDOOR, LEAKS
from reign.providers.shell.safety.options import options
from reign.providers.shell.safety.paths import content_of, resolved
from reign.providers.shell.safety.text import ENVIRON, FETCHED, RECORDS, SECRET, UNKNOWN, literal
from reign.providers.shell.safety.writing import check_write

_CURL = "AbCcDdEeFHhKmoPQrTtUuwXxYyz"
_CURL_LONG = [
    "output",
    "data",
    "data-raw",
    "data-binary",
    "data-urlencode",
    "data-ascii",
    "form",
    "form-string",
    "upload-file",
    "header",
    "user",
    "user-agent",
    "request",
    "url",
    "cookie",
    "cookie-jar",
    "cert",
    "key",
    "cacert",
    "capath",
    "connect-timeout",
    "max-time",
    "retry",
    "retry-delay",
    "retry-max-time",
    "proxy",
    "write-out",
    "referer",
    "resolve",
    "interface",
    "limit-rate",
    "config",
    "netrc-file",
    "dump-header",
    "output-dir",
    "json",
    "unix-socket",
    "ciphers",
    "stderr",
    "trace",
    "noproxy",
]
_CREDENTIALS = r"169\.254\.169\.254/.*/(?:security-credentials/.|service-accounts/.*token)"
"""What a machine in a cloud is let in with."""
_LEAK = "sends what nobody else may see over the network"


def _check(command: Command, texts: list[str]) -> None:
    if any(SECRET in text or ENVIRON in text for text in texts):
        command.tell(LEAKS, _LEAK)


def _named_file(command: Command, value: str) -> str:
    """What `@file`, or `name=@file`, holds."""
    found = re.search(r"(?:^\w*|=)[@<]([^;]+)", value)
    if not found:
        return value
    path = found[1]
    return command.stdin if path == "-" else content_of(path, command.scope.folder, command.scope.files) + value


def curl(command: Command) -> str:
    """`curl`: what it sends, and where what comes goes."""
    found = options(command.args, _CURL, _CURL_LONG)
    sent = [_named_file(command, value) for name, value in found.values if name in _SENT]
    uploads = [
        content_of(value, command.scope.folder, command.scope.files)
        for value in found.of("T", "upload-file")
        if value not in "-."
    ]
    uploads += [command.stdin] if {"-", "."} & set(found.of("T", "upload-file")) else []
    kept = [*found.rest, *found.of("url", "H", "header", "u", "user", "A", "user-agent", "b", "cookie")]
    _check(command, [*sent, *uploads, *kept])
    local = [url for url in found.rest if url.startswith("file://")]
    came = content_of(local[0][7:], command.scope.folder, command.scope.files) if local else FETCHED
    came += ENVIRON if any(re.search(_CREDENTIALS, literal(url)) for url in found.rest) else ""
    for target in found.of("o", "output"):
        if target != "-":
            check_write(target, came, command.scope)
    if found.has("O", "remote-name", "remote-name-all"):
        for url in found.rest:
            _keep(command, url)
    if found.has("O", "remote-name") or [each for each in found.of("o", "output") if each != "-"]:
        return UNKNOWN
    if found.has("I", "head", "V", "version", "help") or (found.of("w", "write-out") and found.of("o", "output")):
        return UNKNOWN
    return came


_SENT = ("d", "data", "data-raw", "data-binary", "data-urlencode", "data-ascii", "F", "form", "form-string", "json")


def _keep(command: Command, url: str, folder: str = "") -> None:
    name = literal(url).partition("?")[0].rstrip("/").rpartition("/")[2] or "index.html"
    command.scope.files[resolved(f"{folder or '.'}/{name}", command.scope.folder)] = FETCHED


def wget(command: Command) -> str:
    """`wget`."""
    found = options(
        command.args,
        "OoaPeTtwQUABDIXlBi",
        (
            "output-document",
            "post-file",
            "post-data",
            "body-file",
            "body-data",
            "header",
            "directory-prefix",
            "user",
            "password",
        ),
    )
    posted = found.of("post-file", "body-file")
    texts = [
        content_of(path, command.scope.folder, command.scope.files) if path != "-" else command.stdin for path in posted
    ]
    _check(command, [*texts, *found.of("post-data", "body-data", "header", "U", "user-agent"), *found.rest])
    targets = found.of("O", "output-document")
    if any(target in ("-", "/dev/stdout") for target in targets) or "O-" in "".join(found.flags):
        return FETCHED
    for target in targets:
        check_write(target, FETCHED, command.scope)
    if not targets:
        for url in found.rest:
            _keep(command, url, (found.of("P", "directory-prefix") or [""])[0])
    return UNKNOWN


def fetch(command: Command) -> str:
    """Other programs that print what they fetch."""
    _check(command, [command.stdin, *command.args])
    found = options(command.args, "oO", ("output", "output-document", "out", "dir"))
    for target in found.of("o", "O", "output", "output-document", "out"):
        if target != "-":
            check_write(target, FETCHED, command.scope)
    return FETCHED


_SHELL = re.compile(
    r"(?:.*/)?(?:ba|da|z|k|c|tc|a)?sh(?:\s.*)?|.*/busybox.*|(?:.*/)?(?:cmd(?:\.exe)?|powershell|python[\d.]*|perl)(?:\s.*)?"
)


def connect(command: Command) -> str:
    """`nc`, `ncat`, `socat`, `telnet`: what is sent, and shells at their end."""
    args = [literal(word) for word in command.args]
    if command.name == "socat":
        if any(re.match(r"(?i)(?:exec|system|shell):", word) for word in args) and any(
            re.match(r"(?i)(?:exec|system|shell):['\"]?(?:[\w/]*/)?(?:ba|da|z|k|a)?sh\b", word) for word in args
        ):
            command.tell(BACKDOOR, "gives a shell of this machine to whoever is at the other end of a connection")
        for word in args:
            if found := re.match(r"(?i)(?:file|open|gopen):([^,]+)", word):
                _check(command, [content_of(found[1], command.scope.folder, command.scope.files)])
    for at, word in enumerate(args):
        is_run = re.fullmatch(r"-\w*[ec]|--exec|--sh-exec|--lua-exec", word) or word.startswith(
            ("--exec=", "--sh-exec=")
        )
        value = word.partition("=")[2] or (args[at + 1] if at + 1 < len(args) else "")
        if is_run and command.name != "telnet" and _SHELL.fullmatch(value):
            command.tell(BACKDOOR, "gives a shell of this machine to whoever is at the other end of a connection")
    _check(command, [command.stdin])
    if RECORDS in command.stdin:
        command.tell(LEAKS, "sends all that a database keeps over a connection that nobody guards")
    return FETCHED


def shell_socket(command: Command) -> str:
    """`ztcp` of zsh: a connection; a shell that reads from it."""
    if command.args and re.search(r"sh\b[^;]*[<>]&?\s*&?\$\{?\w+", literal(command.scope.found.source)):
        command.tell(BACKDOOR, "gives a shell of this machine to whoever is at the other end of a connection")
    return ""


def mail(command: Command) -> str:
    """`mail`, `sendmail`, `ftp`, `logger -n`: what is sent."""
    attached = options(command.args, "asArcb").of("a", "A")
    _check(
        command,
        [
            command.stdin,
            *command.args,
            *(content_of(each, command.scope.folder, command.scope.files) for each in attached),
        ],
    )
    return ""


def ask_name(command: Command) -> str:
    """`dig`, `host`: what is asked for is told to others."""
    _check(command, list(command.args))
    return FETCHED


def bucket(command: Command) -> str:
    """`aws s3 cp`, `gsutil cp`, `gcloud storage`, `rclone`, `az storage`, `gh gist`: what goes up, and what comes down."""
    args = command.args
    texts = [
        content_of(word, command.scope.folder, command.scope.files)
        for word in args
        if "/" in word or word.startswith("~")
    ]
    said = " ".join(map(literal, args))
    for script in re.findall(r"commands?=\[?\s*[\"']?([^\"'\]]+)", said) if "ssm" in args else ():
        command.code(script, scope=command.scope.elsewhere())
    for script in options(args, "", ("command",)).of("command") if "ssh" in args else ():
        command.code(literal(script), scope=command.scope.elsewhere())
    if re.search(r"\b(?:cp|mv|sync|copy|copyto|rsync|upload|upload-batch|gist create|put-object|import|send)\b", said):
        _check(command, [*texts, command.stdin if re.search(r"(?:^|\s)-(?:\s|$)", said) else ""])
    is_down = re.search(r"(?:s3 cp|cp|cat)\s+(?:\S+\s+)*(?:s3|gs)://\S+\s+-(?:\s|$)|\bcat\s+(?:gs|s3)://", said)
    return FETCHED if is_down else UNKNOWN


def x_terminal(command: Command) -> str:
    """`xterm -display` of another machine."""
    found = re.search(r"-display\s+[\w.]+:\d", literal(" ".join(command.args)))
    if found and not re.search(r"-display\s+(?:localhost)?:", literal(" ".join(command.args))):
        command.tell(BACKDOOR, "gives a shell of this machine to whoever is at the other end of a connection")
    return ""
