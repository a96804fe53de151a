"""Overlays: reign.ENV.yaml and reign.local.yaml, laid over a document without touching what it is made of.

Maps merge at every depth, lists and scalars replace, `key+` appends to a list, `key!` replaces a whole map, null removes.
Inside a list, and under `key!`, everything is taken as it is written.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from reign.config.files import FILE
from reign.config.reading import is_nothing
from reign.model.finding import Place
from reign.model.values import Path, format_path
from reign.yaml.nodes import Mapping, Node, Scalar, Sequence
from reign.yaml.report import Report

_FIXED = ("version", "project")
_TYPED = ("resources", "data", "variables")
_OUTER = 2
"""Levels of keys that a finding in an overlay is traced back by: sections, and what is named in them."""


def lay_over(base: Mapping, over: Mapping, environments: Collection[str], report: Report) -> Mapping:
    """`base` with `over` laid over it, as new maps; both stay as they are, since aliases may share what they hold.

    Every node keeps its own source. What an overlay may not change is reported and left as it is.
    """
    over.source.covers = sorted(_covers(base, over, _OUTER), key=lambda covered: covered[0])
    over_it = _allowed(base, over, environments, report)
    made = _Layer(base, over_it, report).merge(base, over_it, ())
    return _with_types_of(base, made, over, report)


class _Layer:
    def __init__(self, base: Mapping, over: Mapping, report: Report) -> None:
        self.base = base
        self.over = over
        self.report = report

    def merge(self, base: Mapping, over: Mapping, path: Path) -> Mapping:
        made = _with(base, dict(base.pairs))
        seen: dict[str, Scalar] = {}
        for written, (key, node) in over.pairs.items():
            name, sign = _signed(written)
            if name in seen:
                self._report_twice(key, seen[name], path)
                continue
            seen[name] = key
            have = base.pairs.get(name)
            plain = replace(key, text=name, end=key.end - 1) if sign else key
            pair = self._pair(have, plain, node, sign, (*path, name))
            if pair is not None:
                made.pairs[name] = pair
            elif have is not None:
                del made.pairs[name]
            else:
                self._report_nothing(key, base, (*path, name))
        return made

    def _pair(
        self, have: tuple[Scalar, Node] | None, key: Scalar, node: Node, sign: str, path: Path
    ) -> tuple[Scalar, Node] | None:
        """What stands under a key in the end; None where the overlay removes it."""
        if sign == "!":
            return key, node
        if sign == "+":
            return self._appended(have, key, node, path)
        if is_nothing(node):
            return None
        if not isinstance(node, Mapping):
            return key, node
        if have is not None and isinstance(have[1], Mapping):
            return have[0], self.merge(have[1], node, path)
        return key, self.merge(_with(node, {}), node, path)

    def _appended(self, have: tuple[Scalar, Node] | None, key: Scalar, node: Node, path: Path) -> tuple[Scalar, Node]:
        first = have[1] if have else None
        if not isinstance(node, Sequence):
            self._report_no_list(node, path, "What stands here is no list", None)
            return have or (key, Sequence(node.source, node.line, node.column, node.start, node.end))
        if have is None or is_nothing(first):
            return key, node
        if not isinstance(first, Sequence):
            self._report_no_list(node, path, "What it would be appended to is no list", first)
            return have
        return have[0], replace(first, items=[*first.items, *node.items])

    def _report_no_list(self, node: Node, path: Path, wrong: str, first: Node | None) -> None:
        name = str(path[-1])[:80]
        self.report.at(
            node,
            "wrong-type",
            "Wrong type",
            f"`{name}+` appends to the list `{name}`. {wrong}.",
            fix=f"Write the whole of it as {name}, without the +.",
            address=self._address(path),
            path=_inside(path),
            related=(first.place(),) if first else (),
        )

    def _report_twice(self, key: Scalar, first: Scalar, path: Path) -> None:
        self.report.at(
            key,
            "duplicate-key",
            "Duplicate key",
            f'"{first.text[:80]}" and "{key.text[:80]}" in one map say two things of the same key.',
            fix="Remove one of them.",
            address=self._address(path),
            path=_inside(path),
            related=(first.place(),),
        )

    def _report_nothing(self, key: Scalar, base: Mapping, path: Path) -> None:
        near = self.report.nearest(key.text, base.pairs)
        name = key.text[:80]
        self.report.at(
            key,
            "nothing-to-remove",
            "Nothing to remove",
            f'In an overlay, null removes a key, and there is no "{name}" here that could be removed.',
            nearest=near,
            fix=f'Write "{near}", or leave it out.' if near else f"Leave it out; where null is meant: {name}!: null",
            address=self._address(path),
            path=_inside(path),
        )

    def _address(self, path: Path) -> str:
        """What findings call the block that `path` leads into."""
        block = path[:_OUTER]
        kind = next((made for made in (_type(self.base, block), _type(self.over, block)) if made), "")
        if path[:1] == ("outputs",) and len(path) > 1:
            return f"output.{path[1]}"
        return f"{'data.' * (path[0] == 'data')}{kind[:80]}.{path[1]}" if kind else ""


def _type(document: Mapping, block: Path) -> str:
    node: Node | None = document
    for key in (*block, "type") if len(block) == _OUTER and block[0] in ("resources", "data") else ():
        node = node.get(str(key)) if isinstance(node, Mapping) else None
    return node.text if isinstance(node, Scalar) else ""


def _inside(path: Path) -> str:
    """`path` as findings name it: from the block on, or from its spec on."""
    below = path[_OUTER:] if path[:1] and path[0] in ("resources", "data", "outputs") else path
    return format_path(below[1:] if below[:1] == ("spec",) else below)


def _covers(base: Node | None, over: Node, levels: int) -> Iterator[tuple[tuple[int, int], Place | None]]:
    """Where the outer keys of an overlay stand, and where each is written first."""
    if not levels or not isinstance(over, Mapping):
        return
    pairs = base.pairs if isinstance(base, Mapping) else {}
    for written, (key, node) in over.pairs.items():
        first = pairs.get(_signed(written)[0])
        yield (key.line, key.column), first[0].place() if first else None
        yield from _covers(first[1] if first else None, node, levels - 1)


def _with(node: Mapping, pairs: dict[str, tuple[Scalar, Node]]) -> Mapping:
    """The same map with other pairs; `replace` takes several times as long, and a project may have many."""
    return Mapping(node.source, node.line, node.column, node.start, node.end, pairs)


def _signed(written: str) -> tuple[str, str]:
    """The key that `key`, `key+` or `key!` is about, and its sign."""
    return (written[:-1], written[-1]) if len(written) > 1 and written[-1] in "+!" else (written, "")


def _allowed(base: Mapping, over: Mapping, environments: Collection[str], report: Report) -> Mapping:
    """`over` without what is said in reign.yaml alone."""
    kept = dict(over.pairs)
    for written, (key, node) in over.pairs.items():
        name, _ = _signed(written)
        if name == "include":
            _report_head(key, "Only reign.yaml includes other files", report)
        elif name in _FIXED and not _is_same(base.get(name), node):
            _report_head(key, f"An overlay does not change `{name}`", report)
        elif name == "environments" and not _is_about(node, environments):
            _report_head(key, "Which environments there are is known before an overlay is read", report)
        else:
            if name == "settings" and isinstance(node, Mapping):
                kept[written] = key, _without_default_env(node, report)
            continue
        del kept[written]
    return _with(over, kept)


def _without_default_env(settings: Mapping, report: Report) -> Mapping:
    kept = dict(settings.pairs)
    for written, (key, _) in settings.pairs.items():
        if _signed(written)[0] == "default_env":
            _report_head(key, "Which environment is meant is known before an overlay is read", report)
            del kept[written]
    return _with(settings, kept)


def _is_same(have: Node | None, node: Node) -> bool:
    return isinstance(have, Scalar) and isinstance(node, Scalar) and have.text == node.text


def _is_about(node: Node, environments: Collection[str]) -> bool:
    """True when an overlay's `environments` neither adds nor removes one."""
    return isinstance(node, Mapping) and all(
        _signed(name)[0] in environments and not is_nothing(body) for name, (_, body) in node.pairs.items()
    )


def _report_head(key: Scalar, detail: str, report: Report) -> None:
    name, _ = _signed(key.text)
    report.at(
        key,
        "not-in-overlay",
        "Not for an overlay to say",
        f"{detail}.",
        fix=f"Say it in {FILE}, or nowhere.",
        path=name,
    )


def _with_types_of(base: Mapping, made: Mapping, over: Mapping, report: Report) -> Mapping:
    """`made` with every block whose `type` is another one as it was; those are other things, not the same one changed."""
    pairs = dict(made.pairs)
    for section in _TYPED:
        blocks, others = base.get(section), made.get(section)
        touched = next((node for name, (_, node) in over.pairs.items() if _signed(name)[0] == section), None)
        if not (isinstance(blocks, Mapping) and isinstance(others, Mapping) and isinstance(touched, Mapping)):
            continue
        names = {_signed(name)[0] for name in touched.pairs}
        kept = {name: pair for name in names if (pair := _other_type(name, blocks, others, report))}
        if kept:
            pairs[section] = pairs[section][0], _with(others, {**others.pairs, **kept})
    return _with(made, pairs)


def _other_type(name: str, blocks: Mapping, others: Mapping, report: Report) -> tuple[Scalar, Node] | None:
    """The block as it was, after reporting that its type would be another one; None where it is the same."""
    block, other = blocks.get(name), others.get(name)
    have = block.get("type") if isinstance(block, Mapping) else None
    changed = other.get("type") if isinstance(other, Mapping) else None
    if block is other or is_nothing(have) or have is None or changed is None or _is_same(have, changed):
        return None
    report.at(
        changed,
        "not-in-overlay",
        "Not for an overlay to say",
        f'An overlay does not change the type of "{name[:80]}": it would be another thing in its place.',
        fix="Declare what has another type under a name of its own.",
        path="type",
        related=(have.place(),),
    )
    return blocks.pairs[name]
