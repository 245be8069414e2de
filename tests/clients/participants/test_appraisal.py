"""Averaged forwards against a weighted mean, and a hedge that does not move for little."""

from __future__ import annotations

import math

import pytest

from clients.participants.appraisal import Appraisal, HedgedPart
from tests.clients.market import NEAR, START_NS, Market


def test_a_day_weighs_half_after_its_half_life() -> None:
    view = Market().view
    appraisal = Appraisal(3, 0.12, 10.0)
    for price, days in ((2.0, 1), (3.0, 10), (4.0, 5)):
        appraisal.update(view, [NEAR], START_NS, price * 1e6, days)
    weight = 0.5**0.5
    spot = weight * (0.5 * 2.0 + 0.5 * 3.0) + (1 - weight) * 4.0
    wanted = [spot * 1e6 * math.exp(-0.01 * month) for month in (1, 2, 3)]
    assert appraisal.forwards == pytest.approx(wanted)


def test_without_a_half_life_it_is_the_days_curve() -> None:
    view = Market().view
    appraisal = Appraisal(1, 0.0, 0.0)
    appraisal.update(view, [], START_NS, 2e6, 1)
    appraisal.update(view, [], START_NS, 3e6, 1)
    assert appraisal.forwards == [3e6]


def test_a_day_without_a_price_is_left_out() -> None:
    view = Market().view
    appraisal = Appraisal(1, 0.0, 10.0)
    appraisal.update(view, [], START_NS, 0.0, 1)
    assert appraisal.forwards == [0.0]
    appraisal.update(view, [], START_NS, 2e6, 1)
    assert appraisal.forwards == [2e6]


def test_the_hedge_moves_beyond_its_band_and_ends_at_once() -> None:
    hedged = HedgedPart(0.05)
    parts = [hedged.want(part) for part in (0.04, 0.06, 0.10, 0.12, 0.08, 0.06, 0.01, 0.0)]
    assert parts == [0.0, 0.06, 0.06, 0.12, 0.12, 0.06, 0.06, 0.0]
