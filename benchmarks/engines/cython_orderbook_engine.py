"""cython-orderbook (Cython on sortedcontainers): its trades can be printed but not read."""

from __future__ import annotations

from benchmarks.engines.port import Verbs, amend_by_replacing

DISTRIBUTION = "cython-orderbook"


def open_book() -> Verbs:
    """Open one book."""
    from cython_orderbook import Order, OrderBook, OrderSide

    book = OrderBook()
    sides = (OrderSide.BID, OrderSide.ASK)
    theirs: dict[int, str] = {}

    def add(order: int, side: int, price_ticks: int, qty_lots: int) -> None:
        entered = Order(sides[side], price_ticks, qty_lots)
        theirs[order] = entered.order_id
        book.add_limit_order(entered)

    def cancel(order: int) -> None:
        book.cancel_order(theirs[order])

    return Verbs(add, cancel, amend_by_replacing(add, cancel), None)
