"""The engine and the store in this process, imports excluded: what one operation costs, and one rebuild."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from statistics import median

from reign.analytics import query
from reign.app.clock import SystemClock
from reign.app.nouns import Where
from reign.app.plan import make_plan
from reign.app.workspace import open_workspace
from reign.execution.cancel import Cancel
from reign.execution.drive import drive
from reign.execution.executor import execute
from reign.execution.job import Job, Origin, Seams
from reign.execution.task import Outcome, Task
from reign.model.resource import Observation
from reign.model.schema import Schema
from reign.planning import Options
from reign.state.layout import Layout
from reign.state.lock import Owner
from reign.state.reader import fold_of
from reign.state.segment import last_segment
from reign.state.store import feed
from reign.state.writer import open_writer
from tests.bench.against import Bench
from tests.bench.graphs import Graph, write_reign
from tests.bench.rows import Row
from tests.bench.sides import Reign, bare_environ

OPERATIONS = 2_000
EVENTS = 100_000
RUNS = 5
OWNER = Owner(command="bench")


def engine(bench: Bench) -> Iterator[Row]:
    """One operation: scheduled, its intent journalled, a call on the pool that does nothing, its result journalled."""
    for shape in ("wide", "layers"):
        taken = [_run_operations(bench.scratch / f"engine-{shape}-{n}", shape) for n in range(bench.rounds)]
        yield Row(f"engine overhead of one operation, {shape}", median(taken) / OPERATIONS * 1000, 1, unit="ms")


def _run_operations(folder: Path, shape: str) -> float:
    """Seconds for a run of operations whose calls go over the pool and come back at once."""
    folder.mkdir()
    write_reign(Graph(shape, OPERATIONS), folder)
    where = Where(folder, environ=bare_environ(folder))
    space = open_workspace(where)

    def schema(type: str) -> Schema:
        return replace(space.schema(type), effects=True)

    seams = Seams(perform=answer, schema=schema, normalize=space.registry.normalize)
    plan = make_plan(where, Options()).plan
    with open_writer(space.layout, OWNER, 0, plan.basis.lineage) as writer:
        job = Job(plan, writer.state, space.site(plan.basis.lineage, plan.project, plan.env), Origin("bench"))
        pool = ThreadPoolExecutor(max_workers=10)
        try:
            started = time.perf_counter()
            drive(execute(job, seams, pool, SystemClock(), Cancel()), writer.journal, ())
            return time.perf_counter() - started
        finally:
            pool.shutdown()


def answer(task: Task) -> Outcome:
    """A provider's answer, at once."""
    assert task.desired is not None
    return Observation(task.address.text, task.desired.spec, {"value": task.desired.spec["value"]})


def rebuild(bench: Bench) -> Iterator[Row]:
    """The store made anew from a journal of 100,000 events: what a writer does when it is gone."""
    side = Reign(bench.scratch / "rebuild")
    for n in range(RUNS):
        side.folder.mkdir(exist_ok=True)
        write_reign(Graph("wide", EVENTS // RUNS // 2), side.folder, note=f"-{n}")
        side.apply()
    layout = Layout(side.folder)
    taken = [_rebuilt(layout) for _ in range(bench.rounds)]
    [[events]] = query(layout, "select count(*) from events").rows
    yield Row(f"store rebuilt from {events:,} events", median(taken), 1)


def _rebuilt(layout: Layout) -> float:
    """From a missing store to a whole one, as a writer does it: the journal checked and folded, then told into a new file."""
    layout.store.unlink()
    started = time.perf_counter()
    segment = last_segment(layout.journal)
    assert segment is not None
    told = feed(layout, fold_of(segment))
    seconds = time.perf_counter() - started
    if not told:
        raise RuntimeError("the store was not rebuilt")
    return seconds
