"""Whether a command can be read as shell at all, so that what cannot is told at plan and not halfway through an apply.

Two readers have to agree: the grammar of tree-sitter, which knows the whole language but stumbles over some of what
shells accept, and a scan that only follows quotes, brackets and compound commands. What either can read is let through.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node


@dataclass(frozen=True, slots=True)
class Broken:
    """Where it cannot be read further: the line inside the command, from 1, and why."""

    line: int
    why: str


@lru_cache(maxsize=4096)
def broken(command: str) -> Broken | None:
    """What is wrong with the syntax of `command`, for bash and sh; None where it can be read."""
    if _PLAIN.fullmatch(command) and _OPENS.keys().isdisjoint(command.split()):
        return None
    found = _Scan(command).run()
    return found if found is not None and parsed(command.encode()).has_error else None


_PLAIN = re.compile(r"[\w ./:=,@%+-]*", re.ASCII)
"""Words and nothing else: most commands, for which no grammar need be loaded."""


def parsed(data: bytes) -> Node:
    """The tree of a command, its root."""
    import tree_sitter_bash
    from tree_sitter import Language, Parser

    return Parser(Language(tree_sitter_bash.language())).parse(data).root_node


_WORD_END = frozenset(" \t\n;&|()<>")
_OPENS = {"if": "fi", "while": "done", "until": "done", "for": "done", "select": "done", "case": "esac", "{": "}"}
_CLOSES = frozenset({"fi", "done", "esac", "}"})
_GOES_ON = frozenset({"if", "then", "elif", "else", "while", "until", "do", "!", "time", "{"})
_WITHIN = {"then": "fi", "elif": "fi", "else": "fi", "do": "done"}
_IN = re.compile(r"in(?=\s|$)")
_HEREDOC = re.compile(r"<<(-?)[ \t]*(\\?[^\s;&|()<>'\"]+|'[^'\n]*'|\"[^\"\n]*\")")


@dataclass(slots=True)
class _Open:
    """Something that has begun: what ends it, on which line it began, and how it is called in a message."""

    end: str
    line: int
    name: str

    @property
    def unclosed(self) -> str:
        """What is said of it where nothing ends it."""
        return f"{self.name} is never closed by {self.end.removeprefix('$')}"


class _Wrong(Exception):
    """Where the scan cannot go on."""


@dataclass(slots=True)
class _Scan:
    """Follows quotes, brackets and compound commands through a command."""

    text: str
    at: int = 0
    line: int = 1
    fresh: bool = True
    """The next word is the name of a command, so that it may be a reserved one."""
    after: str = ""
    """The operator that a command has to follow, if there is one."""
    pattern: bool = False
    """A pattern of a `case` comes next, or its end."""
    opened: list[_Open] = field(default_factory=list)
    documents: list[tuple[str, bool]] = field(default_factory=list)

    def run(self) -> Broken | None:
        """What is wrong, or None."""
        try:
            while self.at < len(self.text):
                self._step()
        except _Wrong as wrong:
            return Broken(self.line, str(wrong))
        if self.opened:
            return Broken(self.opened[-1].line, self.opened[-1].unclosed)
        return Broken(self.line, f"nothing comes after {self.after}") if self.after else None

    @property
    def _top(self) -> str:
        return self.opened[-1].end if self.opened else ""

    def _open(self, end: str, name: str) -> None:
        self.opened.append(_Open(end, self.line, name))

    def _step(self) -> None:
        char, rest = self.text[self.at], self.text[self.at : self.at + 2]
        if char == "\\":
            self.line += rest == "\\\n"
            self.at += 2
            if rest != "\\\n":
                self._used()
        elif self._top == '"':
            self._in_quotes(char, rest)
        elif self._top in ("$}", "]]"):
            self._in_expansion(char, rest)
        elif char == "'" or rest == "$'":
            self._single(rest == "$'")
        elif self._common(char, rest):
            pass
        elif char == "\n":
            self._newline()
        elif char in " \t":
            self.at += 1
        elif char == "#" and (self.at == 0 or self.text[self.at - 1] in _WORD_END or self.text[self.at - 1] == "`"):
            end = self.text.find("\n", self.at)
            self.at = len(self.text) if end < 0 else end
        elif char in ";&|()<>":
            self._operator(char, rest)
        else:
            self._word()

    def _common(self, char: str, rest: str) -> bool:
        """What may open anywhere but in single quotes."""
        if char == '"':
            self.at += 1
            self._used()
            self._open('"', "A double quote")
        elif rest == "$(":
            self._nested(2, ")", "$(")
        elif rest == "${":
            self.at += 2
            self._used()
            self._open("$}", "${")
        elif char == "`":
            self._backquote()
        else:
            return False
        return True

    def _backquote(self) -> None:
        if any(each.end == "`" for each in self.opened):
            while self.opened[-1].end != "`":
                self._unclosed()
            self.opened.pop()
            self.at += 1
            self.fresh, self.after = False, ""
        else:
            self._nested(1, "`", "A backquote")

    def _nested(self, size: int, end: str, name: str) -> None:
        self.at += size
        self._used()
        self._open(end, name)
        self.fresh, self.pattern = True, False

    def _used(self) -> None:
        """A word goes on here: it is no reserved one."""
        self.fresh, self.after = False, ""

    def _unclosed(self) -> None:
        self.line = self.opened[-1].line
        raise _Wrong(self.opened[-1].unclosed)

    def _in_quotes(self, char: str, rest: str) -> None:
        if char == '"':
            self.opened.pop()
            self.at += 1
        elif char == "\n" or not self._common(char, rest):
            self.line += char == "\n"
            self.at += 1

    def _in_expansion(self, char: str, rest: str) -> None:
        """Inside `${...}` and `[[ ... ]]`: only what closes it, and what may open in it."""
        end = self._top
        if (end == "$}" and char == "}") or (end == "]]" and rest == "]]"):
            self.opened.pop()
            self.at += 1 if end == "$}" else 2
        elif char == "'" and not (end == "$}" and any(each.end == '"' for each in self.opened)):
            self._single(dollar=False)
        elif char == "\n" or not self._common(char, rest):
            self.line += char == "\n"
            self.at += 1

    def _single(self, dollar: bool) -> None:
        begin = self.at + 1 + dollar
        end = begin
        while True:
            end = self.text.find("'", end)
            if end < 0:
                raise _Wrong("A single quote is never closed")
            back = len(self.text[begin:end]) - len(self.text[begin:end].rstrip("\\"))
            if not dollar or back % 2 == 0:
                break
            end += 1
        self.line += self.text.count("\n", begin, end)
        self.at = end + 1
        self._used()

    def _newline(self) -> None:
        self.at += 1
        self.line += 1
        self.fresh = True
        for word, tabs in self.documents:
            self._skip(word, tabs)
        self.documents.clear()

    def _skip(self, word: str, tabs: bool) -> None:
        """The body of a here-document; one that is not ended goes on to the end, as shells have it."""
        while self.at < len(self.text):
            end = self.text.find("\n", self.at)
            end = len(self.text) if end < 0 else end
            line = self.text[self.at : end]
            self.at, self.line = end + 1, self.line + 1
            if (line.lstrip("\t") if tabs else line) == word:
                return

    def _operator(self, char: str, rest: str) -> None:
        if char in "<>":
            self.after = ""  # a redirection is a command of its own
        if found := _HEREDOC.match(self.text, self.at):
            if self.text.startswith("<<<", self.at):
                self.at += 3
                return
            self.documents.append((found[2].strip("'\"").replace("\\", ""), bool(found[1])))
            self.at = found.end()
            return
        if char in "<>":
            self.at += 2 if rest in ("<(", ">(") else 1
            if rest in ("<(", ">("):
                self._open(")", rest)
                self.fresh = True
            elif self.text[self.at : self.at + 1] == "&":
                self.at += 1
            return
        if char in "()":
            self._bracket(char)
            return
        self._separator(char)

    def _bracket(self, char: str) -> None:
        if char == "(":
            self.at += 1
            if self.pattern:
                return
            self._open(")", "(")
            self.fresh, self.after = True, ""
        elif self._top == ")" and not self.pattern:
            self.at += 1
            self.fresh = self.opened.pop().name == "("  # a body, after `name()`; else what may close a compound command
            self.after = ""
        elif self.pattern and self._top == "esac":
            self.pattern, self.fresh, self.after = False, True, ""
            self.at += 1
        else:
            raise _Wrong("a ) closes nothing")

    def _separator(self, char: str) -> None:
        end = self.at
        while end < len(self.text) and self.text[end] == char and end - self.at < 2:
            end += 1
        operator = self.text[self.at : end]
        if operator == ";;" or self.text.startswith(";&", self.at):
            if self._top != "esac":
                raise _Wrong(f"{self.text[self.at : self.at + 2]} stands outside of a case")
            self.at += 3 if self.text.startswith(";;&", self.at) else 2
            self.pattern, self.fresh, self.after = True, True, ""
            return
        if self.pattern:
            self.at = end
            return
        if self.after and operator in ("|", "||", "&&", ";"):
            raise _Wrong(f"{operator} comes right after {self.after}")
        self.at = end + (self.text[end : end + 1] == "&" and operator == "|")
        self.fresh = True
        self.after = operator if operator in ("|", "||", "&&") else ""

    def _word(self) -> None:
        begin = self.at
        while self.at < len(self.text) and self.text[self.at] not in _WORD_END | set("'\"`$\\"):
            self.at += 1
        if self.at == begin:  # a $ that opens nothing
            self.at += 1
        word = self.text[begin : self.at]
        whole = self.text[self.at : self.at + 1] in _WORD_END or self.at >= len(self.text)
        if self.pattern:
            if word == "esac" and self._top == "esac":
                self._reserved(word)
            return
        if self.fresh and whole and self._reserved(word):
            return
        self._used()

    def _reserved(self, word: str) -> bool:
        if word == "[[":
            self._open("]]", "[[")
            self._used()
        elif word in _OPENS:
            self._open(_OPENS[word], word)
            self.after = ""
            self.fresh = word in _GOES_ON
            if word == "case":
                self._case()
        elif word in _WITHIN:
            if self._top != _WITHIN[word]:
                raise _Wrong(f"{word} stands where no command begins")
            self.fresh, self.after = True, ""
        elif word in _CLOSES:
            if self._top != word:
                raise _Wrong(f"{word} closes nothing")
            self.opened.pop()
            self.pattern = False
            self.after = ""
            self.fresh = True
        elif word in _GOES_ON:
            self.after = ""
        else:
            return False
        return True

    def _case(self) -> None:
        """From `case` to the first pattern."""
        depth = len(self.opened)
        while self.at < len(self.text):
            char, within = self.text[self.at], len(self.opened) > depth
            if not within and _IN.match(self.text, self.at) and self.text[self.at - 1].isspace():
                self.at += 2
                self.pattern = True
                return
            if within or char in "\\'\"`$":
                self._step()
            else:
                self.line += char == "\n"
                self.at += 1
