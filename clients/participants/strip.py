"""A hedger that builds a strip of monthly contracts, equal slices at equal times.

Rule of the schedule: equal slices minimise the expected cost where impact is linear and permanent.
Source: D. Bertsimas and A. Lo, "Optimal control of execution costs", Journal of Financial Markets
1 (1998) 1-50. Rule of the size: hedge ratio × exposure; the ratio is stated, or with
``estimate_days`` the one of least variance over so many past days (``hedge_ratio``).
"""

from __future__ import annotations

import math
from abc import abstractmethod

from clients.economy.statements import RentalDay
from clients.messages import Message, Side, UserTrade
from clients.participants.contract_months import marks_micros
from clients.participants.futures_account import FuturesDay
from clients.participants.hedge_ratio import RollingRatio
from clients.participants.hedger import ROUNDING, Hedger, HedgerParams
from clients.participants.params import Days, NonNegative, Positive
from clients.participants.rental_days import market_micros
from clients.trader import NS_PER_S, Command
from clients.view import MarketView
from marketdata.messages import MICROS, Instrument


class StripParams(HedgerParams, frozen=True, kw_only=True):
    """Parameters of every strip hedger.

    hedge_ratio: part of the exposure to be hedged (above 1 over-hedges). estimate_days: days of the
    window over which the ratio is estimated, 0 to keep the stated one. build_s: seconds over which
    the hedge is built.
    """

    hedge_ratio: NonNegative = 0.8
    estimate_days: Days = 0
    build_s: Positive = 60.0


class StripHedger(Hedger):
    """Builds and keeps the hedge of a monthly exposure."""

    side: Side = Side.BUY

    def __init__(self, name: str, seed: int, params: StripParams) -> None:
        super().__init__(name, seed, params)
        self.strip_params = params
        self._began_ns = 0
        self._paid_ticklots: dict[str, int] = {}
        self._traded_lots: dict[str, int] = {}
        window_days = params.estimate_days
        self._estimate = RollingRatio(window_days) if window_days else None

    @abstractmethod
    def exposure_hours(self, instrument: Instrument, now_ns: int) -> float:
        """Return the GPU-hours at risk in a contract's month, 0 where it is not hedged."""

    @property
    def hedge_ratio(self) -> float:
        """The part of the exposure that is hedged now."""
        estimated = self._estimate.ratio if self._estimate is not None else None
        return self.strip_params.hedge_ratio if estimated is None else estimated

    def on_start(self, view: MarketView, now_ns: int) -> list[Command]:
        """Begin the schedule now."""
        self._began_ns = now_ns
        return super().on_start(view, now_ns)

    def on_message(self, message: Message, now_ns: int) -> list[Command]:
        """Keep the entry price of the hedge."""
        if isinstance(message, UserTrade):
            name, lots = message.instrument, message.qty_lots
            signed = lots if message.side is self.side else -lots
            self._traded_lots[name] = self._traded_lots.get(name, 0) + signed
            paid = self._paid_ticklots.get(name, 0) + signed * message.price_ticks
            self._paid_ticklots[name] = paid
        return super().on_message(message, now_ns)

    def decide(self, day: RentalDay, futures: FuturesDay, now_ns: int) -> None:
        """Estimate the ratio anew."""
        price_micros = market_micros(day, self.strip_params.underlying)
        if self._estimate is not None and price_micros is not None:
            self._estimate.update(
                price_micros, marks_micros(self.view, self.instruments(self.view))
            )

    def scheduled_lots(self, instrument: Instrument, now_ns: int) -> int:
        """Return the unsigned position that the schedule wants by now."""
        hours = self.exposure_hours(instrument, now_ns) * self.hedge_ratio
        part = min(1.0, (now_ns - self._began_ns) / (self.strip_params.build_s * NS_PER_S))
        return math.floor(hours / instrument.contract_hours * part + ROUNDING)

    def target_lots(self, listed: Instrument, now_ns: int) -> int:
        """Return the scheduled position with its sign."""
        return self.scheduled_lots(listed, now_ns) * self.side.sign

    def own_figures(self) -> dict[str, float]:
        """Return exposure and hedge in GPU-hours, and the average entry price in dollars."""
        exposed = hedged = paid_micros = traded_hours = 0.0
        for name in self.instruments(self.view):
            listed = self.view.instruments.get(name)
            if listed is None:
                continue
            hours = listed.contract_hours
            exposed += self.exposure_hours(listed, self.now_ns or self._began_ns)
            hedged += self.view.position_lots(name) * self.side.sign * hours
            traded_hours += self._traded_lots.get(name, 0) * hours
            paid_micros += self._paid_ticklots.get(name, 0) * listed.tick_micros * hours
        figures = {
            "exposure GPU-hours": exposed,
            "hedged GPU-hours": hedged,
            "hedged part": hedged / exposed if exposed else 0.0,
        }
        if self._estimate is not None:
            figures["hedge ratio"] = self.hedge_ratio
        if traded_hours:
            figures["entry $/GPU-hour"] = paid_micros / traded_hours / MICROS
        return figures
