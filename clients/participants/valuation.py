"""What every listed contract is worth to someone who knows indices, calendar and term structure.

A dated contract is the mean of the fixings seen and the forwards of those to come (its *diminishing
balance*), a perpetual is its index, a combo is the sum of its legs, a binary is the chance that the
mean ends above its strike. Forwards are those of ``clients.curves.schwartz_smith``: the index's
departure from its own slow mean is taken for χ.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from clients.curves.binary import probability_above
from clients.curves.fixings import FixingCalendar, FixingRecord
from clients.curves.schwartz_smith import COMPUTE, SchwartzSmith
from clients.participants.ewma import Ewma
from clients.participants.fair_value import NS_PER_YEAR
from clients.view import MarketView
from exchange.contracts.averaging import month_average, variance_factor
from marketdata.days import NS_PER_DAY
from marketdata.messages import MICROS, Instrument

SLOW_DAYS = 60.0
"""Half-life of the slow mean of an index, in market days; a default, not a published value."""


REMEMBERED_CHANGES = 30.0
"""Changes of an index after which half of what its volatility was is forgotten; a default."""


class _IndexState:
    """The last value of an index, its slow mean, and the volatility that it showed."""

    def __init__(self, slow_days: float, prior_volatility: float) -> None:
        self.log = 0.0
        self.slow = Ewma(slow_days * 86_400)
        self.variance = Ewma(REMEMBERED_CHANGES, prior_volatility**2)
        """Of a year."""
        self.last_ns: int | None = None
        self.changed_ns: int | None = None
        self.surprise = 0.0
        """The last change in standard deviations of what was to be expected."""

    @property
    def chi(self) -> float:
        return self.log - (self.slow.value if self.slow.value is not None else self.log)

    def see(self, price_micros: int, now_ns: int) -> None:
        log = math.log(price_micros / MICROS)
        if self.changed_ns is None or self.last_ns is None:
            self.log, self.changed_ns = log, now_ns
            self.slow.update(log, 0.0)
        elif log != self.log:
            years = max(1.0, now_ns - self.changed_ns) / NS_PER_YEAR
            expected = math.sqrt(max(1e-12, (self.variance.value or 0.0) * years))
            self.surprise = abs(log - self.log) / expected
            self.variance.update((log - self.log) ** 2 / years, 1.0)
            self.log, self.changed_ns = log, now_ns
        if self.last_ns is not None:
            self.slow.update(log, (now_ns - self.last_ns) / 1e9)
        self.last_ns = now_ns


class Valuation:
    """Model prices in micro-dollars per GPU-hour (per unit of a binary)."""

    def __init__(
        self,
        curves: Mapping[str, SchwartzSmith] | None = None,
        *,
        default_curve: SchwartzSmith = COMPUTE,
        calendar: FixingCalendar | None = None,
        slow_days: float = SLOW_DAYS,
    ) -> None:
        """Take curves by underlying; what has none follows the default's."""
        self._curves = dict(curves or {})
        self._default_curve = default_curve
        self._calendar = calendar or FixingCalendar()
        self._slow_days = slow_days
        self._record = FixingRecord()
        self._published: dict[str, dict[int, int]] = {}
        self._indices: dict[str, _IndexState] = {}
        self._memo: dict[str, float | None] = {}
        self._memo_ns = -1

    def see(self, view: MarketView, now_ns: int) -> None:
        """Look at indices and fixings; call it before prices are asked for at a new time."""
        self._published = view.fixings
        for name, printed in view.index.items():
            if printed.price_micros > 0:
                self._see_index(name, printed.price_micros, now_ns)
        self._memo.clear()
        self._memo_ns = now_ns

    def _see_index(self, name: str, price_micros: int, now_ns: int) -> None:
        state = self._indices.get(name)
        if state is None:
            volatility = self._default_curve.volatility(0.0)
            state = self._indices[name] = _IndexState(self._slow_days, volatility)
        state.see(price_micros, now_ns)
        self._record.see(name, price_micros, now_ns)

    def curve(self, listed: Instrument) -> SchwartzSmith:
        """Return the term structure of a contract's underlying."""
        return self._curves.get(listed.underlying, self._default_curve)

    def surprises(self) -> dict[str, float]:
        """Return the last change of each index in standard deviations."""
        return {name: state.surprise for name, state in self._indices.items()}

    def index_micros(self, listed: Instrument) -> float | None:
        """Return a contract's index, None before its first value."""
        state = self._indices.get(listed.index_name)
        return None if state is None else math.exp(state.log) * MICROS

    def volatility(self, listed: Instrument, now_ns: int) -> float:
        """Return the volatility a year that is to be expected of a contract.

        It is the model's at the contract's maturity, scaled to what the index showed lately, and
        smaller by the part of the fixings that is known.
        """
        curve, state = self.curve(listed), self._indices.get(listed.index_name)
        years = max(0, listed.expiry_ns - now_ns) / NS_PER_YEAR if listed.expiry_ns else 0.0
        spot = curve.volatility(0.0)
        shown = math.sqrt(state.variance.value or 0.0) if state is not None else spot
        scale = min(4.0, max(0.5, shown / spot)) if spot else 1.0
        return curve.volatility(years) * scale * self.part_left(listed, now_ns)

    def part_left(self, listed: Instrument, now_ns: int) -> float:
        """Return the part of a contract's fixings that is to come; 1 for a perpetual."""
        instants = self._calendar.instants_ns(listed)
        return sum(instant > now_ns for instant in instants) / len(instants) if instants else 1.0

    def micros(self, view: MarketView, listed: Instrument, now_ns: int) -> float | None:
        """Return what a contract is worth, None where an index it needs has no value yet."""
        if now_ns != self._memo_ns:
            self._memo.clear()
            self._memo_ns = now_ns
        if listed.name not in self._memo:
            self._memo[listed.name] = self._value(view, listed, now_ns)
        return self._memo[listed.name]

    def _value(self, view: MarketView, listed: Instrument, now_ns: int) -> float | None:
        if listed.legs:
            return self._combo(view, listed, now_ns)
        state = self._indices.get(listed.index_name)
        if state is None:
            return None
        if listed.perpetual:
            return math.exp(state.log) * MICROS
        mean = self._mean(listed, state, now_ns)
        if not listed.binary:
            return mean
        deviation = self._deviation_of_mean(listed, state, now_ns)
        return probability_above(mean, listed.strike_micros, deviation) * MICROS

    def _combo(self, view: MarketView, listed: Instrument, now_ns: int) -> float | None:
        total = 0.0
        for leg in listed.legs:
            traded = view.instruments.get(leg.instrument)
            worth = None if traded is None else self.micros(view, traded, now_ns)
            if worth is None:
                return None
            total += leg.ratio * worth
        return total

    def _forward(self, listed: Instrument, state: _IndexState, years: float) -> float:
        chi = state.chi
        return MICROS * math.exp(self.curve(listed).log_forward(chi, state.log - chi, years))

    def _mean(self, listed: Instrument, state: _IndexState, now_ns: int) -> float:
        instants = self._calendar.instants_ns(listed)
        known = self._record.known_micros(
            listed.index_name,
            instants,
            now_ns,
            math.exp(state.log) * MICROS,
            self._published.get(listed.index_name),
        )
        left = instants[len(known) :]
        if not left:
            return month_average(known, [])
        # Within a month the curve is nearly straight: the middle's forward stands for their mean.
        middle_ns = sum(instant - now_ns for instant in left) / len(left)
        forward = self._forward(listed, state, middle_ns / NS_PER_YEAR)
        return month_average(known, [forward] * len(left))

    def _deviation_of_mean(self, listed: Instrument, state: _IndexState, now_ns: int) -> float:
        """Standard deviation of ln mean: to the first fixing left, then as a mean of what is left."""
        instants = self._calendar.instants_ns(listed)
        left = [instant for instant in instants if instant > now_ns]
        if not left:
            return 0.0
        step_ns = (left[-1] - left[0]) / max(1, len(left) - 1) if len(left) > 1 else NS_PER_DAY
        before = max(0.0, left[0] - step_ns - now_ns)
        within = (left[-1] - now_ns) - before
        years = (before + variance_factor(len(left)) * within) / NS_PER_YEAR
        shown = math.sqrt(state.variance.value or 0.0)
        return shown * math.sqrt(years) * len(left) / len(instants)
