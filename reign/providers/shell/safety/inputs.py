"""Commands whose words come from what they read: `xargs`, `parallel`."""

from __future__ import annotations

from reign.providers.shell.safety.command import Command
from reign.providers.shell.safety.danger import EXHAUSTS
from reign.providers.shell.safety.options import options
from reign.providers.shell.safety.paths import content_of
from reign.providers.shell.safety.text import ASKED, UNKNOWN, is_known, literal

_XARGS_TAKES = "aEdILnPs"


def from_input(command: Command) -> str:
    """`xargs`: what it reads are arguments."""
    found = options(
        command.args, _XARGS_TAKES, ("arg-file", "delimiter", "max-args", "max-procs", "max-lines"), stops=True
    )
    words = list(found.rest) or ["echo"]
    if ASKED in command.stdin:
        command.tell(EXHAUSTS, "starts a command again and again without an end")
    held = [content_of(path, command.scope.folder, command.scope.files) for path in found.of("a", "arg-file")]
    text = "".join(each for each in held if is_known(each)) if held else command.stdin
    read = _given(text, whole=found.has("d", "0", "null", "I", "L"))
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
