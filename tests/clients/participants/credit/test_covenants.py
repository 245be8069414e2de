"""The ladder rung by rung."""

from __future__ import annotations

import math

import pytest

from clients.participants.credit.covenants import CovenantTerms, Ladder, Rung, dscr, ltv

TERMS = CovenantTerms()


@pytest.mark.parametrize(
    ("loan_to_value", "cover", "rung"),
    [
        (0.60, 1.50, Rung.CLEAR),
        (0.70, 1.50, Rung.LOCK_UP),
        (0.60, 1.30, Rung.LOCK_UP),
        (0.75, 1.50, Rung.SWEEP),
        (0.60, 1.15, Rung.SWEEP),
        (0.80, 1.50, Rung.MARGIN_CALL),
        (0.60, 1.00, Rung.MARGIN_CALL),
        (0.90, 9.00, Rung.FORCED_SALE),
        (math.inf, 9.00, Rung.FORCED_SALE),
        (0.00, math.inf, Rung.CLEAR),
    ],
)
def test_each_rung_is_reached_by_either_figure(
    loan_to_value: float, cover: float, rung: Rung
) -> None:
    assert TERMS.rung(loan_to_value, cover) is rung


def test_up_at_once_and_down_after_two_better_periods() -> None:
    ladder = Ladder(TERMS)
    path = [(0.6, 2), (0.77, 2), (0.6, 2), (0.77, 2), (0.6, 2), (0.71, 2), (0.6, 2), (0.6, 2)]
    rungs = [ladder.step(*figures) for figures in path]
    assert rungs == [
        Rung.CLEAR,
        Rung.SWEEP,
        Rung.SWEEP,
        Rung.SWEEP,
        Rung.SWEEP,
        Rung.LOCK_UP,
        Rung.LOCK_UP,
        Rung.CLEAR,
    ]


def test_loan_to_value_and_cover_by_hand() -> None:
    assert ltv(900, 100, 1_000) == pytest.approx(0.8)
    assert ltv(100, 100, 0) == 0
    assert ltv(100, 0, 0) == math.inf
    assert dscr(120, 100) == pytest.approx(1.2)
    assert dscr(120, 0) == math.inf


@pytest.mark.parametrize(
    "levels", [{"sweep_ltv": 0.5}, {"call_dscr": 2.0}, {"cured_ltv": 0.80}, {"sale_ltv": 0.7}]
)
def test_a_ladder_out_of_order_is_refused(levels: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"must rise|cured_ltv"):
        CovenantTerms(**levels)
