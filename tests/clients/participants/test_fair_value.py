"""The fair value leans on index and curve, then on what others quote, never on oneself."""

from __future__ import annotations

import math

import msgspec
import pytest

from clients import messages as m
from clients.participants.fair_value import Ewma, FairValue, years_to_expiry
from tests.clients.market import NEAR, PERPETUAL, Market
from tests.clients.test_view import order


def test_half_the_weight_is_gone_after_a_halflife() -> None:
    mean = Ewma(10, 0.0)
    assert mean.update(8.0, 10) == 4.0
    assert mean.update(8.0, 10) == 6.0
    assert Ewma(10).update(3.0, 0) == 3.0


def test_without_quotes_it_is_the_index_along_the_curve() -> None:
    market = Market(index=2.8)
    listed = market.view.instruments[NEAR]
    fair = FairValue(-0.19, 0.3).ticks(market.view, listed, market.now_ns)
    years = (listed.expiry_ns - market.now_ns) / (365 * 86_400e9)
    assert fair == pytest.approx(280 * math.exp(-0.19 * years))
    perpetual = market.view.instruments[PERPETUAL]
    assert FairValue(-0.19, 0.3).ticks(market.view, perpetual, market.now_ns) == 280
    assert years_to_expiry(perpetual, market.now_ns) == 0


def test_it_learns_the_basis_of_the_others_quotes() -> None:
    market = Market(index=2.8)
    listed, fair = market.view.instruments[NEAR], FairValue(0.0, 0.0, halflife_s=10)
    market.quote(NEAR, 299, 301)
    values = []
    for _ in range(200):
        market.now_ns += 10**9
        values.append(fair.ticks(market.view, listed, market.now_ns))
    assert values[0] == pytest.approx(280 * (300 / 280) ** (1 - 0.5**0.0))
    assert values[10] == pytest.approx(280 * (300 / 280) ** 0.5)
    assert values[-1] == pytest.approx(300)


def test_own_orders_do_not_count() -> None:
    market = Market(index=2.8)
    listed = market.view.instruments[NEAR]
    market.view.apply(order(price_ticks=400, qty_lots=5, label="r.1"))
    market.view.apply(m.BookUpdate(NEAR, 1, 5, None, [("new", 400, 5)], [("new", 402, 1)]))
    fair = FairValue(0.0, 1.0).ticks(market.view, listed, market.now_ns)
    assert fair == 280, "a one-sided book of others has no middle"


def test_without_an_index_the_middle_or_the_mark_must_do() -> None:
    market = Market()
    market.view.index.clear()
    listed = market.view.instruments[NEAR]
    assert FairValue(0, 0).ticks(market.view, listed, market.now_ns) is None
    market.view.tickers[NEAR] = msgspec.structs.replace(TICKER, mark_ticks=275)
    assert FairValue(0, 0).ticks(market.view, listed, market.now_ns) == 275
    market.quote(NEAR, 270, 272)
    assert FairValue(0, 0).ticks(market.view, listed, market.now_ns) == 271


TICKER = m.Ticker(
    instrument=NEAR,
    ts_ns=1,
    state="open",
    mark_ticks=None,
    last_ticks=None,
    best_bid_ticks=None,
    best_bid_lots=0,
    best_ask_ticks=None,
    best_ask_lots=0,
    open_interest_lots=0,
    index_micros=None,
)
