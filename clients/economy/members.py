"""Members: customers and providers that outlive a day's crowd, whose statements someone reads."""

from __future__ import annotations

import dataclasses

import numpy as np

from clients.economy.day import HOURS_A_DAY
from clients.economy.lines import Names, OfferLines
from clients.economy.rentals import Rental, Rentals
from clients.economy.statements import RentalDay, RentalLine, SpotSummary
from marketdata.days import NS_PER_DAY


@dataclasses.dataclass
class Member:
    """One member: its rows among the customers, its row among the providers, its other costs.

    costs_micros: paid each day apart from running costs of the fleet.
    """

    name: str
    customers: list[int] = dataclasses.field(default_factory=list)
    provider: int | None = None
    costs_micros: int = 0


def statement(
    member: Member,
    day: int,
    names: Names,
    lines: OfferLines,
    rentals: Rentals,
    spot: dict[str, SpotSummary],
    opex_micros: dict[str, int],
) -> RentalDay:
    """Return a member's day; opex_micros: running cost of a GPU-hour by underlying."""
    sold = np.zeros(len(rentals), np.bool_)
    if member.provider is not None:
        sold = lines.provider[rentals.offer] == member.provider
    rented = np.isin(rentals.customer, member.customers)
    fleet: dict[str, int] = {}
    utilisation: dict[str, float] = {}
    costs = member.costs_micros
    if member.provider is not None:
        own = lines.provider == member.provider
        for number, name in enumerate(names.generations):
            rows = own & (lines.generation == number)
            gpus = int(lines.gpus[rows].sum())
            if rows.any():
                fleet[name] = gpus
                utilisation[name] = float(lines.rented[rows].sum() / max(gpus, 1))
                costs += gpus * HOURS_A_DAY * opex_micros[name]
    return RentalDay(
        day=day,
        ts_ns=(day + 1) * NS_PER_DAY,
        participant=member.name,
        lines=(
            *_lines(names, lines, rentals, sold, True),
            *_lines(names, lines, rentals, rented, False),
        ),
        fleet=fleet,
        utilisation=utilisation,
        spot=spot,
        other_micros=-costs,
    )


def _lines(
    names: Names, lines: OfferLines, rentals: Rentals, rows: np.ndarray, sold: bool
) -> list[RentalLine]:
    """Return a line for each underlying and kind of rental, at the mean price."""
    found = []
    generation = lines.generation[rentals.offer]
    for number in np.unique(generation[rows]):
        for rental in Rental:
            some = rows & (generation == number) & (rentals.rental == rental)
            gpus = int(rentals.gpus[some].sum())
            if gpus:
                paid = int((rentals.gpus[some] * rentals.price_micros[some]).sum())
                found.append(
                    RentalLine(
                        underlying=names.generations[number],
                        sold=sold,
                        gpu_hours=float(gpus * HOURS_A_DAY),
                        price_micros=round(paid / gpus),
                    )
                )
    return found
