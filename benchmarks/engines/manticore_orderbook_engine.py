"""manticore-orderbook (pure Python): float prices; its history of trades is bounded, set here to hold all."""

from __future__ import annotations

import logging

from benchmarks.engines.port import Trade, Verbs, amend_by_replacing

DISTRIBUTION = "manticore-orderbook"
MAX_TRADES = 1 << 24


def open_book() -> Verbs:
    """Open one book with price improvement off, its log of every order silenced."""
    from manticore_orderbook import OrderBook

    logging.disable(logging.CRITICAL)
    book = OrderBook("X", MAX_TRADES, enable_logging=False, enable_price_improvement=False)
    sides = ("buy", "sell")
    theirs: dict[int, str] = {}
    ours: dict[str, int] = {}

    def add(order: int, side: int, price_ticks: int, qty_lots: int) -> None:
        entered = book.add_order(sides[side], float(price_ticks), float(qty_lots))
        theirs[order] = entered
        ours[entered] = order

    def cancel(order: int) -> None:
        book.cancel_order(theirs[order])

    def trades() -> list[Trade]:
        return [
            (
                ours[trade["maker_order_id"]],
                ours[trade["taker_order_id"]],
                int(trade["price"]),
                int(trade["quantity"]),
            )
            for trade in book.get_trade_history(MAX_TRADES)
        ]

    return Verbs(add, cancel, amend_by_replacing(add, cancel), trades)
