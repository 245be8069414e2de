"""What works of an order that rested is what its account's position knows, while it trades part by part."""

from __future__ import annotations

from exchange.core import layout as at
from tests.exchange.core.implied_market import GPU1, GPU2, SPREAD, market
from tests.exchange.core.lab import BUY, SELL, submit


def test_what_a_cycle_takes_no_longer_works_and_the_order_counts_until_its_last_lot() -> None:
    lab = market()
    lab.order(submit(1, SELL, 301, 10, instrument=GPU1))
    lab.order(submit(2, BUY, 279, 15, instrument=GPU2))
    seen = []
    for lots in (4, 6):
        lab.do(submit(0, BUY, 25, lots, instrument=SPREAD))
        position = lab.core.positions[1, GPU1]
        seen.append((int(position[at.POSITION_SELL_LOTS]), int(position[at.POSITION_ORDERS])))
    assert seen == [(6, 1), (0, 0)]
    assert lab.core.positions[2, GPU2, at.POSITION_BUY_LOTS] == 5
