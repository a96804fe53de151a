"""`reign sql` reads state and history, and nothing else: no file, no network, no setting, no write (bars.md, S9)."""

from __future__ import annotations

from pathlib import Path

import pytest

from reign.analytics import query
from reign.analytics.reader import open_views
from reign.model.errors import Failed
from reign.state.layout import Layout
from reign.state.store import connect
from tests.state.conftest import whole_run, write

ATTEMPTS = [
    "COPY (SELECT 1) TO '{out}'",
    "COPY (SELECT 1) TO '{store}'",
    "COPY (SELECT 1) TO '{store}.wal'",
    "COPY runs FROM '{secret}'",
    "COPY FROM DATABASE store TO memory",
    "EXPLAIN ANALYZE COPY (SELECT 1) TO '{store}.wal'",
    "EXPLAIN (ANALYZE) COPY (SELECT 1) TO '{store}.wal'",
    "explain /* x */ analyze copy (select 1) to '{store}.wal'",
    "SELECT 1; COPY (SELECT 1) TO '{out}'",
    "EXPORT DATABASE '{out}'",
    "IMPORT DATABASE '{folder}'",
    "SELECT * FROM read_csv('{secret}')",
    "SELECT * FROM read_text('{secret}')",
    "SELECT * FROM read_blob('{secret}')",
    "SELECT * FROM read_json('{secret}')",
    "SELECT * FROM read_parquet('{secret}')",
    "SELECT * FROM read_duckdb('{secret}')",
    "SELECT * FROM parquet_metadata('{secret}')",
    "SELECT * FROM sniff_csv('{secret}')",
    "SELECT * FROM '{secret}'",
    "SELECT * FROM glob('/etc/*')",
    "SELECT * FROM read_csv('http://127.0.0.1:9/x.csv')",
    "SELECT * FROM query('COPY (SELECT 1) TO ''{out}''')",
    "ATTACH '{out}' AS other",
    "ATTACH '{store}' AS other (READ_WRITE)",
    "DETACH store",
    "INSTALL httpfs",
    "LOAD '{secret}'",
    "SET enable_external_access = true",
    "SET allowed_directories = ['/']",
    "RESET lock_configuration",
    "SET temp_directory = '{out}'",
    "PRAGMA profiling_output = '{out}'",
    "PRAGMA enable_external_access = true",
    "CALL enable_logging(storage = 'file', storage_path = '{out}')",
    "SELECT * FROM enable_logging(storage = 'file', storage_path = '{out}')",
    "CREATE PERSISTENT SECRET s (TYPE http, BEARER_TOKEN 'x')",
    "CREATE TABLE store.main.mine (a INTEGER)",
    "INSERT INTO store.main.runs (run_id) VALUES ('mine')",
    "DELETE FROM store.main.events",
    "UPDATE store.main.meta SET serial = 99",
    "DROP VIEW reign.runs",
    "CREATE OR REPLACE VIEW reign.runs AS SELECT 1",
    "CHECKPOINT store",
    "VACUUM",
    "SELECT getenv('HOME')",
    "SELECT * FROM layout",
    "WITH x AS (DELETE FROM store.main.events RETURNING *) SELECT * FROM x",
    "PREPARE p AS COPY (SELECT 1) TO '{out}'",
    "BEGIN; DELETE FROM store.main.events; COMMIT",
]


def _world(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def project(tmp_path: Path) -> Layout:
    (tmp_path / "secret.csv").write_text("a,b\n1,canary\n")
    layout = Layout(tmp_path / "project")
    layout.folder.mkdir()
    write(layout, whole_run())
    return layout


def _filled(attempt: str, layout: Layout) -> str:
    folder = layout.folder.parent
    return attempt.format(out=folder / "out", store=layout.store, secret=folder / "secret.csv", folder=folder)


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_out_of_reach(project: Layout, attempt: str, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = project.folder.parent
    monkeypatch.chdir(folder)
    monkeypatch.setenv("HOME", str(folder))
    before = _world(folder)
    with pytest.raises(Failed) as caught:
        query(project, _filled(attempt, project))
    assert "canary" not in str(caught.value.findings)
    assert _world(folder) == before


@pytest.mark.parametrize(
    "attempt", [one for one in ATTEMPTS if one.startswith(("COPY", "ATTACH", "INSTALL", "SET", "EXPORT"))]
)
def test_the_connection_itself_refuses_what_leaves_the_project(project: Layout, attempt: str) -> None:
    """The second wall: even a statement that got past the first reaches nothing outside of `.reign`."""
    import duckdb

    folder = project.folder.parent
    with connect() as connection:
        open_views(connection, project)
        before = {name: data for name, data in _world(folder).items() if "/.reign/" not in name}
        try:
            connection.execute(_filled(attempt, project))
        except duckdb.Error:
            pass
        else:
            assert str(project.state) in _filled(attempt, project) or "memory" in attempt
    assert {name: data for name, data in _world(folder).items() if "/.reign/" not in name} == before


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT count(*) FROM runs",
        "FROM runs",
        "WITH x AS (SELECT 1 AS a) SELECT * FROM x",
        "DESCRIBE runs",
        "SHOW ALL TABLES",
        "SUMMARIZE operations",
        "VALUES (1)",
        "EXPLAIN SELECT * FROM runs",
        "EXPLAIN ANALYZE SELECT * FROM runs",
        "SELECT address, spec->>'value' FROM resources",
    ],
)
def test_within_reach(project: Layout, sql: str) -> None:
    assert query(project, sql).rows
