"""An AI lab that rents GPU-hours every month and buys a short-dated strip against the price.

Decision rule: ``strip``, long, the nearest ``months`` contracts alike. The lab is spike-averse. It
does not chase a price more than ``max_cost`` above the index, and waits for it to come back; and it
hedges more where the rental market is tight, because the price of what cannot be stored is skewed
upward there (H. Bessembinder and M. Lemmon, "Equilibrium pricing and optimal hedging in electricity
forward markets", Journal of Finance 57 (2002) 1347-1382): the ratio grows in a line from the stated
one at ``tight`` utilisation by ``spike_weight`` at full utilisation, at most to 1.
"""

from __future__ import annotations

from collections import deque

import msgspec

from clients.economy.statements import RentalDay, RentalLine
from clients.messages import Side
from clients.participants.contract_months import MONTHS_A_YEAR, months_ahead
from clients.participants.futures_account import FuturesDay
from clients.participants.params import Fraction, Lots, NonNegative
from clients.participants.rental_days import market_micros
from clients.participants.strip import StripHedger, StripParams
from marketdata.messages import Instrument

DAYS_A_MONTH = 365 / MONTHS_A_YEAR
NEED_DAYS = 30
"""Over so many days the need is averaged."""


class AiLabParams(StripParams, frozen=True, kw_only=True):
    """Parameters; gpu_hours: need a month until the statements tell it. months: how many months ahead
    are hedged. tight, spike_weight: from which utilisation on, and by how much, the ratio grows.
    """

    gpu_hours: NonNegative = 50_000.0
    months: Lots = 3
    tight: Fraction = 0.85
    spike_weight: NonNegative = 0.2


class AiLab(StripHedger):
    """Buys what it will need."""

    kind = "ai-lab"
    side = Side.BUY

    def __init__(self, name: str, seed: int, params: AiLabParams) -> None:
        super().__init__(name, seed, params)
        self.params = params
        self._rented_hours: deque[float] = deque(maxlen=NEED_DAYS)

    @property
    def need_hours(self) -> float:
        """GPU-hours needed a month: the mean of the last statements, else as stated."""
        if not self._rented_hours:
            return self.params.gpu_hours
        return sum(self._rented_hours) / len(self._rented_hours) * DAYS_A_MONTH

    @property
    def hedge_ratio(self) -> float:
        """The ratio of the strip, more where the market is tight."""
        ratio = super().hedge_ratio
        spot = self.spot.get(self.params.underlying)
        if spot is None or ratio >= 1 or spot.utilisation <= self.params.tight:
            return ratio
        tightness = (spot.utilisation - self.params.tight) / (1 - self.params.tight)
        return min(1.0, ratio + self.params.spike_weight * tightness)

    def exposure_hours(self, instrument: Instrument, now_ns: int) -> float:
        """Return the month's need, while the contract is within the hedged months."""
        near = months_ahead(instrument, now_ns) < self.params.months
        return self.need_hours if near and not instrument.perpetual else 0.0

    def hours_ahead(self) -> float:
        """Return the need of the hedged months; it is to be bought."""
        return -self.need_hours * self.params.months

    def decide(self, day: RentalDay, futures: FuturesDay, now_ns: int) -> None:
        """Learn the need from what was rented."""
        super().decide(day, futures, now_ns)
        rented = [line for line in day.lines if line.underlying == self.params.underlying]
        hours = sum(line.gpu_hours for line in rented if not line.sold)
        self._rented_hours.append(hours / self.elapsed_days)

    def imagined(self, day: RentalDay, days: int) -> RentalDay:
        """Rent the stated need at the index."""
        price_micros = market_micros(day, self.params.underlying) or 0
        line = RentalLine(
            underlying=self.params.underlying,
            sold=False,
            gpu_hours=self.params.gpu_hours / DAYS_A_MONTH * days,
            price_micros=price_micros,
        )
        return msgspec.structs.replace(day, lines=(line,))
