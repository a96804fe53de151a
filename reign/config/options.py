"""The settings of one instance as the model's nouns: lifecycle, retry, timeouts, what is allowed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from reign.config.block import Block
from reign.config.document import LifecycleModel, OptionsModel, RetryModel, TimeoutsModel, WholeTimeoutModel
from reign.model.address import Address
from reign.model.resource import Allowance, Lifecycle, Retry, Timeouts
from reign.model.values import format_path, parse_path
from reign.yaml.nodes import Node, find
from reign.yaml.report import Report

Named = Callable[[str, Node, Block, str], list[Address]]
"""The instances that an entry of a list names: (text, its node, the block, the list's key)."""


@dataclass(frozen=True, slots=True)
class Options:
    """The settings of one instance."""

    lifecycle: Lifecycle = field(default_factory=Lifecycle)
    retry: Retry | None = None
    timeouts: Timeouts = field(default_factory=Timeouts)
    priority: int = 0
    tags: tuple[str, ...] = ()
    allow: tuple[Allowance, ...] = ()


def options_of(model: OptionsModel, lifecycle: Lifecycle) -> Options:
    """The document's options as the model's nouns."""
    return Options(
        lifecycle,
        retry_of(model.retry),
        _timeouts(model),
        model.priority,
        tuple(model.tags),
        tuple(Allowance(entry.code, entry.reason, entry.until) for entry in model.allow),
    )


def _timeouts(model: OptionsModel) -> Timeouts:
    match model:
        case WholeTimeoutModel():
            return Timeouts(model.timeout, model.timeout, model.timeout)
        case TimeoutsModel():
            return Timeouts(model.timeout.create, model.timeout.update, model.timeout.delete)
    return Timeouts()


def retry_of(model: RetryModel | None) -> Retry | None:
    """The document's retry as the model's noun."""
    if model is None:
        return None
    return Retry(model.attempts, model.initial, model.backoff, model.max, model.jitter)


def lifecycle_of(
    block: Block, model: LifecycleModel, named: Named, report: Report
) -> tuple[Lifecycle, tuple[Address, ...]]:
    """The document's lifecycle as the model's noun, and the instances that its triggers name."""
    triggers: list[Address] = []
    groups: dict[str, tuple[str, ...]] = {}
    for key in ("replace_triggered_by", "restart_triggered_by"):
        texts: list[str] = []
        for index, text in enumerate(getattr(model, key)):
            node = find(block.node, ("lifecycle", key, index))
            addresses = named(text, node, block, f"lifecycle.{key}")
            if any(address.mode == "data" for address in addresses):
                _report_data(text, node, block, f"lifecycle.{key}", report)
                continue
            triggers += addresses
            texts += [str(a if "[" in text else a.group) for a in addresses]
        groups[key] = tuple(dict.fromkeys(texts))
    paths = [
        _path(text, find(block.node, ("lifecycle", "ignore_changes", index)), block, report)
        for index, text in enumerate(model.ignore_changes)
    ]
    paths += [name for name in _following(block, paths) if name not in paths]
    return Lifecycle(
        prevent_destroy=model.prevent_destroy,
        create_before_destroy=model.create_before_destroy,
        ignore_changes=tuple(path for path in paths if path),
        replace_triggered_by=groups["replace_triggered_by"],
        restart_triggered_by=groups["restart_triggered_by"],
        on_destroy=model.on_destroy,
    ), tuple(triggers)


def _report_data(text: str, node: Node, block: Block, key: str, report: Report) -> None:
    report.at(
        node,
        "wrong-value",
        "Wrong value",
        f'`{key}` names "{text[:80]}", which is looked up and never changed, so it can trigger nothing.',
        fix="Name a resource; or put the looked up value into the spec.",
        address=block.where.address,
        path=key,
    )


def _path(text: str, node: Node, block: Block, report: Report) -> str:
    """The canonical form of an entry of ignore_changes."""
    address = block.where.address
    try:
        path = parse_path(text)
    except (ValueError, RecursionError) as error:
        detail = f'"{text[:80]}" is no path inside a resource: {str(error)[:200]}.'
        fix = 'Write it as in labels["build"] or ports[0].'
        report.at(node, "bad-path", "Not a path", detail, fix=fix, address=address)
        return ""
    if path[0] != "*" and path[0] not in block.schema.fields:
        report.at(
            node,
            "unknown-key",
            "Unknown key",
            f'{block.schema.type} has no key "{path[0]}", so no change of it can be ignored.',
            nearest=report.nearest(str(path[0]), block.schema.fields),
            address=address,
        )
    return format_path(path)


def _following(block: Block, paths: list[str]) -> list[str]:
    """Computed fields that tell of ignored ones by other words, as a checksum does: they are ignored along with these."""
    ignored = {str(parse_path(path)[0]) for path in paths if path}
    outputs = block.schema.outputs
    return [
        name
        for name, field in block.schema.fields.items()
        if field.computed and name in outputs and not ignored.isdisjoint(outputs[name].follows or ())
    ]
