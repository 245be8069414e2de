"""What an observer measures of the economy: two indices, their gap, and how sticky lists are.

Prices are brought to the benchmark configuration by the model's own factors, so these are the
indices as they would be with a perfect hedonic adjustment and a print every day; the methodologies
that contracts settle on are in ``exchange.indices``.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from clients.economy.day import EconomyDay, benchmark_prices, executed_on_demand, mean_lists
from clients.economy.draws import Floats, Ints
from clients.economy.lines import OfferLines
from clients.economy.rentals import Rentals

DAYS_PER_YEAR = 365
WINSOR = 0.05
"""Part of the hours at each end that the transaction index pulls in; a default."""
TRACKED = 27
"""How many providers an index of lists tracks: as many clouds as the price panel has."""


class Series(NamedTuple):
    """Daily series of one underlying; prices in dollars, nan where there is none.

    broad: mean over providers of the mean of list and executed price. transaction: hours-weighted
    winsorised mean of what was rented on demand. lists: mean list of all providers. tracked: list
    in the first region of each tracked provider, of shape (days, providers). spread: deviation of
    log lists between providers other than hyperscalers. dearer: hyperscalers' mean list by that of
    neoclouds, both as listed. forward: expected price in a year by today's, less 1.
    """

    broad: Floats
    transaction: Floats
    lists: Floats
    tracked: Floats
    spread: Floats
    dearer: Floats
    utilisation: Floats
    forward: Floats


class Recorder:
    """Takes the days of one economy in and gives the series of an underlying."""

    def __init__(self) -> None:
        self._rows: dict[str, list[tuple[float, ...]]] = {}
        self._tracked: dict[str, list[Floats]] = {}
        self._panel: dict[str, Ints] = {}

    def take(self, day: EconomyDay) -> None:
        """Measure a day."""
        names, lines, rentals = day.names, day.lines, day.rentals
        prices, seen = benchmark_prices(lines, rentals), executed_on_demand(lines, rentals)
        lists = mean_lists(lines, len(names.generations))
        for number, name in enumerate(names.generations):
            if name not in day.summaries:
                continue
            rows = seen & (lines.generation[rentals.offer] == number)
            deals, usd = rentals.take(np.flatnonzero(rows)), prices[rows]
            offered = np.flatnonzero((lines.generation == number) & (lines.gpus > 0))
            listed = lines.take(offered)
            by_cloud = _lists_by_cloud(listed, list(names.clouds))
            self._rows.setdefault(name, []).append(
                (
                    broad_index(lines, listed, deals, usd),
                    winsorised_mean(usd, deals.gpus, WINSOR),
                    float(lists[number]),
                    by_cloud[0],
                    by_cloud[1],
                    day.summaries[name].utilisation,
                    day.outlook.ratio(name, 1.0) - 1,
                )
            )
            if name not in self._panel:
                self._panel[name] = _largest(listed, list(names.clouds))
            self._tracked.setdefault(name, []).append(_lists_of(listed, self._panel[name]))

    @property
    def underlyings(self) -> tuple[str, ...]:
        """Every underlying that was for rent."""
        return tuple(self._rows)

    def series(self, underlying: str) -> Series:
        """Return the series of one underlying over all days taken in."""
        columns = np.array(self._rows[underlying]).T
        broad, transaction, lists, spread, dearer, utilisation, forward = columns
        tracked = np.array(self._tracked[underlying])
        return Series(broad, transaction, lists, tracked, spread, dearer, utilisation, forward)


def broad_index(lines: OfferLines, listed: OfferLines, deals: Rentals, usd: Floats) -> float:
    """Return the mean over providers of (list + executed) / 2, of the list alone where nobody rented.

    listed: the offers that count; usd: benchmark price of each deal.
    """
    size = int(lines.provider.max(initial=0)) + 1
    quoted = listed.list_micros / 1e6 / np.exp(listed.log_base)
    shown = np.bincount(listed.provider, minlength=size)
    lists = np.bincount(listed.provider, quoted, size) / np.maximum(shown, 1)
    sellers = lines.provider[deals.offer]
    sold = np.bincount(sellers, minlength=size)
    executed = np.bincount(sellers, usd, size) / np.maximum(sold, 1)
    means = np.where(sold > 0, (lists + executed) / 2, lists)
    return float(means[shown > 0].mean()) if shown.any() else float("nan")


def winsorised_mean(values: Floats, weights: Ints, part: float) -> float:
    """Return the weighted mean after pulling values beyond the weighted quantiles in; nan of none."""
    if not len(values):
        return float("nan")
    order = np.argsort(values, kind="stable")
    ahead = (np.cumsum(weights[order]) - weights[order] / 2) / weights.sum()
    low, high = np.interp([part, 1 - part], ahead, values[order])
    return float(np.average(np.clip(values, low, high), weights=weights))


def _lists_by_cloud(listed: OfferLines, clouds: list[str]) -> tuple[float, float]:
    """Return the deviation of log lists between other providers, and hyperscalers' by neoclouds'."""
    usd = listed.list_micros / 1e6
    large = listed.cloud == clouds.index("hyperscaler") if "hyperscaler" in clouds else usd < 0
    neo = listed.cloud == clouds.index("neocloud") if "neocloud" in clouds else ~large
    others = np.log(usd[~large])
    spread = float(others.std()) if len(others) else float("nan")
    if not (large.any() and neo.any()):
        return spread, float("nan")
    return spread, float(usd[large].mean() / usd[neo].mean())


def _largest(listed: OfferLines, clouds: list[str]) -> Ints:
    """Return the providers with the most GPUs among those that keep lists."""
    keeps = listed.cloud != (clouds.index("marketplace") if "marketplace" in clouds else -1)
    gpus = np.bincount(listed.provider[keeps], listed.gpus[keeps])
    return np.argsort(-gpus, kind="stable")[: min(TRACKED, int((gpus > 0).sum()))].astype(np.int64)


def _lists_of(listed: OfferLines, providers: Ints) -> Floats:
    """Return a list price of each provider, nan where it shows none today."""
    found = np.full(len(providers), np.nan)
    for place, provider in enumerate(providers):
        rows = np.flatnonzero(listed.provider == provider)
        if len(rows):
            found[place] = listed.list_micros[rows[0]] / 1e6
    return found


def volatility(prices: Floats) -> float:
    """Return the deviation of daily log changes, by the square root of 365."""
    moves = np.diff(np.log(prices[np.isfinite(prices)]))
    return float(moves.std(ddof=1) * np.sqrt(DAYS_PER_YEAR)) if len(moves) > 1 else float("nan")


def still_days(tracked: Floats) -> float:
    """Return the part of days on which no tracked list changed."""
    moves = np.nan_to_num(np.diff(tracked, axis=0))
    return float((np.abs(moves) < 1e-9).all(axis=1).mean())


def largest_list_cut(tracked: Floats) -> float:
    """Return the largest fall of one tracked list from a day to the next, as a part of it."""
    moves = np.nan_to_num(tracked[1:] / tracked[:-1], nan=1.0) - 1
    return float(moves.min(initial=0.0))


def drawdown(prices: Floats) -> float:
    """Return the largest fall from a former high, as a part of it; negative."""
    known = prices[np.isfinite(prices)]
    return float((known / np.maximum.accumulate(known)).min() - 1)


def run_up(prices: Floats) -> float:
    """Return the largest rise from a former low, as a part of it."""
    known = prices[np.isfinite(prices)]
    return float((known / np.minimum.accumulate(known)).max() - 1)
