"""Everything that is wrong, in one breath."""

from __future__ import annotations

from pathlib import Path

import pytest

from reign.app.validate import validate
from reign.model.errors import Failed

from .conftest import Folder

CASES = sorted((Path(__file__).parents[1] / "cases" / "config").glob("*.yaml"))


def codes(folder: Folder) -> list[tuple[str, int]]:
    return [(found.code, found.place.line if found.place else 0) for found in validate(folder.where).findings]


def test_unknown_types_refused_specs_and_cycles_are_told_together(folder: Folder) -> None:
    folder.write(
        "  a: {type: local.fil, spec: {path: x}}\n"
        "  b: {type: local.file, spec: {path: y}}\n"
        "  c: {type: value, spec: {value: '${resources.d.value}'}}\n"
        "  d: {type: value, spec: {value: '${resources.c.value}'}}\n"
        "  e: {type: value, spec: {value: '${resources.a.path} ${resources.zz.y}'}}\n"
        "  f: {type: local.file, spec: {path: '${resources.c.value}'}}\n"
        "  g: {type: shell.command, spec: {create: if true}}\n"
    )
    assert codes(folder) == [
        ("config/unknown-type", 4),
        ("spec/one-of", 5),
        ("graph/cycle", 6),
        ("config/unknown-resource", 8),
        ("shell/syntax", 10),
    ]


def test_what_follows_from_an_error_is_not_told_as_another(folder: Folder) -> None:
    folder.write(
        "  a: {type: local.file, spec: {pth: x, content: y}}\n  b: {type: value, spec: {value: '${resources.a.path}'}}\n"
    )
    assert codes(folder) == [("config/unknown-key", 4)]


def test_what_follows_from_an_error_in_a_group_is_not_told_either(folder: Folder) -> None:
    folder.write("  a: {type: local.file, for_each: [x, y], spec: {path: '${each.key}', contentt: y}}\n")
    assert codes(folder) == [("config/unknown-key", 4)]


def test_one_thing_wrong_in_many_instances_is_told_once(folder: Folder) -> None:
    folder.write("  a: {type: local.file, count: 8, spec: {path: '/${count.index}', content: y}}\n")
    [found] = validate(folder.where).findings
    assert (found.code, found.address) == ("spec/path", "local.file.a[0]")
    named = ", ".join(f"local.file.a[{index}]" for index in range(1, 6))
    assert found.detail.splitlines()[1:] == [f"Likewise for 7 more: {named}, ..."]


def test_a_connection_that_cannot_be_used_is_told_once(folder: Folder) -> None:
    folder.write(
        "  a: {type: local.file, provider: local.x, spec: {path: a, content: x}}\n"
        "  b: {type: local.file, provider: local.x, count: 2, spec: {path: 'b${count.index}', content: x}}\n"
        "  c: {type: shell.command, count: 2, spec: {read: exit 7, create: 'true'}}\n",
        "providers: {local.x: {folder: nowhere}}\n",
    )
    with pytest.raises(Failed) as raised:
        folder.plan()
    assert [(each.code, each.address) for each in raised.value.findings] == [
        ("plan/unreachable", "local.file.a"),
        ("plan/unreachable", "shell.command.c[0]"),
    ]
    assert raised.value.findings[0].detail.endswith("Likewise for 2 more: local.file.b[0], local.file.b[1]")


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_no_wrong_file_breaks_what_looks_on(folder: Folder, case: Path) -> None:
    (folder.path / "reign.yaml").write_bytes(case.read_bytes())
    validate(folder.where)


def test_what_is_to_be_imported_is_not_looked_at(folder: Folder) -> None:
    (folder.path / "reign.yaml").write_text(
        "version: 1\nproject: t\nimports: [{to: a, id: there.txt}]\n"
        "resources:\n  a: {type: local.file, spec: {path: there.txt, content: x}}\n"
    )
    assert codes(folder) == []


def test_what_a_planner_finds_in_an_overlay_names_what_it_lies_over(folder: Folder) -> None:
    head = "version: 1\nproject: t\nenvironments: {prod: {}}\nsettings: {default_env: prod}\nresources:\n"
    (folder.path / "reign.yaml").write_text(f"{head}  a: {{type: local.file, spec: {{path: a.txt, content: x}}}}\n")
    (folder.path / "reign.prod.yaml").write_text("resources:\n  a: {spec: {mode: '9'}}\n")
    [found] = validate(folder.where).findings
    assert (found.code, str(found.place), found.overlay_of and found.overlay_of.file) == (
        "spec/mode",
        "reign.prod.yaml:2:20",
        "reign.yaml",
    )
