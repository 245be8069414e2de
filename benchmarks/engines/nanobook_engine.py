"""nanobook (Rust): ids of its own, trades in each answer; its modify is a cancel and a new order."""

from __future__ import annotations

from benchmarks.engines.port import Trade, Verbs, amend_by_replacing

DISTRIBUTION = "nanobook"


def open_book() -> Verbs:
    """Open one exchange of one instrument."""
    from nanobook import Exchange

    exchange = Exchange()
    submit, withdraw = exchange.submit_limit, exchange.cancel
    sides = ("buy", "sell")
    theirs: dict[int, int] = {}
    ours: dict[int, int] = {}
    reported: list[Trade] = []

    def add(order: int, side: int, price_ticks: int, qty_lots: int) -> None:
        entered = submit(sides[side], price_ticks, qty_lots)
        theirs[order] = entered.order_id
        ours[entered.order_id] = order
        if entered.filled_quantity:
            reported.extend(
                (ours[trade.passive_order_id], order, trade.price, trade.quantity)
                for trade in entered.trades
            )

    def cancel(order: int) -> None:
        withdraw(theirs[order])

    return Verbs(add, cancel, amend_by_replacing(add, cancel), lambda: reported)
