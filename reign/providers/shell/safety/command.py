"""One command with its words: what it is, what it runs in turn, and what it prints."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from reign.providers.shell.safety.danger import BACKDOOR, HIDDEN, REMOTE
from reign.providers.shell.safety.paths import content_of, resolved
from reign.providers.shell.safety.redirect import Redirection
from reign.providers.shell.safety.scope import MOST_LEVELS, Scope, Value
from reign.providers.shell.safety.text import DECODED, FETCHED, KEPT, MARK, OPEN, STAR, UNKNOWN, literal, spoilt

_GLOB = re.compile(f"[{STAR}{MARK}{OPEN}]")
_FOLDERS = ("/usr/local/bin", "/usr/bin", "/bin", "/usr/local/sbin", "/usr/sbin", "/sbin")
_INTERPRETED = re.compile(r"#!\s*(\S+)(?:[ \t]+(\S+))?")
Follow = Callable[[str, Scope], str]
CallFunction = Callable[[str, Value, Scope], str]


@dataclass(frozen=True, slots=True)
class Command:
    """`words` as the program gets them, of a shell that holds `scope`; `stdin` is what it reads."""

    words: Value
    scope: Scope
    stdin: str = UNKNOWN
    redirections: tuple[Redirection, ...] = ()
    follow: Follow = lambda *_: UNKNOWN
    call: CallFunction = lambda *_: UNKNOWN
    level: int = 0

    @property
    def name(self) -> str:
        """What is called, without its folder."""
        return literal(self.words[0]).rpartition("/")[2]

    @property
    def args(self) -> Value:
        """What it is called with."""
        return self.words[1:]

    def tell(self, code: str, why: str, word: str = "") -> None:
        """Take down a danger."""
        self.scope.found.add(code, why, literal(word))

    def other(self, words: Sequence[str], *, stdin: str | None = None, scope: Scope | None = None) -> str:
        """Another command that this one runs. What it prints."""
        if not words or self.level > MOST_LEVELS:
            return UNKNOWN
        given = self.stdin if stdin is None else stdin
        return replace(self, words=tuple(words), stdin=given, scope=scope or self.scope, level=self.level + 1).run()

    def code(self, text: str, args: Sequence[str] = (), *, stdin: str | None = None, scope: Scope | None = None) -> str:
        """A script that another shell runs. What it prints."""
        made = (scope or self.scope).anew(args, self.stdin if stdin is None else stdin)
        return self.follow(text, made)

    def held(self, path: str) -> str:
        """What the file holds that is about to be run."""
        text = content_of(path, self.scope.folder, self.scope.files)
        self.check_run(text)
        return text

    def check_run(self, text: str) -> None:
        """Remember that what a file holds is run, where that is not known."""
        self.scope.found.runs_files |= KEPT in text

    def file(self, path: str, text: str, scope: Scope) -> str:
        """The script in a file, in the shell that holds `scope`. What it prints."""
        where = resolved(path, self.scope.folder)
        if not self.scope.files.is_given(where):
            return self.follow(text, scope)
        if where in scope.calling:
            return UNKNOWN
        outer, scope.calling = scope.calling, (*scope.calling, where)
        with self.scope.found.inside(where, text, scope.levels):
            printed = self.follow(text, scope)
        scope.calling = outer
        return printed

    def started(self, path: str, text: str, args: Sequence[str]) -> str:
        """The same in another shell."""
        made = self.scope.anew(args, self.stdin)
        made.variables["0"] = made.variables["BASH_SOURCE"] = [(path,)]
        return self.file(path, text, made)

    def run(self) -> str:
        """Look at what it does. What it prints."""
        from reign.providers.shell.safety.table import handlers, named_like

        scope, first = self.scope, self.words[0]
        if scope.found.is_spent():
            return UNKNOWN
        if first.lstrip().startswith(FETCHED):
            self.tell(REMOTE, "runs as a command what came over the network")
        elif first.lstrip().startswith(DECODED):
            self.tell(HIDDEN, "runs as a command what was encoded")
        if first in scope.aliases and not self.level:
            return self._unaliased(scope.aliases[first])
        if first in scope.functions:
            return self.call(first, self.args, scope)
        if not literal(first):
            return self.other(self.args) if self.args else ""
        if self._is_socket():
            self._check_socket()
        if (ran := self._file()) is not None:
            return ran
        names = [self.name]
        if _GLOB.search(first) and not self.level:
            names = [*named_like(self.name)] or names
        printed = ""
        for name in names:
            found = handlers(name)
            called = self if name == self.name else replace(self, words=(name, *self.args))
            printed = "".join([each(called) for each in found]) if found else spoilt(self.stdin)
        return printed

    def _unaliased(self, text: str) -> str:
        """What the name stands for, in which the name itself is the command."""
        scope = self.scope.anew(self.args, self.stdin)
        del scope.aliases[self.words[0]]
        return self.follow(f'{text} "$@"', scope)

    def _is_socket(self) -> bool:
        sockets = self.scope.sockets
        return any(
            each.is_socket or each.target in sockets for each in self.redirections if each.op not in ("<<", "<<<")
        )

    def _check_socket(self) -> None:
        from reign.providers.shell.safety.table import is_interpreter, is_shell

        if self.name == "exec" and not self.args:
            self.scope.sockets |= {each.number for each in self.redirections if each.is_socket}
        elif (is_shell(self.name) and "-c" not in self.args) or (is_interpreter(self.name) and len(self.args) < 2):
            self.tell(BACKDOOR, "gives a shell of this machine to whoever is at the other end of a connection")

    def _file(self) -> str | None:
        """A file that was written before, run; None where it is none."""
        first, known = literal(self.words[0]), self.scope.files
        if "/" not in first and not known:
            return None
        paths = [self.words[0]] if "/" in first else [f"{folder}/{first}" for folder in _FOLDERS]
        where = next((path for each in paths if (path := resolved(each, self.scope.folder)) in known), paths[0])
        text = known.get(where)
        if text is None or not first:
            if "/" not in first:
                return None
            where = resolved(where, self.scope.folder)
            self.scope.files.unknown[where] = None
            self.scope.found.runs_files = True
            return None
        if FETCHED in text:
            self.tell(REMOTE, "runs a file that came over the network")
        if DECODED in text:
            self.tell(HIDDEN, "runs a file that was encoded")
        found = _INTERPRETED.match(text)
        if found and not re.search(r"(?:ba|da|k|z|a)?sh$", found[2] or found[1]):
            return self.other((*filter(None, found.groups()), self.words[0], *self.args))
        return self.started(self.words[0], text, self.args)
