"""What waits for what, to be drawn: of a project as declared, or of a plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

EdgeKind: TypeAlias = Literal["depends_on", "reference", "implied", "order"]


@dataclass(frozen=True, slots=True)
class Node:
    """A resource, something looked up, or an output of the project (`output.NAME`).

    `block` is the address without the key where that is one of several; `action` and `steps` (numbers from 1) are those
    of a plan, and empty of a project.
    """

    address: str
    type: str
    mode: Literal["managed", "data", "output"]
    block: str = ""
    action: str = ""
    steps: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Edge:
    """`source` waits for `target`, both addresses of nodes.

    depends_on: it is written so, in `depends_on` or a trigger · reference: an expression reads it · implied: nobody wrote
    so, but the one lies inside the other · order: the plan does the one after the other, without any of these.
    """

    source: str
    target: str
    kind: EdgeKind


@dataclass(frozen=True, slots=True)
class Picture:
    """Nodes in the order of addresses, outputs last; edges in the order of their ends. Each edge once."""

    project: str
    env: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
