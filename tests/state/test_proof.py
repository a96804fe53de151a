"""The journal and the store against every cut and every turned bit: a sample by default, all of it when there is time."""

from __future__ import annotations

import pytest

from tests.state.proof import Counts, r3, r4, r6


def _whole(counts: Counts, least: int) -> None:
    assert counts.broken == []
    assert counts.held == counts.tried >= least, "something was tried"


def test_a_journal_cut_anywhere_gives_the_exact_prefix() -> None:
    _whole(r3(every=97), 50)


def test_a_turned_bit_is_noticed() -> None:
    _whole(r4(every=61), 200)


def test_a_damaged_store_is_made_anew() -> None:
    _whole(r6(every=90), 7)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_a_journal_cut_at_every_byte() -> None:
    _whole(r3(), 3000)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_a_bit_of_every_byte_of_the_journal() -> None:
    _whole(r4(), 10_000)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_a_store_damaged_in_every_way() -> None:
    _whole(r6(), 500)
