"""One random lifecycle: what is declared changes, commands run, and things go wrong, as a seed says."""

from __future__ import annotations

import random
import shutil
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reign_outside.memory import WORLDS

from reign.app.apply import apply
from reign.app.doctor import examine
from reign.app.nouns import ApplyRequest, Planned, Where
from reign.app.plan import make_plan
from reign.app.surgery import operate, taint
from reign.execution.cancel import Cancel
from reign.model.errors import ErrorKind, ProviderError, ReignError
from reign.model.event import Event
from reign.model.plan import Action
from reign.planning import Options
from reign.providers.memory import Fault, Thing, World
from reign.state import read
from reign.state.files import Flock
from reign.state.fold import Fold
from reign.state.layout import Layout
from reign.state.reader import Reading
from reign.state.verify import wrong_store
from tests.faults.command import ENVIRON

HEAD = """\
version: 1
project: p
settings: {execution: {retry: {attempts: 2, initial: 1ms, max: 1ms}}}
resources:
"""
BOXES, ITEMS = 3, 6


class Killed(BaseException):
    """The process ends here: what is durable is durable, and nothing is told any more."""


@dataclass
class Lifecycle:
    """A project in a folder, and the world that it stands in."""

    folder: Path
    seed: int
    figures: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.world = World()
        WORLDS.append(self.world)
        self.where = Where(self.folder, environ=ENVIRON)
        self.layout = Layout(self.folder.resolve(), "")
        self.is_told = self.seed % 10 == 0
        self.boxes: dict[str, str] = {}
        self.items: dict[str, dict[str, Any]] = {}

    def live(self) -> Counter[str]:
        """To its end, which is a good one. What happened, counted. Nine of ten are lived while somebody feeds the store."""
        feeding = Flock(self.layout.feed_lock)
        self.layout.root.mkdir(mode=0o700)
        if not self.is_told:
            feeding.try_acquire()
        try:
            for _ in range(self.chance.randint(1, 4)):
                self.vary()
                self.declare()
                self.spoil()
                self.act()
            self.end()
        finally:
            feeding.release()
            WORLDS.remove(self.world)
            shutil.rmtree(self.folder, ignore_errors=True)
        self.figures["lifecycles"] += 1
        return self.figures

    # What is declared

    def vary(self) -> None:
        """Another wish."""
        for number in range(BOXES):
            if self.chance.random() < 0.4:
                self.boxes.pop(f"b{number}", None) or self.boxes.update(
                    {f"b{number}": self.chance.choice(["red", "blue"])}
                )
        for number in range(ITEMS):
            if self.chance.random() < 0.5:
                self.items[f"i{number}"] = self.item(number)
            elif self.chance.random() < 0.2:
                self.items.pop(f"i{number}", None)

    def item(self, number: int) -> dict[str, Any]:
        """One wish for an item; some stand in a box, some wait for another."""
        name = f"n{number}" if self.chance.random() < 0.8 else f"m{number}"
        return {
            "spec": {"name": name, "size": self.chance.randint(1, 3), "zone": self.chance.choice("aab")},
            "within": self.chance.choice(["", "", *(f"b{box}" for box in range(BOXES))]),
            "after": f"i{self.chance.randrange(number)}" if number and self.chance.random() < 0.3 else "",
        }

    def declare(self) -> None:
        """Write it down, as far as what it refers to is there."""
        lines = [
            f"  {box}: {{type: memory.box, spec: {{name: {box}, color: {color}}}}}" for box, color in self.boxes.items()
        ]
        for name, item in self.items.items():
            spec = ", ".join(f"{key}: {value}" for key, value in item["spec"].items())
            if item["within"] in self.boxes:
                spec += f', within: "${{resources.{item["within"]}.name}}"'
            more = f"depends_on: [{item['after']}], " if item["after"] in self.items else ""
            lines.append(f"  {name}: {{type: memory.item, {more}spec: {{{spec}}}}}")
        text = HEAD + "\n".join(lines) if lines else HEAD.replace("resources:", "resources: {}")
        (self.folder / "reign.yaml").write_text(text, encoding="utf-8")

    # What goes wrong

    def spoil(self) -> None:
        """Some of what can go wrong in the outside system, or what somebody else does there."""
        for _ in range(self.chance.choice((0, 1, 1, 2))):
            way = self.chance.choice((self.lose, self.refuse, self.drift, self.vanish))
            way()
            self.figures[way.__name__] += 1

    def lose(self) -> None:
        """Answers of some verb are lost after it was done."""
        self.world.lose_answers(self.chance.choice(("create", "update", "delete")), times=self.chance.randint(1, 3))

    def refuse(self) -> None:
        """Calls of some verb are refused."""
        kind = self.chance.choice((ErrorKind.TRANSIENT, ErrorKind.DENIED, ErrorKind.THROTTLED))
        error = ProviderError(kind, "Refused", "The world does not want to.")
        self.world.inject(
            Fault(self.chance.choice(("create", "update", "delete", "ready")), error, times=self.chance.randint(1, 3))
        )

    def drift(self) -> None:
        """Somebody changes a thing."""
        for thing in self.some(self.world.things.values()):
            thing.spec = {**thing.spec, "size": 9} if "size" in thing.spec else thing.spec

    def vanish(self) -> None:
        """Somebody removes a thing."""
        for thing in self.some(self.world.things.values()):
            del self.world.things[thing.type, thing.name]

    def some(self, things: Iterable[Thing]) -> list[Thing]:
        there = [*things]
        return self.chance.sample(there, min(1, len(there)))

    # What is done

    def act(self) -> None:
        """One command, which may be killed; it may fail, and never breaks."""
        try:
            self.chance.choice((self.run, self.run, self.run, self.destroy, self.target, self.back, self.touch))()
        except ReignError:
            self.figures["refused or failed"] += 1
        except Killed:
            self.figures["killed"] += 1
        self.world.faults.clear()

    def run(self) -> None:
        """Apply what is declared."""
        self.carry_out(ApplyRequest(options=Options()))

    def destroy(self) -> None:
        """Destroy all of it."""
        self.carry_out(ApplyRequest(command="destroy", options=Options(destroy=True)))

    def target(self) -> None:
        """Apply a part."""
        self.carry_out(ApplyRequest(options=Options(targets=("i*",))))

    def back(self) -> None:
        """Roll back to how some earlier run left the state."""
        runs = sorted(
            {event["run"] for segment in Reading(self.layout).history() for event, _ in segment.raws() if event["run"]}
        )
        if runs:
            self.carry_out(ApplyRequest(command="rollback", options=Options(), back_to=self.chance.choice(runs)))

    def touch(self) -> None:
        """Change the state by hand."""
        operate(self.where, taint(["i*"]), lambda _: None)

    def carry_out(self, request: ApplyRequest) -> None:
        """Run it, killed after some batch or not at all."""
        left = self.chance.choice((None, None, 1, 2, 3, 5, 8))

        def watch(_: Iterable[Event]) -> None:
            nonlocal left
            if left is not None:
                left -= 1
                if left <= 0:
                    raise Killed

        apply(self.where, request, yes, watch, Cancel())
        self.figures[request.command] += 1

    # How it ends

    def end(self) -> None:
        """With nothing going wrong any more, it all comes to what is wished for, and stays so."""
        self.declare()
        applied = apply(self.where, ApplyRequest(options=Options()), yes, lambda _: None, Cancel())
        assert applied.status == "completed", applied.failed
        self.agrees()
        changes = make_plan(self.where, Options()).plan.changes
        left = [f"{change.action} {change.address}" for change in changes if change.action is not Action.NOOP]
        assert not left, f"the second plan has {left}"
        there = {key: thing.mark for key, thing in self.world.things.items()}
        wished = {("memory.box", box) for box in self.boxes}
        wished |= {("memory.item", item["spec"]["name"]) for item in self.items.values()}
        assert there.keys() == wished, f"there is {there.keys() ^ wished} differing from what is wished for"
        owners = Counter(mark[1] for mark in there.values() if mark)
        assert max(owners.values(), default=1) == 1 and len(owners) <= len(there), f"twins: {owners}"
        for name, item in self.items.items():
            spec = self.world.things["memory.item", item["spec"]["name"]].spec
            assert item["spec"].items() <= spec.items(), f"{name} is {spec}"

    def agrees(self) -> None:
        """The journal folded from its beginning, the state as it is read, and the store say the same."""
        segments = [*Reading(self.layout).history()]
        fold = Fold(segments[0].snapshot, is_sealed=segments[0].is_sealed)
        for segment in segments:
            for raw, digest in segment.raws():
                fold.apply(raw, digest)
        state = read(self.layout)
        assert fold.state() == state, "the state is not what the journal tells"
        held = {thing.id: thing for thing in self.world.things.values()}
        assert sorted(snapshot.external_id for snapshot in state.resources.values()) == sorted(held), "orphans"
        assert not (state.open_intents or state.open_runs or state.deposed), "something is open"
        if self.is_told:
            self.figures["stores"] += 1
            assert not wrong_store(self.layout, fold), "the store tells something else"
            assert examine(self.where).is_sound, [finding.code for finding in examine(self.where).findings]


def yes(_: Planned) -> None:
    """Whatever the plan is."""
