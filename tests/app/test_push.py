"""The state out and back: what is pulled, what may be pushed, and what becomes of it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reign.app.apply import apply
from reign.app.drift import find_drift
from reign.app.look import outputs, run_query, state
from reign.app.nouns import ApplyRequest, Planned
from reign.app.push import pull, push
from reign.app.surgery import Operated, intend, move, operate, remove
from reign.execution.cancel import Cancel
from reign.model.errors import Failed, Refused, ReignError, Stale
from reign.model.values import reveal
from reign.planning import Options
from reign.state.document import read_document
from tests.api.published import faults

from .conftest import Folder

RESOURCES = (
    "  a: {type: local.file, spec: {path: a, content: 'pw ${secret.db} ${secret.made}'}}\n"
    "  b: {type: local.file, spec: {path: b, content: '${resources.a.path}'}}\n"
    "  kept: {type: value, spec: {value: 1}, lifecycle: {prevent_destroy: true}}\n"
)
HEAD = (
    "secrets: {db: {env: SHOP_DB}, made: {generate: {length: 24}}}\n"
    "outputs:\n  path: {value: '${resources.b.path}'}\n  hidden: {value: '${secret.db}', sensitive: true}\n"
)
CANARY = "canary-51d0"
Edit = Callable[[dict[str, Any]], object]


@pytest.fixture
def shop(folder: Folder) -> Folder:
    """A project that was applied."""
    folder.environ["SHOP_DB"] = CANARY
    folder.write(RESOURCES, HEAD)
    assert folder.apply().status == "completed"
    return folder


def text(document: dict[str, Any]) -> bytes:
    return json.dumps(document).encode()


def pushed(folder: Folder, document: dict[str, Any]) -> Operated:
    """Also: what a dry run says of it is what is done."""
    intended = intend(folder.where, push(text(document)))
    operated = operate(folder.where, push(text(document)), lambda _: None)
    assert operated.intended.surgery == intended.surgery
    return operated


def resource(document: dict[str, Any], address: str) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in document["resources"] if each["address"] == address)
    return found


def test_what_is_pulled_is_as_published_and_the_same_again(shop: Folder) -> None:
    document = pull(shop.where)
    assert faults("state-pull", document) == []
    assert document == pull(shop.where)
    assert CANARY not in json.dumps(document)
    assert list(document["secrets"]) == ["made"]
    held = state(shop.where)
    again = read_document(text(document))
    assert (again.resources, again.outputs, again.secrets) == (held.resources, held.outputs, held.secrets)


def test_out_and_back_is_nothing_to_do(shop: Folder) -> None:
    journal = shop.journal().read_bytes()
    assert pushed(shop, pull(shop.where)).run == ""
    later = {**pull(shop.where), "serial": 99}
    assert pushed(shop, later).run == ""
    assert shop.journal().read_bytes() == journal


def test_what_is_another_becomes_a_run(shop: Folder) -> None:
    shop.apply()
    document = {**pull(shop.where), "serial": 40}
    resource(document, "local.file.b")["spec"]["mode"] = "0600"
    document["outputs"]["new"] = {"value": [1]}
    operated = pushed(shop, document)
    assert (operated.serial, state(shop.where).serial) == (40, 40)
    rows = run_query(shop.where, f"select kind, address from events where run_id = '{operated.run}' order by seq").rows
    assert [tuple(row) for row in rows] == [
        ("run_started", ""),
        ("recorded", "local.file.b"),
        ("outputs", ""),
        ("run_ended", ""),
    ]
    assert {each.path for each in find_drift(shop.where, Options()).attributes} == {"mode"}
    assert pushed(shop, document).run == "", "what was pushed can be pushed once more"
    resource(document, "local.file.b")["spec"]["mode"] = "0640"
    document["serial"] = 41
    assert pushed(shop, document).serial == 41
    commands = run_query(shop.where, "select command from runs order by started_at").rows
    assert [row[0] for row in commands] == ["apply", "apply", "state push", "drift", "state push"]


def test_a_state_begins_elsewhere_with_what_was_pulled(shop: Folder, tmp_path: Path) -> None:
    shop.apply()
    other = tmp_path / "other"
    other.mkdir()
    for name in ("reign.yaml", "a", "b"):
        shutil.copy(shop.path / name, other / name)
    elsewhere = Folder(other, shop.environ)
    with pytest.raises(Failed, match="state/no-key"):
        pushed(elsewhere, pull(shop.where))
    (other / ".reign").mkdir(mode=0o700, exist_ok=True)
    shutil.copy(shop.path / ".reign" / "key", other / ".reign" / "key")
    shutil.copytree(shop.path / ".reign" / "marks", other / ".reign" / "marks")
    assert pushed(elsewhere, pull(shop.where)).serial == state(shop.where).serial
    assert elsewhere.actions() == {}
    assert pull(elsewhere.where)["lineage"] == pull(shop.where)["lineage"]


def test_no_two_environments_get_the_same_state(folder: Folder) -> None:
    folder.write("  a: {type: value, spec: {value: 1}}\n", "environments: {dev: {}, prod: {}}\n")
    folder.env = "dev"
    folder.apply()
    document = pull(folder.where)
    folder.env = "prod"
    with pytest.raises(Stale, match="state/other-lineage"):
        pushed(folder, document)
    assert not (folder.path / ".reign" / "env" / "prod" / "journal").exists()


def nested(levels: int) -> Any:
    return [nested(levels - 1)] if levels else []


def without(address: str) -> Edit:
    return lambda document: document["resources"].remove(resource(document, address))


def with_(of: str, **changed: Any) -> Edit:
    return lambda document: resource(document, of).update(changed)


def aside(of: str, **changed: Any) -> Edit:
    """A copy of a resource among what was pushed aside."""
    return lambda document: document["deposed"].append({**resource(document, of), **changed})


def at(serial: int) -> Edit:
    return lambda document: document.update(serial=serial)


@pytest.mark.parametrize(
    ("edits", "kind", "code"),
    [
        ([lambda document: document.update(lineage="0" * 32)], Stale, "state/other-lineage"),
        ([at(1)], Stale, "state/older-serial"),
        ([at(3), with_("local.file.b", tainted=True)], Stale, "state/same-serial"),
        ([at(9), without("value.kept")], Refused, "state/protected"),
        ([at(9), with_("value.kept", lifecycle={})], Refused, "state/protected"),
        ([at(9), with_("value.kept", external_id="other")], Refused, "state/protected"),
        ([at(9), with_("value.kept", address="value.renamed")], Refused, "state/protected"),
        ([at(9), lambda document: document.update(secrets={})], Failed, "state/secret-lost"),
        ([at(9), with_("local.file.b", external_id="a")], Failed, "state/held-twice"),
        ([at(9), aside("value.kept")], Failed, "state/held-twice"),
        ([at(9), aside("value.kept", address="value.other")], Failed, "state/held-twice"),
        (
            [at(9), *(aside("value.kept", address=f"value.{name}", external_id="x") for name in "ab")],
            Failed,
            "state/held-twice",
        ),
        ([at(9), with_("local.file.b", address="no.such.b")], Failed, "state/unknown-type"),
        ([at(9), aside("local.file.b", address="no.such.b")], Failed, "state/unknown-type"),
    ],
)
def test_what_is_not_taken(shop: Folder, edits: list[Edit], kind: type[ReignError], code: str) -> None:
    operate(shop.where, move("b", "c"), lambda _: None)
    operate(shop.where, move("c", "b"), lambda _: None)
    document = pull(shop.where)
    assert document["serial"] == 3
    for edit in edits:
        edit(document)
    journal = shop.journal().read_bytes()
    for call in (lambda: intend(shop.where, push(text(document))), lambda: pushed(shop, document)):
        with pytest.raises(kind) as error:
            call()
        assert [finding.code for finding in error.value.findings] == [code]
    assert shop.journal().read_bytes() == journal


def test_a_value_in_clear_is_kept_encrypted_where_one_was(shop: Folder) -> None:
    document = {**pull(shop.where), "serial": 9}
    resource(document, "local.file.a")["spec"]["content"] = f"pw {CANARY}-too"
    pushed(shop, document)
    assert not any(CANARY.encode() in path.read_bytes() for path in (shop.path / ".reign").rglob("*") if path.is_file())


def test_an_output_in_clear_is_kept_encrypted(shop: Folder) -> None:
    document = {**pull(shop.where), "serial": 9}
    document["outputs"]["hidden"] = {"value": f"{CANARY}-too"}
    document["outputs"]["new"] = {"value": {"a": ["canary-new", None]}, "sensitive": True}
    document["outputs"]["path"] = {"value": f"repeats {CANARY}"}
    pushed(shop, document)
    assert "canary" not in json.dumps(pull(shop.where))
    assert not any(b"canary" in path.read_bytes() for path in (shop.path / ".reign").rglob("*") if path.is_file())
    told = outputs(shop.where, reveal="new")["new"]
    assert (reveal(told.value), told.sensitive) == ({"a": ["canary-new", None]}, True)


def test_the_largest_serial_leaves_room_to_count_on(shop: Folder) -> None:
    document = {**pull(shop.where), "serial": 2**53 - 1}
    resource(document, "local.file.b")["tainted"] = True
    assert pushed(shop, document).serial == 2**53 - 1
    assert shop.apply().status == "completed"
    assert run_query(shop.where, "select max(serial) from runs").rows == ((2**53,),)


def test_ciphers_of_another_key_or_place(shop: Folder) -> None:
    document = {**pull(shop.where), "serial": 9}
    content = resource(document, "local.file.a")["spec"]["content"]
    resource(document, "local.file.b")["spec"]["content"] = {**content, "key_id": "0" * 16}
    with pytest.raises(Failed, match="state/other-key"):
        pushed(shop, document)
    resource(document, "local.file.b")["spec"]["mode"] = content
    resource(document, "local.file.b")["spec"]["content"] = "x"
    with pytest.raises(Failed, match="state/damaged-secret"):
        pushed(shop, document)
    document = {**pull(shop.where), "serial": 9}
    document["secrets"]["made"] = content
    with pytest.raises(Failed, match="state/damaged-secret"):
        pushed(shop, document)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "no JSON"),
        (b"\xff", "no JSON"),
        (b"[]", "not what reign state pull prints"),
        (b'{"a": 1, "a": 2}', "there twice"),
        (b"[" * 100_000, "nested too deep"),
        (b'{"format": 1, "lineage": "x", "serial": NaN}', "NaN is no number"),
        (b'{"format": 1, "lineage": "x", "serial": 1e400}', "1e400 is no number"),
        (b'{"format": 1, "lineage": "x", "serial": -1e400}', "-1e400 is no number"),
        (b'{"format": 2, "lineage": "x"}', "format is 2"),
        *(
            (
                b'{"format": 1, "lineage": "x", "serial": %d, "resources": [], "outputs": {}, "secrets": {}}' % serial,
                "beyond",
            )
            for serial in (2**53, 2**63 - 1, 2**63, 10**400)
        ),
        (b'{"format": 1, "lineage": "x", "serial": -1, "resources": [], "outputs": {}, "secrets": {}}', "below 0"),
        (
            b'{"format": 1, "lineage": "x", "serial": true, "resources": {}, "outputs": 1, "secrets": null}',
            "serial is not",
        ),
        (
            b'{"format": 1, "lineage": "x", "serial": 1, "resources": [], "outputs": {}, "secrets": {}, "more": 1}',
            "more is",
        ),
    ],
)
def test_what_is_no_state(data: bytes, said: str) -> None:
    with pytest.raises(Failed) as error:
        push(data)
    assert any(said in finding.detail for finding in error.value.findings), error.value.findings


@pytest.mark.parametrize(
    ("changed", "path"),
    [
        ({"address": "nope"}, "resources[0].address"),
        ({"address": "data.git.x"}, "resources[0].address"),
        ({"address": "module.m.value.a"}, "resources[0].address"),
        ({"address": 'value.a["\ud800"]'}, "resources[0].address"),
        ({"address": "value.a" + "[" * 100_000 + "]" * 100_000}, "resources[0].address"),
        ({"spec": {"x": nested(900)}}, "resources[0].spec.x[0]"),
        ({"spec": []}, "resources[0].spec"),
        ({"spec": {"x": {"$reign": "secret", "template": "", "hash": "", "key_id": ""}}}, "resources[0].spec.x.cipher"),
        ({"spec": {"x": [{"$reign": "odd"}]}}, 'resources[0].spec.x[0]["$reign"]'),
        ({"tainted": "yes"}, "resources[0].tainted"),
        ({"schema_version": 2**63}, "resources[0].schema_version"),
        ({"depends_on": [1]}, "resources[0].depends_on[0]"),
        ({"lifecycle": {"on_destroy": "burn"}}, "resources[0].lifecycle.on_destroy"),
        ({"schema_version": True}, "resources[0].schema_version"),
        ({"conection": ""}, "resources[0].conection"),
        ({"external_id": None}, "resources[0].external_id"),
    ],
)
def test_what_is_wrong_is_told_with_its_path(changed: dict[str, Any], path: str) -> None:
    whole = {"address": "value.a", "connection": "value", "external_id": "x", "spec": {}, "outputs": {}, **changed}
    document = {"format": 1, "lineage": "x", "serial": 1, "resources": [whole], "outputs": {}, "secrets": {}}
    with pytest.raises(Failed) as error:
        push(text(document))
    assert [finding.path for finding in error.value.findings] == [path]
    assert changed.keys() & {"address", "depends_on", "spec"} or faults("state-pull", document) != []


def test_one_address_in_two_ways_is_there_twice() -> None:
    each = {"connection": "value", "external_id": "x", "spec": {}, "outputs": {}}
    both = [{**each, "address": address} for address in ('value.a["b"]', 'value.a["\\u0062"]')]
    document = {"format": 1, "lineage": "x", "serial": 1, "resources": both, "outputs": {}, "secrets": {}}
    with pytest.raises(Failed) as error:
        push(text(document))
    assert [finding.path for finding in error.value.findings] == ["resources[1].address"]


# What is protected


def test_what_is_protected_does_not_slip_out(shop: Folder) -> None:
    """By no way but its own: applying `prevent_destroy: false`, or `removed` with `unprotect`."""

    def is_refused(resources: str, head: str = "") -> None:
        shop.write(resources, HEAD + head)
        with pytest.raises(Refused) as error:
            shop.apply()
        assert {finding.code for finding in error.value.findings} == {"plan/protected"}

    others = RESOURCES.replace("  kept: {type: value, spec: {value: 1}, lifecycle: {prevent_destroy: true}}\n", "")
    is_refused(others)
    is_refused(others, "removed: [{from: kept}]\n")
    is_refused(others, "removed: [{from: kept, destroy: false}]\n")
    with pytest.raises(Refused, match="state/protected"):
        operate(shop.where, remove(["kept"]), lambda _: None)
    operate(shop.where, move("kept", "dead"), lambda _: None)
    is_refused(others)
    is_refused(RESOURCES)
    with pytest.raises(Refused, match="state/protected"):
        operate(shop.where, remove(["dead"]), lambda _: None)
    shop.write(RESOURCES.replace("kept:", "dead:"), HEAD)
    assert shop.actions() == {}
    shop.write(others, HEAD + "removed: [{from: dead, destroy: false, unprotect: it has served}]\n")
    assert shop.apply().status == "completed"
    assert "value.dead" not in {str(address) for address in state(shop.where).resources}


def test_nothing_is_imported_over_what_is_there(shop: Folder) -> None:
    from reign.app.nouns import Taking

    def yes(_: Planned) -> None:
        pass

    request = ApplyRequest(command="import", taking=Taking("local.file.b", "other"))
    (shop.path / "other").write_text("x")
    with pytest.raises(Failed, match="plan/import-managed"):
        apply(shop.where, request, yes, lambda _: None, Cancel())
