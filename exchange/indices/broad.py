"""The broad index: every provider's offers, brought to one configuration, count by provider.

Its order follows what is published of such an index: unit prices, checks, bands, basis adjustment, the
mean within each provider, the weighted mean of provider means, look-back for gaps, business days.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from exchange.indices import hedonic
from exchange.indices.admission import Admission, admit, left_out
from exchange.indices.calculation import Calculation
from exchange.indices.methodology import BroadTerms
from exchange.indices.panel import Panel
from exchange.indices.standing import Offers, Standing, unit_prices
from exchange.indices.weighting import band, capped, dispersion, provider_means, weighted_mean


class Prints(NamedTuple):
    """What was printed on a day: the offers, the log price of each, and what they tell of terms."""

    day: int
    offers: NDArray[np.int64]
    log_price: NDArray[np.float64]
    moments: hedonic.Moments


class BroadIndex:
    """A broad index from day to day: what stands, what was printed before, the fit in force."""

    def __init__(self) -> None:
        self._offers = Offers()
        self._design = hedonic.Design()
        self._providers: dict[str, int] = {}
        self._provider = np.zeros(0, np.intp)
        self._admission = np.zeros(0, np.int8)
        self._standing = Standing()
        self._prints: tuple[Prints, ...] = ()
        self._means: tuple[tuple[int, NDArray[np.float64]], ...] = ()
        self._fit: tuple[int, hedonic.Fit] | None = None
        self._waiting = 0
        self._left_out: dict[str, int] = {}
        self._version = 0

    def copy(self) -> BroadIndex:
        """Return the same index at the same day, to go on by itself; offers, once met, are shared."""
        other = BroadIndex.__new__(BroadIndex)
        other.__dict__.update(self.__dict__)
        other._standing = self._standing.copy()
        return other

    def step(
        self, day: int, rows: Panel, terms: BroadTerms, version: int, due: bool
    ) -> Calculation | None:
        """Take the rows that arrived until a day's close; calculate where a print is due.

        version: number of the methodology's version that the terms are of.
        """
        if version != self._version:
            self._use(terms, version)
        self._take(day, rows, terms)
        return self._calculate(day, terms) if due else None

    def _use(self, terms: BroadTerms, version: int) -> None:
        """Begin a version of the methodology: what depends on its terms is made anew."""
        lines = self._offers.lines
        self._version = version
        self._fit = None
        self._design = hedonic.Design()
        self._design.add(lines, terms.hedonic.benchmark)
        self._admission = admit(lines, terms.underlying, terms.eligible)
        self._prints = tuple(
            self._printed(each.day, each.offers, each.log_price) for each in self._prints
        )

    def _take(self, day: int, rows: Panel, terms: BroadTerms) -> None:
        """Check completeness, unit prices and moves from the day before; keep what was printed."""
        numbers = self._offers.numbers(rows)
        self._meet(terms)
        self._left_out = left_out(self._admission[numbers])
        counted = self._admission[numbers] == Admission.ADMITTED
        offers, prices, volumes = unit_prices(
            numbers[counted], rows.price_micros[counted], rows.gpu_hours[counted]
        )
        waits = self._standing.take(
            day,
            offers,
            prices,
            volumes,
            len(self._offers.lines),
            terms.look_back.days,
            terms.day_over_day,
        )
        self._waiting = int(waits.sum())
        kept = terms.hedonic.fit_days
        self._prints = (
            *(each for each in self._prints if day - each.day < kept),
            self._printed(day, offers[~waits], np.log(prices[~waits])),
        )

    def _printed(
        self, day: int, offers: NDArray[np.int64], log_price: NDArray[np.float64]
    ) -> Prints:
        told = hedonic.moments(self._design.matrix(offers), log_price, self._provider[offers])
        return Prints(day, offers, log_price, told)

    def _meet(self, terms: BroadTerms) -> None:
        """Number the providers of offers that are new, and code their terms."""
        new = self._offers.lines[len(self._design) :]
        # Offers met after a copy was taken are shared; the arrays that describe them are this one's.
        if new:
            self._design.add(new, terms.hedonic.benchmark)
        for line in self._offers.lines[len(self._provider) :]:
            self._providers.setdefault(line.provider, len(self._providers))
        more = self._offers.lines[len(self._provider) :]
        if more:
            places = np.array([self._providers[line.provider] for line in more], np.intp)
            self._provider = np.concatenate([self._provider, places])
        more = self._offers.lines[len(self._admission) :]
        if more:
            found = admit(more, terms.underlying, terms.eligible)
            self._admission = np.concatenate([self._admission, found])

    def _calculate(self, day: int, terms: BroadTerms) -> Calculation:
        steps: dict[str, Any] = {}
        offers = self._standing.at(day, terms.look_back.days)
        offers = offers[self._admission[offers] == Admission.ADMITTED]
        steps["left_out"] = self._left_out
        steps["offers"] = {"standing": len(offers), "waiting": self._waiting}
        if not len(offers):
            return self._withheld(day, steps, "no offer stands")
        logs = self._logs(day, terms)
        steps["coefficients"] = dict(zip(self._design.names, logs.tolist(), strict=True))
        normal = self._standing.price[offers] * np.exp(-(self._design.matrix(offers) @ logs))
        lowest, highest = self._band(day, offers, normal, terms)
        steps["band"] = [lowest, highest] if highest < math.inf else None
        inside = (normal >= lowest) & (normal <= highest)
        steps["outside"] = self._counts(offers[~inside])
        offers, normal = offers[inside], normal[inside]
        providers, means = provider_means(normal, self._provider[offers])
        names = self._names(providers)
        steps["provider_means"] = dict(zip(names, means.tolist(), strict=True))
        if not len(providers):
            return self._withheld(day, steps, "no offer is inside the price band")
        volumes = self._volumes(providers, offers, names, terms)
        steps["volumes"] = dict(zip(names, volumes.tolist(), strict=True))
        shares = capped(volumes, terms.weights.cap)
        steps["weights"] = dict(zip(names, shares.tolist(), strict=True))
        price = weighted_mean(means, shares)
        spread = dispersion(means, shares)
        steps["dispersion"] = spread
        steps["price"] = price
        least, most = terms.withhold.min_providers, terms.withhold.max_dispersion
        if len(providers) < least:
            reason = f"{len(providers)} providers, fewer than {least}"
            return self._withheld(day, steps, reason)
        if spread > most:
            reason = f"dispersion {spread:.3f}, more than {most:g}"
            return self._withheld(day, steps, reason)
        return Calculation(
            day=day,
            price_micros=round(price * 1e6),
            methodology=self._version,
            steps=steps,
        )

    def _logs(self, day: int, terms: BroadTerms) -> NDArray[np.float64]:
        """Return the effect of each regressor by the fit in force, which is renewed when it is old."""
        rule = terms.hedonic
        if self._fit is None or day - self._fit[0] >= rule.refit_days:
            told = [each.moments for each in self._prints]
            self._fit = (day, hedonic.estimate(told, self._design.names, rule))
        logs = self._fit[1].logs
        more = [rule.prior(name).log for name in self._design.names[len(logs) :]]
        return np.concatenate([logs, more])

    def coefficients(self) -> tuple[hedonic.Coefficient, ...]:
        """Return the fit in force on the prices that are held, with standard errors."""
        if self._fit is None:
            return ()
        width = len(self._fit[1].names)
        prints = [each for each in self._prints if len(each.offers) and each.day <= self._fit[0]]
        days = [
            (
                self._design.matrix(each.offers)[:, :width],
                each.log_price,
                self._provider[each.offers],
            )
            for each in prints
        ]
        return hedonic.describe(self._fit[1], days, [each.offers for each in prints])

    def _band(
        self, day: int, offers: NDArray[np.intp], normal: NDArray[np.float64], terms: BroadTerms
    ) -> tuple[float, float]:
        rule = terms.band
        means = provider_means(normal, self._provider[offers])[1]
        kept = tuple(each for each in self._means if day - each[0] < rule.days)
        self._means = (*kept, (day, means))
        past = np.concatenate([each[1] for each in self._means])
        if len(past) < rule.least_means:
            return 0.0, math.inf
        return band(past, rule.deviations, rule.least_deviation)

    def _volumes(
        self,
        providers: NDArray[np.intp],
        offers: NDArray[np.intp],
        names: Sequence[str],
        terms: BroadTerms,
    ) -> NDArray[np.float64]:
        """Return what providers weigh before the cap: 1 each, GPU-hours that stand, or by the table."""
        rule = terms.weights
        weights = np.ones(len(providers))
        if rule.by == "table":
            weights = np.array([rule.table.get(name, rule.default) for name in names])
        elif rule.by == "gpu_hours":
            volume = np.bincount(self._provider[offers], self._standing.volume[offers])
            weights = volume[providers].astype(np.float64)
        return weights

    def _names(self, providers: NDArray[np.intp]) -> list[str]:
        names = list(self._providers)
        return [names[place] for place in providers.tolist()]

    def _counts(self, offers: NDArray[np.intp]) -> dict[str, int]:
        providers, counts = np.unique(self._provider[offers], return_counts=True)
        return dict(zip(self._names(providers), counts.tolist(), strict=True))

    def _withheld(self, day: int, steps: dict[str, Any], reason: str) -> Calculation:
        return Calculation(
            day=day,
            price_micros=None,
            withheld_reason=reason,
            methodology=self._version,
            steps=steps,
        )
