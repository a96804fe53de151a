"""Plans of 5,000 changes in the forms that people and tools read, in this process, imports excluded."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from statistics import median

from reign.api.document import plan_document
from reign.api.stream import planned
from reign.cli.machine import stamped
from reign.model.address import Address
from reign.model.finding import Finding, Place, Severity
from reign.model.plan import Action, Basis, Change, Drift, OutputChange, Plan, Step
from reign.model.resource import Resource, Snapshot
from reign.model.values import Sensitive, Spec, Unknown
from reign.render.json_text import json_text
from reign.render.markdown import markdown
from reign.render.text import text
from reign.render.view import View
from tests.bench.against import Bench
from tests.bench.rows import Row

CHANGES = 5_000
TEMPLATE = "\n".join(f"  server api-{n}:9000;" for n in range(12))


def updates(size: int = CHANGES) -> Plan:
    """`size` containers, no two alike, each with some fields that change and many that do not; each tenth drifted."""
    changes = tuple(map(_update, range(size)))
    drift = tuple(
        Drift(change.address, {"mem_limit": "512m"}, {"mem_limit": "1g"}, ("mem_limit",)) for change in changes[::10]
    )
    return replace(_plan(changes), drift=drift)


def creates(size: int = CHANGES) -> Plan:
    """`size` instances of one `for_each`, which differ in nothing but their key: a person sees one of them."""
    return _plan(tuple(map(_create, range(size))))


def mixed(size: int = CHANGES) -> Plan:
    """A fifth each of creates, updates, replacements, deletes, and updates of a text of several lines; with findings."""
    makers = (_create, _update, _replace, _delete, _edit)
    changes = tuple(makers[n % len(makers)](n) for n in range(size))
    findings = tuple(_finding(change.address) for change in changes[:: max(1, size // 100)])
    outputs = tuple(OutputChange(f"out{n}", "update", before=n, after=n + 1) for n in range(size // 100))
    return replace(_plan(changes), findings=findings, outputs=outputs)


PLANS: dict[str, Callable[[], Plan]] = {"distinct updates": updates, "folded creates": creates, "mixed": mixed}
FORMS: dict[str, Callable[[Plan], object]] = {
    "text": lambda plan: text(plan, View()),
    "text, 80 columns": lambda plan: text(plan, View(width=80)),
    "Markdown": lambda plan: markdown(plan, View()),
    "JSON document": lambda plan: json_text(plan_document(plan)),
    "lines of JSON": lambda plan: stamped(planned(plan)),
}


def render(bench: Bench) -> Iterator[Row]:
    """Every plan in every form."""
    for name, make in PLANS.items():
        plan = make()
        for form, tell in FORMS.items():
            taken = [_seconds(tell, plan) for _ in range(bench.rounds + 1)]  # the first one imports
            yield Row(f"{CHANGES:,} {name} as {form}", median(taken[1:]), 1)


def _seconds(tell: Callable[[Plan], object], plan: Plan) -> float:
    started = time.perf_counter()
    tell(plan)
    return time.perf_counter() - started


def _plan(changes: tuple[Change, ...]) -> Plan:
    basis = Basis("5d2c", 41, "", False, "", sources=("reign.yaml", "reign.prod.yaml"))
    steps = tuple(Step("call", "update", change.address) for change in changes)
    return Plan("shop", "prod", basis, changes, steps, created_at="2026-11-21T10:00:00", reign_version="0.1.0")


def _spec(n: int) -> Spec:
    return {
        "image": f"registry.example.org/shop/api:{n}",
        "command": ["serve", "--listen", f"0.0.0.0:{8000 + n}", "--workers", "4"],
        "environment": {"LOG": "info", "NAME": f"api-{n}", "DATABASE": Sensitive(f"pw{n}", "x-${secret.db}")},
        "labels": {"com.example/team": "shop", "com.example/tier": str(n % 5)},
        "networks": ["front", "back"],
        "ports": [{"host": 8000 + n, "container": 80}],
        "mem_limit": "512m",
        "restart": "always",
        "user": None,
    }


def _outputs(n: int) -> Spec:
    return {"id": f"{n:064x}", "name": f"shop-api-{n}"}


def _snapshot(address: Address, n: int) -> Snapshot:
    return Snapshot(
        address,
        "docker",
        f"{n:064x}",
        _spec(n),
        _outputs(n),
        created_run="11aa22",
        updated_run="7f3a91",
        updated_at="2026-11-19T09:00:00.000000",
    )


def _desired(address: Address, spec: Spec) -> Resource:
    return Resource(address, spec, "docker", place=Place("reign.yaml", 12, 3))


def _create(n: int) -> Change:
    address = Address("docker.container", "each", f"key-{n}")
    spec = _spec(0)
    unknown: Spec = {"id": Unknown((f"{address}.id",)), "name": Unknown((f"{address}.name",))}
    return Change(address, Action.CREATE, "docker", after=spec, after_outputs=unknown, desired=_desired(address, spec))


def _update(n: int) -> Change:
    address = Address("docker.container", f"api-{n}")
    after: Spec = {**_spec(n), "mem_limit": f"{n}m", "networks": ["front", Unknown((f"docker.network.n{n}.name",))]}
    return _both(address, n, Action.UPDATE, after)


def _replace(n: int) -> Change:
    address = Address("docker.container", f"web-{n}")
    change = _both(address, n, Action.REPLACE, {**_spec(n), "image": f"nginx:{n}"})
    return replace(change, replace_paths=("image",), reasons=("image cannot change in place",))


def _edit(n: int) -> Change:
    address = Address("local.template", f"conf-{n}")
    before: Spec = {"content": f"upstream api {{\n{TEMPLATE}\n}}\n", "path": f"conf/{n}"}
    after: Spec = {"content": f"upstream api {{\n{TEMPLATE}\n  keepalive {n};\n}}\n", "path": f"conf/{n}"}
    return Change(address, Action.UPDATE, "local", before=before, after=after, changed=("content",))


def _delete(n: int) -> Change:
    address = Address("docker.container", f"old-{n}")
    return Change(
        address,
        Action.DELETE,
        "docker",
        before=_spec(n),
        before_outputs=_outputs(n),
        reasons=(f"because old-{n} is not in the configuration",),
        prior=_snapshot(address, n),
    )


def _both(address: Address, n: int, action: Action, after: Spec) -> Change:
    return Change(
        address,
        action,
        "docker",
        before=_spec(n),
        after=after,
        before_outputs=_outputs(n),
        after_outputs=_outputs(n),
        changed=("mem_limit", "networks[1]"),
        prior=_snapshot(address, n),
        desired=_desired(address, after),
    )


def _finding(address: Address) -> Finding:
    return Finding(
        "docker/port-public",
        f"{address} publishes 8080 on all addresses",
        severity=Severity.MINOR,
        address=address.text,
        place=Place("reign.yaml", 31, 15),
        fix='Write "127.0.0.1:8080:80".',
    )
