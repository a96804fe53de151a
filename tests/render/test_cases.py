"""Screens as files: what goes in is `NAME.yaml`, what comes out `NAME.txt`, and for each of its `screens` another file: at
so many columns `NAME.80.txt`, with colours as words in the text `NAME.colour.txt`. REIGN_ACCEPT=1 writes them anew.
"""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reign.app.nouns import Applied
from reign.cli.colour import painted
from reign.cli.ending import ending, recap
from reign.cli.progress import Progress
from reign.model.codec import decode
from reign.model.event import Event
from reign.model.finding import Finding
from reign.model.plan import Plan
from reign.render.finding import report
from reign.render.text import text
from reign.render.words import guarded
from tests.render.given import case as read
from tests.render.given import planned
from tests.render.test_colour import readable

CASES = sorted((Path(__file__).parent.parent / "cases" / "render").glob("*.yaml"))


SCREENS = [(path, screen) for path in CASES for screen in (None, *read(path).get("screens", ()))]


@pytest.mark.parametrize(("path", "screen"), SCREENS, ids=[f"{path.stem}-{screen or ''}" for path, screen in SCREENS])
def test_screen(path: Path, screen: int | str | None) -> None:
    lines = shown(read(path), screen if isinstance(screen, int) else None)
    assert lines == guarded(lines), "what a terminal would obey came out as it is"
    if screen == "colour":
        lines = [readable(line) for line in painted(lines)]
    told = "".join(f"{line}\n" for line in lines)
    expected = path.with_suffix(f".{screen}.txt" if screen else ".txt")
    if os.environ.get("REIGN_ACCEPT") == "1":
        expected.write_text(told, encoding="utf-8")
    assert told == expected.read_text(encoding="utf-8")


def shown(given: dict[str, Any], width: int | None) -> list[str]:
    if "events" in given:
        return run(given)
    if "plan" in given:
        plan, view = planned(given)
        return text(plan, replace(view, width=width))
    return report([decode(Finding, finding) for finding in given["findings"]], given["aftermath"], width)


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
