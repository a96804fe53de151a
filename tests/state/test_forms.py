"""Real journals and stores that earlier versions of Reign wrote: today's code reads them to the state that stands beside
them. REIGN_ACCEPT=1 writes that anew.
"""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path

import pytest

from reign.analytics import query
from reign.state import read, upcasts
from reign.state.layout import Layout
from reign.state.reader import read_fold
from reign.state.segment import last_segment, segment_paths
from tests.state.conftest import started, write
from tests.state.proof import anew, held, tables

FORMS = Path(__file__).parent / "forms"
JOURNALS = sorted(FORMS.glob("*.log"))
STORES = sorted(FORMS.glob("*.duckdb.gz"))


@pytest.fixture
def old(layout: Layout, request: pytest.FixtureRequest) -> Layout:
    """A state whose journal is the one of a form."""
    layout.create()
    layout.journal.mkdir()
    (layout.journal / "00000001.log").write_bytes((FORMS / f"{request.param}.log").read_bytes())
    return layout


def test_every_form_has_a_journal() -> None:
    """The one before the present one is written when the form changes: from a checkout of the commit before."""
    assert [int(path.stem) for path in JOURNALS] == list(range(1, upcasts.FORM))


@pytest.mark.parametrize("old", [path.stem for path in JOURNALS], indirect=True)
def test_a_journal_of_an_earlier_form(old: Layout, request: pytest.FixtureRequest) -> None:
    form = int(request.node.callspec.params["old"])
    segment = last_segment(old.journal)
    assert segment is not None
    assert segment.form == form
    told = json.dumps(read_fold(old).encoded(), indent=1, sort_keys=True) + "\n"
    pinned = FORMS / f"{form}.json"
    if os.environ.get("REIGN_ACCEPT") == "1":
        pinned.write_text(told)
    assert told == pinned.read_text()

    state, runs = read(old), query(old, "SELECT run_id, command, status FROM runs ORDER BY started_at").rows
    assert [intent.address for intent in state.open_intents] == ["shell.command.slow"]
    assert [row[2] for row in runs] == ["completed"] * (len(runs) - 1) + ["paused"], "the last was cut off"
    write(old, [[started("r9")]])
    assert [path.stem for path in segment_paths(old.journal)] == ["00000001", "00000002"]
    again = read(old)
    assert (again.resources, again.outputs, again.secrets) == (state.resources, state.outputs, state.secrets)
    assert (again.head, again.serial, again.open_intents) == (state.head, state.serial, state.open_intents)
    assert set(runs) < set(query(old, "SELECT run_id, command, status FROM runs").rows)


@pytest.mark.parametrize("path", STORES, ids=lambda path: path.name.partition(".duckdb")[0])
def test_a_store_of_an_earlier_form_is_told_again_and_kept(path: Path, layout: Layout) -> None:
    """`1-2.duckdb.gz` is a store of form 2, fed from `1.log`."""
    layout.create()
    layout.journal.mkdir()
    journal = FORMS / f"{path.name.partition('-')[0]}.log"
    (layout.journal / "00000001.log").write_bytes(journal.read_bytes())
    told = tables(layout)
    before = gzip.decompress(path.read_bytes())
    layout.store.write_bytes(before)
    assert tables(layout) == told
    write(layout, [[started("r9")]])
    assert [aside.read_bytes() for aside in layout.state.glob("*.aside-*")] == [before]
    assert held(layout.store) == anew(layout)


def test_a_journal_of_a_newer_form_is_left_alone(layout: Layout) -> None:
    """Whatever is asked of it: nothing is read as something else, and nothing is written."""
    from reign.model.errors import Failed

    layout.create()
    layout.journal.mkdir()
    write(layout, [[started()]])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("reign.state.journal.FORM", upcasts.FORM + 1)
        patch.setattr("reign.state.upcasts.FORM", upcasts.FORM + 1)
        patch.setattr("reign.state.upcasts.UPCASTS", (*upcasts.UPCASTS, lambda raw: raw))
        write(layout, [[started("r2")]])
    files = {path: path.read_bytes() for path in layout.root.rglob("*") if path.is_file()}
    for ask in (read, lambda layout: write(layout, [[started("r3")]]), lambda layout: query(layout, "SELECT 1")):
        with pytest.raises(Failed) as caught:
            ask(layout)
        assert [finding.code for finding in caught.value.findings] == ["state/newer"]
    assert {path: path.read_bytes() for path in layout.root.rglob("*") if path.is_file()} == files
