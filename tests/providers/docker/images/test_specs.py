"""The spec of an image: every key of a Compose build is taken, or refused with words of its own."""

from __future__ import annotations

from typing import Any

import pytest

from reign.model.errors import InvalidSpec, Problem
from reign.model.values import Sensitive, Unknown
from reign.providers.docker.specs.image import IMAGE
from reign.providers.registry import Registry

EVERY_KEY: Any = {
    "context": "app",
    "dockerfile": "Dockerfile.prod",
    "args": ["V=1", "W=a=b"],
    "labels": {"org.example.team": "web", "org.example.flag": True},
    "target": "final",
    "tags": ["b:1", "a:1", "b:1"],
    "cache_from": ["a:0"],
    "no_cache": True,
    "pull": True,
    "network": "none",
    "extra_hosts": {"db": "10.0.0.1", "both": ["10.0.0.2", "::1"]},
    "shm_size": "131072kb",
    "ulimits": {"nofile": 64, "nproc": {"soft": 1, "hard": 2}},
    "platforms": ["Linux/AMD64"],
    "isolation": "default",
    "secrets": {"a": {"value": "x"}, "b": {"file": "b.txt"}},
    "ssh": ["default", "other=/k"],
    "privileged": False,
    "provenance": False,
    "sbom": "false",
}


def problems(spec: Any) -> list[Problem]:
    with pytest.raises(InvalidSpec) as refused:
        IMAGE.normalize(spec)
    return list(refused.value.problems)


def test_every_key_of_a_build_in_its_long_form() -> None:
    found = IMAGE.normalize({"build": EVERY_KEY})
    assert found["build"] == {
        "context": "app",
        "dockerfile": "Dockerfile.prod",
        "args": {"V": "1", "W": "a=b"},
        "labels": {"org.example.team": "web", "org.example.flag": "true"},
        "target": "final",
        "tags": ["a:1", "b:1"],
        "cache_from": ["a:0"],
        "no_cache": True,
        "pull": True,
        "network": "none",
        "extra_hosts": ["both:10.0.0.2", "both:::1", "db:10.0.0.1"],
        "shm_size": "128m",
        "ulimits": {"nofile": {"soft": 64, "hard": 64}, "nproc": {"soft": 1, "hard": 2}},
        "platforms": ["linux/amd64"],
        "isolation": "default",
        "secrets": {"a": {"value": "x"}, "b": {"file": "b.txt"}},
        "ssh": {"default": "", "other": "/k"},
    }
    assert IMAGE.normalize(found) == found


def test_a_text_is_the_context() -> None:
    found = IMAGE.normalize({"build": "./app"})["build"]
    assert isinstance(found, dict)
    assert found["context"] == "./app"


@pytest.mark.parametrize(
    ("spec", "code", "path"),
    [
        ({}, "spec/required", ("name",)),
        ({"name": "A"}, "docker/image-name", ("name",)),
        ({"name": "a", "push": True}, "docker/image", ("push",)),
        ({"name": "a", "push": True, "tags": ["b"]}, "docker/image", ("push",)),
        ({"name": "a", "push": True, "build": "."}, "docker/image", ("push",)),
        ({"push": True, "build": "."}, "docker/image", ("push",)),
        ({"name": "a", "pull_policy": "every_2d"}, "docker/pull-policy", ("pull_policy",)),
        ({"name": "a", "pull_policy": "sometimes"}, "spec/invalid-value", ("pull_policy",)),
        ({"name": "a", "platform": "Linux AMD"}, "docker/platform", ("platform",)),
        ({"name": "a", "tags": [f"a@sha256:{'0' * 64}"]}, "docker/image-name", ("tags", 0)),
        ({"name": f"a@sha256:{'0' * 64}", "build": "."}, "docker/image", ("name",)),
        ({"build": ".", "pull_policy": "always"}, "docker/image", ("pull_policy",)),
        ({"build": {"additional_contexts": {"a": "b"}}}, "docker/build-key", ("build", "additional_contexts")),
        ({"build": {"cache_to": ["x"]}}, "docker/build-key", ("build", "cache_to")),
        ({"build": {"no_cache_filter": "x"}}, "docker/build-key", ("build", "no_cache_filter")),
        ({"build": {"entitlements": ["x"]}}, "docker/build-key", ("build", "entitlements")),
        ({"build": {"privileged": True}}, "docker/build-key", ("build", "privileged")),
        ({"build": {"provenance": "max"}}, "docker/build-key", ("build", "provenance")),
        ({"build": {"sbom": True}}, "docker/build-key", ("build", "sbom")),
        ({"build": {"platforms": ["linux/amd64", "linux/arm64"]}}, "docker/build-key", ("build", "platforms")),
        ({"build": {"args": ["V"]}}, "docker/build-arg", ("build", "args")),
        ({"build": {"args": {"V": None}}}, "docker/build-arg", ("build", "args")),
        ({"build": {"labels": {"reign.key": "x"}}}, "docker/reserved-label", ("build", "labels")),
        ({"build": {"secrets": ["token"]}}, "docker/build-secret", ("build", "secrets")),
        ({"build": {"secrets": {"a b": {"value": "x"}}}}, "docker/build-secret", ("build", "secrets")),
        ({"build": {"secrets": {"a": {}}}}, "spec/one-of", ("build", "secrets", "a")),
        ({"build": {"dockerfile": "a", "dockerfile_inline": "b"}}, "spec/one-of", ("build",)),
        ({"build": {"shm_size": "much"}}, "docker/size", ("build", "shm_size")),
        ({"build": {"dockerfil": "x"}}, "spec/unknown-key", ("build", "dockerfil")),
    ],
)
def test_what_is_refused_says_where_and_what_to_do(spec: Any, code: str, path: Any) -> None:
    (problem,) = problems(spec)
    assert (problem.code, problem.path) == (code, path)
    assert problem.detail.endswith(".")
    assert problem.fix or code == "spec/invalid-value"


def test_what_is_not_known_yet_stays_in_its_place() -> None:
    late = Unknown(("docker.network.a.id",))
    found = IMAGE.normalize({"name": late, "tags": [late, "a"], "build": {"args": {"V": late}, "labels": late}})
    assert (found["name"], found["tags"]) == (late, ["a:latest", late])
    assert isinstance(found["build"], dict)
    assert found["build"]["args"] == {"V": late}
    assert found["build"]["labels"] == late
    assert IMAGE.normalize(found) == found


def test_what_is_made_anew_is_another_image_and_tells_nothing_of_its_secrets() -> None:
    schema = IMAGE.schema()
    anew = {name for name, output in schema.outputs.items() if "context_sha256" in (output.follows or ())}
    assert anew == {"id", "digest", "reference", "size_bytes"}
    secret = {"token": {"value": Sensitive("canary")}}
    spec = Registry().normalize("docker.image", {"build": {"context": ".", "secrets": secret}})
    assert schema.sensitive_outputs(spec) == frozenset()
    assert schema.sensitive_outputs({**spec, "name": Sensitive("canary")}) == {"name"}
