"""Texts of which not everything is known.

A text is a `str`. What is not known of it stands there as one character of a private range, which says where that part
came from; so it goes wherever the text goes. What the shell would still expand stands as such a character too.
"""

from __future__ import annotations

UNKNOWN = "\ue000"
"""Something, not empty, of which nothing is known."""
FETCHED = "\ue001"
"""Something that came over the network."""
DECODED = "\ue002"
"""Something that was encoded, so that nobody could read it."""
KEPT = "\ue003"
"""What a file of this machine holds."""
SECRET = "\ue004"  # noqa: S105 - a sign
"""What a file holds that nobody else may see: private keys, passwords."""
ENVIRON = "\ue005"
"""All variables of the environment, or the history of what was typed."""
ASKED = "\ue006"
"""What the operating system gives without an end: zeros, noise, `yes`."""

EVERY = "\ue007"
"""The names of everything of a kind: all processes, all volumes."""
RECORDS = "\ue008"
"""All that a database keeps."""

STAR, MARK, OPEN = "\ue010", "\ue011", "\ue012"
"""`*`, `?` and `[` where the shell looks for files by them."""

ORIGINS = frozenset((UNKNOWN, FETCHED, DECODED, KEPT, SECRET, ENVIRON, ASKED, EVERY, RECORDS))
_BACK = {ord(STAR): "*", ord(MARK): "?", ord(OPEN): "["}
_GLOBS = {ord("*"): STAR, ord("?"): MARK, ord("["): OPEN}


def literal(text: str) -> str:
    """`text` as another program gets it: signs by which files are looked for as they are written."""
    return text.translate(_BACK)


def globbing(text: str) -> str:
    """`text` as it stands outside of quotes."""
    return text.translate(_GLOBS)


def origins(text: str) -> str:
    """Where the unknown parts of `text` came from, each once; "" where all of it is known."""
    return "".join(sorted(ORIGINS.intersection(text)))


def is_known(text: str) -> bool:
    """Whether all of `text` is known."""
    return ORIGINS.isdisjoint(text)


def spoilt(text: str) -> str:
    """What is left of a text that was worked on in a way that is not followed: where it came from."""
    return origins(text) or UNKNOWN


def shown(text: str, most: int = 60) -> str:
    """`text` for people."""
    said = literal(text)
    for sign in ORIGINS:
        said = said.replace(sign, "...")
    said = " ".join(said.split())
    return said if len(said) <= most else f"{said[: most - 3]}..."
