"""lightmatchingengine (pure Python): answers an aggressor's own row, then one row a resting order."""

from __future__ import annotations

from benchmarks.engines.port import Trade, Verbs, amend_by_replacing

DISTRIBUTION = "lightmatchingengine"
SYMBOL = "X"


def open_book() -> Verbs:
    """Open one book."""
    from lightmatchingengine.lightmatchingengine import LightMatchingEngine

    engine = LightMatchingEngine()
    theirs: dict[int, int] = {}
    ours: list[int] = [0]
    reported: list[Trade] = []

    def add(order: int, side: int, price_ticks: int, qty_lots: int) -> None:
        entered, rows = engine.add_order(SYMBOL, price_ticks, qty_lots, side + 1)
        theirs[order] = entered.order_id
        ours.append(order)
        reported.extend(
            (ours[row.order_id], order, row.trade_price, row.trade_qty)
            for row in rows
            if row.order_id != entered.order_id
        )

    def cancel(order: int) -> None:
        engine.cancel_order(theirs[order], SYMBOL)

    return Verbs(add, cancel, amend_by_replacing(add, cancel), lambda: reported)
