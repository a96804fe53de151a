"""Finding where quotes, brackets and braces end in the text of a word."""

from __future__ import annotations

import re

_ESCAPES = {"a": "\a", "b": "\b", "e": "\x1b", "E": "\x1b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{1,2}|u[0-9a-fA-F]{1,4}|U[0-9a-fA-F]{1,8}|0?[0-7]{1,3}|c.|.)", re.DOTALL)
_RANGE = re.compile(r"(-?\d+|[A-Za-z])\.\.(-?\d+|[A-Za-z])(?:\.\.(-?\d+))?")
_MOST = 200


def closing(text: str, at: int, end: str) -> int:
    """Where what was opened before `at` is closed by `end` (`$'`: an ANSI-C string); the end of `text` if nowhere."""
    if end == "'":
        found = text.find("'", at)
        return len(text) if found < 0 else found
    if end == ")":
        return _closing_code(text, at)
    while at < len(text):
        char = text[at]
        if char == "\\":
            at += 2
        elif char == end[-1]:
            return at
        else:
            at = at + 1 if end == "$'" else _over(text, at, end)
    return len(text)


def _closing_code(text: str, at: int) -> int:
    """The same for `)`, before which commands stand, with here-documents and the patterns of `case`."""
    pending: list[tuple[str, bool]] = []
    cases = 0
    while at < len(text):
        char = text[at]
        if char == "\\":
            at += 2
        elif char == ")":
            if not cases:
                return at
            at += 1
        elif char == "\n":
            at += 1
            for word, tabs in pending:
                at = document_at(text, at, word, tabs=tabs)[2]
            pending.clear()
        elif text.startswith("<<", at) and (found := DOCUMENT.match(text, at)) and text[at + 2 : at + 3] != "<":
            pending.append((end_word(found[2]), bool(found[1])))
            at = found.end()
        elif text.startswith("<<<", at):
            at += 3
        elif found := _CASE.match(text, at):
            cases += 1 if found[0] == "case" else -1 if cases else 0
            at = found.end()
        else:
            at = _over(text, at, ")")
    return len(text)


DOCUMENT = re.compile(r"<<(-?)[ \t]*((?:\\.|'[^'\n]*'|\"[^\"\n]*\"|[^\s;&|()<>'\"\\])+)")
_CASE = re.compile(r"(?<![\w./-])(?:case(?=\s)|esac)(?![\w./-])")


def end_word(word: str) -> str:
    """The end word of a here-document without its quotes."""
    return re.sub(r"\\(.)|['\"]", r"\1", word)


def document_at(text: str, at: int, word: str, *, tabs: bool) -> tuple[int, int, int]:
    """Where the body of a here-document that begins at `at` begins, where it ends, and where its end word does."""
    begin = at
    while at < len(text):
        end = line_end(text, at)
        line = text[at:end]
        if (line.lstrip("\t") if tabs else line) == word:
            return begin, at, end
        at = end + 1
    return begin, len(text), len(text)


def line_end(text: str, at: int) -> int:
    """Where the line at `at` ends."""
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def _over(text: str, at: int, end: str) -> int:
    """Where it goes on after what begins at `at`, inside of something that `end` closes."""
    char, in_quotes = text[at], end == '"'
    if text.startswith("${", at):
        return closing(text, at + 2, "}") + 1
    if text.startswith("$(", at):
        return closing(text, at + 2, ")") + 1
    if end == "`":
        return at + 1
    if char == "`":
        return closing(text, at + 1, "`") + 1
    if in_quotes:
        return at + 1
    if text.startswith("$'", at):
        return closing(text, at + 2, "$'") + 1
    if char == "'":
        return closing(text, at + 1, "'") + 1
    if char == '"':
        return closing(text, at + 1, '"') + 1
    if char == "(" and end == ")":
        return closing(text, at + 1, ")") + 1
    if char == "#" and end == ")" and text[at - 1] in " \t\n;(":
        line = text.find("\n", at)
        return len(text) if line < 0 else line
    return at + 1


def unescaped(text: str) -> str:
    """The text of `$'...'` and of the format of printf."""

    def sign(found: re.Match[str]) -> str:
        said = found[1]
        if said[0] in "xuU" and len(said) > 1:
            number = int(said[1:], 16)
            return chr(number) if number < 0x110000 else ""
        if said[0].isdigit():
            return chr(int(said, 8) & 0xFF)
        if said[0] == "c" and len(said) > 1:
            return chr(ord(said[1]) & 0x1F)
        return _ESCAPES.get(said, said if said in "\\'\"?" else f"\\{said}")

    return _ESCAPE.sub(sign, text)


def braced(word: str) -> list[str]:
    """The words that `{a,b}` and `{1..3}` in `word` make of it."""
    if "{" not in word:
        return [word]
    at = 0
    while at < len(word):
        char = word[at]
        if char == "\\":
            at += 2
        elif char in "'\"`" or word.startswith(("${", "$(", "$'"), at):
            at = _over(word, at, "")
        elif char == "{" and (inner := _alternatives(word, at)):
            parts, end = inner
            rest = braced(word[end:])
            made = [f"{word[:at]}{each}{tail}" for part in parts for each in braced(part) for tail in rest]
            return made[:_MOST]
        else:
            at += 1
    return [word]


def _alternatives(word: str, at: int) -> tuple[list[str], int] | None:
    """What stands between the braces that open at `at`, and where they end; None where it is plain text."""
    parts, begin, depth, here = [], at + 1, 0, at + 1
    while here < len(word):
        char = word[here]
        if char == "\\":
            here += 2
            continue
        if char in "'\"`" or word.startswith(("${", "$("), here):
            here = _over(word, here, "")
            continue
        if char == "{":
            depth += 1
        elif char == "}" and depth:
            depth -= 1
        elif char == "," and not depth:
            parts.append(word[begin:here])
            begin = here + 1
        elif char == "}":
            inner = word[begin:here]
            if parts:
                return [*parts, inner], here + 1
            return (_counted(found), here + 1) if (found := _RANGE.fullmatch(inner)) else None
        here += 1
    return None


def _counted(found: re.Match[str]) -> list[str]:
    first, last = found[1], found[2]
    if first.isalpha() != last.isalpha():
        return [found[0]]
    begin, end = (ord(first), ord(last)) if first.isalpha() else (int(first), int(last))
    step = abs(int(found[3] or 1)) or 1
    numbers = range(begin, end + 1, step) if begin <= end else range(begin, end - 1, -step)
    return [chr(each) if first.isalpha() else str(each) for each in numbers[:_MOST]]
