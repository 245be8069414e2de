"""An index along the curve, by hand."""

from __future__ import annotations

import math

import pytest

from clients.participants.fair_value import curve_micros, years_to_expiry
from tests.clients.market import NEAR, PERPETUAL, Market


def test_the_index_falls_along_the_curve_and_a_perpetual_is_worth_the_index() -> None:
    market = Market(index=2.8)
    listed, perpetual = (market.view.instruments[name] for name in (NEAR, PERPETUAL))
    years = (listed.expiry_ns - market.now_ns) / (365 * 86_400e9)
    assert years > 0
    assert years_to_expiry(listed, market.now_ns) == pytest.approx(years)
    fair = curve_micros(2_800_000, -0.19, listed, market.now_ns)
    assert fair == pytest.approx(2_800_000 * math.exp(-0.19 * years))
    assert curve_micros(2_800_000, -0.19, perpetual, market.now_ns) == 2_800_000


def test_what_has_expired_has_no_time_left() -> None:
    market = Market()
    listed = market.view.instruments[NEAR]
    assert years_to_expiry(listed, listed.expiry_ns + 1) == 0
    assert curve_micros(2_800_000, -0.19, listed, listed.expiry_ns) == 2_800_000
