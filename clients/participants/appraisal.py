"""Forward rents as a lender takes them to value GPUs: the market's curve, averaged over some days.

A valuation that jumped with every day's quotes would call margin and hedge on noise. The average
forgets: a day's weight halves every ``halflife_days``; 0 takes each day's curve as it is.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from clients.participants.contract_months import forward_curve
from clients.view import MarketView


class Appraisal:
    """Forward prices of the months of a GPU's life."""

    def __init__(self, months: int, decay_a_year: float, halflife_days: float) -> None:
        """Expect ``months`` of life, and rents that fall by ``decay_a_year`` beyond the listed ones."""
        self.forwards: list[float] = [0.0] * months
        """Micro-dollars per GPU-hour, the coming month first; zeros before the first day."""
        self._decay_a_year = decay_a_year
        self._halflife_days = halflife_days
        self._begun = False

    def update(
        self, view: MarketView, strip: Iterable[str], now_ns: int, spot_micros: float, days: int
    ) -> None:
        """Take a day's curve in, ``days`` after the one before; a day without a price is left out."""
        if spot_micros <= 0:
            return
        months = len(self.forwards)
        seen = forward_curve(view, strip, now_ns, months, spot_micros, self._decay_a_year)
        keep = 0.0
        if self._begun and self._halflife_days > 0:
            keep = math.pow(0.5, days / self._halflife_days)
        self._begun = True
        self.forwards = [
            keep * old + (1 - keep) * new for old, new in zip(self.forwards, seen, strict=True)
        ]


class HedgedPart:
    """Which part is hedged: what is wanted, but not moved for less than a band.

    Each small move of a hedge costs its spread; with costs the best hedge moves only once it is away
    by a band. Source: A. E. Whalley and P. Wilmott, "An asymptotic analysis of an optimal hedging
    model for option pricing with transaction costs", Mathematical Finance 7 (1997) 307-324. The width
    is a parameter here.
    """

    def __init__(self, band: float) -> None:
        self.part = 0.0
        self._band = band

    def want(self, part: float) -> float:
        """Return the part that is hedged now that ``part`` is wanted; none is none at once."""
        if part == 0 or abs(part - self.part) > self._band:
            self.part = part
        return self.part
