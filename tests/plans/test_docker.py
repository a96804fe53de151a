"""The projects that stand in containers: visited, broken by hand, mended, changed and gone."""

import json
import urllib.request
from collections.abc import Callable, Iterator

import pytest

from tests.plans.conftest import Copy
from tests.services.engine import Engine

pytestmark = [pytest.mark.docker, pytest.mark.timeout(600)]
NOTHING = "No changes."


def ask(project: Copy, path: str, said: str | None = None) -> str:
    """What the page answers; `said` is posted to it."""
    data = None if said is None else said.encode()
    url = f"http://127.0.0.1:{project.environ['REIGN_VAR_port']}{path}"
    with urllib.request.urlopen(urllib.request.Request(url, data), timeout=20) as page:
        return str(page.read().decode())


def unchanged(project: Copy) -> None:
    again = project.reign("plan", "--detailed-exitcode")
    assert (again.code, NOTHING in again.out) == (0, True), again.out + again.err


def ids(engine: Engine) -> dict[str, str]:
    """Containers by the end of their names."""
    return {each["Names"][0].removeprefix(f"/{engine.name}-"): each["Id"] for each in engine.containers()}


# A web server: image, network, volume, container.


@pytest.fixture
def web(copy: Callable[[str], Copy], engine: Engine) -> Iterator[Copy]:
    project = copy("docker-web")
    project.done("apply", "--auto-approve")
    yield project
    project.done("destroy", "--auto-approve")
    assert not any([engine.containers(), engine.networks(), engine.volumes(), engine.images()])


def test_visits_outlive_every_container(web: Copy, engine: Engine) -> None:
    assert "Hello, visitor 1" in ask(web, "/cgi-bin/visits")
    before = ids(engine)
    web.environ["REIGN_VAR_greeting"] = "Welcome"
    planned = web.done("plan")
    assert "docker.container.web must be replaced" in planned
    web.done("apply", "--auto-approve")
    assert "Welcome, visitor 2" in ask(web, "/cgi-bin/visits")
    assert ids(engine)["web"] != before["web"]
    unchanged(web)


@pytest.mark.slow
def test_a_page_that_is_edited_is_built_and_served(web: Copy, engine: Engine) -> None:
    web.replace("site/www/index.html", "It works.", "It works better.")
    web.done("apply", "--auto-approve")
    assert "It works better." in ask(web, "/")
    unchanged(web)


@pytest.mark.slow
def test_what_is_stopped_or_removed_by_hand_is_found_and_mended(web: Copy, engine: Engine) -> None:
    engine.api.stop(ids(engine)["web"])
    assert "docker.container.web has changed" in web.done("plan")
    web.done("apply", "--auto-approve")
    ask(web, "/")
    engine.api.remove_container(ids(engine)["web"], force=True)
    assert "docker.container.web has been deleted" in web.done("plan")
    web.done("apply", "--auto-approve")
    ask(web, "/")
    unchanged(web)


# A guest book: three tiers from a compose file.


@pytest.fixture
def book(copy: Callable[[str], Copy], engine: Engine) -> Iterator[Copy]:
    project = copy("compose-app")
    project.done("apply", "--auto-approve")
    yield project
    project.done("destroy", "--auto-approve")
    assert not any([engine.containers(), engine.networks(), engine.volumes(), engine.images()])


def test_the_book_is_written_through_all_tiers(book: Copy, engine: Engine) -> None:
    assert ask(book, "/cgi-bin/book").splitlines() == ["Guest book", "Welcome to the guest book"]
    assert ask(book, "/cgi-bin/book", "I was here").splitlines()[-1] == "I was here"
    before = ids(engine)
    assert set(before) == {"store-1", "welcome-1", "api-1", "web-1"}
    engine.api.remove_container(before["api-1"], force=True)
    planned = book.done("plan")
    assert 'docker.container.book["api"] has been deleted' in planned
    book.done("apply", "--auto-approve")
    after = ids(engine)
    assert {name for name in before if before[name] != after[name]} == {"api-1"}
    assert ask(book, "/cgi-bin/book").splitlines()[-1] == "I was here"
    unchanged(book)


@pytest.mark.slow
def test_a_variable_of_the_env_file_replaces_what_uses_it(book: Copy, engine: Engine) -> None:
    before = ids(engine)
    book.replace(".env", "Guest book", "Visitors")
    book.done("apply", "--auto-approve")
    after = ids(engine)
    assert {name for name in before if before[name] != after[name]} == {"web-1"}
    assert ask(book, "/cgi-bin/book").splitlines()[0] == "Visitors"


@pytest.mark.slow
def test_compose_itself_sees_the_book(book: Copy, engine: Engine) -> None:
    labels = [each["Labels"] for each in engine.containers()]
    assert {each["com.docker.compose.project"] for each in labels} == {engine.name}
    assert {each["com.docker.compose.service"] for each in labels} == {"store", "welcome", "api", "web"}


@pytest.mark.slow
def test_the_password_between_the_tiers_stands_nowhere(book: Copy, engine: Engine) -> None:
    told = engine.api.inspect_container(ids(engine)["api-1"])["Config"]["Env"]
    [token] = [each.partition("=")[2] for each in told if each.startswith("TOKEN=")]
    assert len(token) == 32
    said = "".join(book.done(*words) for words in (("plan",), ("show", "--json"), ("sql", "from events", "-o", "json")))
    kept = b"".join(path.read_bytes() for path in (book.folder / ".reign").rglob("*") if path.is_file())
    assert token not in said
    assert token.encode() not in kept
    assert json.loads(book.done("output", "url", "--json"))
