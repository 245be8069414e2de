"""How much an order in a linked book could trade at once: its trades made on paper, with copied queues."""

from __future__ import annotations

from matching.layout import Instruction, Prevention, State
from matching.reference_book import ReferenceBook, reaches
from matching.reference_cycles import Cycle, Position
from matching.reference_fillable import level_lots_of
from matching.reference_floor import Floor
from matching.reference_orders import ReferenceOrder, prevention_of

MAX_TRADES = 64

Queue = list[tuple[ReferenceOrder, int]]
"""Orders of one side of a book by priority, with what each shows."""


class _Paper:
    """The queues of all books around one order, as they would be after the trades made so far."""

    def __init__(self, floor: Floor, order: ReferenceOrder) -> None:
        self.floor = floor
        self.order = order
        self.book = floor.book_of(order)
        self._queues: dict[tuple[int, int], Queue] = {}

    def queue(self, book: ReferenceBook, side: int) -> Queue:
        """Return the queue of a side, copied when it is first asked for."""
        if (book.index, side) not in self._queues:
            self._queues[book.index, side] = [
                (order, order.shown_lots)
                for price_ticks in book.prices(side)
                for order in book.level(side, price_ticks)
            ]
        return self._queues[book.index, side]

    def sources(self, cycle: Cycle) -> list[Position]:
        """Return the positions of a cycle but the order's own, the combo's first."""
        direction = cycle.direction_for(self.book, self.order.side)
        return [at for at in cycle.positions(direction) if at.book is not self.book]

    def implied_ticks(self, cycle: Cycle) -> int | None:
        """Return the price that is left for the order now, None where it may not trade."""
        ended = cycle.end_ns and self.floor.now_ns >= cycle.end_ns
        if ended or any(book.state != State.OPEN for book in cycle.books()):
            return None
        total = 0
        for book, ratio, side in self.sources(cycle):
            queue = self.queue(book, side)
            if not queue or not _is_in_range(book, queue[0][0].price_ticks):
                return None
            total += ratio * queue[0][0].price_ticks
        direction = cycle.direction_for(self.book, self.order.side)
        own = next(at.ratio for at in cycle.positions(direction) if at.book is self.book)
        price_ticks = -own * total
        banded = self.book.low_band_ticks <= price_ticks <= self.book.high_band_ticks
        return price_ticks if banded and _is_in_range(self.book, price_ticks) else None

    def best(self, limit_ticks: int) -> tuple[Cycle, int] | None:
        """Return the cycle that trades next up to a limit, with its price; of equal ones the first linked."""
        found: tuple[Cycle, int] | None = None
        for cycle in self.book.cycles:
            price_ticks = self.implied_ticks(cycle)
            if price_ticks is None or not reaches(self.order.side, limit_ticks, price_ticks):
                continue
            if found is None or not reaches(self.order.side, price_ticks, found[1]):
                found = cycle, price_ticks
        return found

    def take(self, cycle: Cycle) -> int:
        """Trade a cycle once on paper; return its size, 0 where something may come between."""
        queues = [self.queue(at.book, at.side) for at in self.sources(cycle)]
        fronts = [queue[0][0] for queue in queues]
        others = fronts if cycle.combo is self.book else fronts[1:]
        combos = self.order if cycle.combo is self.book else fronts[0]
        if cycle.combo is not self.book and self._parts(combos, self.order):
            return 0
        if any(self._parts(combos, other) for other in others):
            return 0
        if any(f.has(Instruction.REDUCE_ONLY) or f.ring or f.reserve_lots for f in fronts):
            return 0
        lots = min(queue[0][1] for queue in queues)
        for queue in queues:
            first, shown_lots = queue[0]
            queue[:1] = [(first, shown_lots - lots)] if shown_lots > lots else []
        return lots

    def _parts(self, one: ReferenceOrder, other: ReferenceOrder) -> bool:
        """Whether the younger of two orders asks not to trade with the other."""
        younger = max(one, other, key=lambda order: (order is self.order, order.order_id))
        asked = prevention_of(younger.terms) != Prevention.NONE
        return asked and self.floor.group(one.owner) == self.floor.group(other.owner)


def fillable_linked_lots(floor: Floor, order: ReferenceOrder, limit_ticks: int) -> int:
    """Lots that are sure to trade, real and implied in their turn, until limit or range ends."""
    paper = _Paper(floor, order)
    levels = list(paper.book.prices(1 - order.side))
    stops = prevention_of(order.terms) in (Prevention.CANCEL_AGGRESSOR, Prevention.CANCEL_BOTH)
    lots = trades = 0
    counting = True
    while True:
        found = paper.best(limit_ticks) if counting else None
        until_ticks = limit_ticks if found is None else found[1]
        while levels and reaches(order.side, until_ticks, levels[0]):
            if not _is_in_range(paper.book, levels[0]):
                levels.clear()
                break
            of_level, ends = level_lots_of(floor, paper.book, order, levels.pop(0))
            lots += of_level
            if ends:
                return lots
        if found is None:
            return lots
        taken_lots = paper.take(found[0])
        lots += taken_lots
        trades += 1
        counting = taken_lots > 0 and trades < MAX_TRADES
        if stops and not counting:
            # A cycle that is not counted might cancel the order before it meets the others.
            return lots


def _is_in_range(book: ReferenceBook, price_ticks: int) -> bool:
    low_ticks, high_ticks = book.range_ticks()
    return low_ticks <= price_ticks <= high_ticks
