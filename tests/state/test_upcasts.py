"""Journals of other versions: older lines are brought to the present form (real ones of each: test_forms.py)."""

from __future__ import annotations

from typing import Any

import pytest

from reign.analytics import query
from reign.state import read, upcasts
from reign.state.layout import Layout
from reign.state.segment import read_segment, segment_paths
from tests.state.conftest import outputs, started, whole_run, write


def test_older_lines_pass_through_every_later_step(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    write(layout, [[started(), outputs(a=1)]])

    def step(raw: dict[str, Any]) -> dict[str, Any]:
        told = raw["data"].get("outputs", {})
        return raw | {"data": raw["data"] | {"outputs": {f"{name}2": value for name, value in told.items()}}}

    monkeypatch.setattr(upcasts, "UPCASTS", (*upcasts.UPCASTS, step, step))
    monkeypatch.setattr(upcasts, "FORM", upcasts.FORM + 2)
    monkeypatch.setattr("reign.state.segment.FORM", upcasts.FORM)
    assert list(read(layout).outputs) == ["a22"]
    layout.store.unlink()
    names = query(layout, "SELECT json_keys(data->'$.outputs') FROM events WHERE kind = 'outputs'").rows
    assert names == ((["a22"],),), "and so do those that tables are told from"


def test_a_segment_in_an_older_form_is_not_added_to(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("reign.state.journal.FORM", 1)
        write(layout, whole_run())
    write(layout, whole_run("r2", 2, ("c",)))
    assert [read_segment(path).form for path in segment_paths(layout.journal)] == [1, upcasts.FORM]
    assert sorted(map(str, read(layout).resources)) == ["value.a", "value.b", "value.c"]
