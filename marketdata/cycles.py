"""Which books imply prices in which others: cycles of one combo with all its legs.

A combo's price is the sum of its legs' prices by their ratios. So orders in all books of a cycle but
one make a price in that one: legs in the combo (implied-in), combo and other legs in a leg
(implied-out). Only real orders imply, never implied ones: first generation.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Route(NamedTuple):
    """How the other books of one cycle make a price in one of them.

    One turn trades ``lots`` of the target and of each source as many as its weight says; the sources'
    prices by their weights, over ``lots``, are the target's. A source of positive weight lends the
    side that is implied, one of negative weight the other.
    """

    combo: int
    lots: int
    sources: tuple[tuple[int, int], ...]
    """(instrument_id, weight), the combo first where it is one."""


class Cycle(NamedTuple):
    """A combo and its legs, whose books trade with each other."""

    combo: int
    legs: tuple[tuple[int, int], ...]
    """(instrument_id, ratio)."""

    @property
    def books(self) -> tuple[int, ...]:
        """Every instrument in it, the combo first."""
        return (self.combo, *(leg for leg, _ in self.legs))

    def route(self, target: int) -> Route:
        """Return how the others imply a price in one of its books; raises ValueError for no such."""
        if target == self.combo:
            return Route(self.combo, 1, self.legs)
        for leg, ratio in self.legs:
            if leg == target:
                sign = 1 if ratio > 0 else -1
                others = ((at, -weight * sign) for at, weight in self.legs if at != target)
                return Route(self.combo, abs(ratio), ((self.combo, sign), *others))
        raise ValueError(f"instrument {target} is not in the cycle of combo {self.combo}")


class Cycles:
    """The cycles of every instrument, in the order in which their combos were listed."""

    def __init__(self) -> None:
        self._cycles: dict[int, list[Cycle]] = {}
        self._reach: dict[int, frozenset[int]] = {}

    def add(self, combo: int, legs: Iterable[tuple[int, int]]) -> None:
        """Link a combo's book with those of its legs, (instrument_id, ratio)."""
        cycle = Cycle(combo, tuple(legs))
        for book in cycle.books:
            self._cycles.setdefault(book, []).append(cycle)
            self._reach.pop(book, None)

    def of(self, instrument_id: int) -> list[Cycle]:
        """Return the cycles that an instrument is in."""
        return self._cycles.get(instrument_id, [])

    def reach(self, instrument_id: int) -> frozenset[int]:
        """Return the instruments of these cycles and itself: who may change its implied book."""
        reach = self._reach.get(instrument_id)
        if reach is None:
            books = (book for cycle in self.of(instrument_id) for book in cycle.books)
            reach = self._reach[instrument_id] = frozenset((instrument_id, *books))
        return reach
