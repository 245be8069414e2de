"""The tables of rentals."""

from __future__ import annotations

import numpy as np

from clients.economy.rentals import Rental, Rentals, Terms


def test_tables_begin_empty_and_take_rows() -> None:
    assert len(Rentals.none()) == len(Terms.none()) == 0
    rentals = Rentals.none()
    rentals.append(Rentals(*[np.array([number]) for number in range(8)]))
    assert (rentals.customer[0], rentals.price_micros[0], rentals.hours[0]) == (0, 3, 7)


def test_kinds_are_told_apart() -> None:
    assert len(set(Rental)) == 3
