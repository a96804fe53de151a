"""`env`: the environment as expressions read it, what is harmless in clear and the rest marked as sensitive."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from reign.expression import MissingError
from reign.model.values import Sensitive, Unknown, Value

_HARMLESS = frozenset(("HOME", "USER", "LOGNAME", "PATH", "PWD", "LANG", "TZ", "SHELL", "TMPDIR", "CI", "GITHUB_SHA"))

_NAME = re.compile("[A-Za-z_][A-Za-z0-9_-]*")


def is_harmless(name: str) -> bool:
    """Whether a variable of the environment may be shown (formats.md, Values)."""
    return name in _HARMLESS or name.startswith("GITHUB_REF")


def reference(root: str, name: str) -> str:
    """What a user would write to read `name` of `root`."""
    return f"${{{root}.{name}}}" if _NAME.fullmatch(name) else f"${{{root}[{json.dumps(name)}]}}"


@dataclass(frozen=True, slots=True)
class Environ(Mapping[str, Value]):
    """The variables that are set; `default` may answer for one that is not.

    `is_hidden`: what any of them holds is unknown, since the folder is not trusted.
    """

    variables: Mapping[str, str] = field(repr=False)
    is_hidden: bool = False

    def __getitem__(self, name: str) -> Value:
        if self.is_hidden:
            return Unknown((f"env.{name}",), sensitive=not is_harmless(name))
        text = self.variables.get(name)
        if text is None:
            fix = f'Set it, or say what it is otherwise: env.{name} | default("").'
            raise MissingError(f"the variable {name[:80]} of the environment is not set", fix=fix)
        return text if is_harmless(name) else Sensitive(text, reference("env", name))

    def __contains__(self, name: object) -> bool:
        return self.is_hidden or name in self.variables

    def __iter__(self) -> Iterator[str]:
        return iter(() if self.is_hidden else self.variables)

    def __len__(self) -> int:
        return 0 if self.is_hidden else len(self.variables)
