"""The content of messages that the publisher's tests do not look into."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from marketdata.channels import parse
from marketdata.market import Market
from marketdata.notifications import states
from tests.marketdata.examples import MS_NS, T0_NS, listed_market, trade


def state(market: Market, name: str) -> list[Any]:
    return [json.loads(data) for data in states(market, parse(name, market))]


def test_a_snapshot_inside_a_window_is_the_book_before_it() -> None:
    market = listed_market()
    market.set_level(7, 0, 250, 4)
    market.record_trade(trade(1, 250))
    market.commit(2, T0_NS, cut=True)
    market.set_level(7, 0, 251, 1)
    market.record_trade(trade(2, 250, ts_ns=T0_NS + 150 * MS_NS))
    market.commit(3, T0_NS + 150 * MS_NS)
    raw, window = (state(market, f"book.GPU1-31JAN27.{iv}")[0] for iv in ("raw", "100ms"))
    assert (raw["change_id"], window["change_id"]) == (3, 2)
    assert raw["bids"] == [["new", 2.51, 1], ["new", 2.5, 4]]
    assert window["bids"] == [["new", 2.5, 4]]
    assert [t["trade_seq"] for t in state(market, "trades.GPU1-31JAN27.raw")[0]] == [2]
    assert [t["trade_seq"] for t in state(market, "trades.GPU1-31JAN27.100ms")[0]] == [1]


@given(
    st.dictionaries(st.integers(200, 249), st.integers(1, 9), max_size=30),
    st.dictionaries(st.integers(250, 300), st.integers(1, 9), max_size=30),
    st.sampled_from(["none", "2", "5", "25"]),
    st.sampled_from(["1", "10", "20"]),
)
def test_ladder_groups_away_from_the_middle_and_keeps_sizes(
    bids: dict[int, int], asks: dict[int, int], group: str, depth: str
) -> None:
    market = listed_market()
    for side, levels in ((0, bids), (1, asks)):
        for price, lots in levels.items():
            market.set_level(7, side, price, lots)
    market.commit(2, T0_NS)
    step = 1 if group == "none" else int(group)
    (ladder,) = state(market, f"book.GPU1-31JAN27.{group}.{depth}.100ms")
    for key, levels, sign in (("bids", bids, -1), ("asks", asks, 1)):
        grouped: dict[int, int] = {}
        for price, lots in levels.items():
            rung = sign * -(-sign * price // step) * step
            grouped[rung] = grouped.get(rung, 0) + lots
        expected = sorted(grouped.items(), key=lambda level: sign * level[0])[: int(depth)]
        assert ladder[key] == [[rung / 100, lots] for rung, lots in expected]


def test_states_of_the_other_channels() -> None:
    market = listed_market()
    assert state(market, "index.h100_usd") == []
    assert state(market, "trades.future.any.raw") == []
    assert state(market, "chart.trades.GPU1-31JAN27.1") == []
    assert [s["state"] for s in state(market, "instrument.state.any.any")] == ["started"] * 2
    market.print_index("h100_usd", 2_500_000, T0_NS)
    market.set_funding(3, 5_000)
    market.record_trade(trade(1, 250, 3))
    market.record_trade(trade(1, 2500, of=3))
    market.commit(2, T0_NS)
    ms = T0_NS // MS_NS
    expected = {"timestamp": ms, "index_name": "h100_usd", "price": 2.5}
    assert state(market, "deribit_price_index.h100_usd") == [expected]
    assert state(market, "perpetual.H100-PERPETUAL.raw") == [
        {"timestamp": ms, "index_price": 2.5, "interest": 0.002}
    ]
    assert [t["price"] for t in state(market, "trades.future.any.raw")[0]] == [2.5, 2.5]
    assert state(market, "chart.trades.GPU1-31JAN27.60") == [
        {
            "tick": ms,
            "open": 2.5,
            "high": 2.5,
            "low": 2.5,
            "close": 2.5,
            "volume": 3,
            "cost": 5475.0,
        }
    ]
