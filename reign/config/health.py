"""`health` of a block: which question tells that it is healthy, and how that is asked."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from reign.config.document import HealthModel, HealthOptionsModel, is_command, kind_of
from reign.config.evaluate import Evaluator
from reign.config.shape import mapping, report_one_of, supported
from reign.config.template import Reader, Template, Where
from reign.model.resource import HealthCheck
from reign.model.schema import Schema
from reign.model.values import Value, is_known, reveal
from reign.yaml.nodes import Mapping, Node, find
from reign.yaml.report import Report

LATER = frozenset(("self", "run"))
"""Roots that a target may use besides those of the spec: they have a value once the resource is there."""

_KINDS = ("http", "tcp", "command", "exit", "ready")
_TARGETS = kind_of(HealthModel).fields or {}
_OPTIONS = kind_of(HealthOptionsModel)
_HTTP = re.compile(r"https?://[^\s/]+(/\S*)?")
_TCP = re.compile(r"(?:\[[0-9a-fA-F:.]+\]|[^\s:/]+):([0-9]{1,5})")
_CODES = re.compile(r"([1-5][0-9][0-9])(?:-([1-5][0-9][0-9]))?")


@dataclass(frozen=True, slots=True)
class Health:
    """`health` as read: what is asked is evaluated for each instance; `options`, how it is asked, go with the other ones."""

    kind: str
    target: Template
    options: Template
    node: Mapping
    address: str


def read_health(node: Node, schema: Schema, where: Where, settings: Where, reader: Reader) -> Health | None:
    """The `health` of a block; None after reporting what is wrong. `settings`: what its options may be made of."""
    report, address = reader.report, where.address
    body = mapping(node, report, "`health`", address)
    kept = supported(body, HealthModel, reader, settings)
    written = [kind for kind in _KINDS if kind in kept.pairs]
    if len(written) != 1:
        if isinstance(node, Mapping) and (written or len(kept.pairs) == len(body.pairs)):
            report_one_of(body, "`health`", _KINDS, written, report, address, "health")
        return None
    kind = written[0]
    key, target = kept.pairs.pop(kind)
    lacks = _lacks(kind, schema)
    if lacks:
        _wrong(report, key, address, f"health.{kind}", lacks, "Ask by `http`, `tcp` or `command`.")
        return None
    if kind != "http" and "status" in kept.pairs:
        detail = f"`status` says which answers to `http` are good, and has no effect with `{kind}`."
        _wrong(report, kept.pairs["status"][0], address, "health.status", detail, "Remove it.")
    read = reader.read(target, _TARGETS[kind].kind, where, ("health", kind))
    return Health(kind, read, reader.read(kept, _OPTIONS, settings, ("health",)), body, address)


def _lacks(kind: str, schema: Schema) -> str:
    if kind == "exit" and "exit_code" not in schema.outputs:
        return f"{schema.type} tells no exit code, so there is none to wait for."
    if kind == "ready" and not schema.ready:
        return f"{schema.type} has no readiness of its own to wait for."
    return ""


def health_check(health: Health, options: HealthOptionsModel, evaluator: Evaluator) -> HealthCheck | None:
    """The check of one instance; None after reporting what is wrong with it."""
    target = evaluator.fill(health.target)
    report, kind = evaluator.reader.report, health.kind
    fits, words, fix = _FITS[kind]
    if is_known(target) and not fits(reveal(target)):
        shown = f'"{target[:80]}"' if isinstance(target, str) else "This"
        node = find(health.node, (kind,))
        _wrong(report, node, health.address, f"health.{kind}", f"{shown} {words}.", fix)
        return None
    ranges = options.status.replace(" ", "").split(",")
    if not all(map(_is_codes, ranges)):
        detail = f'"{options.status[:80]}" is no list of HTTP codes from 100 to 599 and ranges of them.'
        _wrong(
            report,
            find(health.node, ("status",)),
            health.address,
            "health.status",
            detail,
            "Write it as in 200-399,401.",
        )
        return None
    return HealthCheck(
        kind=kind,  # type: ignore[arg-type]
        target=target,
        status=",".join(ranges),
        interval_s=options.interval,
        timeout_s=options.timeout,
        healthy_after=options.healthy_after,
        deadline_s=options.deadline,
    )


def _is_codes(text: str) -> bool:
    found = _CODES.fullmatch(text)
    return found is not None and int(found[1]) <= int(found[2] or found[1])


def _is_tcp(value: Value) -> bool:
    found = _TCP.fullmatch(value) if isinstance(value, str) else None
    return found is not None and 0 < int(found[1]) < 1 << 16


def _is_code(value: Value) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 255


_FITS: dict[str, tuple[Callable[[Value], bool], str, str]] = {
    "http": (
        lambda value: isinstance(value, str) and _HTTP.fullmatch(value) is not None,
        "is no URL of http or https",
        "Write it as in http://127.0.0.1:8080/healthz.",
    ),
    "tcp": (_is_tcp, "is no host and port", "Write it as in 127.0.0.1:5432."),
    "command": (is_command, "is no command", "Write a shell string, or a list of words."),
    "exit": (_is_code, "is no code from 0 to 255", "Write the code that it ends with when all is well, such as 0."),
    "ready": (lambda value: value is True, "asks for nothing", "Write ready: true, or leave `health` out."),
}
"""By kind: whether a target fits, what is wrong with one that does not, and what to write."""


def _wrong(report: Report, node: Node, address: str, path: str, detail: str, fix: str) -> None:
    report.at(node, "wrong-value", "Wrong value", detail, fix=fix, address=address, path=path)
