"""The spec of a container to the engine and back, without an engine: nothing is lost, and everything is told."""

from typing import Any

import pytest

from reign.model.values import Spec, Unknown
from reign.providers.docker.containers.reading import declared, undefaulted
from reign.providers.docker.containers.spec import CONTAINER, ContainerSpec
from tests.providers.docker.containers.acting import differing, echoed, normal
from tests.providers.docker.containers.samples import NEVER_TOLD, SAMPLES

FURNISHED: dict[str, Any] = {
    "Config": {
        "Env": ["PATH=/bin", "FROM_IMAGE=yes"],
        "Labels": {"org.example.brought": "by-image"},
        "ExposedPorts": {"9000/tcp": {}},
        "Volumes": {"/image-data": {}},
        "User": "app",
        "WorkingDir": "/srv",
        "Entrypoint": ["/bin/sh", "-c"],
        "Cmd": ["sleep 1"],
        "Healthcheck": {"Test": ["CMD", "true"], "Interval": 1_000_000_000},
    }
}


def test_every_key_has_samples() -> None:
    told = {name for name, field in CONTAINER.schema().fields.items() if not field.computed}

    assert told == SAMPLES.keys() | NEVER_TOLD


@pytest.mark.parametrize("name", SAMPLES)
def test_a_key_comes_back_as_it_went(name: str) -> None:
    for value in SAMPLES[name]:
        spec = normal({name: value})

        assert declared(echoed(spec), spec) == spec


@pytest.mark.parametrize("name", SAMPLES)
def test_a_change_of_it_is_told_of_it_alone(name: str) -> None:
    recorded, changed = (normal({name: value}) for value in SAMPLES[name])

    assert differing(recorded, declared(echoed(changed), recorded)) == {name}


@pytest.mark.parametrize("name", SAMPLES)
def test_what_the_image_brings_is_nobodys_wish(name: str) -> None:
    spec = normal({name: SAMPLES[name][0]})

    assert declared(echoed(spec, FURNISHED), spec) == spec


def test_what_the_image_brings_too_may_be_declared() -> None:
    spec = normal(
        {
            "environment": {"FROM_IMAGE": "yes"},
            "labels": {"org.example.brought": "by-image"},
            "expose": ["9000"],
            "volumes": ["/image-data"],
            "healthcheck": {"test": ["CMD", "true"]},
            "command": [],
        }
    )

    assert differing(spec, declared(echoed(spec, FURNISHED), spec)) == set()


def test_of_an_image_that_is_gone_only_what_is_declared_is_told() -> None:
    spec = normal({"environment": {"A": "1"}})
    look = echoed(spec, FURNISHED)

    assert declared(type(look)(look.raw, None), spec)["environment"] == {"A": "1"}


def test_variables_of_files_and_of_the_spec_are_told_apart() -> None:
    spec = normal({"environment": {"A": "1"}, "file_environment": {"A": "0", "B": "2"}})
    look = echoed(spec)

    assert declared(look, spec) == spec
    look.raw["Config"]["Env"][:] = ["A=1", "B=3"]
    assert differing(spec, declared(look, spec)) == {"file_environment"}


def test_an_import_takes_over_what_somebody_chose() -> None:
    spec = normal({"environment": {"A": "1"}, "restart": "always", "ports": ["8080:80"], "privileged": True})

    taken = undefaulted(echoed(spec, FURNISHED))

    assert {name: taken[name] for name in ("environment", "restart", "ports", "privileged")} == {
        name: spec[name] for name in ("environment", "restart", "ports", "privileged")
    }
    assert "tty" not in taken
    assert "cap_add" not in taken


def test_what_is_not_known_yet_stays_in_place() -> None:
    spec = normal(
        {
            "image": Unknown(("docker.image.web.id",)),
            "networks": [Unknown(("docker.network.front.name",)), "back"],
            "environment": ["A=1", Unknown(("docker.network.front.id",))],
            "ports": [{"target": 80, "published": Unknown(("value.port.value",))}],
            "mem_limit": Unknown(("value.much.value",)),
        }
    )

    assert spec["networks"] == [{"name": "back"}, {"name": Unknown(("docker.network.front.name",))}]
    assert spec["environment"] == Unknown(("docker.network.front.id",))
    assert spec["ports"] == [{"target": 80, "published": Unknown(("value.port.value",)), "protocol": "tcp"}]
    assert CONTAINER.normalize(spec) == spec


def test_what_is_not_known_yet_keeps_nothing_from_being_told() -> None:
    spec = normal({"networks": [Unknown(("n",))], "environment": Unknown(("e",)), "volumes": [Unknown(("v",))]})
    there: Spec = normal({"networks": ["front"], "environment": {"A": "1"}, "volumes": ["data:/data"]})

    seen = declared(echoed(there), spec)

    assert seen["networks"] == there["networks"]
    assert seen["environment"] == {"A": "1"}
    assert seen["volumes"] == there["volumes"]


def test_refused_keys_are_none_that_there_are() -> None:
    assert not ContainerSpec.refusals.keys() & ContainerSpec.model_fields.keys()
