"""Draws follow the weights of what is open and shown."""

from __future__ import annotations

from collections import Counter

import msgspec
import numpy as np
import pytest

from clients.participants.liquidity import Chooser, weight
from tests.clients.market import FAR, NEAR, PERPETUAL, Market


def shown(market: Market, name: str, lots: int) -> None:
    ticker = market.view.tickers[name]
    market.view.apply(msgspec.structs.replace(ticker, open_interest_lots=lots))


def test_the_weight_is_the_root_of_the_hours() -> None:
    market = Market()
    assert weight(market.view, NEAR) == 1.0, "not shown yet"
    market.show_tickers()
    assert weight(market.view, NEAR) == 1.0
    shown(market, NEAR, 100)
    assert weight(market.view, NEAR) == pytest.approx((1 + 73_000) ** 0.5)
    shown(market, PERPETUAL, 73_000)
    assert weight(market.view, PERPETUAL) == weight(market.view, NEAR)


def test_draws_are_as_often_as_their_weights() -> None:
    market = Market()
    market.show_tickers()
    shown(market, NEAR, 100)
    shown(market, FAR, 25)
    chooser, names = Chooser(np.random.default_rng(5)), [NEAR, FAR, "NOT-LISTED"]
    drawn = Counter(chooser.draw(market.view, names) for _ in range(6_000))
    assert set(drawn) == {NEAR, FAR}
    assert drawn[NEAR] / drawn[FAR] == pytest.approx(2.0, rel=0.1)


def test_nothing_is_drawn_from_nothing_or_from_what_is_gone() -> None:
    market = Market()
    chooser = Chooser(np.random.default_rng(5))
    assert chooser.draw(market.view, []) is None
    market.show_tickers()
    assert chooser.draw(market.view, [NEAR]) == NEAR
    del market.view.instruments[NEAR]
    assert chooser.draw(market.view, []) is None
