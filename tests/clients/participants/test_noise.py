"""The noise trader does what its odds say, within its limits."""

from __future__ import annotations

import msgspec
import pytest

from clients.messages import Side, TimeInForce
from clients.participants.noise import Noise, NoiseParams
from clients.trader import Cancel, Submit
from marketdata.messages import InstrumentLeg
from tests.clients.market import FAR, NEAR, Market, listed

SEED = 11


def noise(market: Market, **fields: object) -> Noise:
    market.show_tickers()
    params = NoiseParams(**{"instruments": NEAR, **fields})  # type: ignore[arg-type]
    trader = Noise("noise", SEED, params)
    trader.on_start(market.view, market.now_ns)
    return trader


def test_events_come_at_their_odds() -> None:
    market = Market()
    market.quote(NEAR, 278, 282)
    trader = noise(market, market_part=0.2, cancel_part=0.4, max_hours=73_000_000)
    kinds = {"limit": 0, "market": 0, "cancel": 0}
    for _ in range(2_000):
        for command in market.tick(trader):
            if isinstance(command, Cancel):
                kinds["cancel"] += 1
            else:
                assert isinstance(command, Submit)
                kinds["market" if command.time_in_force is TimeInForce.IOC else "limit"] += 1
    assert kinds["market"] == pytest.approx(400, rel=0.2)
    # Every limit order ends cancelled, since here none of them fills; both meet at the limits' 0.4.
    assert kinds["limit"] == pytest.approx(800, rel=0.2)
    assert kinds["cancel"] == pytest.approx(kinds["limit"], abs=10)


def test_sizes_and_distances_have_the_means_asked_for() -> None:
    market = Market()
    market.quote(NEAR, 279, 281)
    trader = noise(market, market_part=0, cancel_part=0, mean_part=4 / 280, mean_hours=5 * 730)
    sizes, distances = [], []
    for _ in range(3_000):
        market.now_ns += 10**9
        (command,) = trader.on_time(market.now_ns)
        assert isinstance(command, Submit)
        assert command.price_ticks is not None
        sizes.append(command.qty_lots)
        distances.append((280 - command.price_ticks) * command.side.sign)
    assert sum(sizes) / len(sizes) == pytest.approx(5, rel=0.1)
    assert sum(distances) / len(distances) == pytest.approx(4, rel=0.1)


def test_at_the_limit_it_only_trades_back() -> None:
    market = Market()
    market.quote(NEAR, 278, 282)
    market.hold(NEAR, 50)
    trader = noise(market, max_hours=50 * 730, cancel_part=0)
    sides = set()
    for _ in range(100):
        market.now_ns += 10**9
        sides |= {c.side for c in trader.on_time(market.now_ns) if isinstance(c, Submit)}
    assert sides == {Side.SELL}


def test_without_prices_it_waits() -> None:
    market = Market()
    trader = noise(market, cancel_part=0)
    assert not any(market.tick(trader) for _ in range(50))


def test_working_orders_are_bounded() -> None:
    market = Market()
    market.quote(NEAR, 278, 282)
    trader = noise(market, market_part=0, cancel_part=0, max_orders=7)
    for _ in range(100):
        market.tick(trader)
        assert len(market.view.own_orders(NEAR)) <= 7


def test_binaries_and_spreads_keep_to_their_prices() -> None:
    market = Market()
    market.add(
        msgspec.structs.replace(
            listed("B", 4, 1, hours=1), binary=True, strike_micros=2_800_000, tick_micros=10_000
        )
    )
    market.add(
        msgspec.structs.replace(
            listed("S", 5, 1), legs=(InstrumentLeg(FAR, 1), InstrumentLeg(NEAR, -1))
        )
    )
    market.quote("B", 1, 3)
    market.quote("S", -3, -1)
    trader = noise(market, instruments="B,S", cancel_part=0, mean_part=0.02)
    prices: dict[str, set[int]] = {"B": set(), "S": set()}
    for _ in range(400):
        market.now_ns += 10**9
        for command in trader.on_time(market.now_ns):
            assert isinstance(command, Submit)
            assert command.price_ticks is not None
            prices[command.instrument].add(command.price_ticks)
    assert min(prices["B"]) == 1
    assert max(prices["B"]) <= 99
    assert min(prices["S"]) < 0
