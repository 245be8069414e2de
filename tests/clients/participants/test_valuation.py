"""Model prices against sums over fixings written out here, against legs and against simulation."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import msgspec
import numpy as np
import pytest

from clients import messages as m
from clients.curves.fixings import FixingCalendar
from clients.curves.schwartz_smith import COMPUTE
from clients.participants.valuation import Valuation
from exchange.contracts.spec import shipped
from marketdata.messages import Instrument, InstrumentLeg
from tests.clients.market import FAR, NEAR, PERPETUAL, Market, listed

HOUR_NS = 3_600 * 10**9
YEAR_NS = 365 * 24 * HOUR_NS


def ns(month: int, day: int, hour: int = 0) -> int:
    return int(datetime(2026, month, day, hour, tzinfo=UTC).timestamp()) * 10**9


def november() -> Instrument:
    return msgspec.structs.replace(listed(NEAR, 1, 1), expiry_ns=ns(11, 30, 22))


def market_at(now_ns: int, index: float = 2.8) -> Market:
    market = Market(index)
    market.now_ns = now_ns
    market.add(november())
    return market


def test_before_its_month_a_future_is_the_mean_of_the_forwards_of_its_fixings() -> None:
    now_ns, contract = ns(9, 15), november()
    market = market_at(now_ns)
    valuation = Valuation()
    valuation.see(market.view, now_ns)
    instants = FixingCalendar(shipped()).instants_ns(contract)
    assert len(instants) == 20
    forwards = [
        2.8e6 * math.exp(COMPUTE.adjustment((instant - now_ns) / YEAR_NS)) for instant in instants
    ]
    expected = sum(forwards) / len(forwards)
    assert valuation.micros(market.view, contract, now_ns) == pytest.approx(expected, rel=2e-5)


def test_inside_its_month_the_fixings_seen_count_for_good() -> None:
    contract = november()
    instants = FixingCalendar(shipped()).instants_ns(contract)
    market, valuation = market_at(ns(11, 1)), Valuation()
    prices = [2.8 + 0.01 * number for number in range(10)]
    for price, instant in zip(prices, instants, strict=False):
        market.now_ns = instant - HOUR_NS
        market.print_index(price)
        valuation.see(market.view, market.now_ns)
    now_ns = instants[9] + HOUR_NS
    market.print_index(2.0)
    valuation.see(market.view, now_ns)
    worth = valuation.micros(market.view, contract, now_ns)
    assert worth is not None
    known = sum(prices) * 1e6
    implied = (worth * 20 - known) / 10
    # What is left is worth about today's index: its slow mean pulls a little of the fall back.
    assert 2.0e6 * 0.97 < implied < 2.0e6 * 1.10
    at_the_end = instants[-1] + 1
    valuation.see(market.view, at_the_end)
    assert valuation.micros(market.view, contract, at_the_end) == pytest.approx(
        (known + 10 * 2.0e6) / 20, rel=1e-9
    ), "days after the last look repeat its price"


def test_a_combo_is_the_sum_of_its_legs_and_a_perpetual_its_index() -> None:
    market = Market()
    spread = msgspec.structs.replace(
        listed("GPU1-FS-X", 4, 1), legs=(InstrumentLeg(FAR, 1), InstrumentLeg(NEAR, -1))
    )
    market.add(spread)
    valuation, view, now_ns = Valuation(), market.view, market.now_ns
    valuation.see(view, now_ns)
    near, far, both = (
        valuation.micros(view, view.instruments[name], now_ns) for name in (NEAR, FAR, "GPU1-FS-X")
    )
    assert near is not None
    assert far is not None
    assert both == pytest.approx(far - near)
    assert valuation.micros(view, view.instruments[PERPETUAL], now_ns) == pytest.approx(2.8e6)
    del view.instruments[FAR]
    valuation.see(view, now_ns + 1)
    assert valuation.micros(view, spread, now_ns + 1) is None, "a leg is not listed any more"


def test_a_binary_is_the_chance_of_a_simulated_mean() -> None:
    now_ns, contract = ns(10, 20), november()
    binary = msgspec.structs.replace(
        contract, name="B", contract_hours=1, binary=True, strike_micros=2_750_000
    )
    market = market_at(now_ns)
    market.add(binary)
    valuation = Valuation()
    valuation.see(market.view, now_ns)
    instants = np.array(FixingCalendar(shipped()).instants_ns(contract))
    steps = np.diff(np.concatenate([[now_ns], instants])) / YEAR_NS
    sigma = COMPUTE.volatility(0.0)
    rng = np.random.default_rng(11)
    moves = rng.standard_normal((100_000, len(steps))) * sigma * np.sqrt(steps)
    forward = valuation.micros(market.view, contract, now_ns)
    assert forward is not None
    paths = np.exp(np.cumsum(moves - sigma**2 * steps / 2, axis=1)).mean(axis=1) * forward
    chance = float((paths > 2_750_000).mean())
    assert valuation.micros(market.view, binary, now_ns) == pytest.approx(chance * 1e6, abs=15_000)


def test_without_an_index_there_is_no_price() -> None:
    market = Market()
    market.view.index.clear()
    valuation = Valuation()
    valuation.see(market.view, 1)
    assert valuation.micros(market.view, market.view.instruments[NEAR], 1) is None
    assert valuation.index_micros(market.view.instruments[NEAR]) is None


def test_volatility_falls_as_fixings_become_known_and_rises_with_what_is_seen() -> None:
    contract, market = november(), market_at(ns(11, 1))
    valuation = Valuation()
    valuation.see(market.view, ns(11, 1))
    fresh = valuation.volatility(contract, ns(11, 1))
    late = valuation.volatility(contract, ns(11, 25))
    instants = FixingCalendar(shipped()).instants_ns(contract)
    left = sum(instant > ns(11, 25) for instant in instants) / 20
    assert late == pytest.approx(fresh * left, rel=0.10)
    for day in range(1, 20):
        market.view.apply(m.IndexPrice("h100", ns(11, day), round(2.8e6 * 1.1 ** (day % 2))))
        valuation.see(market.view, ns(11, day))
    assert valuation.volatility(contract, ns(11, 1)) > 2 * fresh
    assert valuation.surprises()["h100"] > 0
