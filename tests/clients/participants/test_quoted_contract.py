"""When a quote is good enough, and what a maker makes of the others' prices."""

from __future__ import annotations

import math

import pytest

from clients.participants.quoted_contract import QuotedContract
from clients.trader import TwoSided
from tests.clients.market import NEAR, listed


def both(bid: int, ask: int, lots: int = 10) -> TwoSided:
    return TwoSided(instrument=NEAR, bid_ticks=bid, bid_lots=lots, ask_ticks=ask, ask_lots=lots)


def test_only_what_moved_further_than_the_tolerance_is_needed() -> None:
    contract = QuotedContract(listed(NEAR, 1, 1), 60.0)
    assert contract.needs(both(100, 102), 2.0) == math.inf, "nothing is shown yet"
    contract.show(both(100, 102))
    assert contract.sides == 2
    assert contract.needs(both(102, 104), 2.0) == 0.0
    assert contract.needs(both(97, 103), 2.0) == 3.0
    assert contract.needs(both(100, 102, 4), 2.0) == math.inf, "less than half the size"
    assert contract.needs(both(100, 102, 6), 2.0) == 0.0
    contract.stale = True
    assert contract.needs(both(100, 102), 2.0) == math.inf
    one_sided = TwoSided(instrument=NEAR, bid_ticks=100, bid_lots=10)
    contract.show(one_sided)
    assert contract.needs(one_sided, 2.0) == 0.0
    assert contract.sides == 1


def test_a_market_that_follows_itself_comes_back_to_the_model() -> None:
    contract, mid = QuotedContract(listed(NEAR, 1, 1), 5.0), 120.0
    for second in range(200):
        mid = contract.fair_ticks(100.0, mid, 0.2, 0.7, second * 10**9)
    assert mid == pytest.approx(100.0, abs=0.1)


def test_a_lasting_departure_of_others_is_believed_in_part() -> None:
    contract = QuotedContract(listed(NEAR, 1, 1), 5.0)
    fair = 0.0
    for second in range(200):
        fair = contract.fair_ticks(100.0, 110.0, 0.0, 0.7, second * 10**9)
    assert fair == pytest.approx(107.0)
    assert contract.fair_ticks(100.0, None, 0.0, 0.7, 0) == pytest.approx(107.0)


def test_refusals_halve_the_reach_and_are_forgotten() -> None:
    contract = QuotedContract(listed(NEAR, 1, 1), 5.0)
    assert contract.reach_part() == 1.0
    contract.refuse()
    contract.refuse()
    assert contract.reach_part() == pytest.approx(0.25, rel=0.1)
    for _ in range(200):
        part = contract.reach_part()
    assert part > 0.99
