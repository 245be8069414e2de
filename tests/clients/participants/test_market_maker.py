"""The market maker quotes by the closed form, within its limits, and amends."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clients.messages import Side
from clients.participants.avellaneda_stoikov import quotes
from clients.participants.market_maker import MarketMaker, MarketMakerParams
from clients.trader import Amend, Cancel, Submit
from tests.clients.market import FAR, NEAR, Market


def maker(market: Market, **fields: object) -> MarketMaker:
    params = MarketMakerParams(instruments=NEAR, book_weight=0.0, **fields)  # type: ignore[arg-type]
    trader = MarketMaker("maker", 1, params)
    trader.on_start(market.view, market.now_ns)
    return trader


def prices(market: Market, name: str = NEAR) -> tuple[int, int]:
    (bid,) = market.view.own_orders(name, Side.BUY)
    (ask,) = market.view.own_orders(name, Side.SELL)
    assert bid.price_ticks is not None
    assert ask.price_ticks is not None
    return bid.price_ticks, ask.price_ticks


def test_first_quotes_are_the_closed_form_around_index_and_curve() -> None:
    market = Market(index=2.8)
    trader = maker(market, gamma=0.3, k=0.9, sigma_floor=0.2, horizon_s=30)
    commands = market.tick(trader)
    assert [type(command) for command in commands] == [Submit, Submit]
    assert all(isinstance(c, Submit) and c.post_only for c in commands)
    years = (market.view.instruments[NEAR].expiry_ns - market.now_ns) / (365 * 86_400e9)
    fair = 280 * math.exp(-0.19 * years)
    bid, ask = quotes(fair, 0, 0.3, 0.2, 30, 0.9)
    assert prices(market) == (math.floor(bid), math.ceil(ask))


def test_a_long_position_lowers_both_quotes() -> None:
    market = Market()
    trader = maker(market, sigma_floor=0.5, max_position_lots=100, unit_lots=10)
    market.tick(trader)
    flat = prices(market)
    market.hold(NEAR, 50)
    commands = market.tick(trader)
    assert all(isinstance(command, Amend) for command in commands)
    long = prices(market)
    assert long[0] < flat[0]
    assert long[1] < flat[1]


def test_unchanged_quotes_are_left_alone() -> None:
    market = Market()
    trader = maker(market)
    assert market.tick(trader)
    assert market.tick(trader) == []


def test_at_the_limit_only_the_reducing_side_is_quoted() -> None:
    market = Market()
    trader = maker(market, max_position_lots=40)
    market.tick(trader)
    market.hold(NEAR, -40)
    commands = market.tick(trader)
    assert any(isinstance(command, Cancel) for command in commands)
    assert not market.view.own_orders(NEAR, Side.SELL)
    assert market.view.own_orders(NEAR, Side.BUY)


def test_without_index_mark_or_book_it_quotes_nothing() -> None:
    market = Market()
    market.view.index.clear()
    assert market.tick(maker(market)) == []


def test_volatility_widens_the_spread() -> None:
    calm, wild = Market(), Market()
    makers = [maker(market, sigma_halflife_s=5) for market in (calm, wild)]
    for step in range(20):
        wild.print_index(2.8 + (0.04 if step % 2 else 0.0))
        for market, trader in zip((calm, wild), makers, strict=True):
            market.tick(trader)
    widths = [ask - bid for bid, ask in (prices(calm), prices(wild))]
    assert widths[1] > widths[0]


@settings(max_examples=60, deadline=None)
@given(
    held=st.integers(-120, 120),
    bid=st.integers(200, 300),
    width=st.integers(1, 30),
    index=st.floats(1.5, 4.0),
)
def test_quotes_never_cross_the_others_nor_pass_the_limit(
    held: int, bid: int, width: int, index: float
) -> None:
    market = Market(index=index)
    market.quote(NEAR, bid, bid + width)
    market.hold(NEAR, held)
    trader = maker(market, max_position_lots=100, quote_lots=15)
    for _ in range(3):
        market.tick(trader)
        for order in market.view.own_orders(NEAR):
            assert order.price_ticks is not None
            if order.side is Side.BUY:
                assert order.price_ticks < bid + width
                assert held + order.leaves_lots <= 100
            else:
                assert order.price_ticks > bid
                assert held - order.leaves_lots >= -100


def test_several_contracts_are_quoted_below_one_another_on_a_falling_curve() -> None:
    market = Market()
    params = MarketMakerParams(instruments=f"{NEAR},{FAR}", slope_a_year=-0.5)
    trader = MarketMaker("maker", 1, params)
    trader.on_start(market.view, market.now_ns)
    market.tick(trader)
    assert sum(prices(market, FAR)) < sum(prices(market, NEAR))
    assert trader.report().figures[f"{FAR} lots"] == 0


@pytest.mark.parametrize("seed", [1, 2])
def test_the_maker_uses_no_randomness(seed: int) -> None:
    commands = []
    for _ in range(2):
        market = Market()
        params = MarketMakerParams(instruments=NEAR)
        trader = MarketMaker("maker", seed, params)
        trader.on_start(market.view, market.now_ns)
        commands.append([market.tick(trader) for _ in range(5)])
    assert commands[0] == commands[1]
