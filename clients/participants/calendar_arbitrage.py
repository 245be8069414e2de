"""An arbitrageur of spreads against outrights: what is the same must cost the same.

Decision rule: where the others bid more for a combo than its legs cost at their touches, fees included,
the trader sells the combo and buys the legs, and the other way round. As a combo's trades are booked in
its legs, a conversion that fills whole leaves no position; what fills in part is closed at the touch.
"""

from __future__ import annotations

from clients.participants.daily import DailyTrader
from clients.participants.params import Lots, NonNegative, Params, Positive
from clients.participants.sizes import lots_of
from clients.participants.taking import take
from clients.trader import NS_PER_S, Command
from clients.view import MarketView
from marketdata.messages import Instrument


class CalendarArbitrageParams(Params, frozen=True, kw_only=True):
    """Parameters.

    families: of the combos, by commas; all if empty. clip_hours: GPU-hours of one conversion. min_edge:
    least gain after fees, in $ per GPU-hour. patience: decisions before a leftover leg is closed.
    """

    families: str = ""
    clip_hours: Positive = 3_650.0
    min_edge: NonNegative = 0.002
    patience: Lots = 3


class CalendarArbitrage(DailyTrader):
    """Converts combos into outrights and back, and holds nothing."""

    kind = "calendar-arbitrage"
    follows_listing = True

    def __init__(self, name: str, seed: int, params: CalendarArbitrageParams) -> None:
        super().__init__(name, seed)
        self.params = params
        self.interval_ns = int(params.interval_s * NS_PER_S)
        self.conversions = 0
        self._families = {word.strip() for word in params.families.split(",") if word.strip()}
        self._combos: list[Instrument] = []
        self._alone: dict[str, int] = {}

    def instruments(self, view: MarketView) -> list[str]:
        """Return the combos and their legs."""
        self._combos = [
            listed
            for listed in view.instruments.values()
            if listed.legs and (not self._families or listed.family in self._families)
        ]
        names: dict[str, None] = {}
        for combo in self._combos:
            names |= dict.fromkeys((combo.name, *(leg.instrument for leg in combo.legs)))
        return list(names)

    def decide(self, now_ns: int) -> list[Command]:
        """Close what was left over, else convert where it pays."""
        leftovers = self._leftovers()
        if leftovers is not None:
            return leftovers
        if not self.has_margin():
            return []
        for combo in self._combos:
            sign = self._worth_it(combo)
            if sign:
                self.conversions += 1
                return self._convert(combo, sign)
        return []

    def _leftovers(self) -> list[Command] | None:
        """Return orders that close legs held for too long, None where nothing is held."""
        commands: list[Command] = []
        held = {
            name: position.qty_lots
            for name, position in self.view.positions.items()
            if position.qty_lots and name in self.view.instruments
        }
        self._alone = {name: self._alone.get(name, 0) + 1 for name in held}
        for name, lots in held.items():
            if self._alone[name] > self.params.patience:
                listed = self.view.instruments[name]
                commands += take(self, listed, -lots, lots_of(self.params.clip_hours, listed))
        return commands if held else None

    def _worth_it(self, combo: Instrument) -> int:
        """Return 1 where buying the combo and selling its legs pays, −1 for the other way, else 0."""
        hours = max(1, self._hours(combo))
        fees = combo.taker_fee_micros / hours
        legs_bid = legs_ask = 0.0
        for leg in combo.legs:
            listed = self.view.instruments.get(leg.instrument)
            if listed is None or not self._is_open(leg.instrument):
                return 0
            bid, ask = self.view.outside_best(leg.instrument)
            low, high = (bid, ask) if leg.ratio > 0 else (ask, bid)
            if low is None or high is None:
                return 0
            legs_bid += leg.ratio * low * listed.tick_micros
            legs_ask += leg.ratio * high * listed.tick_micros
            fees += abs(leg.ratio) * listed.taker_fee_micros / hours
        bid, ask = self.view.outside_best(combo.name)
        least = fees + self.params.min_edge * 1_000_000
        if ask is not None and legs_bid - ask * combo.tick_micros > least:
            return 1
        if bid is not None and bid * combo.tick_micros - legs_ask > least:
            return -1
        return 0

    def _hours(self, combo: Instrument) -> int:
        listed = self.view.instruments.get(combo.legs[0].instrument)
        return combo.contract_hours if listed is None else listed.contract_hours

    def _is_open(self, name: str) -> bool:
        ticker = self.view.tickers.get(name)
        return ticker is None or ticker.state == "open"

    def _convert(self, combo: Instrument, sign: int) -> list[Command]:
        first = self.view.instruments[combo.legs[0].instrument]
        lots = min(lots_of(self.params.clip_hours, first), self._shown_lots(combo, sign))
        commands = take(self, combo, sign * lots, lots)
        for leg in combo.legs:
            listed = self.view.instruments[leg.instrument]
            missing = -sign * leg.ratio * lots
            commands += take(self, listed, missing, abs(missing))
        return commands

    def _shown_lots(self, combo: Instrument, sign: int) -> int:
        """Return the lots that the combo and every leg show at their best prices."""
        fewest = self._at_touch(combo.name, sign)
        for leg in combo.legs:
            side = -sign if leg.ratio > 0 else sign
            fewest = min(fewest, self._at_touch(leg.instrument, side) // abs(leg.ratio))
        return max(1, fewest)

    def _at_touch(self, name: str, sign: int) -> int:
        book = self.view.book(name)
        levels = book.asks(1) if sign > 0 else book.bids(1)
        return levels[0][1] if levels else 0

    def own_figures(self) -> dict[str, float]:
        """Return how often it converted."""
        return {"conversions": float(self.conversions)}
