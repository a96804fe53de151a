"""The command line at hand, to be typed once more with something added: what every refusal ends with."""

from __future__ import annotations

import shlex
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Again:
    """`command` is how the project is reached (`reign --env prod`), `words` the options that say what is planned, quoted,
    and `file` the plan file of `apply FILE`, where `words` are none. `is_rest`: what is planned is what is left of a run.
    """

    command: str = "reign"
    verb: str = "apply"
    words: tuple[str, ...] = ()
    file: str = ""
    is_rest: bool = False

    @property
    def is_given(self) -> bool:
        """Whether no option changes what is planned."""
        return self.is_rest or bool(self.file)

    def line(self, *more: str) -> str:
        """The same once more, with `more`."""
        file = (shlex.quote(self.file),) if self.file else ()
        return " ".join([self.command, self.verb, *file, *self.words, *more])

    def resume(self, run: str) -> str:
        """What goes on with a run that did not come to its end."""
        return f"{self.command} runs resume {run}"

    def looked_at(self) -> str:
        """A plan file that can be looked at, and applied without a question; empty for what no plan file does."""
        if self.verb == "import" or self.is_rest:
            return ""
        verb = {"destroy": "plan --destroy", "rollback": "rollback"}.get(self.verb, "plan")
        plan = " ".join([self.command, verb, *self.words, "--out new.plan"])
        return f"{plan}, then {self.command} apply new.plan"
