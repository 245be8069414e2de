"""bourse (Rust): orders entered at one time collide, so its clock advances with each message."""

from __future__ import annotations

from benchmarks.engines.port import Trade, Verbs, amend_by_replacing
from matching.layout import Side

DISTRIBUTION = "bourse"


def open_book() -> Verbs:
    """Open one book of ticks of one."""
    from bourse.core import OrderBook

    book = OrderBook(0, 1)
    theirs: dict[int, int] = {}
    ours: list[int] = []
    time = 0

    def add(order: int, side: int, price_ticks: int, qty_lots: int) -> None:
        nonlocal time
        time += 1
        book.set_time(time)
        theirs[order] = book.place_order(side == Side.BUY, qty_lots, 0, price=price_ticks)
        ours.append(order)

    def cancel(order: int) -> None:
        book.cancel_order(theirs[order])

    def trades() -> list[Trade]:
        return [
            (ours[resting], ours[aggressor], price_ticks, qty_lots)
            for _, _, price_ticks, qty_lots, aggressor, resting in book.get_trades()
        ]

    return Verbs(add, cancel, amend_by_replacing(add, cancel), trades)
