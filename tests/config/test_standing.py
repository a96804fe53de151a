"""What is said of things that exist: health, allowances, checks, imports, moves, removals."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from reign.config import Project
from reign.model.finding import Place, Severity
from reign.model.plan import Check
from reign.model.resource import Allowance, HealthCheck, Import, Moved, Removed
from reign.model.values import Deferred


@pytest.mark.parametrize(
    ("written", "check"),
    [
        ("{http: 'http://h/'}", HealthCheck("http", "http://h/")),
        (
            "{http: 'https://h:1/x', status: '200-399, 401', interval: 2s, timeout: 1500ms, healthy_after: 2, deadline: 5m}",
            HealthCheck("http", "https://h:1/x", "200-399,401", 2.0, 1.5, 2, 300.0),
        ),
        ("{http: 'http://h/', status: 204}", HealthCheck("http", "http://h/", "204")),
        ("{tcp: 'db:5432'}", HealthCheck("tcp", "db:5432")),
        ("{tcp: '[::1]:80'}", HealthCheck("tcp", "[::1]:80")),
        ("{command: [pg_isready, -q, 1.10]}", HealthCheck("command", ["pg_isready", "-q", "1.10"])),
        ("{command: 'test -e x'}", HealthCheck("command", "test -e x")),
        ("{exit: 0}", HealthCheck("exit", 0)),
        ("{ready: true, deadline: 1h}", HealthCheck("ready", True, deadline_s=3600.0)),
    ],
)
def test_every_kind_of_health(project: Callable[..., Project], written: str, check: HealthCheck) -> None:
    made = project(f"resources: {{a: {{type: memory.slow, health: {written}}}}}\n")
    assert [each.health for each in made.resources.values()] == [check]


def test_without_health_there_is_none(project: Callable[..., Project]) -> None:
    made = project("resources: {a: {type: memory.slow}, b: {type: value, health: null}}\n")
    assert [each.health for each in made.resources.values()] == [None, None]


def test_health_is_of_its_instance_and_waits_for_what_it_refers_to(project: Callable[..., Project]) -> None:
    made = project(
        "variables: {after: {default: 2}}\nresources:\n  net: {type: value}\n"
        "  web:\n    type: memory.slow\n    for_each: {eu: 8080, us: 8081}\n    spec: {name: '${each.key}'}\n"
        "    health: {http: 'http://${self.name}:${each.value}/${resources.net.value}?${run.id}',\n"
        "      healthy_after: '${var.after}'}\n"
    )
    (_, eu, us) = made.resources.values()
    assert eu.health == HealthCheck(
        "http", Deferred("http://${self.name}:8080/${resources.net.value}?${run.id}", "string"), healthy_after=2
    )
    assert us.health
    assert us.health.target == Deferred("http://${self.name}:8081/${resources.net.value}?${run.id}", "string")
    assert [str(need) for need in us.depends_on] == ["value.net"]


def test_findings_that_are_tolerated(project: Callable[..., Project]) -> None:
    made = project(
        "resources:\n  a:\n    type: value\n    count: 2\n    allow:\n"
        "      - {code: docker/port-public, reason: behind the firewall, until: 2027-01-01}\n"
        "      - {code: check/failed, reason: 'number ${count.index}'}\n"
    )
    first = Allowance("docker/port-public", "behind the firewall", "2027-01-01")
    assert [each.allow for each in made.resources.values()] == [
        (first, Allowance("check/failed", f"number {number}")) for number in (0, 1)
    ]


def test_checks(project: Callable[..., Project]) -> None:
    made = project(
        "variables: {n: {default: 3}}\nresources: {web: {type: value, for_each: [eu]}}\n"
        "outputs: {url: {value: 'http://x'}, state: {value: '${resources.web[\"eu\"].value}'}}\nchecks:\n"
        "- {name: few, assert: '${var.n < 5}', severity: minor, message: 'more than ${var.n}'}\n"
        "- {name: up, assert: \"${resources.web['eu'].value == 'running'}\"}\n"
        "- {name: url, assert: '${self.url == \"http://x\" and self.state == run.id}', severity: error}\n"
        "- {name: no, assert: false}\n"
    )
    state = 'resources.web["eu"].value'
    assert made.checks == (
        Check("few", True, Severity.MINOR, "more than 3", place=Place("reign.yaml", 7, 3)),
        Check("up", Deferred(f'${{{state} == "running"}}', "bool"), Severity.MAJOR, place=Place("reign.yaml", 8, 3)),
        Check("url", Deferred(f"${{{state} == run.id}}", "bool"), Severity.ERROR, place=Place("reign.yaml", 9, 3)),
        Check("no", False, Severity.MAJOR, place=Place("reign.yaml", 10, 3)),
    )


def test_imports_name_instances_and_ids_are_texts(project: Callable[..., Project]) -> None:
    made = project(
        "variables: {id: {default: abc}}\nresources:\n  web: {type: value, for_each: [eu, us]}\n  n: {type: value, count: 1}\n"
        "  one: {type: memory.thing}\n"
        "imports:\n- {to: 'web[\"us\"]', id: 3f2a9c}\n- {to: 'value.web[eu]', id: 0012}\n- {to: 'n[0]', id: '${var.id}'}\n"
        "- {to: one, id: 1.10}\n"
    )
    (eu, us, n, one) = made.resources
    assert made.imports == (
        Import(us, "3f2a9c", Place("reign.yaml", 9, 3)),
        Import(eu, "0012", Place("reign.yaml", 10, 3)),
        Import(n, "abc", Place("reign.yaml", 11, 3)),
        Import(one, "1.10", Place("reign.yaml", 12, 3)),
    )


def test_moves_are_canonical_where_they_name_what_is_declared(project: Callable[..., Project]) -> None:
    made = project(
        "resources:\n  web: {type: value, for_each: [eu]}\n  new: {type: value}\nmoved:\n"
        "- {from: web, to: 'web[eu]'}\n- {from: 'old[\"a\"]', to: older}\n- {from: older, to: new}\n"
        "- {from: memory.thing.gone, to: value.web}\n"
    )
    assert [(move.source, move.target) for move in made.moved] == [
        ("value.web", 'value.web["eu"]'),
        ('old["a"]', "older"),
        ("older", "value.new"),
        ("memory.thing.gone", "value.web"),
    ]
    assert made.moved[0] == Moved("value.web", 'value.web["eu"]', Place("reign.yaml", 7, 3))


def test_removals(project: Callable[..., Project]) -> None:
    made = project(
        "resources: {web: {type: value, for_each: [eu]}}\nremoved:\n- {from: cache, destroy: false}\n"
        "- {from: db, unprotect: moved to the cloud}\n- {from: 'web[\"us\"]'}\n- {from: memory.thing.x}\n"
    )
    assert made.removed == (
        Removed("cache", destroy=False, place=Place("reign.yaml", 5, 3)),
        Removed("db", unprotect="moved to the cloud", place=Place("reign.yaml", 6, 3)),
        Removed('web["us"]', place=Place("reign.yaml", 7, 3)),
        Removed("memory.thing.x", place=Place("reign.yaml", 8, 3)),
    )


def test_connections_and_dependencies_may_be_picked_by_expressions(project: Callable[..., Project]) -> None:
    made = project(
        "providers: {local.eu: {folder: a}, local.us: {folder: b}}\nvariables: {after: {default: [net]}}\nresources:\n"
        "  net: {type: value}\n"
        "  a: {type: local.file, for_each: [eu, us], provider: 'local.${each.key}',\n"
        "    depends_on: '${var.after}', spec: {path: x}}\n"
        "  b:\n    type: value\n    count: 2\n    depends_on: [\"a[${'eu' if count.index == 0 else 'us'}]\"]\n"
    )
    things = {str(address): each for address, each in made.resources.items()}
    assert [things[f'local.file.a["{key}"]'].connection for key in ("eu", "us")] == ["local.eu", "local.us"]
    assert [str(need) for need in things['local.file.a["eu"]'].depends_on] == ["value.net"]
    assert [[str(need) for need in things[f"value.b[{index}]"].depends_on] for index in (0, 1)] == [
        ['local.file.a["eu"]'],
        ['local.file.a["us"]'],
    ]
