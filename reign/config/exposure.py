"""What is made of something sensitive, and the finding for where that would be shown."""

from __future__ import annotations

from reign.config.environ import is_harmless
from reign.config.template import SHOWN, SHOWN_FIX, referred
from reign.expression import Reference
from reign.model.values import Deferred, Path, Value, is_sensitive, leaves
from reign.yaml.nodes import Node
from reign.yaml.report import Report


def holds_sensitive(value: Value) -> bool:
    """Whether anything at or under `value` must not be shown, now or once it is known."""
    return any(_is_hidden(leaf) for _, leaf in leaves(value))


def sensitive_path(value: Value) -> Path | None:
    """Where in `value` the first thing stands that must not be shown; None when there is none."""
    return next((path for path, leaf in leaves(value) if _is_hidden(leaf)), None)


def report_shown(report: Report, node: Node, address: str, path: str) -> None:
    """Report that something sensitive would be shown by what stands at `node`."""
    report.at(
        node,
        "sensitive-shown",
        "A sensitive value would be shown",
        SHOWN,
        fix=SHOWN_FIX,
        address=address,
        path=path,
    )


def _is_hidden(leaf: Value) -> bool:
    if isinstance(leaf, Deferred):
        return any(map(_reads_sensitive, referred(leaf.text)))
    return is_sensitive(leaf)


def _reads_sensitive(ref: Reference) -> bool:
    """Of what is left in a text, `var` and `secret` are sensitive: what is not, was filled in."""
    if ref.root == "env":
        return not (ref.path and is_harmless(str(ref.path[0])))
    return ref.root in ("secret", "var")
