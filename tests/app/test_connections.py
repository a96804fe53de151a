"""What was made over a connection is found and removed over it, also when the project has forgotten it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from reign.app.plan import make_plan
from reign.model.errors import Failed
from reign.planning import Options

from .conftest import Folder


def test_a_connection_that_is_no_longer_declared_is_kept_in_the_state(folder: Folder, tmp_path_factory: object) -> None:
    elsewhere: Path = tmp_path_factory.mktemp("elsewhere")  # type: ignore[attr-defined]
    folder.write(
        "  f: {type: local.file, provider: local.there, spec: {path: a.txt, content: hi}}\n",
        head=f"providers: {{local.there: {{folder: {elsewhere}}}}}\n",
    )
    folder.apply()
    assert (elsewhere / "a.txt").read_text() == "hi"
    folder.write("  v: {type: value, spec: {value: 1}}\n")
    assert folder.actions() == {"local.file.f": "delete", "value.v": "create"}
    folder.apply()
    assert not (elsewhere / "a.txt").exists()
    assert folder.actions() == {}


@pytest.mark.parametrize(
    ("settings", "code", "column"),
    [
        ('{hots: "tcp://x:1"}', "spec/unknown-key", 12),
        ('{host: "ftp://x"}', "docker/host", 18),
        ("{host: [1]}", "spec/wrong-type", 18),
        ('{host: "tcp://x", tls: {cret: x}}', "spec/unknown-key", 35),
        ("{context: x, tls: true}", "docker/connection", 3),
    ],
)
def test_settings_that_are_not_understood_are_told_where_they_are_written(
    folder: Folder, settings: str, code: str, column: int
) -> None:
    folder.write("  v: {type: value, spec: {value: 1}}\n", head=f"providers:\n  docker: {settings}\n")
    with pytest.raises(Failed) as raised:
        make_plan(folder.where, Options())
    (found,) = raised.value.findings
    assert (found.code, found.place and found.place.column) == (code, column)
    assert found.detail


def test_what_is_sensitive_in_settings_is_told_nowhere(folder: Folder) -> None:
    head = "secrets: {s: {env: SECRET}}\nproviders: {docker: {host: '${secret.s}'}}\n"
    folder.write("  v: {type: value, spec: {value: 1}}\n", head=head)
    where = replace(folder.where, environ={**folder.where.environ, "SECRET": "ftp://canary-7f3a"})
    with pytest.raises(Failed) as raised:
        make_plan(where, Options())
    (found,) = raised.value.findings
    assert found.code == "docker/host"
    assert "canary" not in repr(raised.value.findings)
