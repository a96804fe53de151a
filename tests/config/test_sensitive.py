"""What must not be shown: secrets, sensitive variables, the environment; where they may stand, and what becomes of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from reign.config import Loaded, Project, Request, load
from reign.expression import Scope, resolve
from reign.model.plan import SecretSource
from reign.model.resource import HealthCheck
from reign.model.values import Deferred, Sensitive, Unknown, Value, is_sensitive, reveal

from .conftest import SCHEMAS, TYPES, told

SECRETS = "secrets: {db: {env: DB}, made: {generate: {length: 20}}}\n"


def value_of(project: Project, name: str = "a") -> Value:
    """The field `value` of the one instance of a block."""
    return next(made.spec.get("value") for address, made in project.resources.items() if address.name == name)


def test_where_secrets_come_from(project: Callable[..., Project]) -> None:
    made = project(
        "variables: {who: {default: me}}\nsecrets:\n  a: {env: DB}\n  b: {file: 'tls-${var.who}.key'}\n"
        "  c: {command: [op, read, 'op://v/${var.who}']}\n  d: {command: 'pass show $HOME ${var.who}'}\n"
        "  e: {generate: {}}\n  f: {generate: {length: 40}}\n"
    )
    assert made.secrets == {
        "a": SecretSource("env", "DB"),
        "b": SecretSource("file", "tls-me.key"),
        "c": SecretSource("command", ["op", "read", "op://v/me"]),
        "d": SecretSource("command", {"command": "pass show $HOME ${REIGN_1}", "with": {"REIGN_1": "me"}}),
        "e": SecretSource("generate", 32),
        "f": SecretSource("generate", 40),
    }


def test_only_what_is_read_is_asked_for_and_once(write: Callable[..., Path]) -> None:
    asked: list[str] = []

    def ask(name: str, source: SecretSource) -> Value:
        asked.append(f"{name} {source.kind}")
        return "s3cr3t"

    folder = write(
        f"version: 1\nproject: shop\n{SECRETS}locals: {{url: 'x ${{secret.db}}', unused: 1}}\nresources:\n"
        "  a: {type: value, count: 3, spec: {value: '${secret.db} ${local.url} ${count.index}'}}\n"
    )
    result = load(Request(folder, secret=ask), SCHEMAS.get, lambda: TYPES)
    assert result.project
    assert asked == ["db env"]
    assert reveal(value_of(result.project)) == "s3cr3t x s3cr3t 0"
    assert is_sensitive(value_of(result.project))
    assert asked == ["db env"]


def test_a_value_and_where_it_comes_from_go_together(project: Callable[..., Project]) -> None:
    made = project(
        f"{SECRETS}variables: {{pin: {{type: number, default: 4711, sensitive: true}}}}\nresources:\n"
        "  a: {type: value, spec: {value: 'u:${secret.db}@${var.pin}/${env.TOKEN} ${env.USER}'}}\n"
        "  b: {type: value, spec: {value: {user: me, password: '${secret.db}'}}}\n",
        secrets={"db": "hunter2"},
        environ={"TOKEN": "t0k3n", "USER": "me"},
    )
    assert value_of(made) == Sensitive("u:hunter2@4711/t0k3n me", "u:${secret.db}@${var.pin}/${env.TOKEN} me")
    assert value_of(made, "b") == {"user": "me", "password": Sensitive("hunter2", "${secret.db}")}
    assert "hunter2" not in str(made)
    assert "4711" not in str(made)
    assert "t0k3n" not in str(made)


def test_what_is_not_known_yet_stays_in_the_text_and_what_is_known_is_not_written_into_it(
    project: Callable[..., Project],
) -> None:
    made = project(
        f"{SECRETS}resources:\n  net: {{type: value}}\n"
        "  a: {type: value, spec: {value: '${secret.db}:${secret.made}'}}\n"
        "  b: {type: value, spec: {value: '${secret.db}@${resources.net.value}'}}\n"
        "  c: {type: value, for_each: {k: '${secret.made}'}, spec: {value: 'x ${each.value}'}}\n"
        "providers: {local.srv: {folder: '${secret.made}'}}\n",
        secrets={"db": "hunter2"},
    )
    assert value_of(made) == Deferred("${secret.db}:${secret.made}")
    assert value_of(made, "b") == Deferred("${secret.db}@${resources.net.value}")
    assert value_of(made, "c") == Deferred("x ${secret.made}")
    assert made.connections["local.srv"] == {"folder": Deferred("${secret.made}")}
    needs = {str(address): [*map(str, each.depends_on)] for address, each in made.resources.items()}
    assert needs["value.b"] == ["value.net"]
    scope = Scope({**made.roots, "resources": {"net": {"value": "host"}}})
    assert resolve("${secret.db}@${resources.net.value}", scope) == Sensitive("hunter2@host", "${secret.db}@host")
    assert resolve("${secret.db}:${secret.made}", scope) == Unknown(("secret.made",), sensitive=True)


def test_without_trust_nothing_is_told(project: Callable[..., Project]) -> None:
    made = project(
        f"{SECRETS}resources:\n  net: {{type: value}}\n"
        "  a: {type: value, spec: {value: '${env.USER} ${secret.db} ${resources.net.value}'}}\n",
        environ={"USER": "me"},
        hides_env=True,
    )
    assert value_of(made) == Deferred("${env.USER} ${secret.db} ${resources.net.value}")
    assert made.roots["env"]["USER"] == Unknown(("env.USER",))
    assert made.roots["env"]["TOKEN"] == Unknown(("env.TOKEN",), sensitive=True)
    assert made.roots["secret"]["db"] == Unknown(("secret.db",), sensitive=True)
    assert [str(need) for each in made.resources.values() for need in each.depends_on] == ["value.net"]


def test_a_declaration_made_of_a_hidden_environment_is_not_asked_for(project: Callable[..., Project]) -> None:
    made = project(
        "secrets: {a: {command: [op, '${env.USER}']}}\nresources: {a: {type: value, spec: {value: '${secret.a}'}}}\n",
        environ={"USER": "me"},
        hides_env=True,
        secrets={},
    )
    assert value_of(made) == Deferred("${secret.a}")


def test_the_environment(project: Callable[..., Project]) -> None:
    made = project(
        "resources:\n  a:\n    type: value\n    spec:\n      value: ['${env.HOME}', '${env.GITHUB_REF_NAME}', '${env.X}',\n"
        "        '${env.NOT | default(\"none\")}', '${env[\"USER\"]}', '${env[\"a.b\"]}']\n",
        environ={"HOME": "/h", "GITHUB_REF_NAME": "main", "X": "x", "USER": "me", "a.b": "y"},
    )
    odd = Sensitive("y", '${env["a.b"]}')
    assert value_of(made) == ["/h", "main", Sensitive("x", "${env.X}"), "none", "me", odd]


@pytest.mark.parametrize("sensitive", ["true", "false"])
def test_a_sensitive_variable(project: Callable[..., Project], sensitive: str) -> None:
    made = project(
        f"variables:\n  m: {{type: map(string), sensitive: {sensitive}, nullable: true, default: {{a: b}}}}\n"
        f"  n: {{type: string, sensitive: {sensitive}, nullable: true, default: null}}\n"
        "resources: {a: {type: value, spec: {value: '${var.m.a}'}}, b: {type: value, enabled: '${var.n != null}'}}\n"
    )
    assert made.variables["n"] is None
    assert (value_of(made) == Sensitive("b", "${var.m.a}")) == (sensitive == "true")
    assert reveal(value_of(made)) == "b"


def test_the_digest_tells_nothing_of_what_is_sensitive(project: Callable[..., Project], tmp_path: Path) -> None:
    def digest(default: str, **request: object) -> str:
        text = f"variables:\n  pin: {{type: string, sensitive: true, default: {default}}}\n  tag: {{default: x}}\n"
        return project(text, **request).digest

    (tmp_path / "v.yaml").write_text("pin: one\n")
    first = digest("abc123", var_files=(tmp_path / "v.yaml",))
    (tmp_path / "v.yaml").write_text("pin: other\n")
    assert digest("abc123", var_files=(tmp_path / "v.yaml",)) == first
    assert digest("abc123") == digest("other9") == digest("abc123", variables={"pin": "z"})
    assert digest("abc123") != digest("abc123", variables={"tag": "z"})


STYLES = [
    "hunter2",
    "'hunter2'",
    '"hunter2"',
    "|\n      hunter2\n      more",
    "[hunter2, {a: hunter2}]",
    "{a: hunter2}",
]


@pytest.mark.parametrize("written", STYLES)
def test_no_excerpt_shows_a_sensitive_default(loaded: Callable[..., Loaded], written: str) -> None:
    found = loaded(
        "version: 1\nproject: shop\nvariables:\n  before: {type: strnig, default: 1}\n"
        "  pin:\n    type: any\n    sensitive: true\n"
        f"    default: {written}\n    pattern: '['\n  after: {{type: strnig, default: 1}}\nresources: {{a: {{type: vlaue}}}}\n"
    ).findings
    shown = "\n".join(map(told, found))
    assert "hunter2" not in shown
    assert {finding.code for finding in found} == {
        "config/unknown-type",
        "config/unknown-variable-type",
        "config/wrong-value",
    }


BROKEN_BESIDE = {
    "twice": "  pin:\n    sensitive: true\n    default: hunter2\n    default: hunter2\n",
    "another key twice": "  pin:\n    default: hunter2\n    type: string\n    type: string\n    sensitive: true\n",
    "the flag twice": "  pin:\n    sensitive: true\n    sensitive: true\n    default: hunter2\n",
    "a tag": "  pin:\n    sensitive: true\n    default: !vault hunter2\n",
    "a tag on a block": "  pin:\n    sensitive: true\n    default: !vault |\n      a: hunter2\n      type: hunter2\n",
    "a tag below": "  pin:\n    sensitive: true\n    default:\n      - hunter2\n      - !x hunter2\n",
    "a tag in a flow": "  pin: {sensitive: true, default: !x hunter2}\n",
    "a flow that is not closed": "  pin: {sensitive: true, default: hunter2\n",
    "a flow over lines": "  pin: {sensitive: true,\n    default: hunter2, default: hunter2}\n",
    "an expression that is cut": "  pin: {sensitive: true, default: ${hunter2}}\n",
    "an expression that is cut in a block": "  pin:\n    sensitive: true\n    default: ${ hunter2 : x }\n",
    "an alias": "  pin:\n    sensitive: true\n    default: [*hunter, hunter2]\n",
    "a quote that is not closed": "  pin:\n    sensitive: true\n    default: 'hunter2\n",
    "an escape": '  pin:\n    sensitive: true\n    default: "hunter2 \\q"\n',
    "a tab": "  pin:\n    sensitive: true\n\tdefault: hunter2\n",
    "a control character": "  pin:\n    sensitive: true\n    default: hunter2\x07\n",
    "two documents": "  pin:\n    sensitive: true\n    default: hunter2\n---\n",
    "merged": "  pin:\n    <<: x\n    sensitive: true\n    default: hunter2\n",
    "the next section": "  pin:\n    sensitive: true\n    default: hunter2\nenvironments: [A.B]\n",
    "the next section, included": "  pin:\n    sensitive: true\n    default: hunter2\ninclude: [nowhere.yaml]\n",
    "an unknown section": "  pin:\n    sensitive: true\n    default: hunter2\nresorces: {}\n",
    "requirements": "  pin:\n    sensitive: true\n    default: hunter2\nrequires: {reign: '>=999'}\n",
}
"""What stands wrong in or beside the declaration of a sensitive variable. `twice` is of a key that is read once."""


@pytest.mark.parametrize("place", ["reign.yaml", "reign.local.yaml", "part.yaml"])
@pytest.mark.parametrize("name", BROKEN_BESIDE)
def test_what_is_found_while_a_file_is_read_shows_no_sensitive_default(tmp_path: Path, name: str, place: str) -> None:
    head = "version: 1\nproject: p\n"
    (tmp_path / "reign.yaml").write_text(f"{head}include: [part.yaml]\n")
    (tmp_path / "part.yaml").write_text("locals: {x: 1}\n")
    top = head if place == "reign.yaml" else ""
    (tmp_path / place).write_text(f"{top}variables:\n{BROKEN_BESIDE[name]}")
    loaded = load(Request(tmp_path), SCHEMAS.get, lambda: TYPES)
    assert loaded.findings, "something is wrong with it"
    assert "hunter2" not in repr(loaded.findings)


@pytest.mark.parametrize("given", ["hunter2", "[hunter2", "{a: hunter2", "*hunter2", "a: ${hunter2}"])
def test_nothing_shows_a_sensitive_value_that_is_given(
    loaded: Callable[..., Loaded], tmp_path: Path, given: str
) -> None:
    (tmp_path / "v.yaml").write_text(f"tag: x\npin: {given}\nmore: y\n")
    text = (
        "version: 1\nproject: shop\nvariables:\n  tag: {default: ''}\n"
        "  pin: {type: list(number), sensitive: true, default: [1]}\n"
    )
    ways: list[Mapping[str, object]] = [
        {"variables": {"pin": given}},
        {"environ": {"REIGN_VAR_pin": given}},
        {"var_files": (tmp_path / "v.yaml",)},
    ]
    for way in ways:
        found = loaded(text, **way).findings
        assert found
        assert "hunter2" not in "\n".join(map(told, found)), way


def test_health_may_be_asked_with_a_secret(project: Callable[..., Project]) -> None:
    made = project(
        f"{SECRETS}resources:\n  a: {{type: memory.slow, health: {{http: 'http://u:${{secret.db}}@h/'}}}}\n"
        "  b: {type: memory.slow, health: {command: 'curl -H ${secret.db} ${self.id}'}}\n",
        secrets={"db": "hunter2"},
    )
    first, second = (each.health for each in made.resources.values())
    assert first == HealthCheck("http", Sensitive("http://u:hunter2@h/", "http://u:${secret.db}@h/"))
    assert second
    assert second.target == {
        "command": "curl -H ${REIGN_1} ${REIGN_2}",
        "with": {"REIGN_1": Sensitive("hunter2", "${secret.db}"), "REIGN_2": Deferred("${self.id}", "string")},
    }


def test_a_check_about_something_sensitive_tells_only_whether_it_holds(project: Callable[..., Project]) -> None:
    made = project(
        f"{SECRETS}checks:\n  - {{name: long, assert: '${{(secret.db | length) > 3}}'}}\n"
        "  - {name: later, assert: '${secret.made != secret.db}'}\n",
        secrets={"db": "hunter2"},
    )
    assert [check.condition for check in made.checks] == [True, Deferred("${secret.made != secret.db}", "bool")]


def test_an_output_that_says_so_may_be_sensitive(project: Callable[..., Project]) -> None:
    made = project(
        f"{SECRETS}outputs: {{o: {{value: '${{secret.db}}', sensitive: true}}}}\n", secrets={"db": "hunter2"}
    )
    assert made.outputs["o"].sensitive
    assert made.outputs["o"].value == Sensitive("hunter2", "${secret.db}")
