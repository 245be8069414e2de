"""A member's statement, by hand."""

from __future__ import annotations

import pytest

from clients.economy.day import summarise
from clients.economy.members import Member, statement
from tests.clients.economy.test_day import NAMES, lines, rentals


def test_a_provider_is_told_its_rentals_fleet_and_costs() -> None:
    spot = summarise(NAMES, lines(), rentals())
    member = Member("Fir", provider=0, costs_micros=5)
    told = statement(member, 20_000, NAMES, lines(), rentals(), spot, {"A100": 1, "H100": 100})
    (line,) = told.lines
    assert line.sold
    assert line.gpu_hours == 40 * 24
    assert line.price_micros == (30 * 2_000_000 + 10 * 2_640_000) / 40
    assert told.fleet == {"H100": 150}
    assert told.utilisation == {"H100": 75 / 150}
    assert told.other_micros == -(5 + 150 * 24 * 100)
    assert told.cash_micros == line.gpu_hours * line.price_micros + told.other_micros
    assert told.ts_ns == 20_001 * 86_400 * 10**9


def test_a_customer_is_told_each_kind_of_rental_apart() -> None:
    told = statement(Member("Ash", customers=[1]), 20_000, NAMES, lines(), rentals(), {}, {})
    assert [(line.sold, line.gpu_hours, line.price_micros) for line in told.lines] == [
        (False, 240.0, 2_640_000),
        (False, 85 * 24.0, 9_000_000),
    ]
    assert (told.fleet, told.utilisation, told.other_micros) == ({}, {}, 0)
    assert told.cash_micros == pytest.approx(-(240 * 2_640_000 + 85 * 24 * 9_000_000))
