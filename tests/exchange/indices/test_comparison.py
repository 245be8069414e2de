"""Gaps, contributions and absence against plain arithmetic and full recalculation."""

from __future__ import annotations

import math

import pytest

from exchange.indices.comparison import contributions, gaps, volatility, without
from exchange.indices.computing import compute
from exchange.indices.panel import Panel
from exchange.indices.publication import IndexPrint
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
    assert without(calculation, "p01", terms) is None
    assert without(calculation, "nobody", terms) == calculation.steps["price"]
    assert contributions([calculation], terms)[0].withheld == 1
