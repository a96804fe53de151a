"""Secrets: where the value of each comes from, and `secret` as expressions read it: asked for when it is read, once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from collections.abc import Mapping as Names
from dataclasses import dataclass, replace

from reign.config.document import SecretModel, kind_of
from reign.config.environ import reference
from reign.config.evaluate import Evaluator
from reign.config.exposure import holds_sensitive, report_shown
from reign.config.shape import bodies, checked, report_one_of, supported
from reign.config.template import BROKEN, Where, is_broken
from reign.model.errors import Failed
from reign.model.plan import SecretSource
from reign.model.values import Deferred, Sensitive, Unknown, Value, is_known
from reign.yaml.nodes import Mapping as Body
from reign.yaml.nodes import Node, Scalar, find
from reign.yaml.report import Report

ROOTS = frozenset(("var", "env", "project"))
"""What a declaration may be made of: it is read before the secrets, and shown."""

_KINDS = ("env", "file", "command", "generate")


@dataclass(frozen=True, slots=True)
class Declared:
    """A secret that is declared. `source` is None where the declaration is broken, which was reported."""

    key: Scalar
    source: SecretSource | None


def declare_secrets(section: Node | None, evaluator: Evaluator) -> dict[str, Declared]:
    """The secrets that the document declares."""
    report, found = evaluator.reader.report, {}
    for name, key, body in bodies(section, report, "`secrets`", "The secret"):
        where = Where(ROOTS, f"secret.{name}")
        found[name] = Declared(key, _source(key, body, replace(evaluator, address=where.address), where))
    return found


def _source(key: Scalar, body: Body, evaluator: Evaluator, where: Where) -> SecretSource | None:
    report = evaluator.reader.report
    kept = supported(body, SecretModel, evaluator.reader, where)
    written = list(kept.pairs)
    if len(written) != 1:
        if len(body.pairs) == len(written):
            report_one_of(body if written else key, "A secret", _KINDS, written, report, where.address)
        return None
    values = evaluator.fill(evaluator.reader.read(kept, kind_of(SecretModel), where))
    if holds_sensitive(values):
        report_shown(report, find(body, (written[0],)), where.address, written[0])
        return None
    if not is_known(values):
        # Of a broken one nothing is asked either.
        return SecretSource(written[0], Unknown((f"{where.address}",)))  # type: ignore[arg-type]
    model = checked(SecretModel, values, body, report, where)
    if model is None:
        return None
    what: Value = model.generate.length if model.generate is not None else getattr(model, written[0])
    return SecretSource(written[0], what)  # type: ignore[arg-type]


class Secrets(Mapping[str, Value]):
    """The root `secret`: a known one is `Sensitive`, another `Unknown`; one that cannot be had is told at its declaration."""

    def __init__(
        self, declared: Names[str, Declared], ask: Callable[[str, SecretSource], Value], report: Report
    ) -> None:
        self._declared = declared
        self._ask = ask
        self._report = report
        self._told: dict[str, Value] = {}

    def __getitem__(self, name: str) -> Value:
        if name not in self._told:
            self._told[name] = self._asked(name, self._declared[name])
        return self._told[name]

    def __contains__(self, name: object) -> bool:
        return name in self._declared

    def __iter__(self) -> Iterator[str]:
        return iter(self._declared)

    def __len__(self) -> int:
        return len(self._declared)

    @property
    def sources(self) -> dict[str, SecretSource]:
        """Where the value of each comes from."""
        return {name: declared.source for name, declared in self._declared.items() if declared.source is not None}

    def _asked(self, name: str, declared: Declared) -> Value:
        unknown = Unknown((f"secret.{name}",), sensitive=True)
        if declared.source is None:
            return BROKEN
        if isinstance(declared.source.what, Unknown):
            return unknown
        try:
            value = self._ask(name, declared.source)
        except Failed as error:
            place = declared.key.place()
            excerpt = declared.key.source.excerpt(place.line)
            for finding in error.findings:
                self._report.add(replace(finding, address=f"secret.{name}", place=place, excerpt=excerpt))
            return BROKEN
        return unknown if isinstance(value, Unknown) else Sensitive(value, f"${{secret.{name}}}")


class Late(Mapping[str, Value]):
    """A root whose unknown values are left in the text that reads them, to be filled in when they are known."""

    def __init__(self, name: str, values: Mapping[str, Value]) -> None:
        self._name = name
        self._values = values

    def __getitem__(self, name: str) -> Value:
        value = self._values[name]
        return Deferred(reference(self._name, name)) if isinstance(value, Unknown) and not is_broken(value) else value

    def __contains__(self, name: object) -> bool:
        return name in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)
