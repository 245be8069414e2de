"""A trader who holds the economy's own forward for the truth, and waits for the market to come to it.

Decision rule: the worth of a contract is the anchor of its index along the curve that the trader
expects, inside the month with the fixings seen (``valuation``). The anchor is a slow mean of what
rentals really cost: the executed prices of the rental economy where the trader hears of them, and as
much above or below as the index usually stands; else the index itself. The position is
proportional to the log distance beyond ``threshold``, and capped. Source of the type: C. Chiarella,
"The dynamics of speculative behaviour", Annals of Operations Research 37 (1992) 101-123
(fundamentalists). Each trader's opinion is off by its own constant error.
"""

from __future__ import annotations

import math

from clients.curves.schwartz_smith import COMPUTE
from clients.economy.statements import RentalDay
from clients.messages import Message
from clients.participants.daily import DailyTrader
from clients.participants.ewma import Ewma
from clients.participants.params import NonNegative, Params, Positive
from clients.participants.sizes import lots_of
from clients.participants.taking import mid_micros, take
from clients.participants.valuation import Valuation
from clients.trader import NS_PER_S, Command
from clients.view import MarketView
from marketdata.messages import Instrument

GAP_DAYS = 60.0
"""Half-life in market days of what an index usually stands above executed rentals; a default."""


class ValueParams(Params, frozen=True, kw_only=True):
    """Parameters.

    threshold: log distance that is not worth trading. full: log distance at which the largest position
    is held. max_hours: that position, in GPU-hours of one contract. clip_hours: most in one order.
    error: deviation of the trader's opinion, log. anchor_days: half-life of the anchor in market days.
    slope_a_year: log slope of the curve it expects. contracts: how many it looks at, drawn at the start.
    """

    interval_s: Positive = 3.0
    threshold: NonNegative = 0.02
    full: Positive = 0.15
    max_hours: Positive = 36_500.0
    clip_hours: Positive = 3_650.0
    error: NonNegative = 0.03
    anchor_days: Positive = 5.0
    slope_a_year: float = -0.21
    contracts: Positive = 12.0


class Value(DailyTrader):
    """Buys what is cheap against the rental market, and sells what is dear."""

    kind = "value"
    follows_fixings = True

    def __init__(self, name: str, seed: int, params: ValueParams) -> None:
        super().__init__(name, seed)
        self.params = params
        self.interval_ns = int(params.interval_s * NS_PER_S)
        self.error = float(self.rng.normal(0.0, params.error))
        self.valuation = Valuation(default_curve=COMPUTE.with_slope(params.slope_a_year))
        self._anchors: dict[str, Ewma] = {}
        self._executed: dict[str, int] = {}
        self._gaps: dict[str, Ewma] = {}
        self._chosen: list[str] = []
        self._last_ns: int | None = None

    def instruments(self, view: MarketView) -> list[str]:
        """Return the contracts asked for, else some outrights and perpetuals drawn once."""
        if self.params.names:
            return self.params.names
        self._chosen = [name for name in self._chosen if name in view.instruments]
        suited = [
            each.name
            for each in view.instruments.values()
            if not each.legs and not each.binary and each.name not in self._chosen
        ]
        missing = min(len(suited), int(self.params.contracts) - len(self._chosen))
        if missing > 0:
            drawn = self.rng.choice(len(suited), size=missing, replace=False)
            self._chosen += [suited[int(place)] for place in sorted(drawn)]
        return self._chosen

    def on_message(self, message: Message, now_ns: int) -> list[Command]:
        """Hear what rentals cost."""
        if isinstance(message, RentalDay):
            for underlying, spot in message.spot.items():
                if spot.executed_micros > 0:
                    self._executed[underlying] = spot.executed_micros
        return super().on_message(message, now_ns)

    def decide(self, now_ns: int) -> list[Command]:
        """Move every contract towards the position that its distance asks for."""
        self._anchor(now_ns)
        self.valuation.see(self.view, now_ns)
        commands: list[Command] = []
        grows = self.has_margin()
        for name in self.params.names or self._chosen:
            listed = self.view.instruments.get(name)
            if listed is None:
                continue
            middle, worth = mid_micros(self, listed), self.worth_micros(listed, now_ns)
            if middle is None or worth is None or middle <= 0 or worth <= 0:
                continue
            wanted = self.target_lots(listed, math.log(worth / middle))
            held = self.view.position_lots(name)
            if abs(wanted) > abs(held) and not grows:
                continue
            clip = lots_of(self.params.clip_hours, listed)
            commands += take(self, listed, wanted - held, clip)
        return commands

    def target_lots(self, listed: Instrument, cheap: float) -> int:
        """Return the position wanted where the worth is so much above the price, in logs."""
        params = self.params
        beyond = max(0.0, abs(cheap) - params.threshold) / max(1e-9, params.full - params.threshold)
        lots = round(min(1.0, beyond) * lots_of(params.max_hours, listed))
        return lots if cheap > 0 else -lots

    def worth_micros(self, listed: Instrument, now_ns: int) -> float | None:
        """Return what the trader holds a contract to be worth."""
        model = self.valuation.micros(self.view, listed, now_ns)
        shown, anchor = self.valuation.index_micros(listed), self._anchors.get(listed.index_name)
        if model is None or not shown or anchor is None or anchor.value is None:
            return None
        left = self.valuation.part_left(listed, now_ns)
        return model * math.exp(left * (anchor.value - math.log(shown)) + self.error)

    def _anchor(self, now_ns: int) -> None:
        elapsed_s = 0.0 if self._last_ns is None else (now_ns - self._last_ns) / NS_PER_S
        self._last_ns = now_ns
        underlyings = {each.index_name: each.underlying for each in self.view.instruments.values()}
        for index_name, printed in self.view.index.items():
            if printed.price_micros <= 0:
                continue
            log = math.log(printed.price_micros)
            told = self._executed.get(underlyings.get(index_name, ""))
            if told:
                gap = self._gaps.setdefault(index_name, Ewma(GAP_DAYS * 86_400))
                log = math.log(told) + gap.update(log - math.log(told), elapsed_s)
            anchor = self._anchors.setdefault(index_name, Ewma(self.params.anchor_days * 86_400))
            anchor.update(log, elapsed_s)

    def own_figures(self) -> dict[str, float]:
        """Return the trader's opinion: its error and what it takes for the spot price."""
        figures = {"own error, log": self.error}
        for name, anchor in self._anchors.items():
            if anchor.value is not None:
                figures[f"{name} anchor $"] = math.exp(anchor.value) / 1e6
        return figures
