"""Random lives of linked books: outrights with calendar and inter-product spreads, condors and strips."""

from __future__ import annotations

import random

from tests.matching.stories import Teller

MARKETS: tuple[tuple[tuple[int, ...], tuple[tuple[int, tuple[tuple[int, int], ...]], ...]], ...] = (
    ((100, 98, 2), ((2, ((0, 1), (1, -1))),)),
    ((100, 2, 98), ((1, ((0, 1), (2, -1))),)),
    (
        (100, 98, 95, 2, 3, 5),
        ((5, ((0, 1), (2, -1))), (3, ((0, 1), (1, -1))), (4, ((1, 1), (2, -1)))),
    ),
    ((100, 98, 95, 97), ((3, ((0, 1), (1, -1), (2, 1))),)),
    (
        (100, 98, 95, 94, 1, 198, 2),
        (
            (4, ((0, 1), (1, -1), (2, -1), (3, 1))),
            (5, ((0, 1), (1, 1))),
            (6, ((0, 1), (1, -1))),
        ),
    ),
    (
        (100, 98, 60, 2, 40, 2),
        ((3, ((0, 1), (1, -1))), (4, ((0, 1), (2, -1))), (5, ((0, 1), (1, -1)))),
    ),
)
"""Usual prices of the books of a market, and its combos with their legs."""


class LinkedTeller(Teller):
    """Draws the steps of one story of a market with combos."""

    def __init__(self, source: int | random.Random, *, without: tuple[str, ...] = ()) -> None:
        super().__init__(source, without=without)
        # A wide market would hardly ever complete a cycle.
        self._span_ticks = min(self._span_ticks, 5)
        # Nor would one in which some book is always closed.
        self._acts["set_state"] *= self._draw.choice([0, 0.1, 0.3])
        self._acts["set_breaker"] *= self._draw.choice([0, 0.3, 1])
        self._acts["advance"] = max(self._acts["advance"], 0.5)

    def _drawn_books(self) -> int:
        self.middles_ticks, self.links = self._draw.choice(MARKETS)
        self.bases_ticks = tuple(ticks - 2000 for ticks in self.middles_ticks)
        self.ends_ns = {combo: self._draw.choice([0, 0, 200]) for combo, _ in self.links}
        return len(self.middles_ticks)
