"""What families list by themselves: strikes around the index, months in order, one perpetual."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.contracts.outrights import listed_strikes, outrights
from exchange.contracts.spec import shipped
from exchange.contracts.terms import Strikes

AT_NS = int(datetime(2026, 11, 21, tzinfo=UTC).timestamp()) * 10**9
STRIKES = Strikes(step=Decimal("0.10"), each_side=2, volatility_per_year=Decimal("0.3"))


@pytest.mark.parametrize(
    ("price_micros", "texts"),
    [
        (2_810_000, ["2.6", "2.7", "2.8", "2.9", "3.0"]),
        (2_850_000, ["2.7", "2.8", "2.9", "3.0", "3.1"]),
        (100_000, ["0.1", "0.2", "0.3"]),
    ],
)
def test_strikes_lie_around_the_index(price_micros: int, texts: list[str]) -> None:
    assert listed_strikes(STRIKES, price_micros) == [Decimal(text) for text in texts]


@given(st.integers(300_000, 10**8))
def test_an_index_lies_within_half_a_step_of_its_middle_strike(price_micros: int) -> None:
    found = listed_strikes(STRIKES, price_micros)
    assert len(found) == 5
    assert abs(found[2] * 1_000_000 - price_micros) <= 50_000


def test_a_binary_is_listed_for_each_month_and_strike_with_falling_chances() -> None:
    (spec,) = shipped("H100MEAN")
    found = list(outrights(spec, AT_NS, 2_810_000))
    assert [each.name for each in found[:2]] == ["H100MEAN-30NOV26-2d6", "H100MEAN-30NOV26-2d7"]
    assert len({each.name for each in found}) == len(found) == 10
    assert [each.strike_micros for each in found[:5]] == [
        *(2_600_000, 2_700_000, 2_800_000, 2_900_000, 3_000_000)
    ]
    for month in (found[:5], found[5:]):
        marks = [each.reference_ticks for each in month]
        assert marks == sorted(marks, reverse=True)
        assert {each.payoff for each in month} == {"binary"}
    # More is known of this month: its chances lie further apart.
    near, far = found[:5], found[5:]
    assert near[0].reference_ticks > far[0].reference_ticks
    assert near[-1].reference_ticks < far[-1].reference_ticks


def test_a_perpetual_is_one() -> None:
    (spec,) = shipped("B200")
    (found,) = outrights(spec, AT_NS, 5_870_000)
    assert (found.name, found.expiry_ns, found.reference_ticks) == ("B200-PERPETUAL", 0, 5_870)
