"""The second round of checks: does the market, as it is now, let an order in?"""

from __future__ import annotations

from matching.layout import Instruction, Reason, State, TimeInForce
from matching.reference_book import ReferenceBook
from matching.reference_cycles import leads
from matching.reference_fillable import fillable_lots
from matching.reference_floor import Floor
from matching.reference_holdings import reducible_lots
from matching.reference_implied_fillable import fillable_linked_lots
from matching.reference_matching import limit_of, market_limit
from matching.reference_orders import ReferenceOrder, tif_of
from matching.reference_trades import protection_of


def market_refusal(floor: Floor, order: ReferenceOrder) -> Reason:
    """The first reason for which the market refuses an order that is asked for."""
    book = floor.book_of(order)
    if not takes_orders(book, order):
        return Reason.NOT_OPEN
    trigger = order.trigger
    if trigger is not None:
        reached = trigger.is_reached_by(book.prices_of_sources.get(trigger.source))
        return Reason.TRIGGER_REACHED if reached else Reason.NONE
    reason = band_refusal(book, order, order.price_ticks)
    if reason != Reason.NONE:
        return reason
    if increases(floor, order, order.open_lots):
        return Reason.REDUCE_ONLY_WOULD_INCREASE
    return standing_refusal(floor, order)


def takes_orders(book: ReferenceBook, order: ReferenceOrder) -> bool:
    """Whether the book's state lets such an order in; an auction takes none that must trade or not."""
    if book.state == State.PRE_OPEN and order.trigger is None:
        passing = tif_of(order.terms) in (TimeInForce.IOC, TimeInForce.FOK)
        return not (passing or order.has(Instruction.POST_ONLY) or order.minimum_lots)
    return book.state in (State.OPEN, State.PRE_OPEN)


def band_refusal(book: ReferenceBook, order: ReferenceOrder, price_ticks: int) -> Reason:
    """The reason for which the band refuses a price to an order."""
    if order.has(Instruction.MARKET):
        return Reason.NONE
    if not order.buys and price_ticks < book.low_band_ticks:
        return Reason.PRICE_BELOW_BAND
    if order.buys and price_ticks > book.high_band_ticks:
        return Reason.PRICE_ABOVE_BAND
    return Reason.NONE


def increases(floor: Floor, order: ReferenceOrder, open_lots: int) -> bool:
    """Whether a reduce-only order of this size would do more than flatten its owner's holding."""
    return order.has(Instruction.REDUCE_ONLY) and open_lots > reducible_lots(floor, order)


def standing_refusal(floor: Floor, order: ReferenceOrder) -> Reason:
    """The reason for which the owner's protection, or the other side of an OPEN book, refuses."""
    book = floor.book_of(order)
    if order.has(Instruction.PROTECTED):
        protection = protection_of(floor, order)
        if protection is None:
            return Reason.UNPROTECTED
        if protection.frozen(floor.now_ns):
            return Reason.FROZEN
    if book.state != State.OPEN:
        return Reason.NONE
    if order.has(Instruction.MARKET_TO_LIMIT) and book.offered(order.side) is None:
        return Reason.NO_OPPOSITE
    if book.gathers and tif_of(order.terms) == TimeInForce.FOK:
        return Reason.FOK_NOT_FILLABLE
    if book.gathers:
        return Reason.MINIMUM_NOT_FILLABLE if order.minimum_lots else Reason.NONE
    if price_behind_opposite(book, order, order.price_ticks) is None:
        return Reason.POST_ONLY_WOULD_TRADE
    wanted_lots = order.open_lots if tif_of(order.terms) == TimeInForce.FOK else 0
    if wanted_lots and takes_at_once(floor, order) < wanted_lots:
        return Reason.FOK_NOT_FILLABLE
    if order.minimum_lots and takes_at_once(floor, order) < order.minimum_lots:
        return Reason.MINIMUM_NOT_FILLABLE
    return Reason.NONE


def takes_at_once(floor: Floor, order: ReferenceOrder) -> int:
    """Lots of its own size that an order is sure to trade at once."""
    limit_ticks = limit_of(floor.book_of(order), order)
    if order.has(Instruction.MARKET_TO_LIMIT):
        limit_ticks = price_of_market_to_limit(floor.book_of(order), order)
    if leads(floor.book_of(order), order.side, limit_ticks) and floor.book_of(order).cycles:
        return min(order.open_lots, fillable_linked_lots(floor, order, limit_ticks))
    return min(order.open_lots, fillable_lots(floor, order, limit_ticks))


def price_of_market_to_limit(book: ReferenceBook, order: ReferenceOrder) -> int:
    """The other side's best price, inside the band."""
    best = book.offered(order.side)
    edge = market_limit(book, order.side, 0)
    if best is None:
        return edge
    return min(best, edge) if order.buys else max(best, edge)


def price_behind_opposite(
    book: ReferenceBook, order: ReferenceOrder, price_ticks: int
) -> int | None:
    """Where an order with this price would stand: POST_ONLY never where it would trade.

    None where that cannot be: without REPRICE, or one tick behind the other side leaves the domain.
    """
    best = book.offered(order.side)
    post_only = order.has(Instruction.POST_ONLY)
    if book.gathers or not post_only or best is None or not book.meets(order.side, price_ticks):
        return price_ticks
    behind = best - 1 if order.buys else best + 1
    return behind if order.has(Instruction.REPRICE) and book.in_domain(behind) else None


def take_market_price(book: ReferenceBook, order: ReferenceOrder) -> None:
    """Give an order that enters an OPEN book the price that the market leaves it."""
    if book.state != State.OPEN:
        return
    if order.has(Instruction.MARKET_TO_LIMIT):
        order.become_limit_order(price_of_market_to_limit(book, order))
    elif book.gathers and order.has(Instruction.MARKET):
        order.become_fleeting(market_limit(book, order.side, order.price_ticks))
    behind = price_behind_opposite(book, order, order.price_ticks)
    if behind is not None:
        order.price_ticks = behind
