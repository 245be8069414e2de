"""An unlevered fund that is long the front month and rolls on a published schedule.

Decision rule: hold NAV / price GPU-hours, in the front month until the roll begins, then a part more each
day in the next (``roll_schedule``). Everybody knows the schedule, so the roll can be front-run. It rolls
through the calendar spread where that is no dearer than the two outrights.
"""

from __future__ import annotations

from clients.messages import Side
from clients.participants.fund import Fund, FundParams
from clients.participants.months import combo_of, of_family
from clients.participants.params import Lots, Positive
from clients.participants.roll_schedule import RollSchedule
from clients.participants.sizes import lots_of
from clients.participants.taking import take, touch_ticks
from clients.trader import Command
from clients.view import MarketView
from marketdata.messages import Instrument

REBALANCE_PART = 0.02
"""A month this near to its target, as a part of the whole exposure, is left alone."""


class EtfParams(FundParams, frozen=True, kw_only=True):
    """Parameters; family: what is held. begin_days, length_days: the roll. leverage: 1 for a plain fund."""

    family: str = "GPU1"
    begin_days: Lots = 10
    length_days: Lots = 5
    leverage: Positive = 1.0


class Etf(Fund):
    """Holds the front month, and moves on."""

    kind = "etf"
    follows_listing = True

    def __init__(self, name: str, seed: int, params: EtfParams) -> None:
        super().__init__(name, seed, params)
        self.params = params
        self.schedule = RollSchedule(begin_days=params.begin_days, length_days=params.length_days)
        self.rolled_lots = 0
        self._months: list[Instrument] = []

    def instruments(self, view: MarketView) -> list[str]:
        """Return the two nearest months and the spread between them."""
        self._months = of_family(view.instruments.values(), self.params.family)[:2]
        names = [each.name for each in self._months]
        if len(names) == 2:
            combo = combo_of(view.instruments, names[1], names[0])
            if combo is not None:
                names.append(combo[0].name)
        return names

    def target_hours(self, price_micros: float) -> float:
        """Return NAV over price, times the leverage."""
        return self.params.leverage * max(0, self.nav_micros) / price_micros

    def decide(self, now_ns: int) -> list[Command]:
        """Hold every month's part of the exposure."""
        targets = self.target_lots(now_ns)
        held = {name: self.view.position_lots(name) for name in targets}
        missing = {name: lots - held[name] for name, lots in targets.items()}
        rolling = self._through_spread(missing)
        if rolling:
            return rolling
        total = sum(abs(lots) for lots in targets.values())
        commands: list[Command] = []
        for name, lots in missing.items():
            # What leaves a month in its roll goes in full, what drifts with the NAV in steps.
            if abs(lots) > REBALANCE_PART * total or (lots and not targets[name]):
                listed = self.view.instruments[name]
                grows = lots * (1 if held[name] >= 0 else -1) > 0
                if not grows or self.has_margin():
                    commands += take(self, listed, lots, self._clip(listed))
        return commands

    def target_lots(self, now_ns: int) -> dict[str, int]:
        """Return the lots wanted in each month by the roll schedule."""
        months = [each for each in self._months if each.name in self.view.instruments]
        weights = self.schedule.weights([each.expiry_ns for each in months], now_ns)
        targets: dict[str, int] = {}
        for listed, weight in zip(months, weights, strict=True):
            price = self._price_micros(listed)
            if weight == 0:
                targets[listed.name] = 0
                continue
            if price is None:
                return {}
            targets[listed.name] = round(weight * self.target_hours(price) / listed.contract_hours)
        return targets

    def _price_micros(self, listed: Instrument) -> float | None:
        ticks = self.view.mark_ticks(listed.name)
        return None if not ticks or ticks < 0 else float(ticks * listed.tick_micros)

    def _clip(self, listed: Instrument) -> int:
        return lots_of(self.fund_params.clip_hours, listed)

    def _through_spread(self, missing: dict[str, int]) -> list[Command]:
        """Return an order for the spread where the front is left for the next month at no worse a price."""
        if len(self._months) < 2:
            return []
        front, following = self._months[0].name, self._months[1].name
        lots = min(-missing.get(front, 0), missing.get(following, 0))
        found = combo_of(self.view.instruments, following, front) if lots > 0 else None
        if found is None:
            return []
        combo, sign = found
        spread = touch_ticks(self, combo.name, Side.BUY if sign > 0 else Side.SELL)
        bought = touch_ticks(self, following, Side.BUY)
        sold = touch_ticks(self, front, Side.SELL)
        if spread is None or bought is None or sold is None:
            return []
        apart = bought * self._months[1].tick_micros - sold * self._months[0].tick_micros
        if spread * combo.tick_micros * sign > apart:
            return []
        self.rolled_lots += min(lots, self._clip(self._months[0]))
        return take(self, combo, lots * sign, self._clip(self._months[0]))

    def own_figures(self) -> dict[str, float]:
        """Return the fund's figures, its months and what it sent through the spread."""
        figures = super().own_figures()
        figures["rolled through the spread, lots"] = float(self.rolled_lots)
        for listed in self._months:
            lots = self.view.position_lots(listed.name)
            hours_value = lots * listed.contract_hours * (self._price_micros(listed) or 0.0)
            figures[f"{listed.name} lots"] = float(lots)
            if self.nav_micros > 0:
                figures[f"{listed.name} part of NAV"] = hours_value / self.nav_micros
        return figures
