"""Warming up runs every kernel on a market that keeps the laws, always the same one."""

from __future__ import annotations

from typing import Any, cast

import pytest

from exchange.core import booking, clearing, invariants, kernel, sequence, snapshot, trades
from exchange.core import layout as at
from exchange.core.warm import warm_up
from matching.compiled import JIT
from tests.exchange.core.intents import concrete, drawn


def test_the_warm_market_traded_and_is_sound() -> None:
    core = warm_up()
    assert core.venue[at.VENUE_TRADES] == 2
    assert core.positions[:2, 0, at.POSITION_LOTS].tolist() == [3, -3]
    assert core.instrument(0)[at.INSTRUMENT_MARK_TICKS] == 1_010
    assert core.books.live == 0
    assert invariants.violations(core) == []
    assert snapshot.digest(core) == snapshot.digest(warm_up())


@pytest.mark.skipif(not JIT, reason="nothing is compiled")
def test_each_kernel_is_compiled_for_one_signature() -> None:
    concrete(drawn(3, 60))
    for compiled in (
        kernel.apply_batch,
        clearing.pay_per_lot,
        clearing.revalue_working,
        clearing.remargin,
        clearing.assess_one,
        booking.book_side,
        booking.follow,
        booking.margin_after,
        sequence.survey,
        trades.copy_trades,
    ):
        assert len(cast("Any", compiled).signatures) == 1
