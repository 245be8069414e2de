"""Generations are held against each other at equal value."""

from __future__ import annotations

import msgspec
import numpy as np

from clients.participants.generation_arbitrage import (
    GenerationArbitrage,
    GenerationArbitrageParams,
)
from tests.clients.market import Market, listed

OLD, NEW = "GPU1-30NOV26", "GPU2-30NOV26"


def test_legs_have_equal_value() -> None:
    market = Market()
    market.view.instruments.clear()
    market.add(listed(OLD, 1, 2))
    market.add(msgspec.structs.replace(listed(NEW, 2, 2), underlying="B200"))
    market.show_tickers()
    params = GenerationArbitrageParams(warmup=20, halflife=50.0, stop_z=1e9)
    trader = GenerationArbitrage("arb", 1, params)
    trader.on_start(market.view, market.now_ns)
    trader.instruments(market.view)
    rng = np.random.default_rng(4)
    for _ in range(60):
        shift = int(rng.integers(-1, 2))
        market.quote(OLD, 260 + shift, 262 + shift)
        market.quote(NEW, 549, 551)
        market.tick(trader)
    for _ in range(20):
        market.quote(OLD, 270, 272)
        market.quote(NEW, 549, 551)
        market.tick(trader)
    old, new = market.view.position_lots(OLD), market.view.position_lots(NEW)
    assert old == -20
    assert new == round(20 * 271 / 550) == 10
