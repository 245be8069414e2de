"""An index along the curve, by the time that a contract has left."""

from __future__ import annotations

import math

from marketdata.messages import NS_PER_MS, Instrument

NS_PER_YEAR = 365 * 86_400_000 * NS_PER_MS


def years_to_expiry(instrument: Instrument, now_ns: int) -> float:
    """Return the time to the last trading instant in years of 365 days, 0 for a perpetual."""
    if instrument.perpetual:
        return 0.0
    return max(0, instrument.expiry_ns - now_ns) / NS_PER_YEAR


def curve_micros(
    index_micros: int, slope_a_year: float, instrument: Instrument, now_ns: int
) -> float:
    """Return index · exp(slope · years to expiry), in micro-dollars per GPU-hour."""
    return index_micros * math.exp(slope_a_year * years_to_expiry(instrument, now_ns))
