"""Where each `${REIGN_n}` of a shell string stands, and how it is written there so that its value stays one word.

A value reaches the shell as an environment variable and never as text of the command. So the worst that a place can do
is to read the variable as code of its own (arithmetic, `eval`, another interpreter's script): those places are refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from reign.providers.shell.syntax import parsed

if TYPE_CHECKING:
    from tree_sitter import Node

PLACEHOLDER = re.compile(r"\$\{(REIGN_[0-9]+)\}")

_NUMERIC = frozenset({"-eq", "-ne", "-lt", "-le", "-gt", "-ge"})
_BY_NAME = frozenset({"-v", "-R"})
_READ_AGAIN = frozenset(
    [
        "eval",
        "let",
        "trap",
        "alias",
        "bind",
        "complete",
        "compgen",
        "enable",
        "fc",
        "watch",
        "parallel",
        "getopts",
        "mapfile",
        "read",
        "readarray",
        "unset",
        "wait",
    ]
)
"""Commands that read an argument as code, or as the name of a variable, whose subscript is code."""
_PREFIXES = frozenset(
    [
        "sudo",
        "doas",
        "env",
        "command",
        "builtin",
        "exec",
        "nohup",
        "nice",
        "time",
        "timeout",
        "xargs",
        "setsid",
        "stdbuf",
        "chroot",
        "su",
    ]
)
_SHELLS = "bash|sh|dash|zsh|ksh|mksh|fish|ash|busybox|pwsh|powershell"
_INTERPRETER = re.compile(
    rf"(?:{_SHELLS}|python[0-9.]*|pypy[0-9.]*|perl[0-9.]*|ruby[0-9.]*|node|nodejs|deno|bun|php[0-9.]*|lua[0-9.]*"
    r"|tclsh|Rscript|osascript|psql|mysql|mariadb|sqlite3|su|ssh)"
)
_CLIENT = frozenset({"psql", "mysql", "mariadb", "sqlite3"})
_CODE_OPTION = re.compile(r"-[A-Za-z]*[ceEr]|--(?:eval|command|execute|init-command)|-[Cc]ommand")
_SCRIPTED = frozenset({"sed", "gsed", "awk", "gawk", "mawk", "jq", "yq", "expr"})
_TAKES_VALUE = {"-v": 1, "-F": 1, "-f": 1, "--file": 1, "--from-file": 1, "--arg": 2, "--argjson": 2}

_ESCAPED = re.compile(r"\\.")
_OPEN_EXPANSION = re.compile(r"\$\{[^}]*\Z")
_ASSIGNS = re.compile(r"\"?[A-Za-z_][A-Za-z0-9_]*=")

_IN_OTHERS = {
    "raw_string": "stands in single quotes, where the shell puts no value in",
    "ansi_c_string": "stands in $'...', where the shell puts no value in",
    "heredoc_body": "stands in a here-document whose end word is quoted, where the shell puts no value in",
    "comment": "stands in a comment",
    "regex": "stands in a pattern, which would read the value as one",
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why the placeholder `name` cannot stand where it does."""

    name: str
    why: str
    fix: str


@dataclass(frozen=True, slots=True)
class Quoted:
    """The command as it is run, or why it is not."""

    text: str
    refusals: tuple[Refusal, ...] = ()


@lru_cache(maxsize=4096)
def quoted(command: str, shell: str) -> Quoted:
    """`command` for `shell` (bash, sh or pwsh), every placeholder written so that its value is one word there."""
    if not PLACEHOLDER.search(command):
        return Quoted(command)
    return _powershell(command) if shell == "pwsh" else _posix(command)


def _posix(command: str) -> Quoted:
    data = command.encode()
    root = parsed(data)
    refusals: list[Refusal] = []
    pieces, end = [], 0
    for found in PLACEHOLDER.finditer(data.decode("latin-1")):
        name, (start, stop) = found[1], found.span()
        node = root.descendant_for_byte_range(start, stop)
        why = _why_not(node, start, stop) if node else "cannot be found"
        if why:
            refusals.append(Refusal(name, why, _fix(why)))
        text = data[start:stop]
        pieces += [data[end:start], text if node is None or _inside_string(node) else b'"' + text + b'"']
        end = stop
    if root.has_error and not refusals:
        why = "stands in a command that cannot be read as shell"
        refusals.append(Refusal("", why, "Correct the command, or put it into a file and use shell.script."))
    return Quoted(b"".join([*pieces, data[end:]]).decode(), tuple(refusals))


def _fix(why: str) -> str:
    if "single quotes" in why:
        return "Use double quotes there, or name it in `env` and use that variable."
    if "quoted, where" in why:
        return "Leave the quotes of the end word away, or hand the value over through `stdin`."
    return "Hand it over through `env`, `args` or `stdin`, and let that program read it from there."


def _why_not(node: Node, start: int, stop: int) -> str:
    """Why nothing may be put in at `node`; "" where it may."""
    if node.type in ("heredoc_body", "heredoc_content") and _is_plain_document(node):
        pass  # a line that begins with a tab is read as text by this grammar, and as the rest by the shell
    elif node.type != "expansion" or (node.start_byte, node.end_byte) != (start, stop):
        return _IN_OTHERS.get(node.type, f"stands in a {node.type.replace('_', ' ')}, where no value can be put in")
    for child, above in _upward(node):
        if why := _refused_by(child, above):
            return why
        if above.type == "heredoc_redirect" and _is_open(_text(above).encode()[: start - above.start_byte].decode()):
            return "stands in an evaluated part of a here-document"
    return ""


def _is_open(before: str) -> bool:
    """Whether arithmetic, backquotes or another expansion is open at the end of here-document text.

    The grammar overlooks some of these there. A command substitution, which it sees, is not asked about.
    """
    text = _ESCAPED.sub("", before)
    opened = any(text.count(begin) > text.count(end) for begin, end in (("$((", "))"), ("$[", "]")))
    return opened or text.count("`") % 2 == 1 or bool(_OPEN_EXPANSION.search(text))


def _is_plain_document(node: Node) -> bool:
    """Whether `node` is text of a here-document whose end word is not quoted."""
    redirect = next((above for _, above in _upward(node) if above.type == "heredoc_redirect"), None)
    start = next((child for child in redirect.children if child.type == "heredoc_start"), None) if redirect else None
    return start is not None and not set(_text(start)) & set("'\"\\")


def _upward(node: Node) -> Iterator[tuple[Node, Node]]:
    while node.parent is not None:
        yield node, node.parent
        node = node.parent


def _refused_by(child: Node, above: Node) -> str:
    """What `above` would make of a value somewhere in `child`; "" where it leaves it alone."""
    match above.type:
        case "arithmetic_expansion":
            return "stands in arithmetic, which would evaluate the value"
        case "subscript":
            return "stands in a subscript, which would evaluate the value"
        case "expansion":
            return "stands inside another expansion, which may read the value as a pattern or as arithmetic"
        case "array" if child.type == "concatenation" and _text(child).startswith("["):
            return "stands in a subscript, which would evaluate the value"
        case "compound_statement" if _text(above).startswith("(("):
            return "stands in arithmetic, which would evaluate the value"
        case "c_style_for_statement" if child.type not in ("do_group", "compound_statement"):
            return "stands in arithmetic, which would evaluate the value"
        case "unary_expression" | "binary_expression":
            return _refused_by_test(above)
        case "command_substitution" if _text(above).startswith("`") and _inside_string(above):
            return "stands in backquotes inside double quotes; write $(...) instead"
        case "command":
            return _refused_by_command(_words(above), _place(child, above))
        case "unset_command":
            return "is handed to unset, which would evaluate a subscript in it"
        case "declaration_command":
            return _refused_by_declaration(child, above)
        case "redirected_statement":
            return _refused_by_input(child, above)
        case "pipeline":
            return _refused_by_pipe(child, above)
    return ""


def _refused_by_test(test: Node) -> str:
    operators = {_text(child) for child in test.children if child.type == "test_operator"}
    if operators & _NUMERIC:
        return f"is compared by {min(operators & _NUMERIC)}, which is arithmetic and would evaluate the value"
    if operators & _BY_NAME:
        return f"is tested by {min(operators & _BY_NAME)}, which would evaluate a subscript in the value"
    return ""


def _refused_by_declaration(child: Node, declaration: Node) -> str:
    words = [_text(word) for word in declaration.children if word.type == "word"]
    if any(word.startswith("-") and set(word) & set("in") for word in words):
        return "is declared as a number or a reference, which would evaluate the value"
    if child.type != "variable_assignment" and not _ASSIGNS.match(_text(child)):
        return "is handed to a declaration, which would evaluate a subscript in it"
    return ""


def _refused_by_input(child: Node, statement: Node) -> str:
    """A here-document or here-string whose reader takes it for a script."""
    if child.type not in ("heredoc_redirect", "herestring_redirect"):
        return ""
    body = next((node for node in statement.children if node.type == "command"), None)
    return "is part of a script that another interpreter reads" if body and _reads_code(_words(body)) else ""


def _refused_by_pipe(child: Node, pipeline: Node) -> str:
    later = [node for node in pipeline.children if node.type == "command" and node.start_byte >= child.end_byte]
    return (
        "goes into a script that another interpreter reads" if any(_reads_code(_words(node)) for node in later) else ""
    )


def _refused_by_command(words: list[str], place: int) -> str:
    """What a command makes of the argument at `place` (0: its own name; -1: an assignment or a redirection)."""
    if place <= 0:
        return _refused_by_herestring(words) if place == -2 else ""
    names = [_name(word) for word in words[:place]]
    core = next((at for at, name in enumerate(names) if name not in _PREFIXES and not _is_option(words[at])), 0)
    called = {names[0], names[core], *(name for name in names if names[0] in _PREFIXES)}
    if called & _READ_AGAIN:
        return f"is handed to {min(called & _READ_AGAIN)}, which would read the value as code"
    if names[core] in ("test", "[") and (set(words) & _NUMERIC or words[place - 1] in _BY_NAME):
        return "is compared as a number or a name, which would evaluate the value"
    if names[core] == "printf" and words[place - 1] == "-v":
        return "is handed to printf -v, which would evaluate a subscript in it"
    reader = next((name for name in reversed(names) if _INTERPRETER.fullmatch(name)), "")
    if words[place].startswith("<(") and (reader or names[core] in ("source", ".")):
        return "goes into a script that another interpreter reads"
    if reader and _CODE_OPTION.fullmatch(words[place - 1]):
        return f"is part of the script of {reader}"
    if "ssh" in names and any(not _is_option(word) for word in words[names.index("ssh") + 1 : place]):
        return "is part of a command that another machine's shell reads"
    scripted = next((at for at, name in enumerate(names) if name in _SCRIPTED), None)
    if scripted is not None and _is_script(words[scripted + 1 : place]):
        return f"is part of the script of {names[scripted]}"
    return ""


def _refused_by_herestring(words: list[str]) -> str:
    return "is part of a script that another interpreter reads" if _reads_code(words) else ""


def _is_script(before: list[str]) -> bool:
    """Whether what follows `before` is the script of a sed, an awk or a jq."""
    if before and before[-1] in ("-e", "--expression", "--source"):
        return True
    plain, skip = 0, 0
    for word in before:
        if skip:
            skip -= 1
        elif word in _TAKES_VALUE:
            skip = _TAKES_VALUE[word]
        elif not _is_option(word):
            plain += 1
    given = {"-e", "-f", "--expression", "--file", "--from-file"} & set(before)
    return plain == 0 and skip == 0 and not given


def _reads_code(words: list[str]) -> bool:
    """Whether a command takes its standard input for a script."""
    for at, word in enumerate(words):
        name = _name(word)
        if not _INTERPRETER.fullmatch(name):
            continue
        rest = words[at + 1 :]
        if name in _CLIENT:
            return True
        plain = [each for each in rest if not _is_option(each) or each == "-"]
        if name == "ssh":
            return len(plain) < 2
        return not plain or plain[0] == "-" or "-s" in rest
    return False


def _place(child: Node, command: Node) -> int:
    """Which word of `command` `child` is; -1 where it is none, -2 for a here-string."""
    if child.type == "herestring_redirect":
        return -2
    return next((at for at, word in enumerate(_word_nodes(command)) if word.id == child.id), -1)


def _word_nodes(command: Node) -> list[Node]:
    return [
        child
        for child in command.children
        if child.is_named
        and not child.type.endswith("_redirect")
        and child.type not in ("variable_assignment", "comment")
    ]


def _words(command: Node) -> list[str]:
    """Its words as text, quotes around a whole word taken off."""
    return [_text(node).strip("\"'") for node in _word_nodes(command)]


def _name(word: str) -> str:
    return word.rpartition("/")[2]


def _is_option(word: str) -> bool:
    return word.startswith(("-", "+")) and len(word) > 1


def _text(node: Node) -> str:
    return (node.text or b"").decode()


def _inside_string(node: Node) -> bool:
    """Whether double quotes are open at `node`, or a here-document is."""
    if node.type in ("heredoc_body", "heredoc_content"):
        return True
    for _, above in _upward(node):
        if above.type in ("string", "heredoc_body"):
            return True
        if above.type in ("command_substitution", "process_substitution"):
            return False
    return False


# PowerShell


def _powershell(command: str) -> Quoted:
    """`${REIGN_1}` becomes `${env:REIGN_1}`, which is one argument there, quoted or not."""
    refusals = [
        Refusal(found[1], why, _fix(why))
        for found in PLACEHOLDER.finditer(command)
        if (why := _why_not_there(command, found))
    ]
    return Quoted(PLACEHOLDER.sub(r"${env:\1}", command), tuple(refusals))


_READS_CODE = re.compile(r"(?i)\b(?:invoke-expression|iex|-command|-encodedcommand|add-type|scriptblock)\b")
_SINGLE = re.compile(
    r"(?s)\"(?:`.|[^\"`])*\"|(?P<here>@'.*?\n'@)|(?P<single>'(?:''|[^'])*')|(?P<comment>#[^\n]*|<#.*?#>)"
)


def _why_not_there(command: str, found: re.Match[str]) -> str:
    for part in _SINGLE.finditer(command):
        if part.lastgroup and part.start() <= found.start() < part.end():
            where = "a comment" if part.lastgroup == "comment" else "single quotes"
            return f"stands in {where}, where the shell puts no value in"
    line = command[command.rfind("\n", 0, found.start()) + 1 : found.start()]
    return "is read as code by that command" if _READS_CODE.search(line) else ""
