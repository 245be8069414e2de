"""Gaps, contributions and absence against plain arithmetic and full recalculation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from exchange.indices.calculation import Calculation
from exchange.indices.comparison import contributions, gaps, prices_without, volatility
from exchange.indices.computing import compute
from exchange.indices.panel import Panel
from exchange.indices.publication import IndexPrint
from exchange.indices.weighting import capped, dispersion, weighted_mean
from tests.exchange.indices.rental_market import FIRST_DAY, market, methodology


def printed(day: int, price_micros: int | None, index: str = "x") -> IndexPrint:
    return IndexPrint(index=index, day=day, price_micros=price_micros)


def test_a_gap_is_a_ratio_on_days_that_both_print() -> None:
    broad = [printed(1, 2_800_000), printed(2, 2_200_000), printed(3, None), printed(4, 1)]
    other = [printed(1, 2_000_000), printed(2, 2_000_000), printed(3, 2_000_000)]
    assert gaps(broad, other) == {1: pytest.approx(0.4), 2: pytest.approx(0.1)}


def test_volatility_of_a_known_course() -> None:
    prints = [printed(0, 1_000_000), printed(1, 1_010_000), printed(2, None), printed(4, 1_010_000)]
    assert volatility(prints) == pytest.approx(math.log(1.01) * math.sqrt(365 / 4))
    assert math.isnan(volatility(prints[:1]))


@pytest.mark.parametrize("name", ["h100_usd", "h100_tx_usd"])
def test_the_parts_make_up_the_index(name: str) -> None:
    chosen = methodology(name)
    prints = compute(Panel.of(sorted(market(6, 9, 1))), [chosen])
    calculations = [each.calculation for each in prints if each.calculation]
    found = contributions(calculations, chosen.at(FIRST_DAY).terms)
    assert len(found) == 9
    assert math.fsum(each.weight for each in found) == pytest.approx(1)
    assert math.fsum(each.pull for each in found) == pytest.approx(0, abs=1e-9)
    assert all(each.withheld == 0 for each in found)


def test_absence_is_near_to_a_recalculation_without_the_provider() -> None:
    chosen = methodology("h100_usd")
    rows = sorted(market(6, 9, 1))
    prints = compute(Panel.of(rows), [chosen])
    calculations = [each.calculation for each in prints if each.calculation]
    mean = math.fsum(each.price_micros or 0 for each in prints)
    for each in contributions(calculations, chosen.at(FIRST_DAY).terms):
        less = [row for row in rows if row.provider != each.provider]
        again = compute(Panel.of(less), [chosen])
        change = math.fsum(one.price_micros or 0 for one in again) / mean - 1
        assert each.without == pytest.approx(change, abs=2e-3)


def test_absence_may_withhold() -> None:
    chosen = methodology("h100_usd")
    prints = compute(Panel.of(sorted(market(1, 5, 1))), [chosen])
    calculation = prints[0].calculation
    assert calculation is not None
    terms = chosen.at(FIRST_DAY).terms
    assert np.isnan(prices_without(calculation, terms)).all()
    found = contributions([calculation], terms)[0]
    assert found.withheld == 1
    assert math.isnan(found.without)


@given(
    st.lists(st.tuples(st.floats(1, 9), st.floats(0.01, 100)), min_size=2, max_size=12),
    st.floats(0.1, 1),
    st.floats(0.05, 1),
)
def test_prices_without_each_are_those_of_the_rest(
    rows: list[tuple[float, float]], cap: float, most: float
) -> None:
    terms = methodology("h100_tx_usd").at(FIRST_DAY).terms
    terms = replace(
        terms,
        weights=replace(terms.weights, cap=cap),
        withhold=replace(terms.withhold, min_providers=2, max_dispersion=most),
    )
    names = [f"p{number:02}" for number in range(len(rows))]
    steps = {
        "provider_means": dict(zip(names, (mean for mean, _ in rows), strict=True)),
        "volumes": dict(zip(names, (volume for _, volume in rows), strict=True)),
    }
    found = prices_without(Calculation(day=1, price_micros=1, steps=steps), terms)
    for place in range(len(rows)):
        others = [row for number, row in enumerate(rows) if number != place]
        means, volumes = (np.array(each) for each in zip(*others, strict=True))
        shares = capped(volumes, cap)
        spread = dispersion(means, shares)
        if len(others) < 2 or spread > most * (1 + 1e-9):
            assert np.isnan(found[place])
        elif spread < most * (1 - 1e-9):
            assert found[place] == pytest.approx(weighted_mean(means, shares))
