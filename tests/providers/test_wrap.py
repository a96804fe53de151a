"""What each wrapper adds, seen from outside: on the in-memory world, which counts what reached it."""

from collections.abc import Iterator

import pytest

from reign.model.address import Address
from reign.model.errors import ErrorKind, ProviderError
from reign.model.redact import Masks
from reign.model.resource import Observation, Resource, Retry, Snapshot
from reign.model.values import Spec
from reign.ports import Call, Connection, Site, Wanted, heard, say
from reign.providers.memory import Fault, Memory, World
from reign.providers.wrap import Recording, Redacting, Retrying, Timing

SITE = Site("/p", "/p", "/p/.reign", "ours")
PASSING = ProviderError(ErrorKind.TRANSIENT, "Busy", "Try later.")
DENIED = ProviderError(ErrorKind.DENIED, "No", "You may not.")


def call(deadline_s: float = 60.0) -> Call:
    return Call("op", Connection("memory"), SITE, deadline_s=deadline_s)


def item(name: str) -> Resource:
    address = Address("memory.item", name)
    return Resource(address, Memory().normalize("memory.item", {"name": name}), "memory")


def wanted(*names: str) -> list[Wanted]:
    return [Wanted(item(name).address, item(name)) for name in names]


class Patience:
    """A clock that pauses move."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pauses: list[float] = []

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds


def retrying(world: World, patience: Patience, attempts: int = 3) -> Retrying:
    retry = Retry(attempts=attempts, initial_s=1.0, backoff=2.0, max_s=3.0, jitter="none")
    return Retrying(Memory(world), retry, patience.pause, lambda: patience.now)


def test_of_a_batch_only_those_that_failed_are_asked_again() -> None:
    world, patience = World(), Patience()
    world.inject(Fault("observe", PASSING, name="b", times=2))
    world.inject(Fault("observe", DENIED, name="c"))
    seen = retrying(world, patience).observe(wanted("a", "b", "c"), call())
    assert [name for _, name in world.calls] == ["a", "b", "c", "b", "b"]
    assert patience.pauses == [1.0, 2.0]
    assert [seen[Address("memory.item", name)] for name in "ab"] == [None, None]
    assert seen[Address("memory.item", "c")] is DENIED


def test_it_gives_up_after_its_attempts_and_within_the_deadline() -> None:
    for deadline, attempts, tried in ((60.0, 5, 5), (2.5, 5, 2), (0.5, 5, 1)):
        world, patience = World(), Patience()
        world.inject(Fault("observe", PASSING, times=99))
        seen = retrying(world, patience, attempts).observe(wanted("a"), call(deadline))
        assert isinstance(seen[Address("memory.item", "a")], ProviderError)
        assert len(world.calls) == tried
        assert patience.now < deadline
    assert patience.pauses == []


@pytest.mark.parametrize("kind", [kind for kind in ErrorKind if kind not in ("transient", "throttled")])
def test_only_passing_errors_are_tried_again(kind: ErrorKind) -> None:
    world, patience = World(), Patience()
    world.inject(Fault("ready", ProviderError(kind, "No"), times=99))
    with pytest.raises(ProviderError):
        retrying(world, patience).ready("memory.item", Observation("memory.item/a", {}, {}), call())
    assert len(world.calls) == 1


def test_ready_is_asked_again() -> None:
    world, patience = World(), Patience()
    world.inject(Fault("ready", PASSING, times=2))
    assert retrying(world, patience).ready("memory.item", Observation("memory.item/a", {}, {}), call()).status == "done"
    assert len(world.calls) == 3


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_write_is_never_repeated(when: str) -> None:
    world, patience = World(), Patience()
    provider = retrying(world, patience)
    world.inject(Fault("create", PASSING, when))
    with pytest.raises(ProviderError):
        provider.create(item("a"), call())
    assert world.calls == [("create", "a")]
    assert len(world.things) == (1 if when == "after" else 0)


def test_what_the_system_says_is_masked_everywhere() -> None:
    world = World()
    provider = Redacting(Memory(world), Masks(["hunter2!"]))
    said = ProviderError(ErrorKind.FAULT, "No", "password hunter2! is wrong (aHVudGVyMiE=)", "drop hunter2!")
    for verb in ("create", "observe", "check", "ready"):
        world.inject(Fault(verb, said))
    with pytest.raises(ProviderError) as raised:
        provider.create(item("a"), call())
    told = [str(raised.value), raised.value.fix, str(provider.check(call()))]
    seen = provider.observe(wanted("a"), call())[Address("memory.item", "a")]
    assert isinstance(seen, ProviderError)
    told += [str(seen), seen.fix, repr(seen)]
    with pytest.raises(ProviderError) as raised:
        provider.ready("memory.item", Observation("memory.item/a", {}, {}), call())
    assert raised.value.__cause__ is None
    told.append(repr(raised.value))
    assert all("hunter2" not in text and "aHVud" not in text for text in told)
    assert "(sensitive)" in told[0]


class Talking(Memory):
    """Says what it was given."""

    def create(self, desired: Resource, call: Call) -> Observation:
        say("with password hunter2!", "hunter2!")
        return super().create(desired, call)


def test_what_a_provider_says_is_masked_on_its_way() -> None:
    told: list[tuple[str, str]] = []
    provider = Redacting(Talking(World()), Masks(["hunter2!"]))
    with heard(lambda text, doing: told.append((text, doing))):
        provider.create(item("a"), call())
        say("afterwards")
    provider.create(item("b"), call())
    assert told == [("with password (sensitive)", "(sensitive)"), ("afterwards", "")]


class Described(Memory):
    """Writes lines, and is described."""

    def logs(self, prior: Snapshot, call: Call, lines: int, follow: bool) -> Iterator[str]:
        yield "a"
        yield "hunter2!"
        if follow:
            raise ProviderError(ErrorKind.MISSING, "Gone", "hunter2! is gone")

    def inspect(self, prior: Snapshot, call: Call) -> Spec:
        return {"env": ["A=hunter2!"], "n": 1}


def test_what_a_system_shows_is_masked() -> None:
    prior = Snapshot(Address("memory.item", "a"), "memory", "memory.item/a", {}, {})
    provider = Redacting(Described(World()), Masks(["hunter2!"]))
    assert list(provider.logs(prior, call(), 10, follow=False)) == ["a", "(sensitive)"]
    with pytest.raises(ProviderError, match=r"\(sensitive\) is gone"):
        list(provider.logs(prior, call(), 10, follow=True))
    assert provider.inspect(prior, call()) == {"env": ["A=(sensitive)"], "n": 1}


def test_who_has_nothing_to_show_says_so() -> None:
    prior = Snapshot(Address("memory.item", "a"), "memory", "memory.item/a", {}, {})
    provider = Redacting(Memory(World()), Masks())
    with pytest.raises(ProviderError, match="writes no logs"):
        list(provider.logs(prior, call(), 10, follow=False))
    with pytest.raises(ProviderError, match="description of its own"):
        provider.inspect(prior, call())


def test_every_call_is_timed_with_how_it_ended() -> None:
    told: list[Timing] = []
    ticks = iter(range(100))
    world = World()
    provider = Recording(Memory(world), told.append, lambda: float(next(ticks)))
    world.inject(Fault("create", DENIED))
    with pytest.raises(ProviderError):
        provider.create(item("a"), call())
    provider.observe(wanted("a"), call())
    assert told == [Timing("memory", "create", "op", 1.0, "denied"), Timing("memory", "observe", "op", 1.0)]
