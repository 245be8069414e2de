"""An arbitrageur of perpetuals against dated futures: collects the funding and holds no price risk.

Decision rule (cash and carry without the cash): a perpetual's funding is its premium over the index once
a day, capped. Where it is more than ``entry`` of the index a day the trader sells the perpetual and
buys as many GPU-hours of the nearest dated future on the same index; the other way round where it
is below ``-entry``. It closes within ``exit``. What is left is the risk that the two move apart.
"""

from __future__ import annotations

from clients.messages import InstrumentState, Message
from clients.participants.daily import DailyTrader
from clients.participants.fair_value import years_to_expiry
from clients.participants.months import is_outright
from clients.participants.params import NonNegative, Params, Positive
from clients.participants.sizes import hours_of, lots_of
from clients.participants.taking import mid_micros, take
from clients.trader import NS_PER_S, Command
from clients.view import MarketView
from marketdata.messages import Instrument

LEAST_DAYS = 10 / 365
"""A future that expires sooner is no hedge any more, in years."""


class FundingArbitrageParams(Params, frozen=True, kw_only=True):
    """Parameters.

    entry, exit: funding a day as a part of the index. cap: of the funding, as in the contract's terms.
    unit_hours: GPU-hours of a position; clip_hours: most in one order.
    """

    entry: Positive = 0.004
    exit: NonNegative = 0.001
    cap: Positive = 0.01
    unit_hours: Positive = 7_300.0
    clip_hours: Positive = 2_920.0


def funding_micros(mark_micros: float, index_micros: float, cap: float) -> float:
    """Return what a long of one GPU-hour pays a day: clamp(mark − index, ±cap × index)."""
    most = cap * index_micros
    return max(-most, min(most, mark_micros - index_micros))


class FundingArbitrage(DailyTrader):
    """Is short what pays funding, and long its hedge."""

    kind = "funding-arbitrage"

    def __init__(self, name: str, seed: int, params: FundingArbitrageParams) -> None:
        super().__init__(name, seed)
        self.params = params
        self.interval_ns = int(params.interval_s * NS_PER_S)
        self.directions: dict[str, int] = {}
        self._hedges: dict[str, str] = {}

    def instruments(self, view: MarketView) -> list[str]:
        """Return the perpetuals asked for, else all, and the dated futures on their indices."""
        wanted = self.params.names
        perpetuals = [
            each
            for each in view.instruments.values()
            if each.perpetual and (not wanted or each.name in wanted)
        ]
        indices = {each.index_name for each in perpetuals}
        dated = [
            each
            for each in view.instruments.values()
            if is_outright(each) and each.index_name in indices
        ]
        return [each.name for each in perpetuals + dated]

    def on_message(self, message: Message, now_ns: int) -> list[Command]:
        """Forget a hedge that expired."""
        if isinstance(message, InstrumentState) and message.state == "terminated":
            self._hedges = {
                perpetual: hedge
                for perpetual, hedge in self._hedges.items()
                if hedge != message.instrument
            }
        return super().on_message(message, now_ns)

    def decide(self, now_ns: int) -> list[Command]:
        """Look at each perpetual's funding and move towards what it asks for."""
        commands: list[Command] = []
        for name in self.instruments(self.view):
            listed = self.view.instruments[name]
            if listed.perpetual:
                commands += self._look(listed, now_ns)
        return commands

    def _look(self, perpetual: Instrument, now_ns: int) -> list[Command]:
        index_micros = self.view.index_micros(perpetual.name)
        middle = mid_micros(self, perpetual)
        hedge = self._hedge(perpetual, now_ns)
        if not index_micros or middle is None or hedge is None:
            return []
        paid = funding_micros(middle, index_micros, self.params.cap) / index_micros
        direction = self.directions.get(perpetual.name, 0)
        if abs(paid) >= self.params.entry and self.has_margin():
            direction = -1 if paid > 0 else 1
        elif paid * -direction <= self.params.exit:
            direction = 0
        self.directions[perpetual.name] = direction
        return self._towards(perpetual, hedge, direction)

    def _towards(self, perpetual: Instrument, hedge: Instrument, direction: int) -> list[Command]:
        params = self.params
        held = self.view.position_lots(perpetual.name)
        wanted_hedge = -round(hours_of(held, perpetual) / hedge.contract_hours)
        odd = wanted_hedge - self.view.position_lots(hedge.name)
        commands = take(self, hedge, odd, lots_of(params.clip_hours, hedge))
        if not odd:
            lots = lots_of(params.unit_hours, perpetual)
            missing = direction * lots - held
            commands += take(self, perpetual, missing, lots_of(params.clip_hours, perpetual))
        return commands

    def _hedge(self, perpetual: Instrument, now_ns: int) -> Instrument | None:
        """Return the future that hedges: the one that is held, else the nearest that lives on."""
        known = self.view.instruments.get(self._hedges.get(perpetual.name, ""))
        held = known is not None and self.view.position_lots(known.name) != 0
        if held or (known is not None and years_to_expiry(known, now_ns) >= LEAST_DAYS):
            return known
        living = [
            each
            for each in self.view.instruments.values()
            if is_outright(each)
            and each.index_name == perpetual.index_name
            and years_to_expiry(each, now_ns) >= LEAST_DAYS
        ]
        if not living:
            return None
        nearest = min(living, key=lambda each: each.expiry_ns)
        self._hedges[perpetual.name] = nearest.name
        return nearest

    def own_figures(self) -> dict[str, float]:
        """Return the side of each perpetual that is held."""
        return {f"{name} side": float(side) for name, side in self.directions.items()}
