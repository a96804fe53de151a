"""The command line at hand, to be typed once more with something added: what every refusal ends with."""

from __future__ import annotations

import shlex
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Again:
    """`command` is how the project is reached (`reign --env prod`), `words` the options that say what is planned, quoted,
    and `file` the plan file of `apply FILE`, where `words` are none.
    """

    command: str = "reign"
    verb: str = "apply"
    words: tuple[str, ...] = ()
    file: str = ""

    def line(self, *more: str) -> str:
        """The same once more, with `more`."""
        file = (shlex.quote(self.file),) if self.file else ()
        return " ".join([self.command, self.verb, *file, *self.words, *more])

    def anew(self) -> str:
        """The same with a plan of what is left: a plan file that ran is stale."""
        return " ".join([self.command, self.verb, *self.words])

    def looked_at(self) -> str:
        """A plan file that can be looked at, and applied without a question; empty for what no plan file does."""
        if self.verb == "import":
            return ""
        destroy = ("--destroy",) if self.verb == "destroy" else ()
        plan = " ".join([self.command, "plan", *destroy, *self.words, "--out new.plan"])
        return f"{plan}, then {self.command} apply new.plan"
