"""A neocloud that rents its fleet out and sells the strip against a falling price.

Decision rule: ``strip``, short, every listed month: fleet × utilisation × hours of the month.
Lenders look at the deferred months, so these get the larger part: the weight of a month grows by
``tilt`` for each month ahead, with the mean weight kept at 1.
"""

from __future__ import annotations

from clients.messages import Side
from clients.participants.fair_value import curve_micros
from clients.participants.params import Fraction, NonNegative
from clients.participants.strip import MONTHS_A_YEAR, StripHedger, StripParams, months_ahead
from clients.view import MarketView
from marketdata.messages import Instrument

HOURS_A_MONTH = 8_760 / MONTHS_A_YEAR


class NeocloudParams(StripParams, frozen=True, kw_only=True):
    """Parameters.

    fleet_gpus: GPUs owned. utilisation: part of the hours that is rented out. tilt: by how much of
    the mean a month's hedge grows with each month ahead. slope_a_year: log slope of the curve
    that the seller takes for fair, so that a falling curve is not a cost.
    """

    hedge_ratio: NonNegative = 0.6
    fleet_gpus: NonNegative = 100.0
    utilisation: Fraction = 0.75
    tilt: NonNegative = 0.1
    slope_a_year: float = -0.19


class Neocloud(StripHedger):
    """Sells what it will produce."""

    kind = "neocloud"
    side = Side.SELL

    def __init__(self, name: str, seed: int, params: NeocloudParams) -> None:
        super().__init__(name, seed, params)
        self.params = params
        self._weights: dict[str, float] = {}

    def exposure_hours(self, instrument: Instrument, now_ns: int) -> float:
        """Return the month's production times the month's weight."""
        if instrument.perpetual:
            return 0.0
        produced = self.params.fleet_gpus * self.params.utilisation * HOURS_A_MONTH
        return produced * self._weight(instrument, now_ns)

    def _weight(self, instrument: Instrument, now_ns: int) -> float:
        if not self._weights:
            self._weights = self._all_weights(self.view, now_ns)
        return self._weights.get(instrument.name, 0.0)

    def _all_weights(self, view: MarketView, now_ns: int) -> dict[str, float]:
        listed = view.instruments
        raw = {
            name: 1 + self.params.tilt * months_ahead(listed[name], now_ns)
            for name in self.instruments(view)
            if name in listed and not listed[name].perpetual
        }
        mean = sum(raw.values()) / len(raw) if raw else 1.0
        return {name: weight / mean for name, weight in raw.items()}

    def reference_micros(self, index_micros: int, listed: Instrument, now_ns: int) -> float:
        """Return the index along the curve that the seller takes for fair."""
        return curve_micros(index_micros, self.params.slope_a_year, listed, now_ns)
