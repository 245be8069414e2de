"""A hedger that builds a strip of monthly contracts, equal slices at equal times.

Rule of the schedule: equal slices minimise the expected cost where impact is linear and permanent.
Source: D. Bertsimas and A. Lo, "Optimal control of execution costs", Journal of Financial Markets
1 (1998) 1-50. Rule of the size: hedge ratio × exposure; the ratio of least variance is Cov(S,
F)/Var(F). Source: L. Ederington, "The hedging performance of the new futures markets", Journal of
Finance 34 (1979) 157-170.
"""

from __future__ import annotations

import math
from abc import abstractmethod

from clients.messages import Message, Side, TimeInForce, UserTrade
from clients.participants.fair_value import years_to_expiry
from clients.participants.params import Lots, NonNegative, Params, Positive
from clients.trader import NS_PER_S, Command, Report, Submit, Trader
from clients.view import MarketView
from marketdata.messages import MICROS, Instrument

MONTHS_A_YEAR = 12
ROUNDING = 1e-9


class StripParams(Params, frozen=True, kw_only=True):
    """Parameters of every strip hedger.

    hedge_ratio: part of the exposure to be hedged (above 1 over-hedges). build_s: seconds over
    which the hedge is built. clip_lots: most lots in one order. max_cost: how far beyond the
    index, as a part of it, the hedger still trades (0.1 is 10 %); it waits beyond.
    """

    interval_s: Positive = 2.0
    hedge_ratio: NonNegative = 0.8
    build_s: Positive = 60.0
    clip_lots: Lots = 10
    max_cost: NonNegative = 0.1


class StripHedger(Trader):
    """Builds and keeps the hedge of a monthly exposure with marketable limit orders."""

    side: Side = Side.BUY

    def __init__(self, name: str, seed: int, params: StripParams) -> None:
        super().__init__(name, seed)
        self.strip_params = params
        self.interval_ns = int(params.interval_s * NS_PER_S)
        self._began_ns = 0
        self._paid_ticklots: dict[str, int] = {}
        self._traded_lots: dict[str, int] = {}

    @abstractmethod
    def exposure_hours(self, instrument: Instrument, now_ns: int) -> float:
        """Return the GPU-hours at risk in a contract's month, 0 where it is not hedged."""

    def instruments(self, view: MarketView) -> list[str]:
        """Return the contracts asked for, else every dated one."""
        dated = [name for name, listed in view.instruments.items() if not listed.perpetual]
        return self.strip_params.names or dated

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
        return []

    def on_time(self, now_ns: int) -> list[Command]:
        """Trade towards what the schedule wants by now."""
        commands: list[Command] = []
        for name in self.instruments(self.view):
            listed = self.view.instruments.get(name)
            if listed is not None and not self.view.own_orders(name):
                commands += self._towards(listed, now_ns)
        return commands

    def scheduled_lots(self, instrument: Instrument, now_ns: int) -> int:
        """Return the unsigned position that the schedule wants by now."""
        params = self.strip_params
        hours = self.exposure_hours(instrument, now_ns) * params.hedge_ratio
        part = min(1.0, (now_ns - self._began_ns) / (params.build_s * NS_PER_S))
        return math.floor(hours / instrument.contract_hours * part + ROUNDING)

    def _towards(self, listed: Instrument, now_ns: int) -> list[Command]:
        held_lots = self.view.position_lots(listed.name) * self.side.sign
        missing_lots = self.scheduled_lots(listed, now_ns) - held_lots
        if missing_lots == 0:
            return []
        side = self.side if missing_lots > 0 else self.side.opposite
        bid, ask = self.view.outside_best(listed.name)
        touch = ask if side is Side.BUY else bid
        if touch is None or (missing_lots > 0 and not self._affordable(listed, touch, now_ns)):
            return []
        return [
            Submit(
                label=self.new_label(),
                instrument=listed.name,
                side=side,
                qty_lots=min(abs(missing_lots), self.strip_params.clip_lots),
                price_ticks=touch,
                time_in_force=TimeInForce.IOC,
            )
        ]

    def _affordable(self, listed: Instrument, price_ticks: int, now_ns: int) -> bool:
        index_micros = self.view.index_micros(listed.name)
        if index_micros is None:
            return False
        reference = self.reference_micros(index_micros, listed, now_ns)
        cost = (price_ticks * listed.tick_micros / reference - 1) * self.side.sign
        return cost <= self.strip_params.max_cost + ROUNDING

    def reference_micros(self, index_micros: int, listed: Instrument, now_ns: int) -> float:
        """Return the price that costs are measured against, in micro-dollars per GPU-hour."""
        return index_micros

    def report(self) -> Report:
        """Return exposure and hedge in GPU-hours, and the average entry price in dollars."""
        exposed = hedged = paid_micros = traded_hours = 0.0
        for name in self.instruments(self.view):
            listed = self.view.instruments.get(name)
            if listed is None:
                continue
            hours = listed.contract_hours
            exposed += self.exposure_hours(listed, self._began_ns)
            hedged += self.view.position_lots(name) * self.side.sign * hours
            traded_hours += self._traded_lots.get(name, 0) * hours
            paid_micros += self._paid_ticklots.get(name, 0) * listed.tick_micros * hours
        figures = {
            "exposure GPU-hours": exposed,
            "hedged GPU-hours": hedged,
            "hedged part": hedged / exposed if exposed else 0.0,
        }
        if traded_hours:
            figures["entry $/GPU-hour"] = paid_micros / traded_hours / MICROS
        return Report(self.name, self.kind, figures)


def months_ahead(instrument: Instrument, now_ns: int) -> int:
    """Return in which month from now a contract expires: 0 within the next twelfth of a year."""
    return math.floor(years_to_expiry(instrument, now_ns) * MONTHS_A_YEAR)
