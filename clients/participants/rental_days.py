"""Reading a day's statement, and making one up where no economy runs."""

from __future__ import annotations

from typing import Protocol

import msgspec

from clients.economy.statements import RentalDay, RentalLine, SpotSummary
from marketdata.days import NS_PER_DAY
from marketdata.messages import MICROS

HOURS_A_DAY = 24


def market_micros(day: RentalDay, underlying: str) -> int | None:
    """Return what the rental market paid per GPU-hour, else what the participant itself paid or got.

    The market's mean comes first: from day to day a participant's own mean moves with the mix of its
    rentals, which says nothing of what the hours ahead will cost. None where the day says
    nothing about the underlying.
    """
    spot = day.spot.get(underlying)
    if spot is not None and spot.executed_micros > 0:
        return spot.executed_micros
    lines = [line for line in day.lines if line.underlying == underlying and line.gpu_hours > 0]
    if not lines:
        return None
    hours = sum(line.gpu_hours for line in lines)
    return round(sum(line.gpu_hours * line.price_micros for line in lines) / hours)


def blank_day(participant: str, underlying: str, day: int, price_micros: int) -> RentalDay:
    """Return a day on which a participant rented nothing and the market paid ``price_micros``."""
    spot = SpotSummary(
        underlying=underlying,
        executed_micros=price_micros,
        list_micros=price_micros,
        volume_gpu_hours=0.0,
        utilisation=0.0,
    )
    return RentalDay(
        day=day,
        ts_ns=(day + 1) * NS_PER_DAY,
        participant=participant,
        lines=(),
        fleet={},
        utilisation={},
        spot={underlying: spot},
        other_micros=0,
    )


class OwnerTerms(Protocol):
    """Parameters of a fleet's owner."""

    @property
    def underlying(self) -> str:
        """Which GPUs it has."""

    @property
    def utilisation(self) -> float:
        """Part of their hours rented out."""

    @property
    def cost_usd(self) -> float:
        """Running cost of a GPU an hour."""


def rented_out(day: RentalDay, days: int, gpus: float, terms: OwnerTerms) -> RentalDay:
    """Return the day with the stated part of a fleet rented out at the market's price for so many days.

    The running cost is that of the whole fleet.
    """
    hours = gpus * HOURS_A_DAY * days
    line = RentalLine(
        underlying=terms.underlying,
        sold=True,
        gpu_hours=hours * terms.utilisation,
        price_micros=market_micros(day, terms.underlying) or 0,
    )
    return msgspec.structs.replace(
        day, lines=(line,), other_micros=-round(hours * terms.cost_usd * MICROS)
    )
