"""orderly-chaos (C++ through ctypes): trades by callback, ids are the caller's."""

from __future__ import annotations

from typing import Any

from benchmarks.engines.port import Trade, Verbs, amend_by_replacing

DISTRIBUTION = "orderly-chaos"


def open_book() -> Verbs:
    """Open one book that reports every trade."""
    from orderly_chaos import LimitOrderBook, Side

    reported: list[Trade] = []

    def on_trade(trade: Any) -> None:
        reported.append((trade.maker_id, trade.taker_id, trade.price, trade.quantity))

    book = LimitOrderBook(on_trade)
    sides = (Side.BUY, Side.SELL)
    limit, cancel = book.limit, book.cancel

    def add(order: int, side: int, price_ticks: int, qty_lots: int) -> None:
        limit(sides[side], order, qty_lots, price_ticks)

    return Verbs(add, cancel, amend_by_replacing(add, cancel), lambda: reported)
