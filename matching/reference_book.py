"""One book of the oracle: two sides of price levels, the orders that wait beside them, and limits."""

from __future__ import annotations

from collections.abc import Iterator

from sortedcontainers import SortedDict

from matching.layout import (
    LEVEL_DORMANT,
    LEVEL_MATCHING,
    LEVEL_PENDING,
    LEVEL_QUEUED,
    Instruction,
    Side,
    State,
    TriggerSource,
)
from matching.reference_breaker import Breaker
from matching.reference_cycles import Cycle, best_implied
from matching.reference_orders import RESTING, ReferenceOrder
from matching.rule import PRICE_TIME, MatchingRule


class ReferenceBook:
    """One instrument at ``base_ticks <= price_ticks < base_ticks + levels``.

    ``prices_of_sources`` holds what triggers watch, by TriggerSource; a source without a price yet is
    not in it. ``reducers`` are the resting reduce-only orders in the order in which they came to rest.
    """

    def __init__(
        self,
        index: int,
        base_ticks: int,
        levels: int,
        family: int,
        weight: int,
        rule: MatchingRule = PRICE_TIME,
    ) -> None:
        self.index = index
        self.base_ticks = base_ticks
        self.levels = levels
        self.family = family
        self.weight = weight
        self.rule = rule
        self.batch_end_ns = 0
        self.tops: list[ReferenceOrder | None] = [None, None]
        self.state = State.OPEN
        self.low_band_ticks = self.lowest_ticks
        self.high_band_ticks = self.highest_ticks
        self.breaker = Breaker()
        self.prices_of_sources: dict[int, int] = {}
        self.day_end_ns = 0
        self.reopen_ns: int | None = None
        self.extensions = 0
        self.locked = 0
        self.indicated = (0, 0, 0)
        self.waiting: dict[int, ReferenceOrder] = {}
        self.queue: dict[int, ReferenceOrder] = {}
        self.pending: dict[int, ReferenceOrder] = {}
        self.reducers: dict[int, ReferenceOrder] = {}
        self.cycles: list[Cycle] = []
        self._sides = (SortedDict(), SortedDict())

    @property
    def lowest_ticks(self) -> int:
        """Lowest price of the domain."""
        return self.base_ticks

    @property
    def highest_ticks(self) -> int:
        """Highest price of the domain."""
        return self.base_ticks + self.levels - 1

    @property
    def banded(self) -> bool:
        """Whether a band is set that is narrower than the domain."""
        whole = (self.lowest_ticks, self.highest_ticks)
        return (self.low_band_ticks, self.high_band_ticks) != whole

    @property
    def last_ticks(self) -> int | None:
        """Price of the last trade, None before the first."""
        return self.prices_of_sources.get(TriggerSource.LAST)

    def in_domain(self, price_ticks: int) -> bool:
        """Whether an order may carry this price."""
        return self.lowest_ticks <= price_ticks <= self.highest_ticks

    def range_ticks(self) -> tuple[int, int]:
        """Lowest and highest price that an execution may have, clamped to the domain."""
        allowed = self.breaker.range_ticks(self.last_ticks)
        if allowed is None:
            return self.lowest_ticks, self.highest_ticks
        return self.clamped(allowed[0]), self.clamped(allowed[1])

    def clamped(self, price_ticks: int) -> int:
        """The price of the domain that is nearest to this one."""
        return max(self.lowest_ticks, min(self.highest_ticks, price_ticks))

    def rest(self, order: ReferenceOrder) -> None:
        """Put an order at the back of the queue at its price."""
        order.level_code = RESTING
        order.batch_ns = self.batch_end_ns
        best = self.best(order.side)
        if self.rule.top_lots and (
            best is None or not reaches(order.side, best, order.price_ticks)
        ):
            self.tops[order.side] = order
        level = self._sides[order.side].setdefault(order.price_ticks, {})
        level[order.order_id] = order
        if order.has(Instruction.REDUCE_ONLY):
            self.reducers[order.order_id] = order

    def to_back(self, order: ReferenceOrder) -> None:
        """Move a resting order behind the others of its level."""
        level = self._sides[order.side][order.price_ticks]
        level[order.order_id] = level.pop(order.order_id)
        if self.tops[order.side] is order:
            self.tops[order.side] = None

    def wait(self, order: ReferenceOrder, level_code: int) -> None:
        """Let an order wait as LEVEL_PENDING, -DORMANT or -QUEUED.

        One that waits already keeps its place among the waiting; one that becomes queued or pending
        goes to the end of those.
        """
        self.queue.pop(order.order_id, None)
        self.pending.pop(order.order_id, None)
        self.waiting.setdefault(order.order_id, order)
        order.level_code = level_code
        if level_code == LEVEL_QUEUED:
            self.queue[order.order_id] = order
        elif level_code == LEVEL_PENDING:
            self.pending[order.order_id] = order
        elif level_code != LEVEL_DORMANT:
            raise ValueError(f"no order waits as {level_code}")

    def detach(self, order: ReferenceOrder) -> None:
        """Take an order out of wherever it rests or waits; a level without orders is gone."""
        if self.tops[order.side] is order:
            self.tops[order.side] = None
        if order.level_code == RESTING:
            level = self._sides[order.side][order.price_ticks]
            del level[order.order_id]
            if not level:
                del self._sides[order.side][order.price_ticks]
            self.reducers.pop(order.order_id, None)
        elif order.waits:
            del self.waiting[order.order_id]
            self.queue.pop(order.order_id, None)
            self.pending.pop(order.order_id, None)
        order.level_code = LEVEL_MATCHING

    @property
    def gathers(self) -> bool:
        """Whether orders gather for batch auctions while the book is OPEN."""
        return self.rule.batch_ns > 0

    def top_order(self, side: int) -> ReferenceOrder | None:
        """The order that last bettered the best price of a side, as long as it has kept its place."""
        return self.tops[side]

    def prices(self, side: int) -> Iterator[int]:
        """Prices of one side, best first."""
        return reversed(self._sides[side]) if side == Side.BUY else iter(self._sides[side])

    def best(self, side: int) -> int | None:
        """Best price of one side, None where it is empty."""
        return next(self.prices(side), None)

    def level(self, side: int, price_ticks: int) -> list[ReferenceOrder]:
        """Orders of one side at one price, in the order in which they trade."""
        return list(self._sides[side].get(price_ticks, {}).values())

    def front(self, side: int) -> ReferenceOrder:
        """The order of a side that trades next (StopIteration where the side is empty)."""
        best_level = self._sides[side][next(self.prices(side))]
        first: ReferenceOrder = next(iter(best_level.values()))
        return first

    def in_priority(self, side: int) -> list[ReferenceOrder]:
        """All resting orders of one side, best price first, each level in its order."""
        return [order for price in self.prices(side) for order in self.level(side, price)]

    def resting(self) -> list[ReferenceOrder]:
        """All resting orders: bids from the best, then asks from the best."""
        return self.in_priority(Side.BUY) + self.in_priority(Side.SELL)

    def offered(self, side: int) -> int | None:
        """Best price at which an order of this side could trade, with a real order or an implied one."""
        best = self.best(1 - side)
        implied = best_implied(self, side) if self.state == State.OPEN else None
        if implied is None:
            return best
        if best is None:
            return implied[1]
        return min(best, implied[1]) if side == Side.BUY else max(best, implied[1])

    def meets(self, side: int, limit_ticks: int) -> bool:
        """Whether an order of this side and limit meets a real or an implied price."""
        offered = self.offered(side)
        return offered is not None and reaches(side, limit_ticks, offered)

    def crosses(self, side: int, limit_ticks: int) -> bool:
        """Whether an order of this side and limit meets the best price of the other side."""
        best = self.best(1 - side)
        return best is not None and reaches(side, limit_ticks, best)


def reaches(side: int, limit_ticks: int, price_ticks: int) -> bool:
    """Whether an order of this side and limit may trade at a price."""
    return price_ticks <= limit_ticks if side == Side.BUY else price_ticks >= limit_ticks
