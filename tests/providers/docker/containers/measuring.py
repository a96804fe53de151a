"""What becomes of every attribute of a container, measured through the use-cases on a real engine: one row for each.

`python -m tests.providers.docker.containers.measuring` prints the table.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from reign.app.plan import make_plan
from reign.model.plan import Action, Change
from reign.planning import Options
from tests.app.drifting import Project
from tests.app.drifting_containers import again_container, furnish
from tests.providers.docker.containers.machines import takes
from tests.providers.docker.containers.rows import Row, rows
from tests.services.elsewhere import elsewhere
from tests.services.engine import Engine
from tests.services.lease import Lease

TYPE = "docker.container"


@dataclass
class Measured:
    """One attribute. `create`: made, and quiet in three plans. `change`: what another value of it is to the plan, and was to
    the container. `drift`: what was told and done about another one in its place. `imported`: what became of one that was
    taken over. What was otherwise than it should be stands there in words.
    """

    field: str
    create: str = "made, quiet"
    change: str = ""
    drift: str = "found, mended"
    imported: str = "kept, quiet"

    @property
    def line(self) -> str:
        """One of the table."""
        return f"| `{self.field}` | {self.create} | {self.change} | {self.drift} | {self.imported} |"


@dataclass
class Trial:
    """All of some rows at once, in a project of theirs."""

    folder: Path
    engine: Engine
    rows: tuple[Row, ...]
    found: dict[str, Measured] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.project = Project(self.folder, self.engine)
        self.found = {row.field: Measured(row.field) for row in self.rows}

    def run(self) -> list[Measured]:
        """In the order of the columns."""
        self._create()
        self._change()
        self._drift()
        self._import()
        return [*self.found.values()]

    def _create(self) -> None:
        self._arranged(0)
        self._apply()
        for _ in range(3):
            for name, told in self._noise().items():
                self.found[name].create = f"not quiet: {told}"

    def _change(self) -> None:
        before = self._standing()
        self._arranged(1)
        planned = self._planned()
        self._apply()
        noise, after = self._noise(), self._standing()
        for row in self.rows:
            told = word(planned.get(row.field), row.field)
            is_kept = before[row.field] == after[row.field]
            wrong = is_kept is (told == "replace") or row.field in noise
            self.found[row.field].change = f"{told}, and then {noise.get(row.field, 'another')}" if wrong else told

    def _drift(self) -> None:
        self._arranged(0)
        self._apply()
        by_hand = [row for row in self.rows if row.by_hand is not None]
        for row in by_hand:
            row.arrange(self.engine, 1)
            again_container(self.engine, row.spec(self.engine, 0), row.changed_by_hand(self.engine))(self.folder)
        told = {re.sub(r"^.*\.", "", address): paths for address, paths in self.project.drifted().items()}
        for row in self.rows:
            paths = {re.split(r"[.\[]", path)[0] for path in told.get(row.field, ())}
            if row.by_hand is None:
                self.found[row.field].drift = "never told to the engine"
            elif row.field not in paths:
                self.found[row.field].drift = f"not found: {sorted(paths)}"
            row.arrange(self.engine, 0)
        self._apply()
        for name, told_again in self._noise().items():
            self.found[name].drift = f"not mended: {told_again}"

    def _import(self) -> None:
        """The state is lost, and what stands is taken over by its id."""
        before = self._standing()
        shutil.rmtree(self.folder / ".reign")
        self.project.named["imports"] = [{"to": name, "id": there} for name, there in before.items()]
        self._arranged(0)
        self._apply()
        noise, after = self._noise(), self._standing()
        for name, made in self.found.items():
            if before[name] != after[name] or name in noise:
                made.imported = f"not as it was: {noise.get(name, 'another')}"

    def _arranged(self, turn: int) -> None:
        for row in self.rows:
            row.arrange(self.engine, turn)
            for name, data in row.files[turn].items():
                (self.folder / name).write_bytes(data)
        self.project.write({row.field: (TYPE, row.spec(self.engine, turn)) for row in self.rows})

    def _apply(self) -> None:
        status = self.project.apply()
        if status != "completed":
            raise AssertionError(status)

    def _planned(self) -> dict[str, Change]:
        return {change.address.name: change for change in make_plan(self.project.where, Options()).plan.actions()}

    def _noise(self) -> dict[str, str]:
        """What a plan has to say, by attribute, where it should have nothing to say."""
        plan = make_plan(self.project.where, Options()).plan
        drift = {each.address.name: f"drift of {', '.join(each.changed)}" for each in plan.drift}
        return {**drift, **{change.address.name: word(change, "") for change in plan.actions()}}

    def _standing(self) -> dict[str, str]:
        """Attribute -> the id of the container that has it."""
        listed = self.engine.containers()
        return {each["Labels"]["of"]: each["Id"] for each in listed if each["Labels"].get("of") in self.found}


def word(change: Change | None, field: str) -> str:
    """What a plan would do; for a replacement, whether `field` is its cause."""
    if change is None:
        return "nothing"
    if change.recorded_only:
        return "recorded"
    causes = {re.split(r"[.\[]", path)[0] for path in change.replace_paths}
    is_named = not field or change.action is not Action.REPLACE or field in causes
    return change.action.value if is_named else f"{change.action.value} because of {sorted(causes)}"


def measure(engine: Engine, folder: Path, names: Iterable[str]) -> list[Measured]:
    """The rows of `names`: those that take another machine than the engine has are tried behind `Elsewhere`."""
    wanted = {*names}
    furnish(engine)
    asked = [row for row in rows() if row.field in wanted]
    near = tuple(row for row in asked if takes(engine, row.field, *(row.spec(engine, turn) for turn in (0, 1))))
    far = tuple(row for row in asked if row not in near)
    found = Trial(made(folder / "near"), engine, near).run() if near else []
    if far:
        with elsewhere(engine) as there:
            found += Trial(made(folder / "far"), there, far).run()
    return sorted(found, key=lambda each: each.field)


def made(folder: Path) -> Path:
    folder.mkdir()
    return folder


HEAD = "| attribute | create | a change in `reign.yaml` | changed from outside | import |\n|---|---|---|---|---|"


def table(found: Iterable[Measured]) -> str:
    """As Markdown."""
    return "\n".join((HEAD, *(each.line for each in found)))


def main(names: Iterable[str]) -> None:
    """Print the table of all rows, or of those that are named."""
    lease = Lease.taken()
    engine = Engine.of(lease.daemon)
    folder = Path(tempfile.mkdtemp(prefix="measure-"))
    try:
        print(table(measure(engine, folder, names or [row.field for row in rows()])))
    finally:
        engine.close()
        lease.give_back()
        shutil.rmtree(folder, ignore_errors=True)


def documented(text: str) -> Mapping[str, tuple[str, str, str]]:
    """The table of docs/docker.md: key -> its columns."""
    lines = re.findall(
        r"^\| `(\w+)` \| (.*) \| (.*) \| (.*) \|$", text.partition("<!-- begin docker.container")[2], re.MULTILINE
    )
    return {name: (change, drift, taken) for name, change, drift, taken in lines}


if __name__ == "__main__":
    main(sys.argv[1:])
