"""Rentals: the deals of a day and the book of those that run for a term."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, time
from enum import IntEnum
from typing import Self
from zoneinfo import ZoneInfo

import numpy as np

from clients.economy.columns import Columns
from clients.economy.draws import Ints
from marketdata.days import date_of


class Rental(IntEnum):
    """How something is rented."""

    ON_DEMAND = 0
    SPOT = 1
    RESERVED = 2


METERED_AT = time(16)
METERED_IN = ZoneInfo("America/New_York")
"""Meters of running rentals are read in the hour before this time there: a default by which an index
that closes then sees the whole day's rentals."""


def meter_close_second(day: int) -> int:
    """Return the second of the UTC day by which the meters of a day have been read."""
    local = datetime.combine(date_of(day), METERED_AT, METERED_IN)
    moment = local.astimezone(UTC)
    return moment.hour * 3_600 + moment.minute * 60


@dataclasses.dataclass
class Rentals(Columns):
    """Rentals that ran on one day; gpus × 24 hours at price_micros a GPU-hour.

    second: of the UTC day at which its meter was read or its term agreed. months: its term, 0 of
    what has none. hours: what the agreement covers, of a reserved rental that was signed on another
    day 0.
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
