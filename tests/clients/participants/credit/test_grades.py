"""Grades are in order, and their coupons within what is reported."""

from __future__ import annotations

import pytest

from clients.participants.credit.grades import CREDIT, Grade, survival


def test_worse_grades_default_more_and_pay_more() -> None:
    assert list(CREDIT) == list(Grade)
    for better, worse in zip(list(Grade)[:-1], list(Grade)[1:], strict=True):
        assert CREDIT[better].default_ppm < CREDIT[worse].default_ppm
        assert CREDIT[better].senior_rate_ppm < CREDIT[worse].senior_rate_ppm
        assert CREDIT[better].junior_rate_ppm < CREDIT[worse].junior_rate_ppm


def test_coupons_span_seven_to_seventeen_per_cent() -> None:
    coupons = [
        rate for each in CREDIT.values() for rate in (each.senior_rate_ppm, each.junior_rate_ppm)
    ]
    assert (min(coupons), max(coupons)) == (70_000, 170_000)


def test_survival_compounds() -> None:
    assert survival(100_000, 2) == pytest.approx(0.81)
    assert survival(100_000, 0) == 1
