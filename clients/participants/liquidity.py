"""Which contracts those choose who have no reason of their own: the liquid ones more often."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from clients.view import MarketView

SPECIAL = 0.3
"""Weight of spreads and binaries beside outrights and perpetuals; a default."""
KEPT = 40
"""Draws for which weights are kept."""


def weight(view: MarketView, name: str) -> float:
    """Return the weight of a contract: the root of the GPU-hours open and shown, at least 1."""
    listed, ticker = view.instruments[name], view.tickers.get(name)
    if ticker is None:
        return 1.0
    lots = ticker.open_interest_lots + ticker.best_bid_lots + ticker.best_ask_lots
    part = SPECIAL if listed.legs or listed.binary else 1.0
    return part * math.sqrt(1.0 + lots * max(1, listed.contract_hours))


class Chooser:
    """Draws contracts by their weights, which are looked at anew from time to time."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._names: list[str] = []
        self._cumulated: np.ndarray = np.zeros(0)
        self._left = 0

    def draw(self, view: MarketView, names: Sequence[str]) -> str | None:
        """Return one of the names that are listed and shown, None where none is."""
        if self._left <= 0:
            self._names = [name for name in names if name in view.instruments]
            self._cumulated = np.cumsum([weight(view, name) for name in self._names])
            self._left = KEPT
        self._left -= 1
        if not self._names or self._cumulated[-1] <= 0:
            self._left = 0
            return None
        at = float(self._rng.random()) * float(self._cumulated[-1])
        name = self._names[int(np.searchsorted(self._cumulated, at, side="right"))]
        if name not in view.instruments:
            self._left = 0
            return None
        return name
