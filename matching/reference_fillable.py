"""How much an order could trade at once, asked before anything trades."""

from __future__ import annotations

from matching.layout import Instruction, Prevention
from matching.reference_book import ReferenceBook, reaches
from matching.reference_floor import Floor
from matching.reference_matching import prevents
from matching.reference_orders import ReferenceOrder, prevention_of
from matching.rule import Algorithm


def fillable_lots(floor: Floor, order: ReferenceOrder, limit_ticks: int) -> int:
    """Lots that are sure to trade, level by level until limit or range ends.

    Reduce-only orders and orders in a ring do not count, because a trade on the way may take them
    off the book. Orders of the own group do not count where they would be cancelled, and end the
    count where they would stop the aggressor.
    """
    book = floor.book_of(order)
    low_ticks, high_ticks = book.range_ticks()
    lots = 0
    for price_ticks in book.prices(1 - order.side):
        inside = low_ticks <= price_ticks <= high_ticks
        if not inside or not reaches(order.side, limit_ticks, price_ticks):
            break
        level_lots, ends = level_lots_of(floor, book, order, price_ticks)
        lots += level_lots
        if ends:
            break
    return lots


def level_lots_of(
    floor: Floor, book: ReferenceBook, order: ReferenceOrder, price_ticks: int
) -> tuple[int, bool]:
    """Lots of one level, and whether the count ends in it.

    A level in which it ends counts only what is shown ahead of the own order, because the reserve of
    an iceberg comes back behind it.
    """
    shown_lots = open_lots = 0
    level = book.level(1 - order.side, price_ticks)
    stops = prevention_of(order.terms) != Prevention.CANCEL_RESTING
    shared = book.rule.algorithm != Algorithm.PRICE_TIME
    if shared and stops and any(prevents(floor, order, resting) for resting in level):
        # Prevention looks at a whole level before anything of it trades.
        return 0, True
    for resting in level:
        if prevents(floor, order, resting):
            if prevention_of(order.terms) == Prevention.CANCEL_RESTING:
                continue
            return shown_lots, True
        if not resting.has(Instruction.REDUCE_ONLY) and not resting.ring:
            shown_lots += resting.shown_lots
            open_lots += resting.open_lots
    return open_lots, False
