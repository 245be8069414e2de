"""pylobo (Rust): UUIDs; fills are reported on request with each order."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from benchmarks.engines.port import Trade, Verbs, amend_by_replacing

DISTRIBUTION = "pylobo"


def open_book() -> Verbs:
    """Open one book that keeps no map of its users."""
    from lobo import Book, Reports
    from lobo.orders import LimitOrder, Side

    book = Book(update_user_map=False)
    reports = Reports(include_fills=True)
    sides = (Side.Buy, Side.Sell)
    trader = UUID(int=1)
    theirs: dict[int, Any] = {}
    ours: dict[Any, int] = {}
    reported: list[Trade] = []

    def add(order: int, side: int, price_ticks: int, qty_lots: int) -> None:
        filled: Any = book.fill(LimitOrder(price_ticks, qty_lots, trader, sides[side]), reports)
        rest = filled.remaining_order_id
        if rest is not None:
            theirs[order] = rest
            ours[rest] = order
        reported.extend(
            (ours[fill.maker_order_id], order, fill.price, fill.fill_quantity)
            for fill in filled.report.fills
        )

    def cancel(order: int) -> None:
        book.cancel(theirs[order])

    return Verbs(add, cancel, amend_by_replacing(add, cancel), lambda: reported)
