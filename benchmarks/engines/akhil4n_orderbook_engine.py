"""akhil4n-orderbook (pure Python on sortedcontainers): text ids, trades kept in a log of the book."""

from __future__ import annotations

from benchmarks.engines.port import Trade, Verbs, amend_by_replacing

DISTRIBUTION = "akhil4n-orderbook"


def open_book() -> Verbs:
    """Open one book."""
    from orderbook import Order, OrderBook, OrderSide

    book = OrderBook()
    sides = (OrderSide.BID, OrderSide.ASK)
    theirs: dict[int, str] = {}
    ours: dict[str, int] = {}

    def add(order: int, side: int, price_ticks: int, qty_lots: int) -> None:
        entered = Order(sides[side], price_ticks, qty_lots)
        theirs[order] = entered.order_id
        ours[entered.order_id] = order
        book.add_limit_order(entered)

    def cancel(order: int) -> None:
        book.cancel_order(theirs[order])

    def trades() -> list[Trade]:
        return [
            (ours[trade.filler_id], ours[trade.aggressor_id], trade.price, trade.quantity_filled)
            for trade in book.trade_log
        ]

    return Verbs(add, cancel, amend_by_replacing(add, cancel), trades)
