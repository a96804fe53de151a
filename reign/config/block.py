"""Blocks under `resources`, read once each: what holds for every instance, and the templates of what does not."""

from __future__ import annotations

from collections.abc import Callable, Collection
from collections.abc import Sequence as Several
from dataclasses import dataclass, replace

from reign.config.document import BlockModel, LifecycleModel, RetryModel, TimeoutModel, kind_of
from reign.config.nodes import Mapping, Node, Scalar, Sequence
from reign.config.scalars import is_null
from reign.config.shape import bodies, mapping, supported
from reign.config.template import ANY, Reader, Template, Where
from reign.model.errors import ReignError
from reign.model.schema import Kind, Schema

REPEAT_ROOTS = frozenset(("var", "local", "env", "project"))
_OPTIONS = {
    "lifecycle": kind_of(LifecycleModel),
    "retry": kind_of(RetryModel),
    "priority": Kind("integer"),
    "tags": Kind("list", item=Kind("string")),
}
_TIMEOUTS = kind_of(TimeoutModel)
_DURATION = Kind("duration")


@dataclass(frozen=True, slots=True)
class Block:
    """One entry of `resources`. `spec` and `options` are templates; `needs` are what depends_on says, with their nodes.

    `is_constant`: the options hold no expression, so they are made once for all instances.
    """

    name: str
    key: Scalar
    node: Mapping
    schema: Schema
    where: Where
    spec: Template
    options: Template
    is_constant: bool
    needs: tuple[tuple[str, Scalar], ...]
    connection: str
    for_each: Template = None
    count: Template = None
    enabled: Template = True


@dataclass(frozen=True, slots=True)
class Types:
    """The types that there are, and the connections that the document names.

    `names` loads every provider, so it is asked only where a nearest name is wanted.
    """

    schema: Callable[[str], Schema | None]
    names: Callable[[], Several[str]]
    connections: Collection[str]


def read_blocks(section: Node | None, types: Types, reader: Reader) -> dict[str, Block]:
    """Every block that can be read; the others are reported."""
    found = {}
    for name, key, node in bodies(section, reader.report, "`resources`", "The resource"):
        block = _read(name, key, node, types, reader)
        if block is not None:
            found[name] = block
    return found


def _read(name: str, key: Scalar, node: Mapping, types: Types, reader: Reader) -> Block | None:
    schema = _schema(name, key, node, types, reader)
    address = f"{schema.type}.{name}" if schema else name
    kept = supported(node, BlockModel, reader, Where(frozenset(), address))
    repeat = Where(REPEAT_ROOTS, address)
    for_each = _template(kept, "for_each", ANY, repeat, reader)
    count = _template(kept, "count", Kind("integer"), repeat, reader)
    enabled = _template(kept, "enabled", Kind("bool"), repeat, reader)
    if for_each is not None and count is not None:
        reader.report.at(
            kept.pairs["count"][0],
            "wrong-value",
            "Wrong value",
            "A resource has `for_each` or `count`, not both.",
            fix="Remove one of them.",
            address=address,
            related=(kept.pairs["for_each"][0].place(),),
        )
    if schema is None:
        return None
    own = {"each"} if for_each is not None else {"count"} if count is not None else set()
    leaves = reader.leaves
    options = _read_options(kept, Where(REPEAT_ROOTS | own, address), reader)
    is_constant = reader.leaves == leaves
    where = Where(REPEAT_ROOTS | own | {"resources"}, address, schema.type, name)
    body = mapping(kept.get("spec"), reader.report, "`spec`", address)
    return Block(
        name=name,
        key=key,
        node=node,
        schema=schema,
        where=where,
        spec=reader.read(body, Kind("object", fields=schema.fields), where),
        options=options,
        is_constant=is_constant,
        needs=_names(kept.get("depends_on"), reader, address),
        connection=_connection(kept.get("provider"), schema.type, types, reader, address),
        for_each=for_each,
        count=count,
        enabled=True if enabled is None else enabled,
    )


def _template(kept: Mapping, key: str, kind: Kind, where: Where, reader: Reader) -> Template:
    node = kept.get(key)
    return None if node is None else reader.read(node, kind, where, (key,))


def _read_options(kept: Mapping, where: Where, reader: Reader) -> Template:
    options = {
        key: reader.read(kept.pairs[key][1], kind, where, (key,)) for key, kind in _OPTIONS.items() if key in kept.pairs
    }
    timeout = kept.get("timeout")
    if isinstance(timeout, Scalar):
        one = reader.read(timeout, _DURATION, where, ("timeout",))
        options["timeout"] = dict.fromkeys(("create", "update", "delete"), one)
    elif timeout is not None:
        options["timeout"] = reader.read(timeout, _TIMEOUTS, where, ("timeout",))
    return options


def _schema(name: str, key: Scalar, node: Mapping, types: Types, reader: Reader) -> Schema | None:
    written = node.get("type")
    if written is None or (isinstance(written, Scalar) and is_null(written)):
        reader.report.at(
            key,
            "missing-key",
            "A key is missing",
            f'The resource "{name}" has no `type`, so nobody knows what it is.',
            fix="Add one, such as type: local.file.",
            address=name,
        )
        return None
    named = written.text if isinstance(written, Scalar) else ""
    try:
        schema = types.schema(named) if named else None
    except ReignError as error:
        _report_broken(written, error, reader, name)
        return None
    if schema is None:
        shown = named[:80] or "A list or a map"
        reader.report.at(
            written,
            "unknown-type",
            "Unknown type",
            f'"{shown}" is no type of resource that an installed provider knows.',
            nearest=reader.report.nearest(named, types.names()),
            fix="" if named else "Write the name of a type.",
            address=name,
        )
    return schema


def _report_broken(node: Node, error: ReignError, reader: Reader, address: str) -> None:
    """What a provider that cannot be used says of itself, at the type that needs it."""
    place = node.place()
    for finding in error.findings:
        reader.report.add(replace(finding, address=address, place=place, excerpt=node.source.excerpt(place.line)))


def _connection(node: Node | None, type: str, types: Types, reader: Reader, address: str) -> str:
    """The name of the connection: the provider's default one unless another is picked."""
    provider = type.partition(".")[0]
    if node is None:
        return provider
    name = node.text if isinstance(node, Scalar) else ""
    if name == provider or (name.startswith(f"{provider}.") and name in types.connections):
        return name
    own = (known for known in types.connections if known.partition(".")[0] == provider)
    reader.report.at(
        node,
        "unknown-connection",
        "Unknown connection",
        f'There is no connection "{name[:80]}" of the provider {provider} under `providers`.',
        nearest=reader.report.nearest(name, own),
        address=address,
        path="provider",
    )
    return provider


def _names(node: Node | None, reader: Reader, address: str) -> tuple[tuple[str, Scalar], ...]:
    """The entries of a list of resources; one alone may stand without the list."""
    if node is None:
        return ()
    items = node.items if isinstance(node, Sequence) else [node]
    names = [item for item in items if isinstance(item, Scalar)]
    if len(names) < len(items):
        reader.report.at(
            node,
            "wrong-type",
            "Wrong type",
            "`depends_on` is a list of the names of resources.",
            address=address,
            path="depends_on",
        )
    return tuple((item.text, item) for item in names)
