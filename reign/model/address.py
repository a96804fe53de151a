"""Addresses: `docker.container.web["eu"]`, `data.git.head`, `value.n[0]`; `module.NAME.` in front is reserved."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal, TypeAlias

Key: TypeAlias = str | int | None

NAME = re.compile(r"[a-z][a-z0-9_-]*")
_ADDRESS = re.compile(
    r"(?P<module>(?:module\.[a-z][a-z0-9_-]*\.)*)(?P<data>data\.)?"
    r"(?P<type>[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*?)(?P<name>\.[a-z][a-z0-9_-]*)(?P<key>\[.*\])?\Z",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Address:
    """Where one instance stands. `type` may be one word (`value`) or two (`docker.container`).

    Hashing and comparing go by the canonical text, which is made once: addresses are keys everywhere.
    """

    type: str = field(compare=False)
    name: str = field(compare=False)
    key: Key = field(default=None, compare=False)
    mode: Literal["managed", "data"] = field(default="managed", compare=False)
    module: tuple[str, ...] = field(default=(), compare=False)
    text: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        front = "".join(f"module.{name}." for name in self.module) + ("data." if self.mode == "data" else "")
        match self.key:
            case None:
                end = ""
            case int():
                end = f"[{self.key}]"
            case _:
                end = f"[{json.dumps(self.key, ensure_ascii=False)}]"
        object.__setattr__(self, "text", f"{front}{self.type}.{self.name}{end}")

    def __hash__(self) -> int:
        return hash(self.text)  # half the time of the generated one, which makes a tuple first

    def __str__(self) -> str:
        return self.text

    @property
    def provider(self) -> str:
        """The provider's name, which is the type's first word."""
        return self.type.partition(".")[0]

    @property
    def kind(self) -> str:
        """The name of its schema: the type, with `data.` in front of what is only looked up."""
        return f"data.{self.type}" if self.mode == "data" else self.type

    @property
    def group(self) -> Address:
        """The same block without the key."""
        return self if self.key is None else Address(self.type, self.name, None, self.mode, self.module)

    def sort_key(self) -> tuple[object, ...]:
        """Orders by module, mode, type, name and key; numbers as numbers, before text."""
        key = (0, 0, "") if self.key is None else (1, self.key, "") if isinstance(self.key, int) else (2, 0, self.key)
        return (self.module, self.mode, self.type, self.name, key)


@lru_cache(maxsize=65536)
def parse_address(text: str) -> Address:
    """Read a canonical address. Raises ValueError when `text` is none."""
    found = _ADDRESS.match(text)
    if not found:
        raise ValueError(f"{text!r} is not an address; one looks like docker.container.web or value.n[0]")
    key: Key = None
    if found["key"]:
        try:
            key = json.loads(found["key"][1:-1])
        except (ValueError, RecursionError):
            raise ValueError(f"the key of {text!r} is neither a number nor a quoted text") from None
        if isinstance(key, bool) or not isinstance(key, str | int):
            raise ValueError(f"the key of {text!r} is neither a number nor a quoted text")
    module = tuple(part for part in found["module"].split(".") if part)[1::2]
    return Address(found["type"], found["name"][1:], key, "data" if found["data"] else "managed", module)


def is_unicode(text: str) -> bool:
    """False where half of a surrogate pair stands in it, as a JSON escape can have it: it could not be written anywhere."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
