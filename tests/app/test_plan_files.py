"""What was reviewed is what runs: every other plan file is refused, and nothing is done."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from reign.app.look import state
from reign.app.plan import make_plan
from reign.app.planfile import open_plan, seal_plan
from reign.model.errors import Failed, Refused, Stale
from reign.model.event import EventKind
from reign.planning import Options

from .conftest import Folder

TWO = """\
  f: {type: local.file, spec: {path: a.txt, content: hi}}
  g: {type: local.file, spec: {path: b.txt, content: "${resources.f.sha256}"}}
"""


def refused(folder: Folder, file: bytes) -> str:
    before = sorted(path.name for path in folder.path.iterdir())
    with pytest.raises((Stale, Failed)) as raised:
        folder.apply(file)
    assert sorted(path.name for path in folder.path.iterdir() if path.name != ".reign") == [
        name for name in before if name != ".reign"
    ]
    (finding,) = raised.value.findings
    assert finding.fix or finding.detail
    return finding.code


def test_a_plan_file_runs_as_it_is(folder: Folder) -> None:
    folder.write(TWO)
    file = folder.save()
    folder.write("  other: {type: value, spec: {value: 1}}\n")
    applied = folder.apply(file)
    assert (applied.added, [f.code for f in applied.warnings]) == (2, ["plan/config-edited"])
    assert sorted(map(str, state(folder.where).resources)) == ["local.file.f", "local.file.g"]


VARIABLES = """\
variables:
  needed: {type: string}
  many: {type: list(number), default: [0]}
  hidden: {type: string, sensitive: true, default: first-secret}
"""
NEEDED = "  f: {type: local.file, spec: {path: '${var.needed}.txt', content: '${var.many[0]} ${var.hidden}'}}\n"


def test_variables_that_were_given_for_the_plan_are_no_edit(folder: Folder) -> None:
    folder.write(NEEDED, VARIABLES)
    (folder.path / "more.yaml").write_text("many: [1, 2]\n")
    given = replace(folder.where, variables=("needed=a",), var_files=(folder.path / "more.yaml",))
    file = seal_plan(given, make_plan(given, Options()))
    applied = folder.apply(file)
    assert ([*applied.warnings], applied.added) == ([], 1)
    assert (folder.path / "a.txt").read_text() == "1 first-secret"
    again = replace(folder.where, variables=("needed=b",))
    file = seal_plan(again, make_plan(again, Options()))
    folder.write(NEEDED, VARIABLES.replace("[0]", "[1]"))
    assert [f.code for f in folder.apply(file).warnings] == ["plan/config-edited"]


def test_it_runs_though_the_configuration_does_not_load_any_more(folder: Folder) -> None:
    folder.write(TWO)
    file = folder.save()
    (folder.path / "reign.yaml").write_text("version: [", encoding="utf-8")
    assert folder.apply(file).added == 2


def test_a_second_apply_of_one_file_is_stale(folder: Folder) -> None:
    folder.write(TWO)
    file = folder.save()
    folder.apply(file)
    assert refused(folder, file) == "plan/stale"


def test_two_files_of_a_fresh_project_are_foreign_to_each_other(folder: Folder) -> None:
    folder.write(TWO)
    first, second = folder.save(), folder.save()
    folder.apply(first)
    assert refused(folder, second) == "plan/foreign"


def test_a_file_of_a_state_that_is_gone_is_stale(folder: Folder) -> None:
    """An older .reign was brought back."""
    folder.write(TWO)
    folder.apply()
    shutil.copytree(folder.path / ".reign", folder.path / "backup", symlinks=True)
    folder.write(TWO.replace("hi", "ho"))
    folder.apply()
    folder.write(TWO.replace("hi", "hu"))
    file = folder.save()
    shutil.rmtree(folder.path / ".reign")
    (folder.path / "backup").rename(folder.path / ".reign")
    with pytest.raises(Stale, match="plan/stale") as raised:
        folder.apply(file)
    assert "the state here is older: it is at serial 1" in raised.value.findings[0].detail


def test_a_file_of_an_older_state_is_stale(folder: Folder) -> None:
    folder.write(TWO)
    folder.apply()
    folder.write(TWO.replace("hi", "ho"))
    file = folder.save()
    folder.write(TWO.replace("hi", "hu"))
    folder.apply()
    assert refused(folder, file) == "plan/stale"


def test_a_file_of_another_project_is_refused(folder: Folder, tmp_path: Path) -> None:
    other = Folder(tmp_path / "other", folder.environ | {"REIGN_KEY": "k" * 32})
    other.path.mkdir()
    folder.environ["REIGN_KEY"] = "k" * 32
    for each in (folder, other):
        each.write(TWO)
        each.apply()
        each.write(TWO.replace("hi", "ho"))
    assert refused(folder, other.save()) == "plan/foreign"


def test_a_state_that_went_away_makes_its_files_foreign(folder: Folder) -> None:
    folder.write(TWO)
    folder.apply()
    folder.write(TWO.replace("hi", "ho"))
    folder.environ["REIGN_KEY"] = "k" * 32
    file = folder.save()
    shutil.rmtree(folder.path / ".reign")
    assert refused(folder, file) == "plan/foreign"


@pytest.mark.parametrize("cut", [0, 1, 40, -2])
def test_a_file_that_was_cut_short(folder: Folder, cut: int) -> None:
    folder.write(TWO)
    file = folder.save()
    refused(folder, file[:cut])


def test_one_flipped_bit_anywhere_is_refused(folder: Folder) -> None:
    folder.write(TWO)
    file = folder.save()
    for at in range(0, len(file), max(1, len(file) // 200)):
        flipped = bytearray(file)
        flipped[at] ^= 1
        with pytest.raises((Stale, Failed)):
            open_plan(folder.where, bytes(flipped))


def test_an_edited_value_is_refused(folder: Folder) -> None:
    folder.write(TWO)
    assert refused(folder, folder.save().replace(b'"hi"', b'"HI"')) in {"plan/edited", "plan/seal", "plan-file/edited"}


def test_reality_that_changed_since_is_refused(folder: Folder) -> None:
    folder.write(TWO)
    file = folder.save()
    (folder.path / "a.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(Stale) as raised:
        folder.apply(file)
    assert [(f.code, f.address) for f in raised.value.findings] == [("plan/reality-changed", "local.file.f")]
    assert not (folder.path / "b.txt").exists()


def test_what_the_plan_does_not_touch_may_move(folder: Folder) -> None:
    folder.write(TWO)
    folder.apply()
    folder.write(TWO + "  h: {type: local.file, spec: {path: c.txt, content: x}}\n")
    file = folder.save()
    (folder.path / "a.txt").write_text("mine", encoding="utf-8")
    assert folder.apply(file).added == 1


def test_a_source_that_was_swapped_is_refused_before_anything_is_done(folder: Folder) -> None:
    (folder.path / "src.txt").write_text("one", encoding="utf-8")
    folder.write(TWO + "  s: {type: local.file, spec: {path: c.txt, source: src.txt}}\n")
    file = folder.save()
    (folder.path / "src.txt").write_text("two", encoding="utf-8")
    with pytest.raises(Stale) as raised:
        folder.apply(file)
    assert [f.code for f in raised.value.findings] == ["plan/source-changed"]
    assert not (folder.path / "a.txt").exists()


def test_a_plan_that_breaks_a_protection_is_made_and_refused(folder: Folder) -> None:
    folder.write("  f: {type: local.file, spec: {path: a.txt, content: x}, lifecycle: {prevent_destroy: true}}\n")
    folder.apply()
    folder.write("  v: {type: value, spec: {value: 1}}\n")
    planned = folder.plan()
    assert [f.code for f in planned.refusals] == ["plan/protected"]
    with pytest.raises(Refused):
        folder.apply()
    with pytest.raises(Refused):
        folder.apply(folder.save())
    assert (folder.path / "a.txt").exists()


def test_the_sealed_plan_is_stored_before_the_first_intent(folder: Folder) -> None:
    folder.write(TWO)
    seen: list[bool] = []

    def watch(events: object) -> None:
        runs = [event.run for event in events if event.kind is EventKind.RUN_STARTED]  # type: ignore[attr-defined]
        seen.extend((folder.path / ".reign" / "runs" / run / "plan").exists() for run in runs)

    applied = folder.apply(watch=watch)
    assert seen == [True]
    stored = (folder.path / ".reign" / "runs" / applied.run / "plan").read_bytes()
    assert open_plan(folder.where, stored).plan.project == "p"


def test_a_subscriber_that_fails_stops_nothing(folder: Folder, caplog: pytest.LogCaptureFixture) -> None:
    folder.write(TWO)

    def broken(_: object) -> None:
        raise RuntimeError("no")

    assert folder.apply(watch=broken).added == 2
    assert "a subscriber failed" in caplog.text


def test_the_plan_holds_what_json_can(folder: Folder) -> None:
    folder.write(TWO)
    json.loads(folder.save())


def test_what_takes_the_place_of_another_is_done_as_reviewed(folder: Folder) -> None:
    folder.write("  old: {type: local.file, spec: {path: a.txt, content: one}}\n")
    folder.apply()
    folder.write("  new: {type: local.template, spec: {path: a.txt, template: two}}\n")
    applied = folder.apply(folder.save())
    assert (applied.added, applied.destroyed, (folder.path / "a.txt").read_text("utf-8")) == (1, 1, "two")
    assert folder.actions() == {}


def test_what_takes_the_place_of_another_that_changed_meanwhile_is_refused(folder: Folder) -> None:
    folder.write("  old: {type: local.file, spec: {path: a.txt, content: one}}\n")
    folder.apply()
    folder.write("  new: {type: local.file, spec: {path: a.txt, content: two}}\n")
    file = folder.save()
    (folder.path / "a.txt").write_text("by hand", "utf-8")
    assert folder.actions() == {"local.file.old": "delete", "local.file.new": "create"}
    with pytest.raises(Stale):
        folder.apply(file)
    assert (folder.path / "a.txt").read_text("utf-8") == "by hand"
