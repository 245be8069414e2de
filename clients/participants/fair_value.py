"""What a contract is worth to someone who looks at index, curve and book."""

from __future__ import annotations

import math

from clients.view import MarketView
from marketdata.messages import NS_PER_MS, Instrument

NS_PER_YEAR = 365 * 86_400_000 * NS_PER_MS


def years_to_expiry(instrument: Instrument, now_ns: int) -> float:
    """Return the time to the last trading instant in years of 365 days, 0 for a perpetual."""
    if instrument.perpetual:
        return 0.0
    return max(0, instrument.expiry_ns - now_ns) / NS_PER_YEAR


class Ewma:
    """A mean that forgets: a sample's weight halves every ``halflife_s`` seconds."""

    def __init__(self, halflife_s: float, start: float | None = None) -> None:
        self.value = start
        self._halflife_s = halflife_s

    def update(self, sample: float, elapsed_s: float) -> float:
        """Take a sample in, ``elapsed_s`` after the one before, and return the mean."""
        if self.value is None:
            self.value = sample
        else:
            keep = 0.5 ** (elapsed_s / self._halflife_s)
            self.value = keep * self.value + (1 - keep) * sample
        return self.value


class FairValue:
    """Fair price of one contract in ticks.

    The model is F = index · exp(slope · years to expiry + basis): the curve's slope is a prior, the
    basis is what the others' quotes have lately differed from it (an Ewma). The fair value is
    the model, drawn towards the others' mid by ``book_weight``. Own orders never count, so a lone
    quoter does not follow itself.
    """

    def __init__(self, slope_a_year: float, book_weight: float, halflife_s: float = 60.0) -> None:
        self._slope_a_year = slope_a_year
        self._book_weight = book_weight
        self._basis = Ewma(halflife_s, 0.0)
        self._last_ns: int | None = None

    def ticks(self, view: MarketView, instrument: Instrument, now_ns: int) -> float | None:
        """Return the fair price, None while there is neither an index nor a mark."""
        model = self._model_ticks(view, instrument, now_ns)
        bid, ask = view.outside_best(instrument.name)
        mid = None if bid is None or ask is None else (bid + ask) / 2
        if model is None:
            return mid if mid is not None else view.mark_ticks(instrument.name)
        if mid is None or mid <= 0:
            return model * math.exp(self._basis.value or 0.0)
        elapsed_s = 0.0 if self._last_ns is None else (now_ns - self._last_ns) / 1e9
        self._last_ns = now_ns
        anchored = model * math.exp(self._basis.update(math.log(mid / model), elapsed_s))
        return (1 - self._book_weight) * anchored + self._book_weight * mid

    def _model_ticks(self, view: MarketView, instrument: Instrument, now_ns: int) -> float | None:
        index_micros = view.index_micros(instrument.name)
        if not index_micros:
            return None
        curve = curve_micros(index_micros, self._slope_a_year, instrument, now_ns)
        return curve / instrument.tick_micros


def curve_micros(
    index_micros: int, slope_a_year: float, instrument: Instrument, now_ns: int
) -> float:
    """Return index · exp(slope · years to expiry), in micro-dollars per GPU-hour."""
    return index_micros * math.exp(slope_a_year * years_to_expiry(instrument, now_ns))
