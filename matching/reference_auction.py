"""The call auction: one price that most can trade at, and the trades at it."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from matching.layout import EventKind, Instruction, Reason, Side, TriggerSource
from matching.reference_book import ReferenceBook
from matching.reference_floor import Floor
from matching.reference_links import cancel, follow_fill
from matching.reference_orders import ReferenceOrder
from matching.reference_trades import Trade, execute


class AuctionPrice(NamedTuple):
    """What an uncross would do now; the surplus is positive where buyers are left.

    Without volume the price is None and the surplus 0.
    """

    price_ticks: int | None
    volume_lots: int
    surplus_lots: int


NO_AUCTION = AuctionPrice(None, 0, 0)


def reference_price(book: ReferenceBook) -> int | None:
    """The last price, else the mark, else None."""
    prices = book.prices_of_sources
    return prices.get(TriggerSource.LAST, prices.get(TriggerSource.MARK))


def auction_price(book: ReferenceBook) -> AuctionPrice:
    """The price of the largest volume; then smallest surplus, pressure, nearness to the reference."""
    outcomes = _outcomes(book, *_candidates(book))
    volume = max((outcome.volume_lots for outcome in outcomes), default=0)
    if volume == 0:
        return NO_AUCTION
    outcomes = [outcome for outcome in outcomes if outcome.volume_lots == volume]
    surplus = min(abs(outcome.surplus_lots) for outcome in outcomes)
    outcomes = [outcome for outcome in outcomes if abs(outcome.surplus_lots) == surplus]
    reference = reference_price(book)
    lowest, highest = outcomes[0], outcomes[-1]
    if all(outcome.surplus_lots > 0 for outcome in outcomes):
        return highest
    if all(outcome.surplus_lots < 0 for outcome in outcomes):
        return lowest
    if reference is None:
        return outcomes[len(outcomes) // 2]
    return min(outcomes, key=lambda outcome: abs((outcome.price_ticks or 0) - reference))


def _candidates(book: ReferenceBook) -> tuple[int, int]:
    """The lowest and the highest price to look at; none where the lowest is above the highest."""
    limits = [order.price_ticks for order in book.resting() if not order.has(Instruction.MARKET)]
    reference = reference_price(book)
    if limits:
        return max(min(limits), book.low_band_ticks), min(max(limits), book.high_band_ticks)
    if book.banded:
        return book.low_band_ticks, book.high_band_ticks
    if reference is not None:
        return reference, reference
    return 1, 0


def _outcomes(book: ReferenceBook, low_ticks: int, high_ticks: int) -> list[AuctionPrice]:
    """Volume and surplus at every tick from low to high."""
    bids: Counter[int] = Counter()
    asks: Counter[int] = Counter()
    for lots_at, side in ((bids, Side.BUY), (asks, Side.SELL)):
        for order in book.in_priority(side):
            lots_at[order.price_ticks] += order.open_lots
    bought = sum(lots for price, lots in bids.items() if price >= low_ticks)
    sold = sum(lots for price, lots in asks.items() if price < low_ticks)
    found = []
    for price_ticks in range(low_ticks, high_ticks + 1):
        sold += asks[price_ticks]
        found.append(AuctionPrice(price_ticks, min(bought, sold), bought - sold))
        bought -= bids[price_ticks]
    return found


def uncross(floor: Floor, book: ReferenceBook, found: AuctionPrice) -> list[Trade]:
    """Trade the auction's volume at its price, then clear away the market orders left over."""
    trades: list[Trade] = []
    if found.price_ticks is not None:
        left_lots = found.volume_lots
        while left_lots:
            buyer, seller = book.front(Side.BUY), book.front(Side.SELL)
            lots = min(buyer.open_lots, seller.open_lots, left_lots)
            trades.append(trade(floor, buyer, seller, found.price_ticks, lots))
            left_lots -= lots
    for order in book.resting():
        if order.has(Instruction.MARKET) and floor.lives(order):
            _clear_away(floor, book, order, found.price_ticks)
    return trades


def trade(
    floor: Floor, buyer: ReferenceOrder, seller: ReferenceOrder, price_ticks: int, lots: int
) -> Trade:
    """Trade lots of two orders at the auction's price; an iceberg keeps its place."""
    for order in (buyer, seller):
        execute(floor, order, lots)
        order.show()
        if order.open_lots == 0:
            floor.book_of(order).detach(order)
    buy_id, sell_id = buyer.order_id, seller.order_id
    floor.emit(
        EventKind.UNCROSSED, buy_id, sell_id, price_ticks, lots, buyer.open_lots, seller.open_lots
    )
    for order in (buyer, seller):
        follow_fill(floor, order)
        if order.open_lots == 0:
            floor.retire(order)
    return Trade(buyer.book, price_ticks, (buyer.owner, seller.owner))


def _clear_away(
    floor: Floor, book: ReferenceBook, order: ReferenceOrder, price_ticks: int | None
) -> None:
    if price_ticks is None or not order.has(Instruction.MARKET_TO_LIMIT):
        cancel(floor, order, Reason.UNFILLED_REMAINDER)
        return
    former_ticks = order.price_ticks
    book.detach(order)
    order.become_limit_order(price_ticks)
    book.rest(order)
    lots = order.open_lots
    floor.emit(EventKind.AMENDED, order.order_id, former_ticks, price_ticks, lots, lots, 0)


def inside_range(book: ReferenceBook, price_ticks: int) -> bool:
    """Whether the breaker lets the book open at this price."""
    allowed = book.breaker.range_ticks(book.last_ticks)
    return allowed is None or allowed[0] <= price_ticks <= allowed[1]
