"""Blocks under `resources` and `data`, read once each: what holds for every instance, and the templates of what does not."""

from __future__ import annotations

from collections.abc import Callable, Collection
from collections.abc import Sequence as Several
from dataclasses import dataclass, replace
from typing import Literal

from reign.config.document import AllowModel, BlockModel, DataModel, LifecycleModel, RetryModel, TimeoutModel, kind_of
from reign.config.health import LATER, Health, read_health
from reign.config.shape import bodies, mapping, supported
from reign.config.template import ANY, Reader, Template, Where, is_broken
from reign.model.address import Address
from reign.model.errors import ReignError
from reign.model.schema import Kind, Schema
from reign.yaml.nodes import Mapping, Node, Scalar, find
from reign.yaml.scalars import is_null

REPEAT_ROOTS = frozenset(("var", "local", "env", "project"))
"""What is known before any resource is looked at, and may be shown."""
VALUE_ROOTS = REPEAT_ROOTS | {"resources", "data", "secret"}
"""What values are made of."""

_OPTIONS = {
    "lifecycle": kind_of(LifecycleModel),
    "retry": kind_of(RetryModel),
    "priority": Kind("integer"),
    "allow": Kind("list", item=kind_of(AllowModel)),
    "tags": Kind("list", item=Kind("string")),
}
_NAMES = Kind("list", item=Kind("string"))
_TEXT = Kind("string")
_TIMEOUTS = kind_of(TimeoutModel)
_DURATION = Kind("duration")
_DATA = "data."
Mode = Literal["managed", "data"]


@dataclass(frozen=True, slots=True)
class Block:
    """One entry of `resources` or `data`. `spec`, `options`, `needs` (what depends_on says) and `connection` are templates.

    `is_constant`: none of these but the spec holds an expression, so they are made once for all instances.
    `is_timed_once`: one timeout is written for whatever is done.
    """

    name: str
    key: Scalar
    node: Mapping
    schema: Schema
    mode: Mode
    where: Where
    spec: Template
    options: Template
    needs: Template
    connection: Template
    is_constant: bool
    is_timed_once: bool = False
    health: Health | None = None
    for_each: Template = None
    count: Template = None
    enabled: Template = True

    @property
    def type(self) -> str:
        """The type, without what tells that it is only looked up."""
        return self.schema.type.removeprefix(_DATA)


@dataclass(frozen=True, slots=True)
class Types:
    """The types that there are, and the connections that the document names.

    `schema` knows those of data as `data.TYPE`, `data` by their own names. `made` and `data` load every provider, so
    they are asked only where a nearest name is wanted.
    """

    schema: Callable[[str], Schema | None]
    made: Callable[[], Several[str]]
    data: Callable[[], Several[str]]
    connections: Collection[str]


def read_blocks(section: Node | None, mode: Mode, types: Types, reader: Reader) -> dict[str, Block]:
    """Every block of a section that can be read; the others are reported."""
    found = {}
    what, each = ("`resources`", "The resource") if mode == "managed" else ("`data`", "The data source")
    for name, key, node in bodies(section, reader.report, what, each):
        if reader.report.is_full:
            break
        block = _read(name, key, node, mode, types, reader)
        if block is not None:
            found[name] = block
    return found


def _read(name: str, key: Scalar, node: Mapping, mode: Mode, types: Types, reader: Reader) -> Block | None:
    schema = _schema(name, key, node, mode, types, reader)
    address = str(Address(schema.type.removeprefix(_DATA), name, None, mode)) if schema else name
    kept = supported(node, BlockModel if mode == "managed" else DataModel, reader, Where(frozenset(), address))
    repeat = Where(REPEAT_ROOTS, address)
    for_each = _template(kept, "for_each", ANY, Where(VALUE_ROOTS, address, own=name), reader)
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
    settings = Where(REPEAT_ROOTS | own, address)
    where = Where(VALUE_ROOTS | own, address, schema.type, name)
    leaves = reader.leaves
    options = _read_options(kept, settings, reader)
    asked = kept.get("health")
    health = None
    if asked is not None:
        itself = {**schema.fields, **schema.outputs}
        health = read_health(asked, schema, replace(where, roots=where.roots | LATER, itself=itself), settings, reader)
    if health is not None:
        options["health"] = health.options
    needs = _template(kept, "depends_on", _NAMES, settings, reader)
    connection = _template(kept, "provider", _TEXT, settings, reader)
    is_constant = reader.leaves == leaves
    body = mapping(kept.get("spec"), reader.report, "`spec`", address)
    return Block(
        name=name,
        key=key,
        node=node,
        schema=schema,
        mode=mode,
        where=where,
        spec=reader.read(body, Kind("object", fields=schema.fields, refused=schema.refused), where),
        options=options,
        needs=needs,
        connection=connection,
        is_constant=is_constant,
        is_timed_once=isinstance(kept.get("timeout"), Scalar),
        health=health,
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
        options["timeout"] = reader.read(timeout, _DURATION, where, ("timeout",))
    elif timeout is not None:
        options["timeout"] = reader.read(timeout, _TIMEOUTS, where, ("timeout",))
    return options


def _schema(name: str, key: Scalar, node: Mapping, mode: Mode, types: Types, reader: Reader) -> Schema | None:
    written = node.get("type")
    if written is None or (isinstance(written, Scalar) and is_null(written)):
        reader.report.at(
            key,
            "missing-key",
            "A key is missing",
            f'The {"resource" if mode == "managed" else "data source"} "{name}" has no `type`, so nobody knows what it is.',
            fix="Add one, such as type: local.file.",
            address=name,
        )
        return None
    named = written.text if isinstance(written, Scalar) else ""
    front = "" if mode == "managed" else _DATA
    try:
        schema = types.schema(f"{front}{named}") if named and not named.startswith(_DATA) else None
    except ReignError as error:
        _report_broken(written, error, reader, name)
        return None
    if schema is None:
        _report_unknown(written, named, name, mode, types, reader)
    return schema


def _report_unknown(written: Node, named: str, address: str, mode: Mode, types: Types, reader: Reader) -> None:
    """Report a type that there is not; a data type is written without its `data.`, under `data`."""
    made, data = types.made(), types.data()
    bare = named.removeprefix(_DATA)
    shown = named[:80] or "A list or a map"
    fix = "" if named else "Write the name of a type."
    if mode == "managed":
        detail, choices = f'"{shown}" is no type of resource that an installed provider knows.', made
        if bare in data:
            detail, choices = f'"{shown}" can be looked up, and not made.', ()
            fix = "Declare it under `data`."
    else:
        detail, choices = f'"{shown}" is no type that an installed provider can look up.', data
        if bare in data:
            detail, choices, fix = f'What stands under `data` is looked up anyway, without "{_DATA}".', (bare,), ""
        elif bare in made:
            detail = f'"{shown}" can be made, and not looked up.'
            fix = "Declare it under `resources`, where it may be imported."
    reader.report.at(
        written,
        "unknown-type",
        "Unknown type",
        detail,
        nearest=reader.report.nearest(bare, choices) if not fix else "",
        fix=fix,
        address=address,
    )


def _report_broken(node: Node, error: ReignError, reader: Reader, address: str) -> None:
    """What a provider that cannot be used says of itself, at the type that needs it."""
    place, source = node.place(), node.source
    excerpt, overlay_of = source.excerpt(place.line), source.overlay_of(place)
    for finding in error.findings:
        reader.report.add(replace(finding, address=address, place=place, excerpt=excerpt, overlay_of=overlay_of))


def connection_of(block: Block, name: object, types: Types, reader: Reader) -> str:
    """The name of the connection that was picked, else of the provider's default one."""
    provider = block.type.partition(".")[0]
    if name is None or name == provider or is_broken(name):
        return provider
    if isinstance(name, str) and name.startswith(f"{provider}.") and name in types.connections:
        return name
    named = f'"{name[:80]}"' if isinstance(name, str) else "of that kind"
    own = (known for known in types.connections if known.partition(".")[0] == provider)
    reader.report.at(
        find(block.node, ("provider",)),
        "unknown-connection",
        "Unknown connection",
        f"There is no connection {named} of the provider {provider} under `providers`.",
        nearest=reader.report.nearest(str(name), own),
        address=block.where.address,
        path="provider",
    )
    return provider
