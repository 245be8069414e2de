"""Frequent batch auctions, as the oracle sees them."""

from __future__ import annotations

from itertools import groupby

from matching.layout import Instruction, Side, State, TriggerSource
from matching.reference_auction import auction_price, trade
from matching.reference_book import ReferenceBook, reaches
from matching.reference_floor import Floor
from matching.reference_holdings import cut_to_holding, reducible_lots
from matching.reference_orders import ReferenceOrder
from matching.reference_states import cancel_fleeting, trip
from matching.reference_trades import Trade, take_prices, trip_protections


def is_due(floor: Floor, book: ReferenceBook) -> bool:
    """Whether a batch that gathers in an OPEN book has come to its end."""
    return book.gathers and book.state == State.OPEN and book.batch_end_ns <= floor.now_ns


def allotments(book: ReferenceBook, side: int, volume_lots: int) -> dict[int, int]:
    """What each order of a side trades of a volume, by id: better prices, then earlier batches first."""
    given: dict[int, int] = {}
    queue = book.in_priority(side)
    for _, same in groupby(queue, key=lambda order: (order.price_ticks, order.batch_ns)):
        batch = list(same)
        whole_lots = sum(order.open_lots for order in batch)
        lots = min(whole_lots, volume_lots)
        volume_lots -= lots
        for order in batch:
            given[order.order_id] = lots * order.open_lots // whole_lots
        left_lots = lots - sum(given[order.order_id] for order in batch)
        short = [order for order in batch if given[order.order_id] < order.open_lots]
        for order in short[:left_lots]:
            given[order.order_id] += 1
    return given


def end_batch(floor: Floor, book: ReferenceBook) -> None:
    """Clear the batch that is due, cancel what does not stay, and begin the next batch."""
    book.batch_end_ns = book.rule.batch_end_ns(floor.now_ns)
    low_ticks, high_ticks = book.range_ticks()
    trades: list[Trade] = []
    found = auction_price(book)
    while found.price_ticks is not None and low_ticks <= found.price_ticks <= high_ticks:
        trades += _clear_at(floor, book, found.price_ticks)
        if trades:
            book.prices_of_sources[TriggerSource.LAST] = found.price_ticks
        found = auction_price(book)
    cancel_fleeting(floor, book)
    book.indicated = (0, 0, 0)
    if trades:
        take_prices(floor, trades)
    if found.price_ticks is not None:
        trip(floor, book)
    trip_protections(floor)


def _clear_at(floor: Floor, book: ReferenceBook, price_ticks: int) -> list[Trade]:
    trades: list[Trade] = []
    while volume_lots := min(_lots_at(book, side, price_ticks) for side in Side):
        given = {
            order_id: lots
            for side in Side
            for order_id, lots in allotments(book, side, volume_lots).items()
        }
        while True:
            buyer, seller = (_next(book, side, given) for side in Side)
            if buyer is None or seller is None:
                break
            large = next((order for order in (buyer, seller) if _is_too_large(floor, order)), None)
            if large is not None:
                cut_to_holding(floor, large)
                given[large.order_id] = min(given[large.order_id], large.open_lots)
                continue
            lots = min(given[buyer.order_id], given[seller.order_id])
            for order in (buyer, seller):
                given[order.order_id] -= lots
            trades.append(trade(floor, buyer, seller, price_ticks, lots))
    return trades


def _lots_at(book: ReferenceBook, side: Side, price_ticks: int) -> int:
    return sum(
        order.open_lots
        for order in book.in_priority(side)
        if reaches(side, order.price_ticks, price_ticks)
    )


def _next(book: ReferenceBook, side: Side, given: dict[int, int]) -> ReferenceOrder | None:
    return next((order for order in book.in_priority(side) if given.get(order.order_id)), None)


def _is_too_large(floor: Floor, order: ReferenceOrder) -> bool:
    reduces = order.has(Instruction.REDUCE_ONLY)
    return reduces and order.open_lots > reducible_lots(floor, order)
