"""Trading two prices against each other when they are further apart than they use to be.

Decision rule: the distance is the log ratio of the two middles; its mean and deviation are estimated
on the run with exponential weights. The trader sells what is dear and buys what is cheap at a z-score
beyond ``entry_z``, closes within ``exit_z``, and gives up beyond ``stop_z`` until the distance is usual
again. Source of the rule: E. Gatev, W. Goetzmann and K. G. Rouwenhorst, "Pairs trading: performance
of a relative-value arbitrage rule", Review of Financial Studies 19 (2006) 797-827, who open at two
deviations. The second leg follows what is held of the first, so that a leg that fills in part
is never left alone; a combo of the two legs is taken where its price is no worse.
"""

from __future__ import annotations

import math
from abc import abstractmethod

from clients.participants.daily import DailyTrader
from clients.participants.fair_value import years_to_expiry
from clients.participants.months import combo_of
from clients.participants.params import Lots, NonNegative, Params, Positive
from clients.participants.sizes import hours_of, lots_of
from clients.participants.taking import mid_micros, take
from clients.trader import NS_PER_S, Command
from clients.view import MarketView
from marketdata.messages import Instrument

ABOUT_EQUAL = 0.05
"""Lots whose hours differ by no more may be traded one against one; the hedge makes up for the rest."""
LAST_DAYS = 3 / 365
"""So near to expiry no position is opened any more, in years."""


class PairParams(Params, frozen=True, kw_only=True):
    """Parameters.

    unit_hours: GPU-hours of a position in the first leg. clip_hours: most in one order. entry_z, exit_z,
    stop_z: deviations. halflife: decisions after which a sample's weight is half. warmup: decisions
    before the first position. min_edge: least log distance from the mean worth the costs. months:
    how many pairs, the nearest.
    """

    unit_hours: Positive = 14_600.0
    clip_hours: Positive = 3_650.0
    entry_z: Positive = 2.0
    exit_z: NonNegative = 0.5
    stop_z: Positive = 6.0
    halflife: Positive = 200.0
    warmup: Lots = 30
    min_edge: NonNegative = 0.006
    months: Lots = 6


class Distance:
    """A log ratio's mean and deviation so far, and the position that they ask for."""

    def __init__(self, params: PairParams) -> None:
        self.direction = 0
        """Of the first leg: 1 is long, −1 is short."""
        self.stopped = False
        self.samples = 0
        self.z = 0.0
        self.mean = 0.0
        """The usual log ratio."""
        self._params = params
        self._variance = 0.0
        self._least_weight = 1 - 0.5 ** (1 / params.halflife)

    def see(self, log_ratio: float) -> None:
        """Take a sample in and set the direction by the rule, before it counts for the mean."""
        params = self._params
        away = log_ratio - self.mean if self.samples else 0.0
        deviation = math.sqrt(self._variance)
        self.z = away / deviation if deviation > 0 else 0.0
        if self.samples >= params.warmup:
            self._decide(away)
        # Plain means of all samples at first, until the half-life sets in.
        self._variance += max(self._least_weight, 1 / max(1, self.samples)) * (
            away * away - self._variance
        )
        self.samples += 1
        self.mean += max(self._least_weight, 1 / self.samples) * (log_ratio - self.mean)

    def _decide(self, away: float) -> None:
        params = self._params
        if abs(self.z) >= params.stop_z:
            self.direction, self.stopped = 0, True
        elif self.stopped:
            self.stopped = abs(self.z) >= params.entry_z
        elif self.direction == 0:
            if abs(self.z) >= params.entry_z and abs(away) >= params.min_edge:
                self.direction = -1 if self.z > 0 else 1
        elif self.z * self.direction >= -params.exit_z:
            self.direction = 0


class PairArbitrage(DailyTrader):
    """Base of the arbitrageurs of two contracts; a kind names the pairs."""

    follows_listing = True
    value_neutral = False
    """Whether the legs are of equal value; of equal GPU-hours otherwise."""

    def __init__(self, name: str, seed: int, params: PairParams) -> None:
        super().__init__(name, seed)
        self.pair_params = params
        self.interval_ns = int(params.interval_s * NS_PER_S)
        self.distances: dict[tuple[str, str], Distance] = {}
        self._pairs: list[tuple[Instrument, Instrument]] = []
        self._opened = 0

    @abstractmethod
    def pairs(self, view: MarketView) -> list[tuple[Instrument, Instrument]]:
        """Return the contracts to be traded against each other, nearest first."""

    def instruments(self, view: MarketView) -> list[str]:
        """Return every leg, and the combos made of them."""
        self._pairs = self.pairs(view)[: self.pair_params.months]
        names: dict[str, None] = {}
        for first, second in self._pairs:
            names |= dict.fromkeys((first.name, second.name))
            combo = combo_of(view.instruments, first.name, second.name)
            if combo is not None:
                names[combo[0].name] = None
        return list(names)

    def decide(self, now_ns: int) -> list[Command]:
        """Look at each pair and move towards what its distance asks for."""
        commands: list[Command] = []
        for first, second in self._pairs:
            listed = self.view.instruments
            if first.name not in listed or second.name not in listed:
                continue
            one, two = mid_micros(self, first), mid_micros(self, second)
            if one is None or two is None or one <= 0 or two <= 0:
                continue
            distance = self.distances.setdefault(
                (first.name, second.name), Distance(self.pair_params)
            )
            before = distance.direction
            distance.see(math.log(one / two))
            self._opened += before == 0 and distance.direction != 0
            commands += self._towards(first, second, distance, one / two, now_ns)
        return commands

    def _towards(
        self,
        first: Instrument,
        second: Instrument,
        distance: Distance,
        ratio: float,
        now_ns: int,
    ) -> list[Command]:
        params, view = self.pair_params, self.view
        held = view.position_lots(first.name)
        wanted = distance.direction * lots_of(params.unit_hours, first)
        grows = abs(wanted) > abs(held)
        if grows and (years_to_expiry(first, now_ns) < LAST_DAYS or not self.has_margin()):
            wanted = held
        weight = ratio if self.value_neutral else 1.0
        hedge = -round(hours_of(held, first) * weight / max(1, second.contract_hours))
        missing, odd = wanted - held, hedge - view.position_lots(second.name)
        clip = lots_of(params.clip_hours, first)
        if missing and odd == 0 and not self.value_neutral:
            through_combo = self._through_combo(first, second, missing, clip)
            if through_combo:
                return through_combo
        # The hedge comes first: what is held alone is the risk.
        commands = take(self, second, odd, lots_of(params.clip_hours * weight, second))
        if odd == 0 or not commands:
            commands += take(self, first, missing if odd == 0 else 0, clip)
        return commands

    def _through_combo(
        self, first: Instrument, second: Instrument, missing: int, clip: int
    ) -> list[Command]:
        found = combo_of(self.view.instruments, first.name, second.name)
        unequal = abs(first.contract_hours / max(1, second.contract_hours) - 1)
        if found is None or unequal > ABOUT_EQUAL:
            return []
        combo, sign = found
        return take(self, combo, missing * sign, clip) if self._is_cheaper(combo, missing) else []

    def _is_cheaper(self, combo: Instrument, missing: int) -> bool:
        """Whether the combo's touch is no worse than that of its legs for these lots."""
        bid, ask = self.view.outside_best(combo.name)
        sign = 1 if missing > 0 else -1
        legs = 0.0
        for leg in combo.legs:
            listed = self.view.instruments[leg.instrument]
            leg_bid, leg_ask = self.view.outside_best(leg.instrument)
            touch = leg_ask if leg.ratio * sign > 0 else leg_bid
            if touch is None:
                return False
            legs += leg.ratio * touch * listed.tick_micros
        own = ask if sign > 0 else bid
        return own is not None and (legs - own * combo.tick_micros) * sign >= 0

    def own_figures(self) -> dict[str, float]:
        """Return each pair's distance from usual and the positions opened."""
        figures = {"positions opened": float(self._opened)}
        for (first, second), distance in self.distances.items():
            figures[f"{first} against {second}, usual log ratio"] = distance.mean
            figures[f"{first} against {second}, z"] = distance.z
        return figures
