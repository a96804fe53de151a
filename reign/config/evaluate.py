"""Templates to values: expressions evaluated in a scope, durations and sources looked up, resources left deferred."""

from __future__ import annotations

from dataclasses import dataclass, field

from reign.config.exposure import report_shown
from reign.config.files import Files, Unreachable
from reign.config.template import (
    BROKEN,
    MOST_PARTS,
    Command,
    Leaf,
    Reader,
    Template,
    is_broken,
    is_looked_up,
)
from reign.expression import ExpressionError, Scope, resolve
from reign.model.schema import Kind
from reign.model.values import MISSING, Deferred, Path, Sensitive, Unknown, Value, format_path, reveal
from reign.yaml.nodes import Scalar
from reign.yaml.scalars import seconds

MOST_FAILURES = 20
"""Instances in which an expression may fail before it is no longer tried: the others would fail alike."""

_SHARED: frozenset[type] = frozenset((str, int, float, bool, type(None), list, dict, Deferred, Sensitive))
"""What a fixed expression gives that is kept for the next place where it stands."""


@dataclass(slots=True)
class Evaluator:
    """Fills templates for one instance. `deferred` collects what its values wait for."""

    reader: Reader
    files: Files
    scope: Scope
    address: str = ""
    deferred: list[tuple[Deferred, Scalar, Path]] = field(default_factory=list)

    def fill(self, part: Template) -> Value:
        """The value of a template."""
        kind = type(part)
        if kind is dict:
            return {key: self.fill(item) for key, item in part.items()}
        if kind is list:
            return [self.fill(item) for item in part]
        if kind is Leaf:
            return self._leaf(part)
        return self._command(part) if kind is Command else part

    def _leaf(self, leaf: Leaf) -> Value:
        value = self._resolve(leaf, leaf.text, leaf.kind.name) if "${" in leaf.text else leaf.text
        return self._receive(value, leaf.kind, leaf)

    def _command(self, command: Command) -> Value:
        values = {name: self._resolve(command, text, "string", at) for name, (text, at) in command.texts.items()}
        if len(values) == 1 and command.shell in (f"${{{name}}}" for name in values):
            value = next(iter(values.values()))
            if isinstance(reveal(value), list):
                return value
        return {"command": command.shell, "with": values}

    def _resolve(self, leaf: Leaf | Command, text: str, kind: str, at: int | None = None) -> Value:
        """The value of `text`. It is the leaf's own one, unless `at` says where in that it stood."""
        reader, key = self.reader, (text, kind)
        if reader.made.is_too_much:
            return BROKEN
        value: Value = reader.fixed.get(key, MISSING) if leaf.is_fixed else MISSING
        if value is MISSING:
            value = self._evaluated(leaf, text, kind, at)
            if leaf.is_fixed and value.__class__ in _SHARED:
                reader.fixed[key] = value
        if not reader.made.add(value):
            self._report_too_much(leaf)
            return BROKEN
        if isinstance(value, Deferred):
            self.deferred.append((value, leaf.node, leaf.path))
        return value

    def _evaluated(self, leaf: Leaf | Command, text: str, kind: str, at: int | None) -> Value:
        failures = self.reader.failures
        if failures.get(id(leaf.node), 0) >= MOST_FAILURES:
            return BROKEN
        try:
            return resolve(text, self.scope, kind)
        except ExpressionError as error:
            placed = error if at is None else error.at(at, 1)
            self.reader.refuse(leaf.node, placed, self.address, leaf.path)
            failures[id(leaf.node)] += 1
            return BROKEN

    def _report_too_much(self, leaf: Leaf | Command) -> None:
        made = self.reader.made
        if not made.is_too_much:
            return  # something in it is broken, and was reported
        self.reader.report.at(
            leaf.node,
            "too-many-values",
            "Too many values",
            f"The expressions {'of `locals`' if made.most_parts < MOST_PARTS else 'of a project'} may make lists and maps of "
            f"{made.most_parts:,} items in all and {made.most_characters >> 20} MiB of text. With this one it is more.",
            fix="Let each refer to what it needs of a large value, and not to all of it.",
            address=self.address,
            path=format_path(leaf.path),
        )

    def _receive(self, value: Value, kind: Kind, leaf: Leaf) -> Value:
        """What an evaluated value becomes in a field of `kind`, at every depth of it."""
        if isinstance(value, Sensitive):
            if is_looked_up(kind) and value.value is not None:
                report_shown(self.reader.report, leaf.node, self.address, format_path(leaf.path))
                return BROKEN
            return value
        match kind.name:
            case "source" | "text_source":
                return self._source(value, kind.name, leaf)
            case "duration":
                return self._duration(value, leaf)
            case "list" | "map" if kind.item is not None:
                return self._each(value, kind.item, leaf)
            case "object" if kind.fields is not None and isinstance(value, dict):
                fields = kind.fields
                return {
                    key: self._receive(item, fields[key].kind, leaf) if key in fields else item
                    for key, item in value.items()
                }
        return value

    def _each(self, value: Value, item: Kind, leaf: Leaf) -> Value:
        if isinstance(value, list):
            return [self._receive(part, item, leaf) for part in value]
        if isinstance(value, dict):
            return {key: self._receive(part, item, leaf) for key, part in value.items()}
        return value

    def _duration(self, value: Value, leaf: Leaf) -> Value:
        if not isinstance(value, str):
            if isinstance(value, bool | int | float | list | dict):
                self._wrong(leaf, "duration", "Not a duration", "A duration is a text with its units, such as 1m30s.")
            return value
        try:
            return seconds(value)
        except ValueError as error:
            fix = f'Write "{value}s", if seconds are meant.' if value.isdigit() else ""
            self._wrong(leaf, "duration", "Not a duration", f"{error}.", fix)
            return BROKEN

    def _source(self, value: Value, kind: str, leaf: Leaf) -> Value:
        if isinstance(value, Deferred | Unknown):
            if not is_broken(value):
                self._wrong(
                    leaf,
                    "not-known-in-time",
                    "Not known in time",
                    "A source is pinned by its sha256 when the plan is made, so its path cannot come from a resource.",
                )
            return BROKEN
        if not isinstance(value, str):
            return value
        try:
            if kind == "source":
                return {"path": self.files.relative(value), "sha256": self.files.sha256(value)}
            text, sha256 = self.files.text(value)
            return {"path": self.files.relative(value), "sha256": sha256, "text": text}
        except Unreachable as error:
            self._wrong(leaf, error.code, error.summary, error.detail, error.fix)
            return BROKEN

    def _wrong(self, leaf: Leaf, code: str, summary: str, detail: str, fix: str = "") -> None:
        self.reader.report.at(
            leaf.node, code, summary, detail, fix=fix, address=self.address, path=format_path(leaf.path)
        )
