"""What a shell holds while a script of it is followed: variables, functions, folder, files, and what was found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from reign.providers.shell.safety.danger import UNREAD, Danger
from reign.providers.shell.safety.text import UNKNOWN

if TYPE_CHECKING:
    from tree_sitter import Node

    from reign.providers.shell.safety.skeleton import Script

Value = tuple[str, ...]
"""One possible value of a variable: its items, of which one that is no array has one."""

MOST_VALUES = 12
MOST_STEPS = 30_000
MOST_LEVELS = 24

PASSED = ("PATH", "USER", "LOGNAME", "SHELL", "LANG", "TZ", "TMPDIR", "CI")
OWN = [
    "PWD",
    "OLDPWD",
    "UID",
    "EUID",
    "GROUPS",
    "PPID",
    "RANDOM",
    "SECONDS",
    "LINENO",
    "HOSTNAME",
    "HOSTTYPE",
    "OSTYPE",
    "MACHTYPE",
    "BASH",
    "BASH_VERSION",
    "BASHPID",
    "BASH_SOURCE",
    "SHLVL",
    "SHELLOPTS",
    "BASHOPTS",
    "OPTIND",
    "PIPESTATUS",
    "EPOCHSECONDS",
    "EPOCHREALTIME",
    "SRANDOM",
    "FUNCNAME",
    "_",
    "$",
    "!",
    "?",
    "-",
    "0",
]
HOME = "/home/~"
"""The home folder of whoever runs it: no real name has a tilde in it."""


class Files(dict[str, str]):
    """What files hold by now, by their paths as far as that is known. `given`: what is known of those of the project."""

    def __init__(self, given: Iterable[tuple[str, str]] = ()) -> None:
        super().__init__(given)
        self.given = dict(self)
        self.unknown: dict[str, None] = {}
        """Those that were asked for in vain, in this order."""
        self.others: Files | None = None

    def elsewhere(self) -> Files:
        """Those of other machines and containers, one for all of them: what was sent there, or written there."""
        if self.others is None:
            self.others = Files()
        return self.others

    def is_given(self, path: str) -> bool:
        """Whether it holds what it held before anything ran."""
        return path in self.given and self.get(path) == self.given[path]


@dataclass(slots=True)
class Found:
    """What is found, and how much was done to find it; one for a command with all that stands in it."""

    source: str
    dangers: list[Danger] = field(default_factory=list)
    steps: int = 0
    at: tuple[int, int] = (0, 0)
    """Which characters of `source` are followed now, by the innermost command that stands there itself."""
    file: str = ""
    """The file of the project that holds `source`, where it does not stand in the command itself."""
    level: int = 0
    """How deep the shell is that `source` stands in."""
    runs_files: bool = False
    """Whether a file was run of which nothing is known."""
    later: dict[str, tuple[Files, str, tuple[int, int], str]] = field(default_factory=dict)
    """Files that were written and are run later by somebody else: among which, and by what."""

    def runs_later(self, path: str, files: Files) -> None:
        """Remember that somebody else runs what the file at `path` holds in the end."""
        self.later[path] = files, self.source, self.at, self.file

    def add(self, code: str, why: str, words: str = "") -> None:
        """Take down a danger, at `words` where they stand in what is followed now."""
        start, end = self.at
        within = self.source.find(words, start, end) if words else -1
        if within >= 0:
            start, end = within, within + len(words)
        danger = Danger(code, why, start, end, self.file)
        if all((each.code, each.start, each.file) != (code, start, self.file) for each in self.dangers):
            self.dangers.append(danger)

    @contextmanager
    def inside(self, file: str, source: str, level: int) -> Iterator[None]:
        """What is found from now on stands in that file."""
        outer = self.source, self.at, self.file, self.level
        self.source, self.at, self.file, self.level = source, (0, len(source)), file, level
        yield
        self.source, self.at, self.file, self.level = outer

    def is_spent(self) -> bool:
        """Count a step. True, and taken down, once there were too many."""
        self.steps += 1
        if self.steps > MOST_STEPS:
            if self.steps == MOST_STEPS + 1:
                self.add(UNREAD, "does so much that it cannot be followed to its end")
            return True
        return False


@dataclass(slots=True)
class Function:
    """The body of a function, and the text that it stands in."""

    body: Node
    script: Script


@dataclass(slots=True)
class Scope:
    """A shell. Copies of it are what runs in a subshell."""

    found: Found
    variables: dict[str, list[Value]] = field(default_factory=dict)
    functions: dict[str, Function] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    files: Files = field(default_factory=Files)
    folder: str = "."
    args: Value = ()
    stdin: str = ""
    feeds: str = ""
    """The commands behind it in a pipe."""
    sockets: set[str] = field(default_factory=set)
    inputs: dict[str, str] = field(default_factory=dict)
    """What is read from descriptors above 0, by their numbers."""
    sinks: dict[str, str] = field(default_factory=dict)
    """Commands that read what is written into a file that stands for them."""
    calling: tuple[str, ...] = ()
    levels: int = 0
    strict: bool = False
    """What is not set ends it (`set -u`)."""
    open: bool = False
    """Not all that is set is known: another machine's, or after a file was read in."""
    doubtful: int = 0
    """Above 0, what is done may also be left out."""

    def inner(self) -> Scope:
        """A subshell."""
        return replace(
            self,
            variables=dict(self.variables),
            functions=dict(self.functions),
            aliases=dict(self.aliases),
            sockets=set(self.sockets),
            inputs=dict(self.inputs),
        )

    def anew(self, args: Iterable[str] = (), stdin: str = "") -> Scope:
        """Another shell started by this one. What was not exported goes along: rather too much than too little."""
        made = self.inner()
        made.args, made.stdin, made.levels, made.strict = tuple(args), stdin, self.levels + 1, False
        return made

    def elsewhere(self) -> Scope:
        """A shell of another machine or container."""
        made = self.anew(stdin=self.stdin)
        made.variables, made.functions, made.aliases = {"HOME": [(HOME,)]}, {}, {}
        made.files = self.files.elsewhere()
        made.folder, made.open = UNKNOWN, True
        return made

    def assign(self, name: str, values: list[Value]) -> None:
        """From now on, one of `values`; where it may be left out, beside what it is."""
        known = [*self.values(name), *values] if self.doubtful else values
        self.variables[name] = list(dict.fromkeys(known))[:MOST_VALUES]

    def values(self, name: str) -> list[Value]:
        """What a variable may be. Never empty: what is set nowhere is the empty text."""
        held = self.variables.get(name)
        if held is not None:
            return held
        if name in ("@", "*"):
            return [self.args]
        if name.isdigit() and name != "0":
            at = int(name) - 1
            return [(self.args[at],)] if at < len(self.args) else [("",)]
        if name == "#":
            return [(str(len(self.args)),)]
        return [(UNKNOWN,)] if name in OWN or self.strict or self.open else [("",)]

    def is_set(self, name: str) -> bool:
        """Whether something is known of a variable that is not the empty text."""
        return self.values(name) not in ([("",)], [()])


def started(
    found: Found, env: Mapping[str, str], folder: str = ".", args: Value = (), files: Iterable[tuple[str, str]] = ()
) -> Scope:
    """The shell that Reign starts: with the few variables that it passes on, and those that are declared."""
    variables: dict[str, list[Value]] = {name: [(UNKNOWN,)] for name in PASSED}
    variables["HOME"] = [(HOME,)]
    variables["IFS"] = [(" \t\n",)]
    variables |= {name: [(value,)] for name, value in env.items()}
    return Scope(found, variables, folder=folder, args=args, files=Files(files))
