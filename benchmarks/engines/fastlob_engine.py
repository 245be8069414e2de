"""fastlob (pure Python, decimals): reports filled prices and sizes, not which orders traded."""

from __future__ import annotations

import logging

from benchmarks.engines.port import Verbs, amend_by_replacing

DISTRIBUTION = "fastlob"


def open_book() -> Verbs:
    """Open one book, its log of every order silenced."""
    from fastlob import Orderbook, OrderParams, OrderSide

    logging.disable(logging.CRITICAL)
    book = Orderbook("X", start=True)
    sides = (OrderSide.BID, OrderSide.ASK)
    theirs: dict[int, str] = {}

    def add(order: int, side: int, price_ticks: int, qty_lots: int) -> None:
        theirs[order] = book(OrderParams(sides[side], price_ticks, qty_lots)).orderid()

    def cancel(order: int) -> None:
        book.cancel(theirs[order])

    return Verbs(add, cancel, amend_by_replacing(add, cancel), None)
