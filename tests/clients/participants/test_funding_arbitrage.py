"""The funding clamp against its formula, and a hedge of as many hours."""

from __future__ import annotations

import msgspec
import pytest

from clients.participants.funding_arbitrage import (
    FundingArbitrage,
    FundingArbitrageParams,
    funding_micros,
)
from tests.clients.market import FAR, NEAR, PERPETUAL, START_NS, Market


@pytest.mark.parametrize(
    ("mark", "index", "paid"),
    [
        (2_810_000, 2_800_000, 10_000),
        (2_900_000, 2_800_000, 28_000),
        (2_000_000, 2_800_000, -28_000),
    ],
)
def test_funding_is_the_premium_within_a_hundredth_of_the_index(
    mark: int, index: int, paid: int
) -> None:
    assert funding_micros(mark, index, 0.01) == paid
    assert funding_micros(mark, index, 0.01) + -funding_micros(mark, index, 0.01) == 0


def market_of() -> Market:
    market = Market(2.8)
    for name in (PERPETUAL, NEAR, FAR):
        market.view.instruments[name] = msgspec.structs.replace(
            market.view.instruments[name], max_order_lots=1_000_000
        )
    market.show_tickers()
    market.quote(NEAR, 278, 280)
    market.quote(FAR, 276, 278)
    return market


def arbitrageur(market: Market, **fields: float) -> FundingArbitrage:
    trader = FundingArbitrage("arb", 1, FundingArbitrageParams(**fields))
    trader.on_start(market.view, market.now_ns)
    return trader


def test_a_dear_perpetual_is_sold_and_hedged_by_the_hour_until_it_is_fair() -> None:
    market = market_of()
    trader = arbitrageur(market, unit_hours=7_300, clip_hours=2_920)
    market.quote(PERPETUAL, 282, 284, 100_000)
    for _ in range(12):
        market.tick(trader)
        short, hedge = market.view.position_lots(PERPETUAL), market.view.position_lots(NEAR)
        assert abs(short + 730 * hedge) <= 2_920
    assert (short, hedge) == (-7_300, 10)
    market.quote(PERPETUAL, 279, 281, 100_000)
    for _ in range(12):
        market.tick(trader)
    assert market.view.position_lots(PERPETUAL) == market.view.position_lots(NEAR) == 0


def test_a_fair_perpetual_is_left_alone_and_a_cheap_one_bought() -> None:
    market = market_of()
    trader = arbitrageur(market)
    market.quote(PERPETUAL, 279, 281, 100_000)
    assert market.tick(trader) == []
    market.quote(PERPETUAL, 275, 277, 100_000)
    market.tick(trader)
    assert market.view.position_lots(PERPETUAL) > 0


def test_a_future_about_to_expire_is_no_hedge() -> None:
    market = market_of()
    market.now_ns = START_NS + 12 * 86_400 * 10**9
    trader = arbitrageur(market)
    market.quote(PERPETUAL, 284, 286, 100_000)
    for _ in range(3):
        market.tick(trader)
    assert market.view.position_lots(NEAR) == 0
    assert market.view.position_lots(FAR) > 0
