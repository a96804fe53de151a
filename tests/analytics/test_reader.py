"""The SQL contract, and that it tells the same whether the store, the journal or both are there to tell it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

import pytest

from reign.analytics import Table, ask, query, timeline
from reign.analytics.reader import open_views
from reign.model.codec import encode
from reign.model.errors import Failed
from reign.model.event import Event, EventKind
from reign.state.layout import Layout
from reign.state.store import connect
from reign.state.writer import Writer
from tests.state.conftest import (
    AT,
    asked,
    checkpoint,
    ended,
    event,
    intent,
    made,
    result,
    resumed,
    snapshot,
    started,
    whole_run,
    write,
)

AT_TEN = datetime(2026, 11, 20, 10)  # noqa: DTZ001 - as the answers have it

CONTRACT = """
| `runs` | run_id, project, env, command, status, started_at, finished_at, duration_s, actor, host, ci_url, git_sha, git_branch, config_digest, serial, added, changed, destroyed, failed, skipped, message |
| `phases` | run_id, name, status, started_at, finished_at, message |
| `operations` | run_id, op_id, address, type, provider, action, status, attempts, queued_s, started_at, finished_at, duration_s, error_kind, fingerprint, recovery, forecast_s, forecast_fail |
| `attempts` | op_id, n, started_at, duration_s, outcome, error_kind, message, fingerprint, strategy, wait_s |
| `resources` | address, type, provider, external_id, status, spec, outputs, depends_on, tainted, protected, created_run, updated_run, created_at, updated_at |
| `resource_history` | address, serial, run_id, action, spec, outputs, at |
| `checkpoints` | checkpoint_id, name, description, created_at, serial, resources, digest |
| `drift` | run_id, address, path, recorded, observed, seen_at |
| `findings` | run_id, code, severity, address, file, line, summary, status, resolved_at |
| `artifacts` | run_id, op_id, name, path, sha256, bytes, created_at |
| `interventions` | run_id, op_id, reason, status, created_at, resolved_at, resolved_by, note |
| `errors` | fingerprint, template, kind, type, first_seen, last_seen, occurrences |
| `solutions` | fingerprint, solution, origin, support, success_rate, created_at |
| `events` | run_id, seq, at, kind, address, op_id, data |
"""  # noqa: E501 - the table as documented
VIEWS = {name: columns.split(", ") for name, columns in re.findall(r"\| `(\w+)` \| (.*) \|", CONTRACT)}
ORDER = {"runs": "run_id", "events": "seq", "errors": "fingerprint", "resources": "address", "attempts": "op_id, n"}


def error(kind: str, summary: str) -> dict[str, str]:
    return {"kind": kind, "summary": summary, "detail": "", "fix": ""}


def history() -> list[list[Event]]:
    """Two runs: one that makes things, one in which everything else happens, cut into many batches."""
    second = [
        started("r2"),
        event(EventKind.PHASE_STARTED, "", "r2", name="execute"),
        event(EventKind.DRIFT, "value.a", "r2", path="value", recorded=1, observed=2),
        event(
            EventKind.FINDING,
            "value.a",
            "r2",
            code="x/y",
            severity="minor",
            summary="S",
            file="f",
            line=3,
            status="open",
        ),
        intent("value.a", "r2", 2, verb="delete"),
        result("value.a", "r2", verb="delete", snapshot=None),
        intent("value.a", "r2"),
        result("value.a", "r2", snapshot=encode(snapshot("value.a", value="again"))),
        intent("docker.container.c", "r2"),
        event(
            EventKind.RETRY, "docker.container.c", "r2", attempt=1, wait_s=1.5, error=error("transient", "no 17 'x'")
        ),
        intent("docker.container.c", "r2"),
        Event(
            EventKind.RESULT,
            "r2",
            AT,
            "r2-docker.container.c",
            "docker.container.c",
            data={
                **result("docker.container.c", "r2", outcome="failed").data,
                "error": error("fault", 'port 8080 taken by "web" deadbeef01'),
            },
        ),
        event(EventKind.SKIPPED, "value.d", "r2", action="create", because="docker.container.c"),
        event(
            EventKind.RECORDED,
            'value.m["x"]',
            "r2",
            action="move",
            snapshot=encode(snapshot('value.m["x"]')),
            previous="value.b",
        ),
        intent("value.e", "r2"),
        event(EventKind.PHASE_ENDED, "", "r2", name="execute", status="failed", message=""),
        ended("r2", "failed", failed=1, skipped=1, added=1, destroyed=1),
    ]
    third = [
        checkpoint("first", "r2"),
        checkpoint("second", "r2", serial=2),
        started("r3"),
        event(EventKind.PHASE_STARTED, "", "r3", name="execute"),
        intent("value.f", "r3", 3),
        intent("value.g", "r3"),
        ended("r3", "paused", added=1),
        asked("value.f", "r3"),
        event(EventKind.CHECKPOINT_DELETED, "", "r3", id="id of first"),
        asked("value.g", "r3"),
        asked("value.g", "r3", "resolved", by="ann", note="done"),
        result("value.g", "r3", snapshot=encode(snapshot("value.g")), recovery="person"),
        resumed("r3"),
        event(EventKind.PHASE_STARTED, "", "r3", name="execute"),
    ]
    return [*whole_run(), *([one] for one in (*second, *third))]


def everything(layout: Layout) -> dict[str, list[tuple[object, ...]]]:
    with connect() as connection:
        open_views(connection, layout)
        return {view: connection.execute(f"SELECT * FROM reign.{view} ORDER BY ALL").fetchall() for view in VIEWS}


@pytest.mark.parametrize("view", sorted(VIEWS))
def test_every_view_has_its_columns_in_order(layout: Layout, view: str) -> None:
    assert list(query(layout, f"SELECT * FROM reign.{view}").columns) == VIEWS[view]
    write(layout, history())
    answer = query(layout, f"SELECT * FROM {view}")
    assert list(answer.columns) == VIEWS[view]
    times = {
        name: type_
        for name, type_ in zip(answer.columns, answer.types, strict=True)
        if name.endswith(("_at", "_seen")) or name == "at"
    }
    assert set(times.values()) <= {"TIMESTAMP"}


def test_nothing_but_the_views_is_in_the_contract(layout: Layout) -> None:
    rows = query(layout, "SELECT view_name FROM duckdb_views() WHERE schema_name = 'reign'").rows
    assert {row[0] for row in rows} == set(VIEWS)


def test_every_view_and_column_says_what_it_means(layout: Layout) -> None:
    sql = "select {} from {} where schema_name = 'reign' and coalesce(comment, '') = ''"
    assert query(layout, sql.format("view_name", "duckdb_views()")).rows == ()
    assert query(layout, sql.format("table_name, column_name", "duckdb_columns()")).rows == ()


def test_what_is_told(layout: Layout) -> None:
    write(layout, history())
    at = datetime.fromisoformat(AT)
    runs = query(
        layout, "SELECT run_id, status, started_at, duration_s, serial, added, failed, actor FROM runs ORDER BY 1"
    )
    assert runs.rows == (
        ("r1", "completed", at, 2.5, 1, 2, 0, "ann"),
        ("r2", "failed", at, 2.5, 2, 1, 1, "ann"),
        ("r3", "paused", at, None, 3, 1, 0, "ann"),
    )
    operations = query(
        layout,
        "SELECT address, type, provider, action, status, attempts, duration_s, error_kind FROM operations "
        "WHERE run_id = 'r2' ORDER BY 1",
    )
    assert operations.rows == (
        ("docker.container.c", "docker.container", "docker", "create", "failed", 2, 0.5, "fault"),
        ("value.a", "value", "value", "delete", "completed", 1, 1.0, None),
        ("value.d", "value", "value", "create", "skipped", 0, None, None),
        ("value.e", "value", "value", "create", "unknown", 1, None, None),
        ('value.m["x"]', "value", "value", "move", "completed", 0, None, None),
    )
    attempts = query(
        layout, "SELECT n, outcome, error_kind, message, wait_s FROM attempts WHERE op_id LIKE '%docker%' ORDER BY n"
    )
    assert attempts.rows == (
        (1, "failed", "transient", "no 17 'x'", 1.5),
        (2, "failed", "fault", 'port 8080 taken by "web" deadbeef01', None),
    )
    errors = query(layout, "SELECT template, kind, type, occurrences FROM errors ORDER BY kind")
    assert errors.rows == (
        ("port * taken by * *", "fault", "docker.container", 1),
        ("no * *", "transient", "docker.container", 1),
    )
    resources = query(layout, "SELECT address, status, spec->>'value', depends_on, protected FROM resources ORDER BY 1")
    assert resources.rows == (
        ("value.a", "active", "again", [], False),
        ("value.g", "active", None, [], False),
        ('value.m["x"]', "active", None, [], False),
    )
    kept = query(
        layout,
        "SELECT address, serial, action, spec->>'value' FROM resource_history ORDER BY run_id, serial, address, 4",
    )
    assert kept.rows == (
        ("value.a", 1, "create", "r1 a"),
        ("value.b", 1, "create", "r1 b"),
        ("value.a", 2, "create", "again"),
        ("value.a", 2, "delete", None),
        ("value.b", 2, "move", None),
        ('value.m["x"]', 2, "move", None),
        ("value.g", 3, "create", None),
    )
    assert query(layout, "SELECT path, recorded, observed FROM drift").rows == (("value", "1", "2"),)
    assert query(layout, "SELECT code, line, status FROM findings").rows == (("x/y", 3, "open"),)
    assert query(layout, "SELECT status, name FROM phases ORDER BY run_id").rows == (
        ("completed", "execute"),
        ("failed", "execute"),
        ("pending", "execute"),
    )


def test_a_run_from_its_beginning_to_its_second_end(layout: Layout, writer: Callable[..., Writer]) -> None:
    opened, seen = writer(), []
    phase = event(EventKind.PHASE_STARTED, name="execute")
    for told in (started(), phase, ended(status="paused", added=1), resumed(), phase, ended(added=3)):
        opened.journal.append([told])
        seen += query(layout, "SELECT status, finished_at IS NULL, added, command FROM runs").rows
    assert seen == [
        ("planning", True, None, "apply"),
        ("executing", True, None, "apply"),
        ("paused", False, 1, "apply"),
        ("planning", True, 1, "apply"),
        ("executing", True, 1, "apply"),
        ("completed", False, 3, "apply"),
    ]


def test_a_run_that_was_killed_is_paused_for_who_reads_before_anybody_writes_that_down(
    layout: Layout, writer: Callable[..., Writer]
) -> None:
    opened = writer()
    opened.journal.append([started(), event(EventKind.PHASE_STARTED, name="execute"), intent("value.a", serial=1)])
    told = (
        "SELECT r.status, p.status, o.status FROM runs r JOIN phases p USING (run_id) JOIN operations o USING (run_id)"
    )
    assert query(layout, told).rows == (("executing", "in_progress", "running"),)
    opened.close()
    assert query(layout, told).rows == (("paused", "pending", "unknown"),)
    layout.store.unlink(missing_ok=True)
    assert query(layout, told).rows == (("paused", "pending", "unknown"),)


def test_checkpoints_and_questions(layout: Layout) -> None:
    write(layout, history())
    at = datetime.fromisoformat(AT)
    assert query(layout, "SELECT * FROM checkpoints").rows == (("id of second", "second", "", at, 2, 2, "h"),)
    answer = query(layout, "SELECT * EXCLUDE reason FROM interventions ORDER BY op_id").rows
    assert answer == (
        ("r3", "r3-value.f", "open", at, None, None, None),
        ("r3", "r3-value.g", "resolved", at, at, "ann", "done"),
    )
    assert query(layout, "SELECT address, recovery FROM operations WHERE recovery IS NOT NULL ORDER BY 1").rows == (
        ("value.f", "asked"),
        ("value.g", "person"),
    )


def test_equal_errors_have_one_fingerprint(layout: Layout) -> None:
    batches = []
    said = ("port 8080 of 'a' is taken by value.v0", "port 9090 of 'b' is taken by value.v1", "no route")
    for index, words in enumerate(said):
        told = result(f"value.v{index}", outcome="failed")
        told.data["error"] = error("fault", words)
        batches.append([intent(f"value.v{index}"), told])
    write(layout, batches)
    rows = query(layout, "SELECT occurrences, template FROM errors ORDER BY 1").rows
    assert rows == ((1, "no route"), (2, "port * of * is taken by *"))


def test_the_tail_behind_the_store_tells_the_same_as_a_store_that_was_fed(
    layout: Layout, tmp_path: object, writer: Callable[..., Writer]
) -> None:
    """Cut the history after every batch: what is in the store before the cut and in the tail after it is one."""
    batches = history()
    for cut in range(1, len(batches) + 1, 3):
        folder = layout.folder / f"cut{cut}"
        folder.mkdir()
        other = Layout(folder)
        write(other, batches[:cut], "l")
        store = other.store.read_bytes()
        write(other, batches[cut:], "l")
        fed = everything(other)
        other.store.write_bytes(store)
        behind = everything(other)
        other.store.unlink()
        alone = everything(other)
        for view in VIEWS:
            assert behind[view] == fed[view], (cut, view)
            assert alone[view] == fed[view], (cut, view)


def test_a_reader_beside_an_open_writer_sees_what_is_durable(layout: Layout, writer: Callable[..., Writer]) -> None:
    opened = writer()
    opened.journal.append([started()])
    assert query(layout, "SELECT status FROM runs").rows == (("planning",),)
    opened.journal.append(made("value.a", serial=1))
    assert query(layout, "SELECT address FROM resources").rows == (("value.a",),)
    assert query(layout, "SELECT status FROM operations").rows == (("completed",),)


def test_named_questions(layout: Layout) -> None:
    write(layout, history())
    assert [row[0] for row in ask(layout, "runs").rows] == ["r3", "r2", "r1"], (
        "as in the journal, whatever the clock said"
    )
    assert len(ask(layout, "runs", limit=1).rows) == 1
    (row,) = ask(layout, "run", run_id="r2").rows
    assert dict(zip(VIEWS["runs"], row, strict=True))["status"] == "failed"
    assert ask(layout, "run", run_id="none").rows == ()
    assert {row[1] for row in ask(layout, "operations", run_id="r2").rows} == {
        "docker.container.c",
        "value.a",
        "value.d",
        "value.e",
        'value.m["x"]',
    }
    assert {row[2] for row in ask(layout, "timeline", address="value.a").rows} == {"value.a"}
    assert len(ask(layout, "timeline").rows) == 9
    for name in ("runs", "timeline"):
        assert ask(layout, name, limit=10**24) == ask(layout, name)
    assert ask(layout, "run", run_id="\udcff").rows == ()
    with pytest.raises(TypeError):
        ask(layout, "runs", nothing=1)


@pytest.mark.parametrize(
    ("called", "addresses"),
    [
        ("value.m", {'value.m["x"]'}),
        ("m[x]", {'value.m["x"]'}),
        ('m["x"]', {'value.m["x"]'}),
        ("value.m[x]", {'value.m["x"]'}),
        ("container.c", {"docker.container.c"}),
        ("value.?", {"value.a", "value.b", "value.d", "value.e", "value.f", "value.g", 'value.m["x"]'}),
        ("*[x]", {'value.m["x"]'}),
        ("m[*]", {'value.m["x"]'}),
        ("[x]", set()),
        ("docker*", {"docker.container.c"}),
        ("x*", set()),
        ("m[y]", set()),
    ],
)
def test_a_timeline_is_of_what_is_called_so_though_it_be_gone(layout: Layout, called: str, addresses: set[str]) -> None:
    write(layout, history())
    assert {row[2] for row in timeline(layout, called).rows} == addresses
    assert timeline(layout, called, 10**24) == timeline(layout, called)
    assert len(timeline(layout, called, 1).rows) == bool(addresses)


def test_answers_and_refusals(layout: Layout) -> None:
    assert query(layout, "SELECT '\ud800'").rows == (("?",),)
    assert query(layout, "SELECT ? + 1 AS n", [41]) == Table(("n",), ("INTEGER",), ((42,),))
    assert query(layout, "SELECT 1; SELECT 2 AS b").rows == ((2,),)
    assert query(layout, "") == Table((), (), ())
    with pytest.raises(Failed) as caught:
        query(layout, "SELECT nothing FROM runs")
    assert caught.value.findings[0].code == "sql/not-answered"
    assert "nothing" in caught.value.findings[0].detail
    with pytest.raises(Failed) as caught:
        query(layout, "SELECT seq, at FROM events")
    assert 'written "at"' in caught.value.findings[0].fix
    assert query(layout, 'SELECT seq, "at" FROM events').rows == ()


def test_values_of_any_shape_are_kept(layout: Layout) -> None:
    """Half of a surrogate pair, zero, not a number, deep and long: nothing of it keeps the history from being read."""
    odd = {"half": "\ud800", "zero": "a\0b", "nan": float("nan"), "big": 10**30, "smile": "😀", "quote": "'\"\n"}
    write(layout, [[started()], made("value.a", serial=1, **odd)])
    assert query(layout, "SELECT spec->>'smile', spec->>'zero', spec->>'half' FROM resources").rows == (
        ("😀", "a\0b", "?"),
    )
    assert len(query(layout, "SELECT data FROM events").rows) == 3


SAME_NAMES = "SELECT 1 AS n, 2 AS n, 3 AS n_1, 4 AS N"


def test_columns_of_one_name_are_numbered_as_in_a_table(layout: Layout) -> None:
    with connect() as connection:
        connection.execute(f"CREATE TABLE numbered AS {SAME_NAMES}")
        names = tuple(row[0] for row in connection.execute("DESCRIBE numbered").fetchall())
    assert names == ("n", "n_1", "n_1_1", "N_2")
    assert query(layout, SAME_NAMES) == Table(names, ("INTEGER",) * 4, ((1, 2, 3, 4),))


NOON = "TIMESTAMPTZ '2026-11-20 12:00:00+02'"


@pytest.mark.parametrize(
    ("sql", "types", "row"),
    [
        (NOON, ("TIMESTAMP",), (AT_TEN,)),
        (
            f"{NOON} AS n, {NOON} AS n, 1 -- and so on\n; -- over",
            ("TIMESTAMP", "TIMESTAMP", "INTEGER"),
            (AT_TEN, AT_TEN, 1),
        ),
        (f"[{NOON}]", ("TIMESTAMP[]",), ([AT_TEN],)),
        (f"MAP {{'a': [{NOON}]}}", ("MAP(VARCHAR, TIMESTAMP[])",), ({"a": [AT_TEN]},)),
        (f"union_value(a := {NOON})", ("UNION(a TIMESTAMP)",), (AT_TEN,)),
        (
            f"""{{'TIMESTAMP WITH TIME ZONE': 1, 'a "b"': {NOON}}}""",
            ('STRUCT("TIMESTAMP WITH TIME ZONE" INTEGER, "a ""b""" TIMESTAMP)',),
            ({"TIMESTAMP WITH TIME ZONE": 1, 'a "b"': AT_TEN},),
        ),
        (f"CAST({NOON} AS VARCHAR)", ("VARCHAR",), ("2026-11-20 10:00:00+00",)),
        ("NULL::TIMESTAMPTZ", ("TIMESTAMP",), (None,)),
    ],
)
def test_a_time_with_a_zone_is_told_in_utc(
    layout: Layout, sql: str, types: tuple[str, ...], row: tuple[object, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    answer = query(layout, f"SELECT {sql}")
    assert (answer.types, answer.rows) == (types, (row,))


def test_times_with_a_zone_come_in_the_order_that_was_asked_for(layout: Layout) -> None:
    sql = "SELECT i, now() FROM range(5000) AS r(i) ORDER BY i DESC"
    assert [row[0] for row in query(layout, sql).rows] == list(range(4999, -1, -1))


def test_a_time_with_a_zone_in_a_variant_is_refused_with_a_way_out(layout: Layout) -> None:
    with pytest.raises(Failed) as caught:
        query(layout, "SELECT {'a': now()}::VARIANT")
    assert "time with a zone" in caught.value.findings[0].detail
    assert "Cast" in caught.value.findings[0].fix
