"""Orders at the others' touch."""

from __future__ import annotations

from clients.messages import Side, TimeInForce
from clients.participants.momentum import Momentum, MomentumParams
from clients.participants.taking import mid_micros, take, touch_ticks
from clients.trader import Submit
from tests.clients.market import NEAR, Market


def trader_in(market: Market) -> Momentum:
    trader = Momentum("t", 1, MomentumParams())
    trader.on_start(market.view, market.now_ns)
    return trader


def test_it_takes_the_touch_by_clips_and_never_rests() -> None:
    market = Market()
    market.quote(NEAR, 279, 281)
    trader, contract = trader_in(market), market.view.instruments[NEAR]
    (order,) = take(trader, contract, -7, 5)
    assert isinstance(order, Submit)
    assert (order.side, order.price_ticks, order.qty_lots) == (Side.SELL, 279, 5)
    assert order.time_in_force is TimeInForce.IOC
    assert touch_ticks(trader, NEAR, Side.BUY) == 281
    assert mid_micros(trader, contract) == 2_800_000


def test_nothing_is_sent_into_an_empty_or_closed_market_or_twice() -> None:
    market = Market()
    trader, contract = trader_in(market), market.view.instruments[NEAR]
    assert take(trader, contract, 5, 5) == []
    assert mid_micros(trader, contract) is None
    market.quote(NEAR, 279, 281)
    assert take(trader, contract, 0, 5) == []
    market.show_tickers("halted")
    assert take(trader, contract, 5, 5) == []
    market.show_tickers("open")
    (order,) = take(trader, contract, 5, 5)
    assert isinstance(order, Submit)
    resting = Submit(label=order.label, instrument=NEAR, side=Side.BUY, qty_lots=1, price_ticks=270)
    market.carry_out(trader, [resting])
    assert take(trader, contract, 5, 5) == []
