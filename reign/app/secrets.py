"""The values of the secrets that a project declares, each asked for when something reads it, and then kept."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import cast

from reign.app.workspace import Workspace
from reign.config.files import Files, Unreachable
from reign.model.errors import Failed, ProviderError
from reign.model.event import State
from reign.model.finding import Finding
from reign.model.plan import SecretSource
from reign.model.values import Unknown, Value, reveal

TIMEOUT_S = 30.0
"""How long the command of a secret may take."""

WORDS = {"env": "of the environment", "file": "a file", "command": "a command"}


class Secrets:
    """`config.Request.secret`. `unseen` are those that only a trusted folder tells, in words.

    Raises Failed where a value cannot be had. `held` gives the state, which has what was generated.
    """

    def __init__(self, space: Workspace, held: Callable[[], State]) -> None:
        self._space, self._held = space, held
        self._known: dict[str, tuple[SecretSource, Value]] = {}
        self.unseen: list[str] = []

    def __call__(self, name: str, source: SecretSource) -> Value:
        """The value in clear; Unknown where it is not to be looked at, or not made yet."""
        known = self._known.get(name)
        if known is not None and known[0] == source:
            return known[1]
        value = self._looked_at(name, source)
        self._known[name] = (source, value)
        self._space.masks.learn(value)
        return value

    def _looked_at(self, name: str, source: SecretSource) -> Value:
        unknown = Unknown((f"secret.{name}",), sensitive=True)
        if source.kind == "generate":
            made = self._held().secrets.get(name)
            vault = self._space.vault(self._held().lineage)
            return unknown if made is None else reveal(vault.decrypt(cast("Value", made)))
        if not self._space.trusted:
            self.unseen.append(f"secret {name} ({WORDS[source.kind]})")
            return unknown
        match source.kind:
            case "env":
                return self._of_variable(name, str(source.what))
            case "file":
                return self._of_file(name, str(source.what))
        return self._of_command(name, source.what)

    def _of_variable(self, name: str, variable: str) -> str:
        value = self._space.where.environ.get(variable)
        if value is None:
            said = f"The value of the secret {name} comes from the variable {variable}, which is not set."
            raise Failed([Finding("secret/missing-variable", "Variable not set", said, fix=f"Set {variable}.")])
        return value

    def _of_file(self, name: str, written: str) -> str:
        try:
            text, _ = Files(self._space.folder, self._space.root).text(written)
        except Unreachable as error:
            said = f"The value of the secret {name} comes from a file, which cannot be read. {error.detail}"
            fix = error.fix or "Name a small text file inside the root."
            raise Failed([Finding("secret/file", "File of a secret cannot be read", said, fix=fix)]) from None
        return text.removesuffix("\n")

    def _of_command(self, name: str, command: Value) -> str:
        from reign.providers.shell.commands import programs
        from reign.providers.shell.run import KEPT_BYTES, Asked, passed_on, run

        what = f"The command of the secret {name}"
        out = ""
        for words in programs(command, "bash"):
            env = {**passed_on(self._space.where.environ), **words.variables}
            try:
                ended = run(Asked(words.argv, env, str(self._space.folder), b"", TIMEOUT_S, what))
            except ProviderError as error:
                raise self._failed(f"{error.detail}", error.fix) from None
            self._space.masks.learn(ended.stdout.strip())
            if ended.code != 0:
                raise self._failed(f"{what} ended with exit code {ended.code}. {_last(ended.stderr)}".strip())
            out += ended.stdout
        if len(os.fsencode(out)) > KEPT_BYTES:
            raise self._failed(f"{what} printed more than 1 MiB.")
        return out.removesuffix("\n")

    def _failed(self, said: str, fix: str = "") -> Failed:
        mask = self._space.masks
        fix = fix or "Run it by hand in the project's folder to see more."
        return Failed([Finding("secret/command", "Command of a secret failed", mask(said), fix=mask(fix))])


def _last(stderr: str) -> str:
    from reign.providers.shell.run import last_lines

    return last_lines(stderr)
