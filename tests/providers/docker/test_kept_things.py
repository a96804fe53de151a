"""Networks and volumes on a real engine: made, looked at, found again, removed; and whose they are."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from reign.model.address import Address
from reign.model.errors import ErrorKind, ProviderError
from reign.model.values import Spec
from reign.ports import Marked
from reign.providers.docker.marks import ADDRESS, KEY, LINEAGE
from tests.providers.docker.acting import Acting
from tests.services.between import CREATES, Between
from tests.services.engine import Engine

pytestmark = pytest.mark.docker

TYPES = ("docker.network", "docker.volume")


@pytest.fixture
def acting(engine: Engine, tmp_path: Path) -> Acting:
    return Acting(engine.name, tmp_path, engine.address, lineage=f"{engine.name}-lineage")


@pytest.fixture(params=TYPES)
def address(request: pytest.FixtureRequest) -> Address:
    return Address(request.param, "it")


def stranger(engine: Engine, address: Address, name: str, labels: dict[str, str] | None = None) -> str:
    """Make one that is nobody's: its id."""
    if address.type == "docker.volume":
        return str(engine.api.create_volume(name, labels=labels)["Name"])
    return str(engine.api.create_network(name, labels=labels)["Id"])


def remove(engine: Engine, address: Address, id: str) -> None:
    (engine.api.remove_volume if address.type == "docker.volume" else engine.api.remove_network)(id)


def count(engine: Engine, address: Address) -> int:
    return len(engine.volumes() if address.type == "docker.volume" else engine.networks())


FULL: dict[str, Spec] = {
    "docker.network": {
        "driver": "bridge",
        "driver_opts": {"com.docker.network.bridge.enable_icc": False},
        "ipam": {
            "config": [
                {"subnet": "fd00:9:1::/64"},
                {"subnet": "10.213.7.0/24", "ip_range": "10.213.7.128/25", "gateway": "10.213.7.1",
                 "aux_addresses": {"printer": "10.213.7.9"}},
            ]
        },
        "internal": True,
        "attachable": True,
        "enable_ipv6": True,
        "labels": ["a=b", "empty"],
    },
    "docker.volume": {
        "driver_opts": {"type": "tmpfs", "device": "tmpfs", "o": "size=1m"},
        "labels": {"a": "b", "n": 1, "on": True},
    },
}  # fmt: skip


def test_what_was_made_is_seen_as_it_was_declared(acting: Acting, address: Address, engine: Engine) -> None:
    for spec in (FULL[address.type], {**FULL[address.type], "name": f"{engine.name}-own"}):
        known = acting.create(address, spec)
        seen = acting.seen(address, spec, known)
        assert seen is not None
        assert seen.owned
        assert (seen.spec, seen.outputs, seen.external_id) == (known.spec, known.outputs, known.external_id)
        acting.provider.delete(known, acting.call("op-2"))
        assert acting.seen(address, spec, known) is None


def test_the_default_name_is_of_project_and_block(acting: Acting, address: Address, engine: Engine) -> None:
    known = acting.create(address, {})
    assert known.outputs["name"] == f"{engine.name}-it"
    assert "name" not in known.spec
    first = acting.create(replace(address, name="other"), {}, key="abcdef12", first=True)
    assert first.outputs["name"] == f"{engine.name}-other-abcd"


def test_a_second_create_with_the_same_key_is_the_first(acting: Acting, address: Address, engine: Engine) -> None:
    known, again = acting.create(address, {}), acting.create(address, {})
    assert again.external_id == known.external_id
    with pytest.raises(ProviderError) as raised:
        acting.create(address, {}, key="op-2")
    assert raised.value.kind is ErrorKind.CONFLICT
    assert count(engine, address) == 1


def test_a_create_whose_answer_is_lost_is_found_by_its_mark(
    acting: Acting, address: Address, engine: Engine, between: Between
) -> None:
    lossy = replace(acting, host=between.address)
    assert lossy.seen(address, {}) is None
    between.break_at(CREATES[address.type], 1, "after", "cut")
    with pytest.raises(ProviderError) as raised:
        lossy.create(address, {})
    assert raised.value.kind is ErrorKind.TRANSIENT
    assert raised.value.summary == "Connection to the engine cut"
    found = lossy.seen(address, {}, key="op-1")
    assert found is not None
    assert found.owned
    assert lossy.create(address, {}).external_id == found.external_id
    assert count(engine, address) == 1


def test_an_engine_that_says_nothing_is_a_timeout(acting: Acting, address: Address, between: Between) -> None:
    lossy = replace(acting, host=between.address)
    lossy.seen(address, {})
    between.break_at(CREATES[address.type], 1, "after", "withheld", 30.0)
    desired = lossy.resource(address, {})
    with pytest.raises(ProviderError) as raised:
        lossy.provider.create(desired, lossy.call(deadline_s=0.5))
    assert raised.value.kind is ErrorKind.TIMEOUT
    between.mend()


def test_another_key_is_not_what_was_lost(acting: Acting, address: Address) -> None:
    acting.create(address, {}, key="op-1")
    found = acting.seen(address, {}, key="op-2")
    assert found is not None
    assert not found.owned


def test_what_others_made_is_a_conflict_and_can_be_taken_over(acting: Acting, address: Address, engine: Engine) -> None:
    name = f"{engine.name}-it"
    made = stranger(engine, address, name)
    seen = acting.seen(address, {})
    assert seen is not None
    assert not seen.owned
    with pytest.raises(ProviderError) as raised:
        acting.create(address, {})
    assert raised.value.kind is ErrorKind.CONFLICT
    assert f"reign import {address} {name}" in raised.value.fix
    taken = acting.provider.adopt(address, name, acting.call("op-3"))
    assert taken.external_id == made
    known = replace(_known(acting, address), external_id=made, outputs=taken.outputs)
    now = acting.seen(address, {}, known)
    assert now is not None
    assert now.owned
    acting.provider.delete(known, acting.call("op-4"))
    assert count(engine, address) == 0


def _known(acting: Acting, address: Address):  # type: ignore[no-untyped-def]
    from reign.model.resource import Snapshot

    return Snapshot(address, "docker", "", acting.resource(address, {}).spec, {})


def test_what_took_the_place_of_something_taken_over_is_not_ours(
    acting: Acting, address: Address, engine: Engine
) -> None:
    name = f"{engine.name}-it"
    made = stranger(engine, address, name)
    taken = acting.provider.adopt(address, name, acting.call("op-3"))
    outputs = (
        {**taken.outputs, "created_at": "2001-01-01T00:00:00Z"} if "created_at" in taken.outputs else taken.outputs
    )
    known = replace(_known(acting, address), external_id=made, outputs=outputs)
    remove(engine, address, made)
    stranger(engine, address, name)
    seen = acting.seen(address, {}, known)
    assert seen is not None
    assert not seen.owned


def test_what_another_state_made_is_not_ours_to_remove(acting: Acting, address: Address, engine: Engine) -> None:
    known = acting.create(address, {})
    other = replace(acting, lineage=f"{engine.name}-other")
    seen = other.seen(address, {}, known)
    assert seen is not None
    assert not seen.owned
    with pytest.raises(ProviderError) as raised:
        other.provider.delete(known, other.call("op-2"))
    assert raised.value.kind is ErrorKind.CONFLICT
    assert count(engine, address) == 1


def test_everything_that_carries_the_mark_is_told(acting: Acting, address: Address, engine: Engine) -> None:
    known = acting.create(address, {}, key="op-7")
    stranger(engine, address, f"{engine.name}-strange")
    provider = acting.provider
    assert isinstance(provider, Marked)
    found = [each for each in provider.marked(acting.call()) if each.type == address.type]
    assert [(each.external_id, each.address, each.key) for each in found] == [(known.external_id, str(address), "op-7")]


@pytest.fixture
def copied(engine: Engine, acting: Acting, address: Address) -> Iterator[dict[str, str]]:
    """The mark of what stands at `address`, as somebody could copy it."""
    yield {LINEAGE: acting.lineage, ADDRESS: str(address), KEY: "op-1"}


def test_a_change_from_outside_is_seen(
    acting: Acting, address: Address, engine: Engine, copied: dict[str, str]
) -> None:
    """Nothing of them can be changed but by removing them and making them anew, mark and all."""
    known = acting.create(address, {"labels": {"a": "b"}})
    remove(engine, address, known.external_id)
    stranger(engine, address, f"{engine.name}-it", {**copied, "a": "c"})
    seen = acting.seen(address, {"labels": {"a": "b"}}, known)
    assert seen is not None
    assert seen.owned
    assert seen.spec["labels"] == {"a": "c"}


def test_what_is_in_use_is_not_removed(acting: Acting, address: Address, engine: Engine) -> None:
    from tests.services.engine import PLAIN

    known = acting.create(address, {})
    name = str(known.outputs["name"])
    binds = engine.api.create_host_config(
        binds=[f"{name}:/data"] if address.type == "docker.volume" else None,
        network_mode="none" if address.type == "docker.volume" else name,
        init=True,
    )
    made = engine.api.create_container(PLAIN, ["sleep", "60"], name=f"{engine.name}-user", host_config=binds)
    engine.api.start(made["Id"])
    with pytest.raises(ProviderError) as raised:
        acting.provider.delete(known, acting.call("op-2"))
    assert raised.value.kind is ErrorKind.CONFLICT
    assert raised.value.summary in ("Network in use", "Volume in use")


def test_a_subnet_that_another_network_has_is_a_conflict(acting: Acting) -> None:
    pool: Spec = {"ipam": {"config": [{"subnet": "10.214.0.0/24"}]}}
    acting.create(Address("docker.network", "one"), pool)
    with pytest.raises(ProviderError) as raised:
        acting.create(Address("docker.network", "two"), pool)
    assert (raised.value.kind, raised.value.summary) == (ErrorKind.CONFLICT, "Subnet taken")


def test_a_driver_that_the_engine_has_not_is_invalid(acting: Acting, address: Address) -> None:
    with pytest.raises(ProviderError) as raised:
        acting.create(address, {"driver": "no-such-driver"})
    assert (raised.value.kind, raised.value.summary) == (ErrorKind.INVALID, "No such driver on the engine")


def test_a_key_that_the_engine_is_too_old_for_is_invalid(acting: Acting, engine: Engine) -> None:
    if tuple(map(int, engine.api.version()["ApiVersion"].split("."))) >= (1, 47):
        pytest.skip("this engine knows it")
    with pytest.raises(ProviderError) as raised:
        acting.create(Address("docker.network", "it"), {"enable_ipv4": False})
    assert raised.value.kind is ErrorKind.INVALID


def test_they_are_looked_up_by_name(acting: Acting, address: Address, engine: Engine) -> None:
    from reign.ports import Lookup

    name = f"{engine.name}-shared"
    stranger(engine, address, name, {"a": "b"})
    provider = acting.provider
    assert isinstance(provider, Lookup)
    told = provider.look_up(f"data.{address.type}", {"name": name}, acting.call())
    assert (told["name"], told["labels"]) == (name, {"a": "b"})
    with pytest.raises(ProviderError) as raised:
        provider.look_up(f"data.{address.type}", {"name": "no-such-thing"}, acting.call())
    assert raised.value.kind is ErrorKind.MISSING


def test_many_are_told_by_one_request(acting: Acting, address: Address, between: Between) -> None:
    from reign.ports import Wanted

    lossy = replace(acting, host=between.address)
    lossy.seen(address, {})
    between.mend()
    wanted = [
        Wanted(Address(address.type, f"n{n}"), lossy.resource(Address(address.type, f"n{n}"), {})) for n in range(9)
    ]
    lossy.provider.observe(wanted, lossy.call())
    assert len(between.asked()) == 1
