"""liquibook (C++ through SWIG): needs all three listeners and every Python object kept alive."""

from __future__ import annotations

from typing import Any

from benchmarks.engines.port import Trade, Verbs, amend_by_replacing
from matching.layout import Side

DISTRIBUTION = "liquibook"


def open_book() -> Verbs:
    """Open one depth book; fills are reported by callback and confirmed there."""
    import liquibook

    book = liquibook.DepthOrderBook()
    book.set_symbol("X")
    theirs: dict[int, Any] = {}
    numbers: dict[int, int] = {}
    reported: list[Trade] = []

    class Fills(liquibook.OrderListener):  # type: ignore[misc]
        def on_accept(self, order: Any) -> None:
            """Nothing is kept of an acceptance."""

        def on_cancel(self, order: Any) -> None:
            """Nothing is kept of a cancel."""

        def on_fill(self, aggressor: Any, resting: Any, qty_lots: int, price_ticks: int) -> None:
            resting.fill(qty_lots, price_ticks, 0)
            aggressor.fill(qty_lots, price_ticks, 0)
            numbered = (numbers[resting.order_id_], numbers[aggressor.order_id_])
            reported.append((*numbered, price_ticks, qty_lots))

    class Depth(liquibook.DepthListener):  # type: ignore[misc]
        def on_depth_change(self, book: Any, depth: Any) -> None:
            """Nothing is published."""

    class Touch(liquibook.DepthOrderBookBboListener):  # type: ignore[misc]
        def on_bbo_change(self, book: Any, depth: Any) -> None:
            """Nothing is published."""

    kept = [book, Fills(), Depth(), Touch()]
    book.set_order_listener(kept[1])
    book.set_depth_listener(kept[2])
    book.set_bbo_listener(kept[3])
    every: list[Any] = kept

    def add(order: int, side: int, price_ticks: int, qty_lots: int) -> None:
        entered = liquibook.SimpleOrder(side == Side.BUY, price_ticks, qty_lots)
        theirs[order] = entered
        every.append(entered)
        numbers[entered.order_id_] = order
        book.add(entered)

    def cancel(order: int) -> None:
        book.cancel(theirs[order])

    return Verbs(add, cancel, amend_by_replacing(add, cancel), lambda: reported)
