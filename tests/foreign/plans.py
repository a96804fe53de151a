"""Many plans: every case of the planner, every screen, and large ones with everything at once."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from ruamel.yaml import YAML

from reign.model.codec import decode
from reign.model.plan import Plan
from reign.planning import plan
from tests.bench.rendering import PLANS
from tests.planning.test_cases import CASES
from tests.planning.world import inputs_of

SCREENS = Path(__file__).parents[1] / "cases" / "render"


@cache
def plans() -> dict[str, Plan]:
    """Each by the name of where it comes from."""
    return dict(_plans())


def _plans() -> Iterator[tuple[str, Plan]]:
    for name, case in CASES.items():
        yield f"plan/{name}", plan(inputs_of(case))
    for path in sorted(SCREENS.glob("*.yaml")):
        told = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
        if "plan" in told:
            yield f"render/{path.stem}", decode(Plan, told["plan"])
    for name, make in PLANS.items():
        yield f"bench/{name}", make(200)
