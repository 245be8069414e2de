"""Conversions gain what the prices are apart, leave nothing over, and are not made at a loss."""

from __future__ import annotations

import msgspec
import pytest

from clients import messages as m
from clients.participants.calendar_arbitrage import CalendarArbitrage, CalendarArbitrageParams
from clients.trader import Submit
from marketdata.messages import InstrumentLeg
from tests.clients.market import FAR, NEAR, Market, listed

SPREAD = "GPU1-FS-31DEC26_30NOV26"


def market_of(fee_micros: int = 0) -> Market:
    market = Market()
    market.add(
        msgspec.structs.replace(
            listed(SPREAD, 4, 1),
            legs=(InstrumentLeg(FAR, 1), InstrumentLeg(NEAR, -1)),
            taker_fee_micros=fee_micros,
        )
    )
    market.show_tickers()
    market.quote(NEAR, 280, 282, 4)
    market.quote(FAR, 276, 278, 9)
    return market


def arbitrageur(market: Market) -> CalendarArbitrage:
    trader = CalendarArbitrage("arb", 1, CalendarArbitrageParams())
    trader.on_start(market.view, market.now_ns)
    assert set(trader.instruments(market.view)) == {SPREAD, FAR, NEAR}
    return trader


def orders(market: Market, trader: CalendarArbitrage) -> dict[str, tuple[m.Side, int | None, int]]:
    return {
        order.instrument: (order.side, order.price_ticks, order.qty_lots)
        for order in trader.on_time(market.now_ns + 10**9)
        if isinstance(order, Submit)
    }


@pytest.mark.parametrize(("bid", "ask"), [(-6, -2), (-3, 1), (-8, -3)])
def test_consistent_prices_are_left_alone(bid: int, ask: int) -> None:
    # The legs are worth 276 − 282 = −6 to sell and 278 − 280 = −2 to buy.
    market = market_of()
    trader = arbitrageur(market)
    market.quote(SPREAD, bid, ask)
    assert orders(market, trader) == {}


def test_a_cheap_combo_is_bought_and_its_legs_sold_for_what_all_three_show() -> None:
    market = market_of()
    trader = arbitrageur(market)
    market.quote(SPREAD, -9, -7, 30)
    assert orders(market, trader) == {
        SPREAD: (m.Side.BUY, -7, 4),
        FAR: (m.Side.SELL, 276, 4),
        NEAR: (m.Side.BUY, 282, 4),
    }
    # Cash by hand, in ticks: buying at −7 brings 7, the legs bring 276 and cost 282: one tick is gained.
    assert 7 + 276 - 282 == 1


def test_a_dear_combo_is_sold_and_fees_are_counted() -> None:
    market = market_of()
    trader = arbitrageur(market)
    market.quote(SPREAD, -1, 1, 3)
    assert orders(market, trader) == {
        SPREAD: (m.Side.SELL, -1, 3),
        FAR: (m.Side.BUY, 278, 3),
        NEAR: (m.Side.SELL, 280, 3),
    }
    # 11 $ a lot of 730 hours is 1.5 cents an hour: more than the cent that is there to gain.
    market = market_of(fee_micros=11_000_000)
    trader = arbitrageur(market)
    market.quote(SPREAD, -1, 1, 3)
    assert orders(market, trader) == {}


def test_what_is_left_over_is_closed_after_some_patience() -> None:
    market = market_of()
    trader = arbitrageur(market)
    market.quote(SPREAD, -1, 1, 3)
    market.hold(NEAR, 2)
    for _ in range(3):
        assert market.tick(trader) == []
    (closing,) = market.tick(trader)
    assert isinstance(closing, Submit)
    assert (closing.instrument, closing.side, closing.qty_lots) == (NEAR, m.Side.SELL, 2)
    assert market.view.position_lots(NEAR) == 0
    assert orders(market, trader), "then it converts again"
