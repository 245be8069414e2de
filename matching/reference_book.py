"""One book of the oracle: two sides of price levels, each level a queue in order of arrival."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sortedcontainers import SortedDict

from matching.layout import Side


@dataclass(slots=True, eq=False)
class ReferenceOrder:
    """An order while it is in the oracle's hands; ``leaves_lots`` is its open size."""

    order_id: int
    book: int
    terms: int
    owner: int
    price_ticks: int
    leaves_lots: int
    filled_lots: int = 0

    @property
    def side(self) -> int:
        """The Side bit of the terms."""
        return self.terms & 1


class ReferenceBook:
    """Resting orders of one instrument at ``base_ticks <= price_ticks < base_ticks + levels``."""

    def __init__(self, base_ticks: int, levels: int) -> None:
        self.base_ticks = base_ticks
        self.levels = levels
        self._sides = (SortedDict(), SortedDict())

    def in_domain(self, price_ticks: int) -> bool:
        """Whether an order may carry this price."""
        return self.base_ticks <= price_ticks < self.base_ticks + self.levels

    def rest(self, order: ReferenceOrder) -> None:
        """Put an order at the back of the queue at its price."""
        queue = self._sides[order.side].setdefault(order.price_ticks, {})
        queue[order.order_id] = order

    def remove(self, order: ReferenceOrder) -> None:
        """Take a resting order out; a level without orders is gone."""
        queue = self._sides[order.side][order.price_ticks]
        del queue[order.order_id]
        if not queue:
            del self._sides[order.side][order.price_ticks]

    def prices(self, side: int) -> Iterator[int]:
        """Prices of one side, best first."""
        return reversed(self._sides[side]) if side == Side.BUY else iter(self._sides[side])

    def best(self, side: int) -> int | None:
        """Best price of one side, None where it is empty."""
        return next(self.prices(side), None)

    def queue(self, side: int, price_ticks: int) -> list[ReferenceOrder]:
        """Orders of one side at one price, earliest first."""
        return list(self._sides[side].get(price_ticks, {}).values())

    def front(self, side: int) -> ReferenceOrder:
        """The order of a side that trades next (StopIteration where the side is empty)."""
        best_level = self._sides[side][next(self.prices(side))]
        first: ReferenceOrder = next(iter(best_level.values()))
        return first

    def in_priority(self, side: int) -> list[ReferenceOrder]:
        """All orders of one side, best price first, earliest first."""
        return [order for price in self.prices(side) for order in self.queue(side, price)]

    def crosses(self, side: int, limit_ticks: int | None) -> bool:
        """Whether an order of this side and limit (None: any price) trades at once."""
        best = self.best(1 - side)
        return best is not None and reaches(side, limit_ticks, best)

    def fillable_lots(self, side: int, limit_ticks: int | None) -> int:
        """Lots that an order of this side and limit (None: any price) could take."""
        return sum(
            order.leaves_lots
            for order in self.in_priority(1 - side)
            if reaches(side, limit_ticks, order.price_ticks)
        )


def reaches(side: int, limit_ticks: int | None, price_ticks: int) -> bool:
    """Whether an order of this side and limit (None: any price) may trade at a price."""
    if limit_ticks is None:
        return True
    return price_ticks <= limit_ticks if side == Side.BUY else price_ticks >= limit_ticks
