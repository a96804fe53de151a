"""A row for every attribute of a container: two values of it, and what it takes for a container to have them and run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.app.drifting_containers import BASE, BESIDE, PLATFORM_IMAGE, STARTED, here, make_image_for
from tests.providers.docker.containers.samples import SAMPLES
from tests.services.engine import Engine

Files = Mapping[str, bytes]

NO_FILES: tuple[Files, Files] = ({}, {})


def nothing(engine: Engine, turn: int) -> None:
    """There is nothing to be done for it."""


@dataclass(frozen=True)
class Row:
    """One attribute with two values of it, or of the files that it is read from.

    beside: what it takes besides. by_hand: what somebody declares who makes the second one without Reign, None where that
    tells nothing. arrange: what has to be done on the engine before one with the first or second value is made.
    """

    field: str
    values: tuple[Mapping[str, Any], Mapping[str, Any]]
    by_hand: Mapping[str, Any] | None
    beside: Mapping[str, Any]
    files: tuple[Files, Files] = NO_FILES
    arrange: Callable[[Engine, int], None] = nothing

    def spec(self, engine: Engine, turn: int) -> dict[str, Any]:
        """What is declared, under names of the engine's test, with a label that says what it is about."""
        return self._made(engine, self.values[turn])

    def changed_by_hand(self, engine: Engine) -> dict[str, Any]:
        """What somebody makes in its place."""
        return self._made(engine, self.by_hand or {})

    def _made(self, engine: Engine, told: Mapping[str, Any]) -> dict[str, Any]:
        name = {"name": f"{engine.name}-of-{self.field.replace('_', '-')}"}
        found = {**BASE, **name, **self.beside, **here({**told}, engine)}
        found["image"] = found["image"].replace(PLATFORM_IMAGE, f"{engine.name}/{PLATFORM_IMAGE}")
        return {**found, "labels": {**found.get("labels", {}), "of": self.field}}


def rows() -> tuple[Row, ...]:
    """All of them."""
    return (*_told(), _platform(), *_recorded(), *_read())


def _told() -> list[Row]:
    """What the engine is told."""
    return [
        Row(name, ({name: first}, {name: second}), {name: second}, BESIDE.get(name, {}))
        for name, (first, second) in {**SAMPLES, **STARTED}.items()
        if name != "platform"
    ]


def _recorded() -> list[Row]:
    """What is only recorded: another one is the same container."""
    files: Files = {"one.of": b"A=1\n", "two.of": b"A=1\n"}
    checked = {"healthcheck": {"test": ["CMD", "true"], "interval": "1s"}}
    values: dict[str, tuple[Any, Any, Mapping[str, Any]]] = {
        "env_file": ("one.of", "two.of", {}),
        "label_file": ("one.of", "two.of", {}),
        "pull_policy": ("missing", "never", {}),
        "wait": ("started", "healthy", checked),
        "on_change": ({"signal": "SIGHUP"}, {"command": ["true"]}, {}),
    }
    return [
        Row(name, ({name: first}, {name: second}), None, beside, (files, files))
        for name, (first, second, beside) in values.items()
    ]


def _read() -> list[Row]:
    """What was read from files."""
    found = []
    for name, file, told in (
        ("file_environment", "env_file", "environment"),
        ("file_labels", "label_file", "labels"),
    ):
        files: tuple[Files, Files] = ({f"{name}.of": b"A=1\n"}, {f"{name}.of": b"A=2\n"})
        declared = {file: f"{name}.of"}
        found.append(Row(name, (declared, declared), {told: {"A": "2"}}, {}, files))
    return found


PLATFORMS = SAMPLES["platform"]


def _platform() -> Row:
    first, second = ({"platform": each, "image": PLATFORM_IMAGE} for each in PLATFORMS)
    return Row("platform", (first, second), second, {}, arrange=_have_image)


def _have_image(engine: Engine, turn: int) -> None:
    make_image_for(engine, PLATFORMS[turn])
