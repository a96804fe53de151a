"""Fifty containers of one compose file on a real engine: Reign beside `docker compose`, both on the tests' own engine."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from uuid import uuid4

from tests.bench.against import Bench
from tests.bench.rows import Row
from tests.bench.sides import bare_environ, run
from tests.services.engine import PLAIN, Engine
from tests.services.lease import Lease
from tests.services.machine import Unavailable

MANY = 50
GOAL = 0.5
WORKS = ("first apply", "no-op", "one changed", "destroy")
ELSEWHERE_S = {"first apply": 15.0, "no-op": 0.16, "one changed": 0.78, "destroy": 5.75}
"""What docker compose 2.40 took in one run on two busy cores."""

Act = Callable[[str], float]


@dataclass(frozen=True)
class Fifty:
    """The file in a folder of its own, under a name of its own."""

    folder: Path
    engine: Engine

    def write(self, changed: str = "") -> None:
        """All services; `changed` is what one of them is told."""
        lines = [f"name: {self.engine.name}", "x-one: &one", f"  image: {PLAIN}", "  command: [sleep, '100000']"]
        lines += ["  init: true", "  stop_grace_period: 1s", "services:"]
        for number in range(MANY):
            told = changed if number == 0 else ""
            lines.append(f"  s{number}: {{<<: *one, environment: {{NUMBER: '{number}{told}'}}}}")
        (self.folder / "compose.yaml").write_text("\n".join([*lines, ""]), encoding="utf-8")
        text = f"version: 1\nproject: {self.engine.name}\nresources: {{all: {{type: docker.compose, spec: {{}}}}}}\n"
        (self.folder / "reign.yaml").write_text(text, encoding="utf-8")

    @property
    def environ(self) -> dict[str, str]:
        """Only what both need."""
        return {**bare_environ(self.folder), **self.engine.environ, "REIGN_TRUST": "1"}

    def reign(self, work: str) -> float:
        """Seconds of one command of Reign's."""
        words = {"no-op": ["plan"], "destroy": ["destroy", "--auto-approve"]}.get(work, ["apply", "--auto-approve"])
        return run([sys.executable, "-m", "reign", *words], self.folder, self.environ).seconds

    def compose(self, work: str) -> float:
        """Seconds of one command of the other side's."""
        words = ["down", "--volumes"] if work == "destroy" else ["up", "--detach", "--remove-orphans"]
        return run([str(compose_command()), *words], self.folder, self.environ).seconds


def compose_command() -> Path | None:
    """The command docker-compose, where it was built (`python -m tests.foreign docker-compose`) or is installed."""
    from tests.foreign.building import docker_compose, is_built

    if is_built("docker-compose"):
        return docker_compose()
    found = shutil.which("docker-compose")
    return Path(found) if found else None


def containers(bench: Bench) -> Iterator[Row]:
    """Nothing where there is no engine."""
    try:
        lease = Lease.taken()
    except Unavailable as reason:
        print(f"{MANY} containers: {reason}", file=sys.stderr)
        return
    try:
        yield from compared(bench, lease)
    finally:
        lease.give_back()


def compared(bench: Bench, lease: Lease) -> Iterator[Row]:
    """The four works, each side in turn."""
    names = ("compose", "reign") if compose_command() else ("reign",)
    taken: dict[str, list[dict[str, float]]] = {name: [] for name in names}
    for _ in range(max(1, bench.rounds // 2)):
        for name in names:
            taken[name].append(one_life(bench, lease, name))
    for work in WORKS:
        times = {name: median(each[work] for each in lives) for name, lives in taken.items()}
        other = times.get("compose", ELSEWHERE_S[work])
        yield Row(
            f"{work}, {MANY} containers", times["reign"], GOAL, other=other,
            other_is_measured_elsewhere="compose" not in times, note="against docker compose",
        )  # fmt: skip


def one_life(bench: Bench, lease: Lease, name: str) -> dict[str, float]:
    """Seconds of each work, one after the other."""
    engine = Engine.of(lease.daemon)
    fifty = Fifty(bench.scratch / f"{name}-{uuid4().hex[:8]}", engine)
    fifty.folder.mkdir()
    act: Act = fifty.compose if name == "compose" else fifty.reign
    took = {}
    try:
        for work in WORKS:
            fifty.write("" if work in WORKS[:2] else ", changed")
            took[work] = act(work)
            there = 0 if work == "destroy" else MANY
            if len(engine.containers()) != there:
                raise RuntimeError(f"{name} left {len(engine.containers())} containers instead of {there} after {work}")
    finally:
        engine.close()
    return took
