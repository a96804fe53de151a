"""Blocks to instances, and what depends on what."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from reign.config import Loaded, Project, Request, load
from reign.expression import Scope, resolve
from reign.model.errors import Failed
from reign.model.finding import Finding
from reign.model.resource import Group, Lifecycle, Retry, Timeouts
from reign.model.values import Deferred


def needs(project: Project) -> dict[str, list[str]]:
    """Address -> what it depends on, as text."""
    return {str(address): [str(need) for need in made.depends_on] for address, made in project.resources.items()}


def specs(project: Project) -> dict[str, object]:
    """Address -> the field `value`."""
    return {str(address): made.spec.get("value") for address, made in project.resources.items()}


def test_a_map_makes_one_instance_for_each_key(project: Callable[..., Project]) -> None:
    made = project(
        "variables: {ports: {type: map(number), default: {eu: 8080, us: 8081}}}\nresources:\n"
        "  web: {type: value, for_each: '${var.ports}', spec: {value: '${each.key}:${each.value}'}}\n"
    )
    assert specs(made) == {'value.web["eu"]': "eu:8080", 'value.web["us"]': "us:8081"}
    assert made.groups == (Group("value", "web", "map", ("eu", "us")),)


def test_a_list_of_texts_makes_one_for_each(project: Callable[..., Project]) -> None:
    made = project("resources:\n  web: {type: value, for_each: [a, b.c], spec: {value: '${each.value}'}}\n")
    assert specs(made) == {'value.web["a"]': "a", 'value.web["b.c"]': "b.c"}


def test_count_makes_a_list(project: Callable[..., Project]) -> None:
    made = project("resources:\n  n: {type: value, count: 2, spec: {value: '${count.index + 1}'}}\n")
    assert specs(made) == {"value.n[0]": 1, "value.n[1]": 2}
    assert made.groups[0].shape == "list"


@pytest.mark.parametrize("also", ["", "for_each: {a: 1}, ", "count: 2, "])
def test_disabled_is_no_instance_at_all(project: Callable[..., Project], also: str) -> None:
    made = project(
        "variables: {on: {default: false}}\nresources:\n"
        f"  a: {{type: value, {also}enabled: '${{var.on}}'}}\n  b: {{type: value, depends_on: [a]}}\n"
    )
    assert needs(made) == {"value.b": []}
    assert made.groups[0] == Group("value", "a", "disabled", ())


def test_count_of_nothing(project: Callable[..., Project]) -> None:
    assert project("resources:\n  a: {type: value, count: 0}\n").groups[0] == Group("value", "a", "list", ())


def test_a_reference_implies_a_dependency_on_what_it_names(project: Callable[..., Project]) -> None:
    made = project(
        "resources:\n  one: {type: value}\n  web: {type: value, for_each: [a, b]}\n  n: {type: value, count: 2}\n"
        "  x: {type: value, spec: {value: '${resources.one.value}'}}\n"
        "  y: {type: value, spec: {value: '${resources.web[\"a\"].value} ${resources.n[1].value}'}}\n"
        "  z: {type: value, for_each: [a, b], spec: {value: '${resources.web[each.key].value}'}}\n"
        "  all: {type: value, spec: {value: '${[for_ in resources.web]}'}}\n".replace(
            "[for_ in", "[w for w in"
        ).replace("resources.web]}", "resources.web | values]}")
    )
    assert needs(made) == {
        "value.one": [],
        'value.web["a"]': [],
        'value.web["b"]': [],
        "value.n[0]": [],
        "value.n[1]": [],
        "value.x": ["value.one"],
        "value.y": ['value.web["a"]', "value.n[1]"],
        'value.z["a"]': ['value.web["a"]'],
        'value.z["b"]': ['value.web["b"]'],
        "value.all": ['value.web["a"]', 'value.web["b"]'],
    }


def test_a_local_passes_on_what_it_refers_to(project: Callable[..., Project]) -> None:
    made = project(
        "locals:\n  b: <${local.a}>\n  a: ${resources.net.value}\n  m: {k: '${local.b}', other: plain}\nresources:\n"
        "  net: {type: value}\n"
        "  x: {type: value, spec: {value: 'x ${local.b}'}}\n"
        "  y: {type: value, spec: {value: '${local.m.other}'}}\n"
        "  z: {type: value, spec: {value: '${local.m.k}'}}\n"
    )
    assert needs(made) == {"value.net": [], "value.x": ["value.net"], "value.y": [], "value.z": ["value.net"]}
    assert specs(made)["value.x"] == Deferred("x <${resources.net.value}>")
    assert specs(made)["value.y"] == "plain"


def test_depends_on_names_groups_and_instances(project: Callable[..., Project]) -> None:
    made = project(
        "resources:\n  web: {type: value, for_each: [a, b]}\n  n: {type: value, count: 2}\n"
        "  x: {type: value, depends_on: [web]}\n"
        "  y: {type: value, depends_on: ['web[\"b\"]', 'value.n[0]', 'web[a]']}\n  z: {type: value, depends_on: n}\n"
    )
    assert needs(made)["value.x"] == ['value.web["a"]', 'value.web["b"]']
    assert needs(made)["value.y"] == ['value.web["b"]', "value.n[0]", 'value.web["a"]']
    assert needs(made)["value.z"] == ["value.n[0]", "value.n[1]"]


@pytest.mark.parametrize("key", ["a.b", 'q"x', "x]y", "it's", "a b", "", "0", "é", "back\\slash"])
def test_depends_on_names_instances_by_any_key(project: Callable[..., Project], key: str) -> None:
    named = json.dumps(f"web[{json.dumps(key)}]")
    made = project(
        f"resources:\n  web: {{type: value, for_each: [{json.dumps(key)}, other]}}\n"
        f"  x: {{type: value, depends_on: [{named}], lifecycle: {{replace_triggered_by: [{named}]}}}}\n"
    )
    assert needs(made)["value.x"] == [f"value.web[{json.dumps(key, ensure_ascii=False)}]"]


def test_what_is_known_is_filled_in_and_the_rest_deferred(project: Callable[..., Project]) -> None:
    made = project(
        "variables: {tag: {default: t1}}\nresources:\n  net: {type: value}\n"
        "  x: {type: value, spec: {value: '${var.tag}-${resources.net.value}', triggers: {on: '${var.tag}'}}}\n"
    )
    spec = made.resources[next(a for a in made.resources if a.name == "x")].spec
    assert spec == {"value": Deferred("t1-${resources.net.value}"), "triggers": {"on": "t1"}}


def test_every_option_of_a_block(project: Callable[..., Project]) -> None:
    made = project(
        "variables: {keep: {default: true}, n: {default: 5}}\nresources:\n  net: {type: value, for_each: [a, b]}\n"
        "  x:\n    type: memory.thing\n    lifecycle: {prevent_destroy: '${var.keep}', create_before_destroy: true,\n"
        "      ignore_changes: ['labels[\"a b\"]', size], replace_triggered_by: [net], restart_triggered_by: ['net[\"a\"]'],\n"
        "      on_destroy: retain}\n    retry: {attempts: '${var.n}', initial: 500ms, backoff: 1.5, max: 1m, jitter: none}\n"
        "    timeout: {create: 5m, delete: 30s}\n    priority: 10\n    tags: [edge, 'v${var.n}']\n"
    )
    thing = list(made.resources.values())[-1]
    assert thing.lifecycle == Lifecycle(
        prevent_destroy=True,
        create_before_destroy=True,
        ignore_changes=('labels["a b"]', "size"),
        replace_triggered_by=("value.net",),
        restart_triggered_by=('value.net["a"]',),
        on_destroy="retain",
    )
    assert thing.retry == Retry(5, 0.5, 1.5, 60.0, "none")
    assert thing.timeouts == Timeouts(300.0, 600.0, 30.0)
    assert (thing.priority, thing.tags, thing.connection) == (10, ("edge", "v5"), "memory")
    assert [str(need) for need in thing.depends_on] == ['value.net["a"]', 'value.net["b"]']


def test_options_may_differ_between_instances(project: Callable[..., Project]) -> None:
    made = project("resources:\n  x: {type: value, for_each: {a: 1, b: 2}, priority: '${each.value}', timeout: 2m}\n")
    assert [thing.priority for thing in made.resources.values()] == [1, 2]
    assert {thing.timeouts for thing in made.resources.values()} == {Timeouts(120.0, 120.0, 120.0)}


def test_the_default_retry_comes_from_the_settings(project: Callable[..., Project]) -> None:
    made = project(
        "settings: {execution: {parallelism: 3, on_failure: stop, retry: {attempts: 7}}}\nresources:\n"
        "  x: {type: value}\n  y: {type: value, retry: {attempts: 2}}\n"
    )
    assert [thing.retry.attempts for thing in made.resources.values() if thing.retry] == [7, 2]
    assert (made.settings.execution.parallelism, made.settings.execution.on_failure) == (3, "stop")


def test_connections_of_what_is_declared_and_used(project: Callable[..., Project]) -> None:
    made = project(
        "locals: {at: /srv}\nproviders:\n  local.srv: {folder: '${local.at}/x'}\nresources:\n"
        "  a: {type: local.file, provider: local.srv, spec: {path: a}}\n  b: {type: value}\n"
    )
    assert made.connections == {"local.srv": {"folder": "/srv/x"}, "value": {}}
    assert [thing.connection for thing in made.resources.values()] == ["local.srv", "value"]


def test_outputs_may_wait_for_resources(project: Callable[..., Project]) -> None:
    made = project(
        "resources:\n  a: {type: value}\noutputs:\n  x: {value: '${resources.a.value}', description: what}\n  y: {value: [1]}\n"
    )
    assert made.outputs["x"].value == Deferred("${resources.a.value}")
    assert (made.outputs["x"].description, made.outputs["y"].value, str(made.outputs["y"].node.place())) == (
        "what",
        [1],
        "reign.yaml:7:14",
    )


def test_the_same_error_in_every_instance_is_told_once(loaded: Callable[..., Loaded]) -> None:
    found = loaded(
        "version: 1\nproject: shop\nresources:\n  a: {type: value, count: 50, spec: {value: '${1 + null}'}}\n"
    )
    assert [finding.code for finding in found.findings] == ["config/expression"]


def test_shell_commands_take_their_values_as_variables(project: Callable[..., Project]) -> None:
    made = project(
        "variables: {who: {default: me}, words: {default: [echo, hi]}}\nresources:\n  net: {type: value}\n"
        "  plain: {type: shell.command, spec: {create: 'echo $HOME $${X:-y}'}}\n"
        "  one: {type: shell.command, spec: {create: 'hi ${var.who} ${resources.net.value} $${REIGN_1}'}}\n"
        "  whole: {type: shell.command, spec: {create: '${var.who}'}}\n"
        "  listed: {type: shell.command, spec: {create: '${var.words}'}}\n"
        "  words: {type: shell.command, spec: {create: [echo, '${var.who}', 1.10]}}\n"
        "  chain: {type: shell.command, spec: {create: [[mkdir, x], 'echo ${var.who}'], timeout: 1m30s}}\n"
        "  map: {type: shell.command, spec: {create: 'x ${ {k: 1}.k }', env: {A: 0644}}}\n"
    )
    commands = {address.name: thing.spec.get("create") for address, thing in made.resources.items()}
    assert commands == {
        "net": None,
        "plain": "echo $HOME ${X:-y}",
        "one": {
            "command": "hi ${REIGN_2} ${REIGN_3} ${REIGN_1}",
            "with": {"REIGN_2": "me", "REIGN_3": Deferred("${resources.net.value}", "string")},
        },
        "whole": {"command": "${REIGN_1}", "with": {"REIGN_1": "me"}},
        "listed": ["echo", "hi"],
        "words": ["echo", "me", "1.10"],
        "chain": [["mkdir", "x"], {"command": "echo ${REIGN_1}", "with": {"REIGN_1": "me"}}],
        "map": {"command": "x ${REIGN_1}", "with": {"REIGN_1": 1}},
    }
    things = {address.name: thing.spec for address, thing in made.resources.items()}
    assert things["chain"]["timeout"] == 90.0
    assert things["map"]["env"] == {"A": "0644"}


def test_the_environment_and_the_project_are_at_hand(project: Callable[..., Project]) -> None:
    made = project(
        "resources:\n  a: {type: value, spec: {value: '${project.name} ${env.USER} ${env.GITHUB_REF_NAME}'}}\n",
        environ={"USER": "me", "GITHUB_REF_NAME": "main", "AWS_SECRET": "no"},
    )
    assert specs(made) == {"value.a": "shop me main"}


def test_the_digest_follows_what_was_read(project: Callable[..., Project]) -> None:
    text = "variables: {a: {default: x}}\nresources:\n  a: {type: local.file, spec: {path: a, source: s.txt}}\n"
    first = project({"reign.yaml": text, "s.txt": "one"})
    assert project({"reign.yaml": text, "s.txt": "one"}).digest == first.digest
    others = {
        project({"reign.yaml": text, "s.txt": "two"}).digest,
        project({"reign.yaml": text, "s.txt": "one"}, variables={"a": "y"}).digest,
        project({"reign.yaml": f"{text}# more\n", "s.txt": "one"}).digest,
    }
    assert len(others | {first.digest}) == 4


def test_a_block_that_is_broken_breaks_no_other(loaded: Callable[..., Loaded]) -> None:
    found = loaded(
        "version: 1\nproject: shop\nlocals: {l: '${nope}'}\nresources:\n  a: {type: vlaue}\n"
        "  b: {type: value, depends_on: [a], spec: {value: '${resources.a.x} ${local.l}'}}\n"
        "outputs: {o: {value: '${resources.b.value}${resources.a.x}'}}\n"
    )
    assert [finding.code for finding in found.findings] == ["config/unknown-name", "config/unknown-type"]


def test_null_is_a_value_where_any_stands_and_nothing_elsewhere(project: Callable[..., Project]) -> None:
    made = project(
        "settings:\nresources:\n  a: {type: value, for_each: null, lifecycle: null, tags: ~, spec: {value: null}}\n"
        "outputs: {o: {value: null}}\n"
    )
    assert specs(made) == {"value.a": None}
    assert made.outputs["o"].value is None


def test_a_broken_provider_says_why_at_each_of_its_types(write: Callable[..., Path]) -> None:
    def schema(type_: str) -> None:
        raise Failed([Finding("provider/broken", "A provider that cannot be used", type_)])

    folder = write("version: 1\nproject: shop\nresources:\n  a: {type: acme.x}\n")
    (finding,) = load(Request(folder), schema, lambda: ("acme.x",)).findings
    assert (finding.code, str(finding.place), finding.address) == ("provider/broken", "reign.yaml:4:13", "a")


def test_a_template_keeps_what_is_its_own(project: Callable[..., Project]) -> None:
    made = project("resources:\n  a: {type: local.template, spec: {path: a, template: 'listen ${port} $${x} 1.10'}}\n")
    assert next(iter(made.resources.values())).spec["template"] == "listen ${port} $${x} 1.10"


@pytest.mark.parametrize(
    "hostile", ["${resources.net.value}", "${file('reign.yaml')}", "$${x}", "${", "%{ end }", "`id`"]
)
def test_what_comes_in_as_data_is_never_evaluated(project: Callable[..., Project], hostile: str) -> None:
    made = project(
        {
            "reign.yaml": "variables: {v: {type: string}}\nlocals: {l: '${var.v}'}\nresources:\n  net: {type: value}\n"
            "  a: {type: value, spec: {value: '${var.v}${local.l}${file(\"data.txt\")}'}}\n"
            "  b: {type: value, spec: {value: '<${var.v}> ${resources.net.value}'}}\n"
            "  c: {type: shell.command, spec: {create: 'echo ${var.v}'}}\n",
            "data.txt": hostile,
        },
        variables={"v": hostile},
    )
    given = {address.name: thing for address, thing in made.resources.items()}
    assert given["a"].spec["value"] == hostile * 3
    assert given["c"].spec["create"] == {"command": "echo ${REIGN_1}", "with": {"REIGN_1": hostile}}
    deferred = given["b"].spec["value"]
    assert isinstance(deferred, Deferred)
    assert resolve(deferred.text, Scope({"resources": {"net": {"value": "n"}}})) == f"<{hostile}> n"
