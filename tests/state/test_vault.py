"""What is sensitive is written so that only its own key, lineage and place open it again."""

from __future__ import annotations

import json
import os
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reign.model.address import parse_address
from reign.model.codec import decode, encode
from reign.model.errors import Failed
from reign.model.event import EventKind, OutputValue
from reign.model.resource import Snapshot
from reign.model.values import Secret, Sensitive, Value, reveal, to_json
from reign.state import read
from reign.state.key import key_id
from reign.state.layout import Layout
from reign.state.seal import seal, unseal
from reign.state.segment import segment_paths
from reign.state.vault import KeyVault
from tests.state.conftest import event, intent, made, result, snapshot, started, write
from tests.state.test_seal import a_plan

CANARY = "hunter2-canary"
KEY = {"REIGN_KEY": "k" * 32}


def secretive(address: str = "docker.container.web") -> Snapshot:
    """A snapshot with something sensitive in every part that may hold it."""
    return replace(
        snapshot(address),
        spec={"env": {"DB": Sensitive(f"postgres://u:{CANARY}@h", "postgres://u:${secret.db}@h"), "PLAIN": "x"}},
        outputs={"all": [1, Sensitive({"password": CANARY, "n": [None, 1.5, True]})]},
        settings={"password": Sensitive(CANARY, "${secret.db}")},
    )


def vault(layout: Layout, lineage: str = "l", environ: dict[str, str] | None = None) -> KeyVault:
    return KeyVault(layout, KEY if environ is None else environ, lineage)


def secrets_in(data: Any) -> list[dict[str, Any]]:
    """Every written `Secret` in some JSON."""
    if isinstance(data, list):
        return [found for item in data for found in secrets_in(item)]
    if not isinstance(data, dict):
        return []
    own = [data] if data.get("$reign") == "secret" else []
    return own + [found for item in data.values() for found in secrets_in(item)]


def write_state(layout: Layout, environ: dict[str, str] | None = None) -> Snapshot:
    """A state that holds ciphers: of a resource, of an output and of a generated secret."""
    keeper = vault(layout, environ=environ)
    held = keeper.encrypt(secretive())
    generated = to_json(keeper.encrypt(Sensitive(CANARY, "${secret.made}")))  # type: ignore[type-var]
    output = keeper.encrypt(OutputValue(Sensitive(CANARY), sensitive=True))
    address = str(held.address)
    write(
        layout,
        [
            [started()],
            [event(EventKind.SECRET, serial=1, name="made", value=generated), intent(address)],
            [result(address, snapshot=encode(held))],
            [event(EventKind.OUTPUTS, outputs={"url": encode(output)})],
        ],
        "l",
    )
    return secretive()


VALUES: st.SearchStrategy[Value] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)


@given(value=VALUES, template=st.text())
def test_what_was_encrypted_comes_back(value: Value, template: str) -> None:
    keeper = vault(Layout(Path("/nowhere")))
    kept = keeper.keep(OutputValue(Sensitive(value, template)))
    assert keeper.decrypt(decode(OutputValue, json.loads(json.dumps(encode(kept))))) == OutputValue(
        Sensitive(value, template)
    )
    assert keeper.encrypt(OutputValue(Sensitive(value, template))).value.template == ""  # type: ignore[union-attr]


@given(one=VALUES, other=VALUES)
def test_hashes_are_equal_where_the_values_are(one: Value, other: Value) -> None:
    keeper = vault(Layout(Path("/nowhere")))
    same = json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
    assert (keeper.hash(one) == keeper.hash(other)) is same
    assert keeper.hash(one) != vault(Layout(Path("/nowhere")), "another").hash(one)
    assert keeper.hash([Sensitive(one)]) == keeper.hash([one])


def test_the_state_comes_back_from_the_journal(layout: Layout) -> None:
    written = write_state(layout)
    state = read(layout)
    assert state.is_sealed
    opened = vault(layout).decrypt(state)
    (there,) = opened.resources.values()
    assert reveal(dict(there.spec)) == reveal(dict(written.spec))
    assert reveal(dict(there.outputs)) == reveal(dict(written.outputs))
    assert there.settings == {"password": Sensitive(CANARY)}
    assert opened.outputs["url"].value == Sensitive(CANARY)
    assert opened.secrets == state.secrets
    made_before: Value = state.secrets["made"]
    assert vault(layout).decrypt(made_before) == Sensitive(CANARY)


def test_a_snapshot_line_carries_secrets_and_what_was_found(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    found = replace(snapshot("shell.command.x"), found=True, unproven=True)
    with monkeypatch.context() as patch:
        patch.setattr("reign.state.journal.FORM", 1)
        write_state(layout)
        write(layout, [[intent("shell.command.x", "r2", 2), result("shell.command.x", "r2", snapshot=encode(found))]])
    before = read(layout)
    write(layout, [made("value.z", "r3", 3)])  # begins a segment, since the last one is in an older form
    assert len(segment_paths(layout.journal)) == 2
    after = read(layout)
    assert (after.secrets, after.is_sealed) == (before.secrets, True)
    assert after.resources[parse_address("shell.command.x")] == found
    assert vault(layout).decrypt(after).resources.keys() >= before.resources.keys()


def test_nothing_is_sealed_where_nothing_sensitive_is(layout: Layout) -> None:
    write(layout, [made("value.a", serial=1, value='{"$reign":"secret","cipher":"x"}')])
    assert not read(layout).is_sealed


def test_a_users_own_words_for_it_need_no_key(layout: Layout) -> None:
    write(layout, [made("value.a", serial=1)])
    own = replace(
        snapshot("value.a"), spec={"$reign": "secret", "template": "", "hash": "", "key_id": "", "cipher": "x"}
    )
    write(layout, [[result("value.a", "r2", snapshot=encode(own))]])
    state = read(layout)
    assert vault(layout, environ={}).decrypt(state) == state
    assert not layout.key.exists()
    seal(a_plan(), layout, {})
    assert layout.key.exists()


def test_what_is_moved_stays_readable(layout: Layout) -> None:
    keeper = vault(layout)
    moved = replace(keeper.encrypt(secretive()), address=parse_address("docker.container.other"))
    assert reveal(dict(keeper.decrypt(moved).spec)) == reveal(dict(secretive().spec))


def test_the_library_is_loaded_only_when_something_is_encrypted(layout: Layout) -> None:
    import subprocess
    import sys

    code = (
        "import sys; from reign.state.vault import KeyVault; from reign.state.layout import Layout; from pathlib import Path\n"
        "from reign.model.values import Sensitive; from reign.model.event import OutputValue, State\n"
        f"v = KeyVault(Layout(Path({str(layout.folder)!r})), {{'REIGN_KEY': 'k'}}, 'l')\n"
        "v.encrypt(OutputValue(1)); v.decrypt(State()); v.conceal(OutputValue(Sensitive(2)))\n"
        "print('cryptography' in sys.modules)\n"
        "v.encrypt(OutputValue(Sensitive(2))); print('cryptography' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]


# Keys ----------------------------------------------------------------------------------------------------------------


def refused(layout: Layout, environ: dict[str, str]) -> str:
    before = sorted(layout.root.rglob("*"))
    with pytest.raises(Failed) as raised:
        vault(layout, environ=environ).decrypt(read(layout))
    (finding,) = raised.value.findings
    assert "REIGN_KEY" in finding.detail + finding.fix
    assert ".reign/key" in finding.detail + finding.fix
    assert CANARY not in str(finding)
    assert sorted(layout.root.rglob("*")) == before, "nothing is made"
    return finding.code


def test_without_the_key_nothing_is_opened_and_none_is_made(layout: Layout) -> None:
    write_state(layout)
    assert refused(layout, {}) == "state/no-key"
    for use in (
        lambda: vault(layout, environ={}).hash(1),
        lambda: vault(layout, environ={}).encrypt(secretive()),
        lambda: seal(a_plan(), layout, {}),
    ):
        with pytest.raises(Failed) as raised:
            use()
        assert raised.value.findings[0].code == "state/no-key"
    assert not layout.key.exists()


def test_another_environments_ciphers_keep_the_key_from_being_made_anew(layout: Layout) -> None:
    write_state(Layout(layout.folder, "prod"))
    with pytest.raises(Failed) as raised:
        vault(Layout(layout.folder, "dev"), environ={}).hash(1)
    assert raised.value.findings[0].code == "state/no-key"


@pytest.mark.parametrize("environ", [{"REIGN_KEY": "another"}, {}])
def test_another_key_is_refused(layout: Layout, environ: dict[str, str]) -> None:
    write_state(layout)
    if not environ:
        layout.key.write_bytes(os.urandom(32).hex().encode())
    assert refused(layout, environ) == "state/other-key"


def test_the_key_of_the_project_is_made_private_when_something_is_first_encrypted(layout: Layout) -> None:
    write_state(layout, {})
    assert stat.S_IMODE(layout.key.stat().st_mode) == 0o600
    assert vault(layout, environ={}).decrypt(read(layout)).outputs["url"].value == Sensitive(CANARY)
    assert refused(layout, KEY) == "state/other-key"


# Tampering -----------------------------------------------------------------------------------------------------------


def tampered(keeper: KeyVault, noun: Snapshot) -> str:
    with pytest.raises(Failed) as raised:
        keeper.decrypt(noun)
    (finding,) = raised.value.findings
    assert CANARY not in str(finding)
    assert "docker.container.web" in finding.detail
    return finding.code


def test_a_cipher_opens_only_as_it_was_written_where_it_was_written(layout: Layout) -> None:
    keeper = vault(layout)
    held = keeper.encrypt(secretive())
    password = held.settings["password"]
    assert isinstance(password, Secret)
    flipped = replace(
        password, cipher=password.cipher[:-6] + ("A" if password.cipher[-6] != "A" else "B") + password.cipher[-5:]
    )
    for spec in (
        {"env": {"DB": password}},
        {"env": {"DB": flipped}},
        {"env": {"DB": replace(password, cipher="no base64!")}},
        {"env": {"DB": replace(password, cipher="AAAA")}},
    ):
        assert tampered(keeper, replace(held, spec=spec)) == "state/damaged-secret"
    with pytest.raises(Failed):
        vault(layout, "another lineage").decrypt(held)


# What is written -----------------------------------------------------------------------------------------------------


def test_a_plan_file_holds_templates_and_keyed_hashes_alone(layout: Layout) -> None:
    keeper = vault(layout, "l1")
    plan = a_plan()
    change = replace(plan.changes[0], prior=secretive(), after={"content": Sensitive(CANARY, "${secret.db}")})
    data = seal(keeper.conceal(replace(plan, changes=(change,))), layout, KEY)
    assert CANARY.encode() not in data
    found = secrets_in(json.loads(data))
    assert len(found) == 4
    assert all("cipher" not in each for each in found)
    back = unseal(data, layout, KEY).changes[0]
    assert back.after == {"content": Secret("${secret.db}", keeper.hash(CANARY), keeper.key_id)}


def test_the_store_keeps_no_cipher(layout: Layout) -> None:
    import duckdb

    write_state(layout)
    ciphers = [each["cipher"] for each in secrets_in([json.loads(line[9:]) for line in _lines(layout)])]
    assert len(ciphers) == 5
    with duckdb.connect(str(layout.store), read_only=True) as connection:
        told = str(
            [
                connection.execute(f"SELECT * FROM {table}").fetchall()
                for table in ("events", "resources", "resource_history")
            ]
        )
    assert '"hash"' in told
    assert '"cipher"' not in told
    assert not any(cipher in told for cipher in ciphers)


def _lines(layout: Layout) -> list[bytes]:
    return [line for path in segment_paths(layout.journal) for line in path.read_bytes().splitlines()]


def test_the_id_of_a_key_does_not_tell_it() -> None:
    assert len(key_id(b"k" * 32)) == 16
