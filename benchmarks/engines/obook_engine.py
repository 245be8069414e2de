"""obook (Go through ctypes): events are fetched by a second call, here after each order that traded."""

from __future__ import annotations

from benchmarks.engines.port import Trade, Verbs, amend_by_replacing

DISTRIBUTION = "obook"
MAX_ORDERS = 1 << 20


def open_book() -> Verbs:
    """Open one book; every order has one user, so self-trades must be its default: allowed."""
    from obook import Book, EventKind, Status

    book = Book(MAX_ORDERS)
    traded = (Status.PARTIALLY_FILLED, Status.FILLED)
    theirs: dict[int, int] = {}
    ours: dict[int, int] = {}
    reported: list[Trade] = []

    def add(order: int, side: int, price_ticks: int, qty_lots: int) -> None:
        entered = book.submit(order + 1, side, price_ticks, qty_lots)
        theirs[order] = entered.order_id
        ours[entered.order_id] = order
        if entered.status in traded:
            reported.extend(
                (ours[event.maker_id], order, event.price, event.qty)
                for event in book.events()
                if event.kind == EventKind.TRADE
            )

    def cancel(order: int) -> None:
        book.cancel(theirs[order], order + 1)

    return Verbs(add, cancel, amend_by_replacing(add, cancel), lambda: reported)
