"""Markdown as a site shows it: rendered by GitHub's own parser, and read back as a tree that must be whole."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

import cmarkgfm
from cmarkgfm.cmark import Options
from markdown_it import MarkdownIt

_OPTIONS = Options.CMARK_OPT_UNSAFE | Options.CMARK_OPT_HARDBREAKS | Options.CMARK_OPT_FOOTNOTES
_VOID = {"br"}
_TAGS = {
    *("h3", "p", "code", "pre", "details", "summary", "b", "strong", "blockquote", "ul", "li", "br", "sub"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}
_ATTRIBUTES = {("details", "open", None), ("code", "class", "language-diff"), ("pre", "lang", "diff")}
_ALIGNED = {("th", "align"), ("td", "align"), ("th", "style"), ("td", "style")}
LINKED = re.compile(r"[@#]|://|www\.|\b[0-9a-f]{7,}\b|\bgh-[0-9]|:[a-z0-9_+-]*[a-z_+-][a-z0-9_+-]*:", re.IGNORECASE)
"""What the site makes of text outside of code: people, issues, addresses, commits, pictures."""


@dataclass
class Node:
    """An element; `inside` holds elements and text."""

    tag: str
    inside: list["Node | str"] = field(default_factory=list)
    is_open: bool = False

    @property
    def text(self) -> str:
        return "".join(part if isinstance(part, str) else part.text for part in self.inside)

    @property
    def children(self) -> list["Node"]:
        return [part for part in self.inside if isinstance(part, Node)]

    def all(self, tag: str) -> list["Node"]:
        found = [child for child in self.children if child.tag == tag]
        return found + [deeper for child in self.children for deeper in child.all(tag)]

    def prose(self) -> list[str]:
        """The text outside of code."""
        if self.tag in ("code", "pre"):
            return []
        return [text for part in self.inside for text in ([part] if isinstance(part, str) else part.prose())]


class _Reader(HTMLParser):
    """Builds the tree; what is not allowed, or ends in another place than it should, is an AssertionError."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.stack = [Node("page")]
        self.comments: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in _TAGS, f"<{tag}> was opened"
        for name, value in attrs:
            assert (tag, name, value or None) in _ATTRIBUTES or (tag, name) in _ALIGNED, f"<{tag} {name}={value}>"
        node = Node(tag, is_open=("open", "") in attrs or ("open", None) in attrs)
        self.stack[-1].inside.append(node)
        if tag not in _VOID:
            self.stack.append(node)

    def handle_endtag(self, tag: str) -> None:
        if tag not in _VOID:
            assert self.stack[-1].tag == tag, f"</{tag}> inside <{self.stack[-1].tag}>"
            self.stack.pop()

    def handle_data(self, data: str) -> None:
        if self.stack[-1].inside and isinstance(self.stack[-1].inside[-1], str):
            data = self.stack[-1].inside.pop() + data  # type: ignore[operator]
        self.stack[-1].inside.append(data)

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(decl)

    handle_pi = unknown_decl = handle_decl


def tree(markdown: str) -> Node:
    """The page as it is shown. Its only comment is the first line."""
    page = _read(cmarkgfm.github_flavored_markdown_to_html(markdown, options=_OPTIONS), markdown)
    other = MarkdownIt("commonmark", {"html": True, "breaks": True}).enable(["table", "strikethrough"])
    assert _outline(_read(other.render(markdown), markdown)) == _outline(page), "two parsers read it differently"
    for text in page.prose():
        assert not LINKED.search(text), text
    return page


def fragment(markdown: str) -> Node:
    """The same of a piece of a page, which has no comment."""
    return tree(f"<!-- x -->\n\n{markdown}")


def _read(html: str, markdown: str) -> Node:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert len(reader.stack) == 1, f"<{reader.stack[-1].tag}> is never closed"
    first = markdown.split("\n", 1)[0]
    assert [f"<!--{comment}-->" for comment in reader.comments] == [first]
    return reader.stack[0]


def _outline(node: Node) -> list[object]:
    """What contains what, and the text; white space between elements aside."""
    inside = [part.strip() if isinstance(part, str) and node.tag != "code" else part for part in node.inside]
    return [node.tag, *(part if isinstance(part, str) else _outline(part) for part in inside if part != "")]
