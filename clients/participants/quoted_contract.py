"""What a market maker knows of one contract: its fair value and the quotes that stand."""

from __future__ import annotations

import math

from clients.participants.ewma import Ewma
from clients.trader import TwoSided
from marketdata.messages import Instrument

FORGET = 0.97
"""What is left of a refusal after a decision."""


class QuotedContract:
    """The maker's own picture of one contract, in ticks."""

    def __init__(self, instrument: Instrument, basis_halflife_s: float) -> None:
        self.instrument = instrument
        self.basis = Ewma(basis_halflife_s, 0.0)
        self.shown = TwoSided(instrument=instrument.name)
        """What was quoted last; no sizes where nothing is."""
        self.stale = False
        """Whether something happened to the quotes since: a fill, a refusal."""
        self._refusals = 0.0
        self._last_ns: int | None = None

    @property
    def sides(self) -> int:
        """How many sides are shown."""
        return (self.shown.bid_lots > 0) + (self.shown.ask_lots > 0)

    def fair_ticks(
        self, model_ticks: float, mid_ticks: float | None, weight: float, trust: float, now_ns: int
    ) -> float:
        """Return the model, moved by a part of the others' lasting departure and towards their middle.

        A part below one pulls a market that follows itself back to the model.
        """
        if mid_ticks is None:
            return model_ticks + trust * (self.basis.value or 0.0)
        elapsed_s = 0.0 if self._last_ns is None else (now_ns - self._last_ns) / 1e9
        self._last_ns = now_ns
        anchored = model_ticks + trust * self.basis.update(mid_ticks - model_ticks, elapsed_s)
        return (1 - weight) * anchored + weight * mid_ticks

    def refuse(self) -> None:
        """Note that the venue refused a quote, most likely as too far from the mark."""
        self._refusals = min(6.0, self._refusals + 1.0)

    def reach_part(self) -> float:
        """Return the part of the reach to keep to: half at each refusal, forgotten slowly."""
        self._refusals *= FORGET
        return math.pow(0.5, self._refusals)

    def needs(self, wanted: TwoSided, tolerance_ticks: float) -> float:
        """Return how badly ``wanted`` is needed: 0 where what stands is good enough."""
        if self.stale or self._resized(wanted):
            return float("inf")
        shown, moved = self.shown, 0.0
        if wanted.bid_lots:
            moved = abs(wanted.bid_ticks - shown.bid_ticks)
        if wanted.ask_lots:
            moved = max(moved, abs(wanted.ask_ticks - shown.ask_ticks))
        return moved if moved > tolerance_ticks else 0.0

    def _resized(self, wanted: TwoSided) -> bool:
        pairs = (
            (self.shown.bid_lots, wanted.bid_lots),
            (self.shown.ask_lots, wanted.ask_lots),
        )
        return any(
            (shown == 0) != (lots == 0) or not lots / 2 <= shown <= lots * 2
            for shown, lots in pairs
            if shown or lots
        )

    def show(self, wanted: TwoSided) -> None:
        """Note what is sent."""
        self.shown = wanted
        self.stale = False
