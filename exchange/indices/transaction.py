"""The transaction index: the volume-weighted winsorised mean of executed rentals before the close."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from exchange.indices.admission import Admission, admit, left_out
from exchange.indices.calculation import Calculation
from exchange.indices.methodology import TransactionTerms
from exchange.indices.observations import Line
from exchange.indices.panel import Panel
from exchange.indices.weighting import capped, dispersion, weighted_mean, winsor_bounds

_MINUTE_NS = 60 * 10**9


class TransactionIndex:
    """A transaction index; each day stands by itself."""

    def __init__(self) -> None:
        self._last: tuple[tuple[Line, ...], int, NDArray[np.int8]] = ((), 0, np.zeros(0, np.int8))

    def copy(self) -> TransactionIndex:
        """Return an index of its own."""
        return TransactionIndex()

    def calculate(
        self, day: int, rows: Panel, close_ns: int, terms: TransactionTerms, version: int
    ) -> Calculation:
        """Calculate a day's print from rows of which those in the window before the close count.

        version: number of the methodology's version that the terms are of.
        """
        steps: dict[str, Any] = {}
        admission = self._admission(rows, terms, version)[rows.line]
        admission[(admission == Admission.ADMITTED) & (rows.gpu_hours <= 0)] = Admission.INCOMPLETE
        steps["left_out"] = left_out(admission)
        deals = rows.take(admission == Admission.ADMITTED)
        minutes, deals = self._window(deals, close_ns, terms)
        steps["window"] = {"minutes": minutes, "deals": len(deals)}
        if not len(deals):
            return _withheld(day, version, steps, "no executed rental in the window")
        deals = deals.ordered().compact()
        names = sorted({line.provider for line in deals.lines})
        places = {name: place for place, name in enumerate(names)}
        of_line = np.array([places[line.provider] for line in deals.lines], np.intp)
        provider = of_line[deals.line]
        prices = deals.price_micros / 1e6
        lowest, highest = winsor_bounds(prices, deals.gpu_hours, terms.winsor.share)
        steps["winsor"] = [lowest, highest]
        drawn = np.clip(prices, lowest, highest)
        volumes = np.bincount(provider, deals.gpu_hours, len(names)).astype(np.float64)
        means = np.bincount(provider, deals.gpu_hours * drawn, len(names)) / volumes
        steps["provider_means"] = dict(zip(names, means.tolist(), strict=True))
        counted = self._volumes(names, volumes, terms)
        steps["volumes"] = dict(zip(names, counted.tolist(), strict=True))
        shares = capped(counted, terms.weights.cap)
        steps["weights"] = dict(zip(names, shares.tolist(), strict=True))
        price = weighted_mean(means, shares)
        spread = dispersion(prices, deals.gpu_hours * (shares / volumes)[provider])
        steps["dispersion"] = spread
        steps["price"] = price
        reason = self._reason(len(names), len(deals), float(volumes.sum()), spread, terms)
        if reason:
            return _withheld(day, version, steps, reason)
        return Calculation(
            day=day,
            price_micros=round(price * 1e6),
            methodology=version,
            steps=steps,
        )

    def _admission(self, rows: Panel, terms: TransactionTerms, version: int) -> NDArray[np.int8]:
        lines, number, found = self._last
        if rows.lines is not lines or number != version:
            found = admit(rows.lines, terms.underlying, terms.eligible)
            self._last = (rows.lines, version, found)
        return found

    @staticmethod
    def _window(deals: Panel, close_ns: int, terms: TransactionTerms) -> tuple[int, Panel]:
        """Return the first window (close - minutes, close] that has enough deals, else the longest."""
        found = deals
        for minutes in terms.window.minutes:
            inside = (deals.ts_ns > close_ns - minutes * _MINUTE_NS) & (deals.ts_ns <= close_ns)
            found = deals.take(inside)
            rule = terms.withhold
            providers = {found.lines[place].provider for place in np.unique(found.line).tolist()}
            if (
                len(found) >= max(rule.min_deals, terms.window.enough_deals)
                and len(providers) >= rule.min_providers
                and float(found.gpu_hours.sum()) >= rule.min_gpu_hours
            ):
                break
        return minutes, found

    @staticmethod
    def _volumes(
        names: list[str], volumes: NDArray[np.float64], terms: TransactionTerms
    ) -> NDArray[np.float64]:
        """Return what providers weigh before the cap: GPU-hours, 1 each, or by the table."""
        rule = terms.weights
        weights = volumes
        if rule.by == "equal":
            weights = np.ones(len(names))
        elif rule.by == "table":
            weights = np.array([rule.table.get(name, rule.default) for name in names])
        return weights

    @staticmethod
    def _reason(
        providers: int, deals: int, gpu_hours: float, spread: float, terms: TransactionTerms
    ) -> str:
        rule = terms.withhold
        if deals < rule.min_deals:
            return f"{deals} deals, fewer than {rule.min_deals}"
        if providers < rule.min_providers:
            return f"{providers} providers, fewer than {rule.min_providers}"
        if gpu_hours < rule.min_gpu_hours:
            return f"{gpu_hours:.0f} GPU-hours, fewer than {rule.min_gpu_hours:g}"
        if spread > rule.max_dispersion:
            return f"dispersion {spread:.3f}, more than {rule.max_dispersion:g}"
        return ""


def _withheld(day: int, version: int, steps: dict[str, Any], reason: str) -> Calculation:
    return Calculation(
        day=day,
        price_micros=None,
        withheld_reason=reason,
        methodology=version,
        steps=steps,
    )
