"""A plan file holds no value that must not be shown, and runs only with the values that it was made with."""

from __future__ import annotations

import json
from typing import Any

import pytest

from reign.app.look import outputs, state
from reign.app.planfile import open_plan
from reign.model.errors import Refused, Stale
from reign.model.values import Secret, Sensitive, reveal

from .conftest import Folder

HEAD = """\
variables: {token: {type: string, sensitive: true, default: ""}, count: {type: number, sensitive: true, default: 1}}
secrets: {db: {env: SHOP_DB}, tls: {file: tls.key}, op: {command: [cat, op]}, made: {generate: {length: 16}}}
"""
FILE = "  {name}: {{type: local.file, spec: {{path: {name}, content: {content}}}}}\n"


def uses(*contents: str) -> str:
    return "".join(FILE.format(name=f"f{at}", content=json.dumps(content)) for at, content in enumerate(contents))


ALL = uses(
    "db=${secret.db}", "${secret.tls}", "${secret.op | sha256}", "${secret.made}", "${var.token}", "${env.SHOP_X}"
)


@pytest.fixture
def shop(folder: Folder) -> Folder:
    folder.environ |= {"SHOP_DB": "canary-db", "SHOP_X": "canary-x", "REIGN_VAR_token": "canary-token"}
    (folder.path / "tls.key").write_text("canary-tls\n")
    (folder.path / "op").write_text("canary-op\n")
    folder.write(ALL, HEAD)
    return folder


def content(folder: Folder) -> list[str]:
    return [path.read_text() for path in sorted(folder.path.glob("f[0-9]"))]


def refused(folder: Folder, file: bytes) -> list[str]:
    before = content(folder), state(folder.where)
    with pytest.raises(Stale) as raised:
        folder.apply(file)
    assert (content(folder), state(folder.where)) == before
    assert all("canary" not in f"{finding.detail}{finding.fix}" for finding in raised.value.findings)
    return [f"{finding.code} {finding.address}".strip() for finding in raised.value.findings]


def test_it_runs_with_the_same_values(shop: Folder) -> None:
    file = shop.save()
    assert b"canary" not in file
    found: list[Any] = []
    assert shop.apply(file, approve=found.append).added == 6
    assert content(shop)[0] == "db=canary-db"
    assert len(content(shop)[3]) == 16
    assert content(shop)[4:] == ["canary-token", "canary-x"]
    assert shop.actions() == {}
    (change,) = (change for change in found[0].plan.changes if str(change.address) == "local.file.f0")
    assert change.after["content"] == Sensitive("db=canary-db", "db=${secret.db}")


def test_it_runs_after_the_project_does_not_load_any_more(shop: Folder) -> None:
    file = shop.save()
    (shop.path / "reign.yaml").write_text("version: [", encoding="utf-8")
    assert shop.apply(file).added == 6
    assert content(shop)[4] == "canary-token"


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"SHOP_DB": "canary-other"}, "secret.db"),
        ({"SHOP_DB": None}, "secret.db"),
        ({"SHOP_X": "canary-other"}, "env.SHOP_X"),
        ({"SHOP_X": None}, "env.SHOP_X"),
        ({"REIGN_VAR_token": "canary-other"}, "var.token"),
        ({"REIGN_VAR_token": None}, "var.token"),
        ({"tls.key": "canary-other"}, "secret.tls"),
        ({"tls.key": None}, "secret.tls"),
        ({"op": "canary-other"}, "secret.op"),
    ],
)
@pytest.mark.parametrize("loads", [True, False])
def test_another_value_or_none_is_refused(shop: Folder, change: dict[str, str | None], named: str, loads: bool) -> None:
    file = shop.save()
    for name, value in change.items():
        if name in shop.environ and value is not None:
            shop.environ[name] = value
        elif name in shop.environ:
            del shop.environ[name]
        elif value is not None:
            (shop.path / name).write_text(value)
        else:
            (shop.path / name).unlink()
    if not loads:
        (shop.path / "reign.yaml").write_text("version: [", encoding="utf-8")
    assert refused(shop, file) == [f"plan/secret-changed {named}"]


def test_another_key_is_refused(shop: Folder) -> None:
    shop.environ["REIGN_KEY"] = "one"
    file = shop.save()
    shop.environ["REIGN_KEY"] = "two"
    assert refused(shop, file) == ["plan/other-key"]


def test_a_number_is_read_as_the_number_that_it_was(shop: Folder) -> None:
    shop.write("  v: {type: value, spec: {value: ['${var.count}']}}\n", HEAD)
    shop.environ["REIGN_VAR_count"] = "42"
    file = shop.save()
    (shop.path / "reign.yaml").write_text("version: [", encoding="utf-8")
    shop.apply(file)
    (snapshot,) = state(shop.where, reveal=True).resources.values()
    assert reveal(dict(snapshot.spec)) == {"value": [42]}


def test_the_value_may_be_given_with_the_file(shop: Folder) -> None:
    from reign.app.apply import apply
    from reign.app.nouns import ApplyRequest, Where
    from reign.execution.cancel import Cancel

    file = shop.save()
    del shop.environ["REIGN_VAR_token"]
    where = Where(shop.path, variables=("token=canary-token",), environ=shop.environ)
    assert apply(where, ApplyRequest(file=file), lambda _: None, lambda _: None, Cancel()).added == 6


def test_what_was_sensitive_in_the_state_is_opened_from_there(shop: Folder) -> None:
    spec = r"""{create: "printf %s \"$A\"", update: "printf %s \"$A\"", env: {A: "${secret.db}"}}"""
    text = f"  c: {{type: shell.command, spec: {spec}}}\n"
    text += '  v: {type: value, spec: {value: "got ${resources.c.stdout}"}}\n'
    end = 'outputs: {o: {value: "${resources.v.value}", sensitive: true}}\n'
    shop.write(text + end, HEAD)
    shop.apply()
    shop.write(text.replace("got ", "has ") + end, HEAD)
    file = shop.save()
    assert b"canary" not in file
    shop.apply(file)
    assert reveal(outputs(shop.where, reveal="o")["o"].value) == "has canary-db"
    shop.environ["SHOP_DB"] = "canary-new"
    file = shop.save()
    shop.apply(file)
    assert reveal(outputs(shop.where, reveal="o")["o"].value) == "has canary-new"
    assert shop.actions() == {}


def test_what_goes_is_removed_with_what_the_state_knows(shop: Folder) -> None:
    text = '  c: {type: shell.command, spec: {create: "true", delete: "printf %s \\"$A\\" > gone", env: {A: "${secret.db}"}}}\n'
    shop.write(text, HEAD)
    shop.apply()
    shop.write("  v: {type: value, spec: {value: 1}}\n", HEAD)
    shop.environ["SHOP_DB"] = "another by now"
    file = shop.save()
    assert b"canary" not in file
    assert shop.apply(file).destroyed == 1
    assert (shop.path / "gone").read_text() == "canary-db"


def test_what_was_found_is_recorded_with_what_is_seen(shop: Folder) -> None:
    shop.write(
        '  c: {type: shell.command, spec: {create: "exit 1", read: "printf %s \\"$A\\"", env: {A: "${secret.db}"}}}\n',
        HEAD,
    )
    file = shop.save()
    assert b"canary" not in file
    assert shop.apply(file).status == "completed"
    (snapshot,) = state(shop.where, reveal=True).resources.values()
    assert (snapshot.found, reveal(snapshot.outputs["stdout"])) == (True, "canary-db")


def test_drift_of_something_sensitive_since_is_refused(shop: Folder) -> None:
    shop.apply()
    shop.write(ALL.replace("db=", "dsn="), HEAD)
    file = shop.save()
    (shop.path / "f0").write_text("canary by hand")
    assert refused(shop, file) == ["plan/reality-changed local.file.f0"]


def test_it_is_shown_without_the_values(shop: Folder) -> None:
    shop.apply()
    shop.environ["SHOP_DB"] = "canary-new"
    opened = open_plan(shop.where, shop.save()).plan
    (change,) = opened.actions()
    assert isinstance(change.after, dict)
    assert isinstance(change.after["content"], Secret)
    assert change.after["content"].template == "db=${secret.db}"
    assert change.before != change.after


# Trust ---------------------------------------------------------------------------------------------------------------


def test_a_file_that_was_made_without_looking_is_never_applied(shop: Folder) -> None:
    del shop.environ["REIGN_TRUST"]
    file = shop.save()
    shop.environ["REIGN_TRUST"] = "1"
    with pytest.raises(Refused) as raised:
        shop.apply(file)
    assert [finding.code for finding in raised.value.findings] == ["plan/untrusted"]


def test_a_file_of_a_trusted_folder_needs_trust_where_it_is_applied(shop: Folder) -> None:
    file = shop.save()
    (shop.path / "op").unlink()
    del shop.environ["REIGN_TRUST"]
    with pytest.raises(Refused) as raised:
        shop.apply(file)
    (finding,) = raised.value.findings
    assert finding.code == "plan/untrusted"
    for what in ("secret db", "secret tls", "secret op (a command)", "env.SHOP_X"):
        assert what in finding.detail


def test_a_file_that_needs_no_trust_is_applied_without(folder: Folder) -> None:
    del folder.environ["REIGN_TRUST"]
    folder.write(uses("plain", "${secret.made}"), "secrets: {made: {generate: {length: 16}}}\n")
    assert folder.apply(folder.save()).added == 2
