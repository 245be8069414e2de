"""Answers about several instruments, candles and indices."""

from __future__ import annotations

import pytest

from marketdata.implied import MAX_LEVELS
from marketdata.queries import UnknownInstrument
from tests.marketdata.examples import GPU1, PERPETUAL, T0_NS, listed_market, trade
from tests.marketdata.linked import linked_market

MINUTE_NS = 60 * 10**9


def test_listings() -> None:
    market = listed_market()
    assert market.instruments() == [GPU1, PERPETUAL]
    assert market.instruments("H100") == [PERPETUAL]
    assert market.families() == ["GPU1", "H100"]
    assert market.indices() == ["h100_usd"]
    assert market.find("H100-PERPETUAL") == PERPETUAL
    assert market.find("nothing") is None
    assert market.instrument_fields(7)["is_active"]
    assert market.index_price("h100_usd") is None
    with pytest.raises(UnknownInstrument):
        market.ticker(1)


def test_trades_by_instrument_and_by_family() -> None:
    market = listed_market()
    for n in range(1, 7):
        market.record_trade(trade(n, 250 + n, of=7 if n % 2 else 3, ts_ns=T0_NS + n))
    market.commit(2, T0_NS + 10)
    newest = market.trades(7, count=2)
    assert [t["trade_seq"] for t in newest["trades"]] == [5, 3]
    assert newest["has_more"] is True
    every = market.family_trades(count=10)
    assert [t["trade_id"] for t in every["trades"]] == [str(100 + n) for n in range(6, 0, -1)]
    assert every["has_more"] is False
    since = market.family_trades(count=2, start_id=103)
    assert [t["trade_id"] for t in since["trades"]] == ["103", "104"]
    assert [t["trade_id"] for t in market.family_trades("H100")["trades"]] == ["106", "104", "102"]


def test_candles_are_columns_of_equal_length_with_filled_gaps() -> None:
    market = listed_market()
    for n, (minute, price, lots) in enumerate([(0, 250, 2), (0, 252, 1), (3, 249, 4)], 1):
        market.record_trade(trade(n, price, lots, ts_ns=T0_NS + minute * MINUTE_NS))
    market.commit(2, T0_NS + 4 * MINUTE_NS)
    start_ms = T0_NS // 10**6
    chart = market.candles(7, "1", start_ms, start_ms + 10**9)
    assert chart == {
        "status": "ok",
        "ticks": [start_ms + m * 60_000 for m in range(5)],
        "open": [2.5, 2.52, 2.52, 2.49, 2.49],
        "high": [2.52, 2.52, 2.52, 2.49, 2.49],
        "low": [2.5, 2.52, 2.52, 2.49, 2.49],
        "close": [2.52, 2.52, 2.52, 2.49, 2.49],
        "volume": [3, 0, 0, 4, 0],
        "cost": [5489.6, 0, 0, 7270.8, 0],
    }
    assert market.candles(3, "1D", start_ms, start_ms + 1)["status"] == "no_data"
    with pytest.raises(UnknownInstrument):
        market.candles(7, "2", 0, 1)


def test_implied_levels_of_an_answer_are_bounded_and_so_is_their_sum_with_the_own() -> None:
    market = linked_market()
    for place in range(40):
        market.set_level(0, 1, 270 + place, 1)
        market.set_level(1, 0, 265 - place, 1)
        market.set_level(3, 1, 5 + place, 1)
    market.commit(2, T0_NS)
    book = market.order_book(3, 100)
    assert (len(book["asks"]), len(book["implied_asks"])) == (40, MAX_LEVELS)
    both = market.order_book(3, 100, combined=True)["asks"]
    # Each lot of the near month is had against one of the far month's bids, two ticks a level further.
    assert both == [[(5 + place) / 100, 1 + (place % 2 == 0)] for place in range(MAX_LEVELS)]
