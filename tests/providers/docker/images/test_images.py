"""`docker.image` on a real engine, with a real registry."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from reign.model.address import Address
from reign.model.errors import ErrorKind, ProviderError
from reign.model.values import Spec
from reign.ports import heard
from tests.providers.docker.images.conftest import World

if TYPE_CHECKING:
    from tests.services.registry import Registry

pytestmark = pytest.mark.docker
App = Callable[[], Spec]


@pytest.fixture
def signed_in(registry: Registry, tmp_path: Path, world: World) -> Registry:
    registry.configuration(tmp_path / "docker")
    return registry


@pytest.fixture
def held(signed_in: Registry, world: World, app: App) -> Iterator[str]:
    """The name of an image that the registry has, and the engine has not."""
    name = f"{signed_in.host}/{world.engine.name}/held:1"
    made = world.create({"name": name, **app(), "push": True}, "held")
    world.docker.delete(made, world.call)
    yield name


# Built


def test_what_is_built_carries_the_mark_and_is_seen_again(world: World, app: App) -> None:
    spec = app()
    made = world.create(spec)
    name = f"{world.engine.name}-web:latest"
    assert (made.external_id, made.outputs["name"], made.outputs["digest"]) == (name, name, None)
    assert world.read(name, "/app/index.html") == b"hello"
    labels = world.engine.api.inspect_image(name)["Config"]["Labels"]
    assert (labels["reign.address"], labels["reign.key"]) == ("docker.image.web", "key-1")
    seen = world.look(made, spec)
    assert (seen.owned, seen.found, seen.spec["current"]) == (True, False, True)
    assert seen.spec["context_sha256"] == made.spec["context_sha256"]
    assert seen.outputs == made.outputs


def test_a_build_says_what_it_does(world: World, app: App) -> None:
    said: list[tuple[str, str]] = []
    with heard(lambda text, doing: said.append((text, doing))):
        world.create(app())
    assert {word for _, word in said} == {"building"}
    assert any("FROM scratch" in text for text, _ in said)


def test_an_unchanged_context_builds_the_same_image_and_a_changed_one_another(world: World, app: App) -> None:
    first = world.create(app())
    assert world.update(first, app()).outputs["id"] == first.outputs["id"]
    world.write("app/index.html", "changed")
    assert world.resource(app()).spec["context_sha256"] != first.spec["context_sha256"]
    second = world.update(first, app())
    assert second.outputs["id"] != first.outputs["id"]
    assert world.read(second.external_id, "/app/index.html") == b"changed"
    assert world.engine.api.inspect_image(second.external_id)["Config"]["Labels"]["reign.key"] == "key-1"
    assert len(world.engine.images()) == 1, "the one before is gone"


def test_a_create_whose_answer_was_lost_makes_no_second_one(world: World, app: App) -> None:
    first = world.create(app())
    assert world.look(None, app(), key="key-1").owned
    assert world.create(app()).outputs == first.outputs
    with pytest.raises(ProviderError) as refused:
        world.create(app(), key="key-other")
    assert refused.value.kind is ErrorKind.CONFLICT


def test_what_others_built_is_not_taken_over(world: World, app: App) -> None:
    name = f"{world.engine.name}-web:latest"
    world.engine.api.tag("reign-tests/plain:1", name)
    seen = world.look(None, app())
    assert not seen.owned
    with pytest.raises(ProviderError) as refused:
        world.create(app())
    assert refused.value.kind is ErrorKind.CONFLICT
    assert "import" in refused.value.fix


def test_what_is_built_upon_one_of_ours_is_not_ours(world: World, app: App) -> None:
    made = world.create(app())
    other = f"{world.engine.name}-other:1"
    world.write("by-hand/Dockerfile", f"FROM {made.external_id}\n")
    for _ in world.engine.api.build(path=str(world.folder / "by-hand"), tag=other):
        pass
    marked = world.docker._kind("docker.image").marked(*_engine(world))  # type: ignore[attr-defined]
    assert [each.name for each in marked] == [made.external_id]
    assert not world.look(None, {"name": other, **app()}).owned


def test_a_name_that_leads_elsewhere_by_now_is_found(world: World, app: App) -> None:
    made = world.create(app())
    world.engine.api.tag("reign-tests/plain:1", made.external_id)
    assert not world.look(made, app()).owned
    for act in (lambda: world.update(made, app()), lambda: world.docker.delete(made, world.call)):
        with pytest.raises(ProviderError) as refused:
            act()
        assert refused.value.kind is ErrorKind.CONFLICT


def test_a_build_that_fails_shows_its_last_lines(world: World, app: App) -> None:
    world.write("app/Dockerfile", "FROM reign-tests/plain:1\nRUN echo it went wrong here; exit 3\n")
    with pytest.raises(ProviderError) as failed:
        world.create(app())
    assert (failed.value.kind, failed.value.summary) == (ErrorKind.INVALID, "Build failed")
    assert "it went wrong here" in failed.value.detail
    assert world.engine.images() == []


@pytest.mark.parametrize("line", ["FROM scratch\nCOPY nothing /", "FROM scratch AS a\nFROM reign-tests-none AS c"])
def test_a_dockerfile_that_is_wrong_is_invalid(world: World, app: App, line: str) -> None:
    world.write("app/Dockerfile", line)
    with pytest.raises(ProviderError) as failed:
        world.create(app())
    assert failed.value.kind in (ErrorKind.INVALID, ErrorKind.DENIED, ErrorKind.MISSING, ErrorKind.TRANSIENT)
    assert failed.value.fix


@pytest.mark.parametrize("needs", ["", "RUN --mount=type=tmpfs,target=/t true\n"])
def test_a_line_of_a_dockerfile_that_is_wrong_is_shown(world: World, app: App, needs: str) -> None:
    world.write("app/Dockerfile", f"FROM reign-tests/plain:1\n{needs}FORM x\n")
    with pytest.raises(ProviderError) as failed:
        world.create(app())
    if failed.value.summary == "BuildKit cannot be used":
        pytest.skip(failed.value.detail)
    assert (failed.value.kind, failed.value.summary) == (ErrorKind.INVALID, "Build failed")
    assert f"app/Dockerfile:{2 + bool(needs)}: FORM x" in failed.value.detail


def test_a_context_that_changed_since_the_plan_is_not_built(world: World, app: App) -> None:
    desired = world.resource(app())
    world.write("app/index.html", "changed since")
    with pytest.raises(ProviderError) as refused:
        world.docker.create(desired, world.call)
    assert (refused.value.kind, refused.value.fix) == (ErrorKind.CONFLICT, "Plan again.")
    assert world.engine.images() == []


def test_every_key_that_changes_a_build_has_its_effect(world: World, app: App) -> None:
    world.write(
        "beside.Dockerfile",
        "FROM reign-tests/plain:1 AS first\nARG V=none\nRUN echo $V $(cat /etc/hosts | grep db) $(ulimit -n) "
        "$(df -k /dev/shm | tail -1) > /told\nFROM first AS second\nRUN echo no > /told\n",
    )
    build: Spec = {
        "context": "app",
        "dockerfile": "../beside.Dockerfile",
        "args": {"V": "given"},
        "labels": {"org.example.a": "b"},
        "target": "first",
        "extra_hosts": {"db": "10.9.8.7"},
        "ulimits": {"nofile": 77},
        "shm_size": "1m",
        "network": "none",
        "no_cache": True,
        "platforms": ["linux/amd64"],
        "tags": [f"{world.engine.name}-more:1"],
    }
    made = world.create({"build": build})
    told = world.read(made.external_id, "/told").decode().split()
    assert told[:4] == ["given", "10.9.8.7", "db", "77"]
    assert "1024" in told
    found = world.engine.api.inspect_image(f"{world.engine.name}-more:1")
    assert found["Id"] == made.outputs["id"]
    assert found["Config"]["Labels"]["org.example.a"] == "b"


def test_an_inline_dockerfile_is_no_part_of_what_is_copied(world: World, app: App) -> None:
    spec: Spec = {"build": {"context": "app", "dockerfile_inline": "FROM scratch\nCOPY . /app/\n"}}
    made = world.create(spec)
    assert world.read(made.external_id, "/app/index.html") == b"hello"
    with pytest.raises(Exception, match=r"404|No such|Could not find"):
        world.read(made.external_id, "/app/.dockerignore")


def test_a_build_secret_is_in_no_layer_and_no_argument(world: World, app: App) -> None:
    world.write("token.txt", b"in-a-file")
    world.write(
        "app/Dockerfile",
        "FROM reign-tests/plain:1\nRUN --mount=type=secret,id=a --mount=type=secret,id=b "
        "cat /run/secrets/a /run/secrets/b | sha256sum > /told\n",
    )
    secrets: Spec = {"a": {"value": "canary-5e3d"}, "b": {"file": "token.txt"}}
    try:
        made = world.create({"build": {"context": "app", "secrets": secrets}})
    except ProviderError as error:
        if error.summary == "BuildKit cannot be used":
            pytest.skip(error.detail)
        raise
    import hashlib

    told = world.read(made.external_id, "/told").decode().split()
    assert told[0] == hashlib.sha256(b"canary-5e3din-a-file").hexdigest()
    api = world.engine.api
    assert "canary-5e3d" not in str(api.inspect_image(made.external_id)) + str(api.history(made.external_id))
    seen = world.look(made)
    assert seen.owned


# Names


def test_more_names_come_and_go(world: World, app: App) -> None:
    one, two = (f"{world.engine.name}-{word}:1" for word in ("one", "two"))
    made = world.create({**app(), "tags": [one]})
    assert world.look(made).spec["tags"] == [one]
    changed = world.update(made, {**app(), "tags": [two]})
    assert changed.outputs["id"] == made.outputs["id"]
    assert sorted(world.engine.api.inspect_image(two)["RepoTags"]) == sorted([made.external_id, two])
    world.engine.api.remove_image(two)
    assert world.look(changed).spec["tags"] == []
    assert world.update(changed, {**app(), "tags": [two]}).spec["tags"] == [two]


def test_a_name_of_others_is_not_taken(world: World, app: App) -> None:
    taken = f"{world.engine.name}-taken:1"
    world.engine.api.tag("reign-tests/plain:1", taken)
    with pytest.raises(ProviderError) as refused:
        world.create({**app(), "tags": [taken]})
    assert (refused.value.kind, refused.value.summary) == (ErrorKind.CONFLICT, "Name of an image taken")


# Gone


def test_what_is_built_goes_and_going_twice_is_no_error(world: World, app: App) -> None:
    made = world.create({**app(), "tags": [f"{world.engine.name}-more:1"]})
    world.docker.delete(made, world.call)
    assert world.look_or_none(made) is None
    assert world.engine.images() == []
    world.docker.delete(made, world.call)
    with pytest.raises(ProviderError) as refused:
        world.update(made, app())
    assert refused.value.kind is ErrorKind.MISSING


def test_what_is_to_be_kept_stays(world: World, app: App) -> None:
    made = world.create({**app(), "keep": True})
    world.docker.delete(made, world.call)
    assert world.look(made).owned


def test_an_image_in_use_is_not_removed_under_its_container(world: World, app: App) -> None:
    made = world.create(app())
    container = world.engine.api.create_container(made.external_id, ["/x"], labels={"t": world.engine.name})["Id"]
    with pytest.raises(ProviderError) as refused:
        world.docker.delete(made, world.call)
    assert (refused.value.kind, refused.value.summary) == (ErrorKind.CONFLICT, "Image in use")
    assert container[:12] in refused.value.detail


# Pulled, pushed


def test_an_image_is_pulled_and_stays_on_destroy(world: World, held: str) -> None:
    made = world.create({"name": held})
    assert str(made.outputs["reference"]).startswith(f"{held.removesuffix(':1')}@sha256:")
    seen = world.look(made, {"name": held})
    assert (seen.owned, seen.spec["current"]) == (True, True)
    world.docker.delete(made, world.call)
    assert world.look_or_none(made) is not None
    world.docker.delete(replace(made, spec={**made.spec, "keep": False}), world.call)
    assert world.look_or_none(made) is None


def test_what_is_there_already_is_found_and_belongs_to_whoever_names_it(world: World, held: str) -> None:
    world.create({"name": held})
    seen = world.look(None, {"name": held})
    assert (seen.owned, seen.found) == (True, True)
    assert not world.look(None, {"name": held}, key="key-1").found
    assert world.create({"name": held}, first=True).found


def test_by_digest_it_is_exactly_that_one(world: World, held: str) -> None:
    digest = world.create({"name": held}).outputs["digest"]
    world.engine.api.remove_image(held)
    exact = f"{held.removesuffix(':1')}@{digest}"
    made = world.create({"name": exact})
    assert (made.external_id, made.outputs["reference"]) == (exact, exact)
    world.docker.delete(replace(made, spec={**made.spec, "keep": False}), world.call)
    assert world.look_or_none(made) is None


def test_a_tag_that_moved_at_the_registry_is_seen_by_who_wants_the_newest(world: World, held: str, app: App) -> None:
    made = world.create({"name": held, "pull_policy": "always"})
    world.write("app/index.html", "newer")
    newer = world.create({"name": f"{world.engine.name}-newer", **app(), "tags": [held + "x"]}, "newer")
    world.engine.api.tag(str(newer.outputs["id"]), held)
    for _ in world.engine.api.push(held, stream=True, auth_config=_auth(world)):
        pass
    world.engine.api.tag(str(made.outputs["id"]), held)
    assert world.look(made, {"name": held}).spec["current"]
    assert not world.look(made, {"name": held, "pull_policy": "always"}).spec["current"]
    again = world.update(made, {"name": held, "pull_policy": "always"})
    assert again.outputs["id"] == newer.outputs["id"]
    assert not world.look(made, {"name": held}).spec["current"], "a tag that moved on the engine"


def test_what_is_pushed_is_at_the_registry_and_is_missed_there(world: World, held: str, app: App) -> None:
    made = world.create({"name": held, "push": True, **app()})
    assert world.look(made, {"name": held, "push": True, **app()}).spec["push"] is True
    world.write("app/index.html", "another")
    made = world.update(made, {"name": held, "push": True, **app()})
    assert [each["Id"] for each in world.engine.images()] == [made.outputs["id"]], "also one that was pushed goes"
    gone = held.replace(":1", ":gone")
    world.engine.api.tag(str(made.outputs["id"]), gone)
    fake = replace(made, external_id=gone)
    assert world.look(fake, {"name": gone, "push": True, **app()}).spec["push"] is False


def test_looked_up_at_the_registry_and_on_the_engine(world: World, held: str) -> None:
    spec = world.docker.normalize("data.docker.image", {"name": held})
    at_registry = world.docker.look_up("data.docker.image", spec, world.call)
    with pytest.raises(ProviderError) as refused:
        world.docker.look_up("data.docker.image", {**spec, "source": "engine"}, world.call)
    assert refused.value.kind is ErrorKind.MISSING
    made = world.create({"name": held})
    on_engine = world.docker.look_up("data.docker.image", {**spec, "source": "engine"}, world.call)
    assert at_registry["digest"] == on_engine["digest"] == made.outputs["digest"]
    assert at_registry["reference"] == on_engine["reference"] == made.outputs["reference"]


# What goes wrong


def test_a_wrong_password_is_denied(world: World, registry: Registry, held: str, tmp_path: Path, app: App) -> None:
    registry.configuration(tmp_path / "docker", "wrong")
    specs: list[Spec] = [{"name": held}, {"name": held + "x", **app(), "push": True}]
    for spec in specs:
        with pytest.raises(ProviderError) as refused:
            world.create(spec)
        assert refused.value.kind is ErrorKind.DENIED
        assert f"docker login {registry.host}" in refused.value.fix
        assert registry.password not in str(refused.value)


def test_an_image_that_no_registry_has(world: World, signed_in: Registry) -> None:
    with pytest.raises(ProviderError) as refused:
        world.create({"name": f"{signed_in.host}/nobody/nothing:9"})
    assert (refused.value.kind, refused.value.summary) == (ErrorKind.MISSING, "Image not found")


def test_a_registry_that_is_down(world: World, app: App) -> None:
    specs: list[Spec] = [
        {"name": "127.0.0.1:9/a:1"},
        {"name": f"127.0.0.1:9/{world.engine.name}:1", **app(), "push": True},
    ]
    for spec in specs:
        with pytest.raises(ProviderError) as refused:
            world.create(spec)
        assert refused.value.kind is ErrorKind.TRANSIENT


def test_what_is_never_pulled_must_be_there(world: World) -> None:
    with pytest.raises(ProviderError) as refused:
        world.create({"name": f"{world.engine.name}/x:1", "pull_policy": "never"})
    assert refused.value.kind is ErrorKind.MISSING


# Taken over


def test_an_import_takes_a_name_or_an_id(world: World, app: App) -> None:
    name = f"{world.engine.name}-web:latest"
    world.engine.api.tag("reign-tests/plain:1", name)
    address = Address("docker.image", "web")
    taken = world.docker.adopt(address, f"docker.io/library/{name}", world.call)
    assert (taken.external_id, taken.owned) == (name, True)
    prior = replace(world.held(world.resource({"name": name}), taken), create_key="")
    assert world.look(prior, {"name": name, **app()}).owned, "its mark comes with its first build"
    built = world.update(prior, {"name": name, **app()})
    assert world.look(built).owned
    with pytest.raises(ProviderError) as refused:
        world.docker.adopt(address, "nobody/nothing", world.call)
    assert refused.value.kind is ErrorKind.INVALID


def _engine(world: World):  # type: ignore[no-untyped-def]
    from reign.providers.docker.engine import engine_of

    return engine_of(world.call), world.call


def _auth(world: World) -> dict[str, str]:
    import base64
    import json

    told = json.loads((world.folder.parent / "docker" / "config.json").read_text())["auths"]
    user, _, password = base64.b64decode(next(iter(told.values()))["auth"]).decode().partition(":")
    return {"username": user, "password": password}
