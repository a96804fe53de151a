"""Wrong projects as files: tests/cases/config/*.yaml, each with the findings it makes, as a person would read them.

`folder` is where the project lies among the files, `links` are symbolic links, `packages` the providers that are
installed. REIGN_ACCEPT=1 writes what is found now as what is expected.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from reign.model.finding import Severity

from .conftest import load_in, told

CASES = sorted((Path(__file__).parents[1] / "cases" / "config").glob("*.yaml"))
MARK = "\nexpect: |\n"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_a_wrong_project_is_told(case: Path, tmp_path: Path) -> None:
    text = case.read_text(encoding="utf-8")
    given = YAML(typ="safe", pure=True).load(text)
    for name, content in given["files"].items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    for name, target in given.get("links", {}).items():
        (tmp_path / name).symlink_to(target)
    request = given.get("request", {})
    request["var_files"] = [tmp_path / name for name in request.get("var_files", ())]
    result = load_in(tmp_path / given.get("folder", ""), given.get("packages"), **request)
    found = "\n\n".join(map(told, result.findings)).replace(str(tmp_path), "FOLDER") + "\n"
    if os.environ.get("REIGN_ACCEPT") == "1":
        lines = "".join(f"  {line}".rstrip() + "\n" for line in found.splitlines())
        case.write_text(text.partition(MARK)[0] + MARK + lines, encoding="utf-8")
        return
    assert found == given["expect"]
    assert (result.project is None) == any(finding.severity is Severity.ERROR for finding in result.findings)


def test_there_are_cases() -> None:
    assert len(CASES) > 40
