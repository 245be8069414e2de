"""limit-order-book (C++ through ctypes): reports no executions, so it does less than the others."""

from __future__ import annotations

from benchmarks.engines.port import Verbs, amend_by_replacing
from matching.layout import Side

DISTRIBUTION = "limit-order-book"


def open_book() -> Verbs:
    """Open one book."""
    from limit_order_book import LimitOrderBook

    book = LimitOrderBook()
    buy, sell, cancel = book.limit_buy, book.limit_sell, book.cancel

    def add(order: int, side: int, price_ticks: int, qty_lots: int) -> None:
        (buy if side == Side.BUY else sell)(order, qty_lots, price_ticks)

    return Verbs(add, cancel, amend_by_replacing(add, cancel), None)
