"""Standing prices: what each offer last printed, checked from day to day, for as long as it stands."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from exchange.indices.methodology import DayOverDay
from exchange.indices.observations import Line
from exchange.indices.panel import Panel

_NEVER = -(1 << 40)


class Offers:
    """The quote lines that an index has met, numbered in the order in which it met them."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self._numbers: dict[Line, int] = {}
        self._last_lines: tuple[Line, ...] = ()
        self._last_map = np.zeros(0, np.int64)

    def numbers(self, panel: Panel) -> NDArray[np.int64]:
        """Return the number of each row's line, int64[n]; new lines are numbered in their order."""
        if panel.lines is not self._last_lines:
            self._last_lines = panel.lines
            self._last_map = np.array(
                [self._numbers.get(line, -1) for line in panel.lines], np.int64
            )
        found = self._last_map[panel.line]
        if found.size and found.min() < 0:
            for place in np.unique(panel.line[found < 0]).tolist():
                self._last_map[place] = self._numbers[panel.lines[place]] = len(self.lines)
                self.lines.append(panel.lines[place])
            found = self._last_map[panel.line]
        return found


class Standing:
    """Prices of n offers: the one that counts, when it was printed, and the last print.

    price, printed: float64[n], $ per GPU-hour. price_day: int64[n]. volume: float64[n], GPU-hours of
    the price's day.
    """

    def __init__(self) -> None:
        self.price = np.zeros(0)
        self.price_day = np.zeros(0, np.int64)
        self.printed = np.zeros(0)
        self.volume = np.zeros(0)

    def copy(self) -> Standing:
        """Return standing prices that change by themselves."""
        other = Standing()
        other.price, other.price_day = self.price.copy(), self.price_day.copy()
        other.printed, other.volume = self.printed.copy(), self.volume.copy()
        return other

    def take(
        self,
        day: int,
        offers: NDArray[np.int64],
        prices: NDArray[np.float64],
        volumes: NDArray[np.float64],
        count: int,
        look_back_days: int,
        rule: DayOverDay,
    ) -> NDArray[np.bool_]:
        """Take a day's prints, one for each of `offers`; return which of them must wait.

        Day-over-day check: a print x_t counts if |ln(x_t / p)| <= max_move, p being the price that
        stands, or if no price stands, or if it confirms the print before it: |ln(x_t / x_{t-1})| <=
        confirmation. Else p goes on standing and x_t waits. count: number of offers that exist.
        """
        self._grow(count)
        stands = (self.price[offers] > 0) & (day - self.price_day[offers] <= look_back_days)
        with np.errstate(divide="ignore", invalid="ignore"):
            move = np.abs(np.log(prices / self.price[offers]))
            again = np.abs(np.log(prices / self.printed[offers]))
        counts = ~stands | (move <= rule.max_move) | (again <= rule.confirmation)
        chosen = offers[counts]
        self.price[chosen] = prices[counts]
        self.price_day[chosen] = day
        self.volume[chosen] = volumes[counts]
        self.printed[offers] = prices
        return ~counts

    def at(self, day: int, look_back_days: int) -> NDArray[np.intp]:
        """Return the offers whose price stands on a day: t - look_back_days <= its day <= t."""
        return np.flatnonzero((self.price > 0) & (day - self.price_day <= look_back_days))

    def _grow(self, count: int) -> None:
        more = count - len(self.price)
        if more > 0:
            self.price = np.concatenate([self.price, np.zeros(more)])
            self.price_day = np.concatenate([self.price_day, np.full(more, _NEVER)])
            self.printed = np.concatenate([self.printed, np.zeros(more)])
            self.volume = np.concatenate([self.volume, np.zeros(more)])


def unit_prices(
    offers: NDArray[np.int64], price_micros: NDArray[np.int64], gpu_hours: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Return a day's prints: distinct offers, the mean price of each in $, and its GPU-hours.

    x = sum(price) / count, over the day's rows of one offer. Sums of micros are exact, so the order
    of the rows does not matter.
    """
    distinct, place = np.unique(offers, return_inverse=True)
    totals = np.zeros(len(distinct), np.int64)
    np.add.at(totals, place, price_micros)
    counts = np.bincount(place, minlength=len(distinct))
    order = np.argsort(gpu_hours, kind="stable")
    volumes = np.bincount(place[order], gpu_hours[order], minlength=len(distinct))
    return distinct, totals / counts / 1e6, volumes.astype(np.float64)
