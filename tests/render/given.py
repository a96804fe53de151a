"""Plans and views as the cases write them."""

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from reign.model.codec import decode
from reign.model.finding import Finding
from reign.model.plan import Plan
from reign.render.view import View


def case(path: Path) -> dict[str, Any]:
    """What a file of cases says; with `like: NAME` about the plan of that other one."""
    given = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    return {**case(path.with_stem(given["like"])), **given} if "like" in given else given


def planned(given: dict[str, Any]) -> tuple[Plan, View]:
    """The plan of a case, and how it is to be shown."""
    view = dict(given.get("view", {}))
    view["refusals"] = [decode(Finding, finding) for finding in view.get("refusals", [])]
    return decode(Plan, given["plan"]), View(**view)
