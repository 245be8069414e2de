"""What one day of the rental economy came to."""

from __future__ import annotations

import dataclasses
from functools import cached_property

import numpy as np

from clients.economy import observing
from clients.economy.draws import Bools, Floats, Ints
from clients.economy.lines import Names, OfferLines
from clients.economy.outlook import Outlook
from clients.economy.rentals import Rental, Rentals
from clients.economy.shocks import Shock
from clients.economy.statements import RentalDay, SpotSummary
from exchange.indices.observations import Observation
from marketdata.days import NS_PER_DAY

MICROS = 1_000_000
HOURS_A_DAY = 24


@dataclasses.dataclass(frozen=True)
class EconomyDay:
    """One day: what was offered and rented, what that says of prices, and who had which part.

    day: days since 1970. lines: every offer. rentals: every rental that ran. outlook: where prices
    are expected to go. shocks: what befell the economy. statements: of the members, by name.
    """

    day: int
    names: Names
    lines: OfferLines
    rentals: Rentals
    summaries: dict[str, SpotSummary]
    statements: dict[str, RentalDay]
    outlook: Outlook
    shocks: tuple[Shock, ...]

    @property
    def end_ns(self) -> int:
        """End of the day, nanoseconds since 1970."""
        return (self.day + 1) * NS_PER_DAY

    @cached_property
    def observations(self) -> tuple[Observation, ...]:
        """What an index could observe, in order of time: lists, and rentals agreed on this day."""
        return observing.observations(self.day, self.names, self.lines, self.rentals)


def benchmark_prices(lines: OfferLines, rentals: Rentals) -> Floats:
    """Return each rental's price in dollars, brought to the benchmark configuration.

    That is a neocloud's SXM without InfiniBand in the first region; the model's own factors are
    taken out, so that this is what a perfect hedonic adjustment would come to.
    """
    return np.asarray(rentals.price_micros / MICROS / np.exp(lines.log_base[rentals.offer]))


def executed_on_demand(lines: OfferLines, rentals: Rentals) -> Bools:
    """Return which rentals an index of executed prices could see: on demand, of those who tell."""
    return np.asarray((rentals.rental == Rental.ON_DEMAND) & lines.deals_seen[rentals.offer])


def summarise(names: Names, lines: OfferLines, rentals: Rentals) -> dict[str, SpotSummary]:
    """Return the spot market by underlying, for those with something to rent.

    Prices are brought to the benchmark configuration. Executed are the deals that an index could
    see; where there is none, executed is the mean list.
    """
    count = len(names.generations)
    generation = lines.generation[rentals.offer]
    hours = rentals.gpus * HOURS_A_DAY * executed_on_demand(lines, rentals)
    volume = np.bincount(generation, hours, count)
    paid = np.bincount(generation, hours * benchmark_prices(lines, rentals), count)
    running = np.bincount(lines.generation, lines.gpus, count)
    rented = np.bincount(lines.generation, lines.rented, count)
    listed = mean_lists(lines, count)
    summaries = {}
    for number, name in enumerate(names.generations):
        if running[number] <= 0:
            continue
        executed = paid[number] / volume[number] if volume[number] > 0 else listed[number]
        summaries[name] = SpotSummary(
            underlying=name,
            executed_micros=round(executed * MICROS),
            list_micros=round(listed[number] * MICROS),
            volume_gpu_hours=float(volume[number]),
            utilisation=float(rented[number] / running[number]),
        )
    return summaries


def mean_lists(lines: OfferLines, count: int) -> Floats:
    """Return the mean list in dollars by generation, in the benchmark configuration; nan if none.

    Each provider counts once.
    """
    usd = lines.list_micros / MICROS / np.exp(lines.log_base)
    shown = lines.gpus > 0
    means = np.full(count, np.nan)
    for generation in range(count):
        rows = np.flatnonzero((lines.generation == generation) & shown)
        if len(rows):
            means[generation] = provider_means(lines.provider[rows], usd[rows]).mean()
    return means


def provider_means(providers: Ints, usd: Floats) -> Floats:
    """Return the mean of each provider that occurs, in order of their numbers."""
    numbers, place = np.unique(providers, return_inverse=True)
    return np.bincount(place, usd, len(numbers)) / np.bincount(place, minlength=len(numbers))
