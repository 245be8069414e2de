"""Orders that take what the others show, at their best price and no worse."""

from __future__ import annotations

from clients.messages import Side, TimeInForce
from clients.trader import Command, Submit, Trader
from marketdata.messages import Instrument


def take(trader: Trader, listed: Instrument, missing_lots: int, clip_lots: int) -> list[Command]:
    """Return an order for a signed number of lots, at most a clip, that does not rest; or none.

    Nothing where the market is not open, the other side is empty or an order is still on its way.
    """
    view, name = trader.view, listed.name
    if missing_lots == 0 or view.own_orders(name):
        return []
    ticker = view.tickers.get(name)
    if ticker is not None and ticker.state != "open":
        return []
    side = Side.BUY if missing_lots > 0 else Side.SELL
    touch = touch_ticks(trader, name, side)
    if touch is None:
        return []
    qty_lots = min(abs(missing_lots), clip_lots, listed.max_order_lots or abs(missing_lots))
    return [at_once(trader, name, side, qty_lots, touch)]


def at_once(trader: Trader, name: str, side: Side, qty_lots: int, price_ticks: int) -> Submit:
    """Return an order that trades at a price or better at once, and does not rest."""
    return Submit(
        label=trader.new_label(),
        instrument=name,
        side=side,
        qty_lots=qty_lots,
        price_ticks=price_ticks,
        time_in_force=TimeInForce.IOC,
    )


def touch_ticks(trader: Trader, name: str, side: Side) -> int | None:
    """Return the others' best price that a side trades at, None where there is none."""
    bid, ask = trader.view.outside_best(name)
    return ask if side is Side.BUY else bid


def mid_micros(trader: Trader, listed: Instrument) -> float | None:
    """Return the middle of the others' best prices, None where a side is empty."""
    bid, ask = trader.view.outside_best(listed.name)
    return None if bid is None or ask is None else (bid + ask) / 2 * listed.tick_micros
