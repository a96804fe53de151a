"""The same graph for both sides: Terraform's `terraform_data`, Reign's `value`."""

import json
from dataclasses import dataclass
from pathlib import Path

LAYERS = 10


@dataclass(frozen=True)
class Node:
    """One resource: what it takes its value from, and what else it waits for; indexes of earlier nodes."""

    source: int | None = None
    after: int | None = None


@dataclass(frozen=True)
class Graph:
    """`shape` is `wide` (no edges) or `layers` (ten layers; two edges from each node into the layer before)."""

    shape: str
    size: int

    def nodes(self) -> list[Node]:
        """The nodes in an order in which edges point backwards."""
        if self.shape == "wide":
            return [Node()] * self.size
        width = self.size // LAYERS
        return [
            Node() if i < width else Node(i - width, (i // width - 1) * width + (i + 1) % width)
            for i in range(self.size)
        ]


def write_terraform(graph: Graph, folder: Path, note: str = "") -> None:
    """`main.tf.json` in `folder`."""
    resources = {}
    for i, node in enumerate(graph.nodes()):
        block: dict[str, object] = {"input": f"r{i}{note}"}
        if node.source is not None:
            block = {
                "input": f"${{terraform_data.r{node.source}.output}}",
                "depends_on": [f"terraform_data.r{node.after}"],
            }
        resources[f"r{i}"] = block
    (folder / "main.tf.json").write_text(json.dumps({"resource": {"terraform_data": resources}}, indent=1))


def write_reign(graph: Graph, folder: Path, note: str = "") -> None:
    """`reign.yaml` in `folder`."""
    lines = ["version: 1", "project: bench", "resources:"]
    for i, node in enumerate(graph.nodes()):
        if node.source is None:
            lines.append(f"  r{i}: {{type: value, spec: {{value: r{i}{note}}}}}")
        else:
            spec = f'spec: {{value: "${{resources.r{node.source}.value}}"}}'
            lines.append(f"  r{i}: {{type: value, depends_on: [r{node.after}], {spec}}}")
    (folder / "reign.yaml").write_text("\n".join(lines) + "\n")
