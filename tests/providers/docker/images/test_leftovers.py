"""Images that lost their name to the next build: they go when nothing uses them, and only ours do."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from reign.model.address import Address
from reign.model.resource import Snapshot
from reign.model.values import Spec
from tests.providers.docker.images.conftest import World
from tests.services.engine import PLAIN, Engine

pytestmark = pytest.mark.docker
App = Callable[[], Spec]


@pytest.fixture
def running(world: World, app: App) -> Iterator[str]:
    """The id of a container by hand that holds the image from before the last build."""
    made = world.create(app())
    container = world.engine.api.create_container(made.external_id, ["/x"], labels={"t": world.engine.name})["Id"]
    rebuilt(world, made, app)
    yield container


def rebuilt(world: World, prior: Snapshot, app: App) -> Snapshot:
    world.write("app/index.html", f"{len(world.engine.images())} {prior.outputs['id']}")
    return world.update(prior, app())


def held(world: World, app: App) -> Snapshot:
    """What the state has of it by now."""
    desired = world.resource(app())
    seen = world.look(None, app(), key="key-1")
    return world.held(desired, seen)


def ids(engine: Engine) -> list[str]:
    return [each["Id"] for each in engine.images()]


def test_what_is_in_use_stays_and_goes_with_a_later_build(running: str, world: World, app: App) -> None:
    assert len(ids(world.engine)) == 2
    world.engine.api.remove_container(running)
    last = rebuilt(world, held(world, app), app)
    assert ids(world.engine) == [last.outputs["id"]]


def test_it_goes_with_the_last_name(running: str, world: World, app: App) -> None:
    world.engine.api.remove_container(running)
    world.docker.delete(held(world, app), world.call)
    assert ids(world.engine) == []


def test_what_a_build_left_that_was_cut_off_goes_with_the_next_create(world: World, app: App) -> None:
    """The engine had made the image and not named it yet; or it got the name, and lost it to the build that came after."""
    cut_off = world.create(app())
    world.engine.api.tag(PLAIN, cut_off.external_id)
    world.engine.api.remove_image(cut_off.external_id)
    assert ids(world.engine) == [cut_off.outputs["id"]]
    made = world.create(app(), key="key-2")
    assert ids(world.engine) == [made.outputs["id"]] != [cut_off.outputs["id"]]


@pytest.mark.parametrize("was_cut_off", [False, True])
def test_it_goes_with_the_container_of_ours_that_used_it(was_cut_off: bool, world: World, app: App) -> None:
    """Also where the container's delete was done, and its answer lost."""
    made = world.create({"build": {"context": "app", "dockerfile_inline": f"FROM {PLAIN}\nCOPY . /app/\n"}})
    address, spec = Address("docker.container", "job"), {"image": made.outputs["id"], "command": ["true"]}
    desired = world.container(address, {**spec, "network_mode": "none"})
    container = world.held(desired, world.docker.create(desired, world.call))
    last = rebuilt(world, made, app)
    assert len(ids(world.engine)) == 2
    if was_cut_off:
        world.engine.api.remove_container(container.external_id, force=True)
    world.docker.delete(container, world.call)
    assert ids(world.engine) == [last.outputs["id"]]


def test_what_somebody_built_upon_it_stays(world: World, app: App) -> None:
    made, other = world.create(app()), f"{world.engine.name}-other:1"
    world.write("by-hand/Dockerfile", f"FROM {made.external_id}\nLABEL a=b\n")
    for _ in world.engine.api.build(path=str(world.folder / "by-hand"), tag=other):
        pass
    theirs = world.engine.api.inspect_image(other)["Id"]
    world.engine.api.tag(PLAIN, other)  # theirs has no name any more, and still our labels
    rebuilt(world, made, app)
    assert world.engine.api.inspect_image(theirs)
