"""The economy's days as observations of the indices: what is listed, and what was rented."""

from __future__ import annotations

import numpy as np

from clients.economy.draws import Ints
from clients.economy.lines import Names, OfferLines
from clients.economy.rentals import Rental, Rentals
from exchange.indices.observations import Observation
from marketdata.days import NS_PER_DAY

SECOND_NS = 1_000_000_000
LISTS_READ_AT_NS = 12 * 3_600 * SECOND_NS
"""When of the day (UTC) lists are read; a default."""
RENTALS = {Rental.ON_DEMAND: "on_demand", Rental.SPOT: "spot", Rental.RESERVED: "reserved"}


def observations(
    day: int, names: Names, lines: OfferLines, rentals: Rentals
) -> tuple[Observation, ...]:
    """Return a day's observations in order of time.

    A list is observed once a day for each offer that has GPUs running. A rental on demand or spot is
    observed on each day that it runs, when its meter is read; a reserved one on the day on which it
    is agreed, with the hours of its whole term. Rentals of those who do not tell are not observed.
    """
    described = _descriptions(names, lines)
    start_ns = day * NS_PER_DAY
    make = Observation._make
    rows = [
        make((start_ns + LISTS_READ_AT_NS, price, *described[offer], "on_demand", 0, False, 0.0))
        for offer, price in _shown(lines)
    ]
    agreed = rentals.take(np.flatnonzero((rentals.hours > 0) & lines.deals_seen[rentals.offer]))
    columns = (agreed.second, agreed.price_micros, agreed.offer, agreed.rental, agreed.months)
    words = {int(kind): word for kind, word in RENTALS.items()}
    rows += [
        make(
            (
                start_ns + second * SECOND_NS,
                price,
                *described[offer],
                words[rental],
                months,
                True,
                float(hours),
            )
        )
        for second, price, offer, rental, months, hours in zip(
            *(column.tolist() for column in (*columns, agreed.hours)), strict=True
        )
    ]
    return tuple(sorted(rows))


def _shown(lines: OfferLines) -> list[tuple[int, int]]:
    shown = np.flatnonzero(lines.gpus > 0)
    return list(zip(shown.tolist(), lines.list_micros[shown].tolist(), strict=True))


def _descriptions(names: Names, lines: OfferLines) -> list[tuple[object, ...]]:
    """Return the fields from underlying to cluster_gpus of each offer's observations."""

    def words(column: Ints, of: tuple[str, ...]) -> list[str]:
        return [of[number] for number in column.tolist()]

    return list(
        zip(
            words(lines.generation, names.generations),
            words(lines.provider, names.providers),
            words(lines.cloud, names.clouds),
            words(lines.region, names.countries),
            words(lines.region, names.regions),
            ["pcie" if pcie else "sxm" for pcie in lines.pcie.tolist()],
            ["infiniband" if fast else "ethernet" for fast in lines.infiniband.tolist()],
            ["x86"] * len(lines),
            lines.cluster_gpus.tolist(),
            strict=True,
        )
    )
