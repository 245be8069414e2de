"""Rentals: the deals of a day and the book of those that run for a term."""

from __future__ import annotations

import dataclasses
from enum import IntEnum
from typing import Self

import numpy as np

from clients.economy.columns import Columns
from clients.economy.draws import Ints


class Rental(IntEnum):
    """How something is rented."""

    ON_DEMAND = 0
    SPOT = 1
    RESERVED = 2


@dataclasses.dataclass
class Rentals(Columns):
    """Rentals that ran on one day; gpus × 24 hours at price_micros a GPU-hour.

    second: of the day at which it was agreed. months: its term, 0 of what has none. hours: what the
    agreement covers, of a reserved rental that was signed on another day 0.
    """

    customer: Ints
    offer: Ints
    gpus: Ints
    price_micros: Ints
    rental: Ints
    months: Ints
    second: Ints
    hours: Ints

    @classmethod
    def none(cls) -> Self:
        """Return no rentals."""
        return cls(*[np.zeros(0, np.int64) for _ in dataclasses.fields(cls)])


@dataclasses.dataclass
class Terms(Columns):
    """Reserved rentals that run: the last day is end_day − 1."""

    customer: Ints
    offer: Ints
    gpus: Ints
    price_micros: Ints
    months: Ints
    signed_day: Ints
    end_day: Ints

    @classmethod
    def none(cls) -> Self:
        """Return no rentals."""
        return cls(*[np.zeros(0, np.int64) for _ in dataclasses.fields(cls)])
