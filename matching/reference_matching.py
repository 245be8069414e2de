"""The match itself: an aggressor meets the other side, best price first, order by order."""

from __future__ import annotations

from matching.layout import EventKind, Instruction, Prevention, Reason
from matching.reference_book import ReferenceBook, reaches
from matching.reference_floor import Floor
from matching.reference_holdings import cut_to_holding, reduce
from matching.reference_links import cancel, follow_fill, withdraw
from matching.reference_orders import ReferenceOrder, prevention_of
from matching.reference_trades import Trade, execute


def market_limit(book: ReferenceBook, side: int, collar_ticks: int) -> int:
    """How far a MARKET order may trade: its collar from the best price, never outside the band."""
    best = book.offered(side)
    sign = 1 if side == 0 else -1
    edge = book.high_band_ticks if side == 0 else book.low_band_ticks
    if best is None or collar_ticks == 0:
        return edge
    limit = best + sign * collar_ticks
    return edge if reaches(side, limit, edge) else limit


def limit_of(book: ReferenceBook, order: ReferenceOrder) -> int:
    """The worst price at which an order that trades now may trade."""
    if order.has(Instruction.MARKET):
        return market_limit(book, order.side, order.price_ticks)
    return order.price_ticks


def match(floor: Floor, order: ReferenceOrder, limit_ticks: int) -> list[Trade]:
    """Trade an aggressor up to its limit, inside the range that the book had at the start.

    The aggressor may be cancelled on the way, by self-trade prevention or by those linked to it.
    """
    book = floor.book_of(order)
    low_ticks, high_ticks = book.range_ticks()
    trades: list[Trade] = []
    while floor.lives(order) and order.open_lots and book.crosses(order.side, limit_ticks):
        resting = book.front(1 - order.side)
        if not low_ticks <= resting.price_ticks <= high_ticks:
            break
        if prevents(floor, order, resting):
            prevent(floor, order, resting)
            continue
        if resting.has(Instruction.REDUCE_ONLY):
            cut_to_holding(floor, resting)
            if not (floor.lives(resting) and floor.lives(order)):
                continue
        trades.append(trade(floor, order, resting, min(order.open_lots, resting.shown_lots)))
    return trades


def prevents(floor: Floor, order: ReferenceOrder, resting: ReferenceOrder) -> bool:
    """Whether an aggressor asks not to trade with this resting order."""
    asked = prevention_of(order.terms) != Prevention.NONE
    return asked and floor.group(order.owner) == floor.group(resting.owner)


def prevent(floor: Floor, order: ReferenceOrder, resting: ReferenceOrder) -> None:
    """Do what the aggressor asked for instead of a trade with its own group.

    An aggressor cancelled here has not been followed by its links yet; the match's caller does it,
    because they also depend on whether it had traded.
    """
    asked = prevention_of(order.terms)
    if asked == Prevention.DECREMENT:
        _decrement(floor, order, resting)
        return
    if asked in (Prevention.CANCEL_RESTING, Prevention.CANCEL_BOTH):
        cancel(floor, resting, Reason.SELF_TRADE)
    if asked in (Prevention.CANCEL_AGGRESSOR, Prevention.CANCEL_BOTH) and floor.lives(order):
        withdraw(floor, order, Reason.SELF_TRADE)


def _decrement(floor: Floor, order: ReferenceOrder, resting: ReferenceOrder) -> None:
    lots = min(order.open_lots, resting.shown_lots)
    if resting.open_lots == lots:
        cancel(floor, resting, Reason.SELF_TRADE)
    else:
        reduce(floor, resting, lots, Reason.SELF_TRADE)
        refill(floor, resting)
    if not floor.lives(order):
        return
    if order.open_lots == lots:
        withdraw(floor, order, Reason.SELF_TRADE)
    else:
        reduce(floor, order, lots, Reason.SELF_TRADE)


def refill(floor: Floor, resting: ReferenceOrder) -> None:
    """Show an iceberg's next part at the back of its level, if nothing is shown any more."""
    if resting.shown_lots == 0:
        resting.show()
        floor.book_of(resting).to_back(resting)
        shown_lots, open_lots = resting.shown_lots, resting.open_lots
        floor.emit(
            EventKind.REFILLED, resting.order_id, 0, resting.price_ticks, shown_lots, open_lots
        )


def settle(floor: Floor, resting: ReferenceOrder, lots: int) -> None:
    """Take traded lots off what a resting order shows; it shows its next part or leaves, with what follows."""
    resting.shown_lots -= lots
    if resting.open_lots:
        refill(floor, resting)
        follow_fill(floor, resting)
    else:
        floor.book_of(resting).detach(resting)
        follow_fill(floor, resting)
        floor.retire(resting)


def trade(floor: Floor, order: ReferenceOrder, resting: ReferenceOrder, lots: int) -> Trade:
    """Trade lots of an aggressor with a resting order that shows as many."""
    price_ticks = resting.price_ticks
    execute(floor, order, lots)
    execute(floor, resting, lots)
    floor.emit(
        EventKind.EXECUTED,
        order.order_id,
        resting.order_id,
        price_ticks,
        lots,
        order.open_lots,
        resting.open_lots,
    )
    settle(floor, resting, lots)
    return Trade(order.book, price_ticks, (order.owner, resting.owner))
