"""Plan files: what comes out is what went in, or nothing."""

from __future__ import annotations

import json
import random
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand

from reign.model.address import parse_address
from reign.model.errors import Failed, Stale
from reign.model.plan import Action, Basis, Change, OutputChange, Plan, Step
from reign.model.resource import Resource
from reign.model.values import Deferred, Unknown
from reign.state.key import find_key, subkey
from reign.state.layout import Layout
from reign.state.seal import seal, unseal
from tests.state.conftest import snapshot


def a_plan(lineage: str = "l1") -> Plan:
    address = parse_address('local.file.conf["x"]')
    change = Change(
        address,
        Action.CREATE,
        "local",
        after={"path": "x", "content": Unknown(("value.a.out",))},
        prior=snapshot('local.file.conf["x"]'),
        desired=Resource(address, {"content": Deferred("${resources.a.out}", "string")}, "local"),
    )
    return Plan(
        "shop",
        "",
        Basis(lineage, 3, "abc", False, "digest"),
        (change,),
        (Step("call", "create", address),),
        outputs=(OutputChange("url", "create", None, "http://x"),),
    )


@pytest.fixture
def sealed(layout: Layout) -> bytes:
    return seal(a_plan(), layout, {})


def test_what_comes_out_is_what_went_in(layout: Layout, sealed: bytes) -> None:
    assert unseal(sealed, layout, {}) == a_plan()
    assert json.loads(sealed)["plan"]["project"] == "shop"


def test_the_key_is_made_once_and_private(layout: Layout, sealed: bytes) -> None:
    key = layout.key.read_bytes()
    assert stat.S_IMODE(layout.key.stat().st_mode) == 0o600
    assert seal(a_plan(), layout, {}) == sealed
    assert layout.key.read_bytes() == key
    assert sorted(path.name for path in layout.root.iterdir()) == ["key"]


def test_environments_share_the_key(layout: Layout, sealed: bytes) -> None:
    assert unseal(sealed, Layout(layout.folder, "prod"), {}) == a_plan()


def test_a_key_in_the_environment_needs_no_file(layout: Layout) -> None:
    sealed = seal(a_plan(), layout, {"REIGN_KEY": "secret"})
    assert not layout.root.exists()
    assert unseal(sealed, layout, {"REIGN_KEY": "secret"}) == a_plan()
    for environ in ({}, {"REIGN_KEY": "other"}):
        with pytest.raises(Stale) as caught:
            unseal(sealed, layout, environ)
        assert caught.value.findings[0].code == "plan/other-key"
    assert not layout.root.exists()


def test_the_key_may_move_into_the_environment(layout: Layout, sealed: bytes) -> None:
    named = layout.key.read_text()
    layout.key.unlink()
    assert unseal(sealed, layout, {"REIGN_KEY": named}) == a_plan()


def test_reading_writes_nothing(layout: Layout, sealed: bytes) -> None:
    before = {path: path.stat().st_mtime_ns for path in [layout.root, *layout.root.rglob("*")]}
    unseal(sealed, layout, {})
    assert {path: path.stat().st_mtime_ns for path in [layout.root, *layout.root.rglob("*")]} == before


def test_cut_short_anywhere(layout: Layout, sealed: bytes) -> None:
    for cut in range(len(sealed)):
        with pytest.raises(Stale) as caught:
            unseal(sealed[:cut], layout, {})
        assert caught.value.findings[0].code in ("plan/cut-short", "plan/edited")


def test_one_bit_anywhere(layout: Layout, sealed: bytes) -> None:
    chance = random.Random(8)
    for at in range(len(sealed)):
        edited = bytearray(sealed)
        edited[at] ^= 1 << chance.randrange(8)
        with pytest.raises(Stale):
            unseal(bytes(edited), layout, {})


def test_written_anew_with_another_content(layout: Layout, sealed: bytes) -> None:
    told = json.loads(sealed)
    told["plan"]["basis"]["serial"] = 4
    for text in (json.dumps(told), json.dumps(told, indent=1), json.dumps(told, separators=(",", ":")) + "\n"):
        with pytest.raises(Stale) as caught:
            unseal(text.encode(), layout, {})
        assert caught.value.findings[0].code == "plan/edited"


def test_a_seal_is_for_its_lineage(layout: Layout, sealed: bytes) -> None:
    with pytest.raises(Stale):
        unseal(sealed.replace(b'"lineage":"l1"', b'"lineage":"l2"'), layout, {})


@pytest.mark.parametrize(
    "data", [b"version: 1\n", b"{}", b"[1]", b"\x00\xff", b"[" * 100_000, b'{"format_version":"1.2"}']
)
def test_no_plan_at_all(layout: Layout, data: bytes) -> None:
    with pytest.raises(Failed) as caught:
        unseal(data, layout, {})
    assert caught.value.findings[0].code == "plan/not-a-plan"


def test_a_plan_of_another_project_has_another_key(layout: Layout, sealed: bytes) -> None:
    other = Layout(layout.folder / "other")
    seal(a_plan(), other, {})
    with pytest.raises(Stale) as caught:
        unseal(sealed, other, {})
    assert caught.value.findings[0].code == "plan/other-key"


def test_keys_are_those_of_rfc_5869() -> None:
    """Against the implementation of a library, so that another program can make the same."""
    found = find_key(Layout(Path("/nowhere")), {"REIGN_KEY": "secret"})
    assert found is not None
    expanded = HKDFExpand(hashes.SHA256(), 32, b"reign/1/plan file/l1").derive(found)
    whole = HKDF(hashes.SHA256(), 32, b"reign/1/key", b"reign/1/plan file/l1").derive(b"secret")
    assert subkey(found, "plan file", "l1") == expanded == whole


def test_a_key_that_cannot_be_made(layout: Layout) -> None:
    layout.root.write_text("a file where the folder should be")
    with pytest.raises(Failed) as caught:
        seal(a_plan(), layout, {})
    assert caught.value.findings[0].code == "state/not-writable"
