"""A script with everything inside of its words taken out, so that what is left is commands and operators alone.

Quotes, expansions and here-documents are where grammars stumble. They are read here, and the grammar reads the rest: a text of
the same length, in which each character stands where it stood, and words are made of letters.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from reign.providers.shell.safety.scan import DOCUMENT, closing, document_at, end_word, line_end
from reign.providers.shell.syntax import parsed

if TYPE_CHECKING:
    from tree_sitter import Node

_PLAIN = re.compile(r"[A-Za-z0-9_./:,@%+-]+")
_ASSIGNED = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\+?=\Z")
_SPECIAL = re.compile(r"\$(?:[A-Za-z_][A-Za-z0-9_]*|[0-9@*#?$!-])")
_ENDS = frozenset(" \t\n;&|()<>")
_BEFORE_EXTGLOB = frozenset("?*+@")


@dataclass(frozen=True, slots=True)
class Document:
    """A here-document: what it says, and whether the shell puts values in."""

    text: str
    expands: bool


@dataclass(slots=True)
class Skeleton:
    """What is left of `text`, the here-documents by where their operator stands, and the tree."""

    text: str
    bare: list[str] = field(default_factory=list)
    documents: dict[int, Document] = field(default_factory=dict)
    pending: list[tuple[int, str, bool, bool]] = field(default_factory=list)
    is_open: bool = False
    """Something begins that ends nowhere: a quote, a bracket."""

    def make(self) -> str:
        """Go through the text once."""
        at = 0
        while at < len(self.text):
            at = self._step(at)
        return "".join(self.bare)

    def _put(self, at: int, end: int, sign: str = "q") -> int:
        self.is_open = self.is_open or end > len(self.text)
        end = min(end, len(self.text))
        self.bare.append(sign * (end - at))
        return end

    def _keep(self, at: int, end: int) -> int:
        self.bare.append(self.text[at:end])
        return end

    def _step(self, at: int) -> int:
        text, char = self.text, self.text[at]
        if found := _PLAIN.match(text, at):
            return self._keep(at, found.end())
        if char == "\n":
            return self._newline(at)
        if char in " \t;":
            return self._keep(at, at + 1)
        if char == "\\":
            is_joined = text[at + 1 : at + 2] == "\n"
            if is_joined and not (self._is_in_word(at) and text[at + 2 : at + 3] not in _ENDS | {""}):
                return self._put(at, at + 2, " ")
            return self._put(at, min(at + 2, len(text)))
        if char in "'\"`":
            return self._put(at, closing(text, at + 1, char) + 1)
        if char == "$":
            return self._dollar(at)
        if char == "#":
            return self._put(at, at + 1) if self._is_in_word(at) else self._put(at, line_end(text, at), " ")
        if char in "<>":
            return self._redirect(at)
        return self._sign(at, char)

    def _is_in_word(self, at: int) -> bool:
        return at > 0 and self.text[at - 1] not in _ENDS

    def _dollar(self, at: int) -> int:
        text = self.text
        if text.startswith("$((", at):
            end = closing(text, at + 3, ")")
            if text.startswith("))", end):
                return self._put(at, end + 2)
        for sign, closer in (("$(", ")"), ("${", "}"), ("$'", "$'"), ('$"', '"'), ("$[", "]")):
            if text.startswith(sign, at):
                return self._put(at, closing(text, at + 2, closer) + 1)
        found = _SPECIAL.match(text, at)
        return self._put(at, found.end() if found else at + 1)

    def _redirect(self, at: int) -> int:
        text = self.text
        if text.startswith(("<(", ">("), at):
            return self._put(at, closing(text, at + 2, ")") + 1)
        if text.startswith("<<<", at):
            return self._keep(at, at + 3)
        if found := DOCUMENT.match(text, at):
            word = found[2]
            end = end_word(word)
            self.pending.append((at, end, bool(found[1]), end == word))
            self.bare.append("<" + "q" * (found.end() - at - 1))
            return found.end()
        if text.startswith(("<>", ">|"), at):
            self.bare.append("> ")
            return at + 2
        if text.startswith((">&-", "<&-"), at):
            self.bare.append(text[at : at + 2] + "1")
            return at + 3
        return self._keep(at, at + 1)

    def _sign(self, at: int, char: str) -> int:
        text = self.text
        if char == "(":
            return self._bracket(at)
        if char == "{":
            is_word = text[at + 1 : at + 2] not in (" ", "\t", "\n", "") or self._is_in_word(at)
            return self._put(at, at + 1) if is_word and not self._follows_function(at) else self._keep(at, at + 1)
        if char == "}":
            return self._put(at, at + 1) if self._is_in_word(at) else self._keep(at, at + 1)
        if char == "=":
            is_set = _ASSIGNED.search("".join(self.bare[-2:])[-80:] + "=") is not None
            return self._keep(at, at + 1) if is_set else self._put(at, at + 1)
        if char == "!" and not self._is_in_word(at) and text[at + 1 : at + 2] in _ENDS:
            return self._keep(at, at + 1)
        if text.startswith("[[", at) and not self._is_in_word(at) and text[at + 2 : at + 3] in (" ", "\t", "\n"):
            return self._put(at, _test_end(text, at + 2))
        if char in "&|)":
            return self._keep(at, at + 1)
        return self._put(at, at + 1)

    def _follows_function(self, at: int) -> bool:
        return self.text[:at].rstrip().endswith("()") and self.text[at - 1] == ")"

    def _bracket(self, at: int) -> int:
        text = self.text
        if at and text[at - 1] in _BEFORE_EXTGLOB and not text.startswith("()", at):
            return self._put(at, closing(text, at + 1, ")") + 1)
        if text.startswith("((", at) and not self._is_in_word(at):
            end = closing(text, at + 2, ")")
            if text.startswith("))", end):
                if "".join(self.bare[-2:]).rstrip().endswith("for"):
                    self.bare.append("((" + ";;".ljust(end - at - 2) + "))" if end - at > 3 else text[at : end + 2])
                    return end + 2
                return self._put(at, end + 2)
        return self._keep(at, at + 1)

    def _newline(self, at: int) -> int:
        self.bare.append("\n")
        at += 1
        for operator, word, tabs, expands in self.pending:
            begin, end, after = document_at(self.text, at, word, tabs=tabs)
            said = self.text[begin:end]
            said = re.sub(r"(?m)^\t+", "", said) if tabs else said
            self.documents[operator] = Document(said, expands)
            self.bare.append(re.sub(r"[^\n]", " ", self.text[at:after]))
            at = after
        self.pending.clear()
        return at


def _test_end(text: str, at: int) -> int:
    """Where `[[ ... ]]` ends."""
    while at < len(text):
        if text.startswith("]]", at) and text[at - 1].isspace():
            return at + 2
        char = text[at]
        if char == "\\":
            at += 2
        elif char in "'\"`":
            at = closing(text, at + 1, char) + 1
        elif text.startswith(("$(", "${"), at):
            at = closing(text, at + 2, ")" if text[at + 1] == "(" else "}") + 1
        else:
            at += 1
    return len(text)


@dataclass(frozen=True, slots=True)
class Script:
    """A script that was read: the tree has its offsets in characters of `text`."""

    text: str
    root: Node
    documents: dict[int, Document]
    is_broken: bool
    """It cannot be read to its end as shell."""

    def raw(self, node: Node) -> str:
        """What stands at `node`."""
        return self.text[node.start_byte : node.end_byte]


@lru_cache(maxsize=512)
def read_script(text: str) -> Script:
    """`text`, read."""
    skeleton = Skeleton(text)
    bare = skeleton.make()
    root = parsed(bare.encode())
    return Script(text, root, skeleton.documents, root.has_error or skeleton.is_open)
