"""An AI lab that needs GPU-hours every month and buys a short-dated strip against the price.

Decision rule: ``strip``, long, the nearest ``months`` contracts alike. The lab is spike-averse: it
does not chase a price more than ``max_cost`` above the index, and waits for it to come back.
"""

from __future__ import annotations

from clients.messages import Side
from clients.participants.params import Lots, NonNegative
from clients.participants.strip import StripHedger, StripParams, months_ahead
from marketdata.messages import Instrument


class AiLabParams(StripParams, frozen=True, kw_only=True):
    """Parameters; gpu_hours: need a month. months: how many months ahead are hedged."""

    gpu_hours: NonNegative = 50_000.0
    months: Lots = 3


class AiLab(StripHedger):
    """Buys what it will need."""

    kind = "ai-lab"
    side = Side.BUY

    def __init__(self, name: str, seed: int, params: AiLabParams) -> None:
        super().__init__(name, seed, params)
        self.params = params

    def exposure_hours(self, instrument: Instrument, now_ns: int) -> float:
        """Return the month's need, while the contract is within the hedged months."""
        near = months_ahead(instrument, now_ns) < self.params.months
        return self.params.gpu_hours if near and not instrument.perpetual else 0.0
