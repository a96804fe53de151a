"""Screens as files: what goes in is `NAME.yaml`, what comes out `NAME.txt`. REIGN_ACCEPT=1 writes the latter anew."""

import os
from pathlib import Path
from typing import Any

import pytest

from reign.app.nouns import Applied
from reign.cli.ending import ending, recap
from reign.cli.progress import Progress
from reign.model.codec import decode
from reign.model.event import Event
from reign.model.finding import Finding
from reign.model.plan import Plan
from reign.render.finding import report
from reign.render.text import text
from reign.render.words import safe
from tests.render.given import case as read
from tests.render.given import planned

CASES = sorted((Path(__file__).parent.parent / "cases" / "render").glob("*.yaml"))


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_screen(case: Path) -> None:
    given = read(case)
    if "events" in given:
        lines = run(given)
    elif "plan" in given:
        lines = text(*planned(given))
    else:
        lines = report([decode(Finding, finding) for finding in given["findings"]], given["aftermath"])
    screen = safe("".join(f"{line}\n" for line in lines))
    expected = case.with_suffix(".txt")
    if os.environ.get("REIGN_ACCEPT") == "1":
        expected.write_text(screen, encoding="utf-8")
    assert screen == expected.read_text(encoding="utf-8")


def run(given: dict[str, Any]) -> list[str]:
    progress = Progress(decode(Plan, given["plan"]), given["source"])
    lines: list[str] = []
    for now, event in enumerate(given["events"]):
        if event == "beat":
            lines.append(progress.heartbeat(now) or "(no heartbeat)")
        else:
            lines += progress.lines([decode(Event, {"run": "", "at": "", **event})], now)
    applied = decode(Applied, given["ended"])
    return [*lines, *recap(applied), "", ending(applied, given["command"])]
