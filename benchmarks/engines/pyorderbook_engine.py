"""pyorderbook (pure Python on heapq): UUIDs and decimals; a cancel takes the order itself."""

from __future__ import annotations

from typing import Any

from benchmarks.engines.port import Trade, Verbs, amend_by_replacing

DISTRIBUTION = "pyorderbook"


def open_book() -> Verbs:
    """Open one book of one symbol, its log of every order silenced."""
    from loguru import logger
    from pyorderbook import Book, ask, bid

    logger.remove()
    book = Book()
    makers = (bid, ask)
    theirs: dict[int, Any] = {}
    ours: dict[Any, int] = {}
    reported: list[Trade] = []

    def add(order: int, side: int, price_ticks: int, qty_lots: int) -> None:
        entered = makers[side]("X", price_ticks, qty_lots)
        theirs[order] = entered
        ours[entered.id] = order
        reported.extend(
            (ours[trade.standing_order_id], order, int(trade.fill_price), trade.fill_quantity)
            for trade in book.match(entered).trades
        )

    def cancel(order: int) -> None:
        book.cancel(theirs[order])

    return Verbs(add, cancel, amend_by_replacing(add, cancel), lambda: reported)
