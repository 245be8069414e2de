"""Fills of an implied trade: the combo's owner has the combo and every leg, the others their leg."""

from __future__ import annotations

import msgspec

from exchange.core.layout import EVENT_INSTRUMENT, EVENT_KIND, EVENT_SEQ, EventKind
from exchange.views.views import Views
from tests.exchange.core.implied_market import GPU1, GPU2, SPREAD
from tests.exchange.core.lab import BUY, SELL, USD
from tests.exchange.core.test_implied import bought_spread


def test_both_sides_of_each_leg_name_the_combos_trade() -> None:
    lab, _ = bought_spread()
    texts = {
        row[EVENT_SEQ]: msgspec.json.encode(lab.core.specs[row[EVENT_INSTRUMENT]]).decode()
        for row in lab.events
        if row[EVENT_KIND] == EventKind.INSTRUMENT_LISTED
    }
    views = Views()
    views.apply(lab.events, texts)
    told = {
        account: [
            (
                f.trade_id,
                f.instrument,
                f.side,
                f.price_ticks,
                f.fee_micros,
                f.maker,
                f.combo_trade_id,
            )
            for f in views.trades.fills(account)
        ]
        for account in range(3)
    }
    assert told == {
        0: [
            (1, SPREAD, BUY, 22, 50 * USD, False, 0),
            (2, GPU1, BUY, 301, 0, False, 1),
            (3, GPU2, SELL, 279, 0, False, 1),
        ],
        1: [(2, GPU1, SELL, 301, 20 * USD, True, 1)],
        2: [(3, GPU2, BUY, 279, 20 * USD, True, 1)],
    }
    resting = views.orders.live(2)
    assert [(order.leaves_lots, order.filled_lots) for order in resting] == [(5, 10)]
