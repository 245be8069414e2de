"""The tables of rentals."""

from __future__ import annotations

import numpy as np

from clients.economy.rentals import Rental, Rentals, Terms, meter_close_second


def test_tables_begin_empty_and_take_rows() -> None:
    assert len(Rentals.none()) == len(Terms.none()) == 0
    rentals = Rentals.none()
    rentals.append(Rentals(*[np.array([number]) for number in range(8)]))
    assert (rentals.customer[0], rentals.price_micros[0], rentals.hours[0]) == (0, 3, 7)


def test_meters_are_read_by_four_in_new_york_summer_and_winter() -> None:
    """20:00 UTC on 1 July 2026 (EDT), 21:00 UTC on 1 January 2026 (EST)."""
    assert meter_close_second(20_635) == 20 * 3_600
    assert meter_close_second(20_454) == 21 * 3_600


def test_kinds_are_told_apart() -> None:
    assert len(set(Rental)) == 3
