"""Implied depth: what one aggressor could trade at once by way of other books.

Computed from displayed sizes alone. An aggressor takes the best price first and, at equal price, the
combo listed first; what one cycle has taken is not there for the next. So sizes at several prices, and
by several cycles, can all be had together. The same orders may stand behind implied sizes of several
instruments; those cannot.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from marketdata.cycles import Route
from matching.layout import Side

Level = tuple[int, int]
"""(price_ticks, qty_lots)."""
Levels = Callable[[int, int], Iterable[Level]]
"""Levels of an instrument's side, best first."""

MAX_LEVELS = 20
"""Most implied levels of a side that a question is answered with: each costs a walk of several books."""

_BUY = int(Side.BUY)


class _Resting:
    """One side of one book, taken from its best level on."""

    __slots__ = ("_later", "_levels")

    def __init__(self, levels: Iterable[Level]) -> None:
        self._later: Iterator[Level] = iter(levels)
        self._levels: list[Level] = []

    def cost(self, lots: int) -> tuple[int, int] | None:
        """Return what the next lots cost in tick-lots, and how often that; None where there are fewer."""
        total, missing, at = 0, lots, 0
        while True:
            if at == len(self._levels):
                following = next(self._later, None)
                if following is None:
                    return None
                self._levels.append(following)
            price_ticks, qty_lots = self._levels[at]
            if qty_lots >= missing:
                return total + price_ticks * missing, 1 if at else qty_lots // lots
            total += price_ticks * qty_lots
            missing -= qty_lots
            at += 1

    def take(self, lots: int) -> None:
        """Take lots that ``cost`` has found."""
        while lots:
            price_ticks, qty_lots = self._levels[0]
            if qty_lots > lots:
                self._levels[0] = (price_ticks, qty_lots - lots)
                return
            del self._levels[0]
            lots -= qty_lots


class _Way:
    """One route while its sources are being taken."""

    __slots__ = ("lots", "parts", "price_ticks", "side", "turns")

    def __init__(self, route: Route, side: int, books: dict[tuple[int, int], _Resting]) -> None:
        self.lots = route.lots
        self.side = side
        self.parts = [
            (books[source, side if weight > 0 else 1 - side], weight)
            for source, weight in route.sources
        ]
        self.price_ticks = 0
        self.turns = 0
        """How many more turns cost ``price_ticks``; 0 when there are none at all."""

    def look(self) -> None:
        """Find the price of the next turns."""
        self.turns = 0
        total, turns = 0, 0
        for resting, weight in self.parts:
            cost = resting.cost(abs(weight))
            if cost is None:
                return
            total += cost[0] if weight > 0 else -cost[0]
            turns = min(turns, cost[1]) if turns else cost[1]
        # Between two ticks the price is rounded against who takes it.
        self.price_ticks = total // self.lots if self.side == _BUY else -(-total // self.lots)
        self.turns = turns

    def take(self) -> set[_Resting]:
        """Take the turns found, and return what was taken from."""
        for resting, weight in self.parts:
            resting.take(abs(weight) * self.turns)
        return {resting for resting, _ in self.parts}


def implied_levels(
    routes: Sequence[Route],
    side: int,
    levels: Levels,
    n: int,
    *,
    worst_bid_ticks: int | None = None,
) -> list[Level]:
    """Return the best n implied levels of one side of a book, as (price_ticks, qty_lots).

    routes: in the order of their combos' listing, of books that are all open. worst_bid_ticks: bids
    below it are left out, since nobody may sell there.
    """
    books: dict[tuple[int, int], _Resting] = {}
    for route in routes:
        for source, weight in route.sources:
            key = (source, side if weight > 0 else 1 - side)
            if key not in books:
                books[key] = _Resting(levels(*key))
    ways = [_Way(route, side, books) for route in routes]
    for way in ways:
        way.look()
    sign = -1 if side == _BUY else 1
    found: list[Level] = []
    while ways := [way for way in ways if way.turns]:
        best = min(ways, key=lambda way: sign * way.price_ticks)
        price_ticks, qty_lots = best.price_ticks, best.turns * best.lots
        if side == _BUY and worst_bid_ticks is not None and price_ticks < worst_bid_ticks:
            break
        if found and found[-1][0] == price_ticks:
            found[-1] = (price_ticks, found[-1][1] + qty_lots)
        elif len(found) == n:
            break
        else:
            found.append((price_ticks, qty_lots))
        taken = best.take()
        for way in ways:
            if any(resting in taken for resting, _ in way.parts):
                way.look()
    return found


def together(outright: Iterable[Level], implied: Iterable[Level], side: int, n: int) -> list[Level]:
    """Return the best n levels of real and implied sizes added up; n levels of each are enough.

    Both can be had at once: no order of the book itself is behind its implied sizes.
    """
    lots: dict[int, int] = dict(outright)
    for price_ticks, qty_lots in implied:
        lots[price_ticks] = lots.get(price_ticks, 0) + qty_lots
    return sorted(lots.items(), reverse=side == _BUY)[:n]
