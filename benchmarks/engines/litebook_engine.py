"""litebook (Rust): float prices and sizes, ids of its own; a fill names the resting order first."""

from __future__ import annotations

from benchmarks.engines.port import Trade, Verbs, amend_by_replacing

DISTRIBUTION = "litebook"


def open_book() -> Verbs:
    """Open one book of ticks of one."""
    from litebook import OrderBook, OrderType

    book = OrderBook(tick_size=1.0)
    sides = (OrderType.Buy, OrderType.Sell)
    theirs: dict[int, str] = {}
    ours: dict[str, int] = {}
    reported: list[Trade] = []

    def add(order: int, side: int, price_ticks: int, qty_lots: int) -> None:
        entered = book.create_order(sides[side], float(price_ticks), float(qty_lots))
        theirs[order] = entered.id
        ours[entered.id] = order
        reported.extend(
            (ours[fill.buy_id], order, int(fill.price), int(fill.quantity))
            for fill in book.add(entered)
        )

    def cancel(order: int) -> None:
        book.cancel(theirs[order])

    return Verbs(add, cancel, amend_by_replacing(add, cancel), lambda: reported)
