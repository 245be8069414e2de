"""Warming up runs every kernel on a market that keeps the laws, always the same one."""

from __future__ import annotations

from exchange.core import invariants, snapshot
from exchange.core import layout as at
from exchange.core.warm import warm_up


def test_the_warm_market_traded_and_is_sound() -> None:
    core = warm_up()
    assert core.venue[at.VENUE_TRADES] == 1
    assert core.positions[:2, 0, at.POSITION_LOTS].tolist() == [3, -3]
    assert core.instrument(0)[at.INSTRUMENT_MARK_TICKS] == 1_010
    assert core.books.live == 0
    assert invariants.violations(core) == []
    assert snapshot.digest(core) == snapshot.digest(warm_up())
