"""What was changed outside is found, all of it, and nothing else is."""

from __future__ import annotations

from pathlib import Path

import pytest

from reign.app.drift import find_drift
from reign.planning import Options
from tests.app.conftest import Folder
from tests.app.drifting import changed_outside, nothing_changed, uncovered
from tests.app.drifting_containers import doubtful, furnish
from tests.app.drifting_elsewhere import changed_elsewhere
from tests.app.drifting_objects import PARTS, part_of, quiet_on
from tests.app.drifting_rows import ROWS
from tests.services.engine import Engine
from tests.services.registry import Registry


def test_every_type_and_field_has_a_row() -> None:
    assert uncovered() == []
    assert "no row for local.file.mode" in uncovered([row for row in ROWS if "mode" not in row.differs | {*row.spec}])


def test_every_attribute_that_is_changed_outside_is_found(tmp_path: Path) -> None:
    (tmp_path / "p").mkdir()
    found = changed_outside(tmp_path / "p")
    assert (found.missed, found.noisy) == ((), ())
    assert found.attributes > 30


def test_three_plans_in_a_row_are_quiet(tmp_path: Path) -> None:
    (tmp_path / "p").mkdir()
    assert nothing_changed(tmp_path / "p").noisy == ()


@pytest.mark.docker
@pytest.mark.parametrize("part", [pytest.param(part, marks=pytest.mark.slow if part else ()) for part in range(PARTS)])
def test_every_attribute_of_what_stands_on_an_engine_is_found(
    tmp_path: Path, engine: Engine, registry: Registry, part: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "p").mkdir()
    monkeypatch.setenv("DOCKER_CONFIG", str(registry.configuration(tmp_path / "docker")))
    furnish(engine)
    found = changed_outside(tmp_path / "p", part_of(engine, registry, part), engine)
    assert (found.missed, found.noisy) == ((), ())
    assert found.attributes


@pytest.mark.docker
@pytest.mark.slow
def test_what_not_every_machine_takes_is_found(tmp_path: Path, engine: Engine) -> None:
    furnish(engine)
    found = changed_elsewhere(tmp_path, engine)
    assert (found.missed, found.noisy) == ((), ())
    assert found.attributes == len(doubtful(engine))


@pytest.mark.docker
def test_what_stands_on_an_engine_is_quiet(tmp_path: Path, engine: Engine) -> None:
    (tmp_path / "p").mkdir()
    furnish(engine)
    assert nothing_changed(tmp_path / "p", quiet_on(engine), engine).noisy == ()


def test_what_was_taken_over_and_changed_again_is_found_again(folder: Folder) -> None:
    folder.write("  s: {type: shell.command, spec: {create: 'echo 1 > s', read: cat s, update: 'echo 1 > s'}}\n")
    folder.apply()
    for text in ("2", "3", "1", "4"):
        (folder.path / "s").write_text(text)
        assert [each.path for each in find_drift(folder.where, Options()).attributes] == ["drift"]
        assert folder.apply(refresh_only=True).changed == 1
        assert find_drift(folder.where, Options()).attributes == ()
        assert folder.actions() == {"shell.command.s": "update"}
    assert folder.apply().changed == 1
    assert (folder.path / "s").read_text() == "1\n"
    assert folder.actions() == {}
