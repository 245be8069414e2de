"""The text view of a running market: ladder, last trades, curve, participants, message rate."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from itertools import islice

import msgspec
from rich.columns import Columns
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from clients.live import LiveTrader
from clients.messages import Side
from clients.view import MarketView
from marketdata.messages import MICROS

LADDER_LEVELS = 8
LAST_TRADES = 10
BAR_WIDTH = 12


class Seat(msgspec.Struct, frozen=True):
    """One participant: signed lots over all contracts, dollars gained."""

    name: str
    kind: str
    position_lots: int
    fills: int
    pnl: float


class CurvePoint(msgspec.Struct, frozen=True):
    """One contract on the curve, in dollars per GPU-hour; None where there is no price."""

    instrument: str
    bid: float | None
    ask: float | None
    mark: float | None
    open_interest_lots: int


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that one picture shows; prices in dollars per GPU-hour."""

    elapsed_s: float
    instrument: str
    index: float | None
    mark: float | None
    bids: list[tuple[float, int]]
    """(price, lots), best first."""
    asks: list[tuple[float, int]]
    trades: list[tuple[str, float, int]]
    """(side of the aggressor, price, lots), latest first."""
    curve: list[CurvePoint]
    seats: list[Seat]
    messages_a_s: float
    orders: int
    fills: int


def _price(price: float | None) -> str:
    return "-" if price is None else f"{price:.3f}".rstrip("0").rstrip(".") if price else "0"


def _bar(lots: int, most: int) -> str:
    return "█" * max(1, round(BAR_WIDTH * lots / most)) if most else ""


def _ladder(shown: Shown) -> Table:
    table = Table("bid lots", "price", "ask lots", title=shown.instrument, min_width=46)
    for column, justify in zip(table.columns, ("right", "center", "left"), strict=True):
        column.justify = justify  # type: ignore[assignment]
    most = max((lots for _, lots in shown.bids + shown.asks), default=0)
    for price, lots in reversed(shown.asks):
        table.add_row("", _price(price), Text(f"{_bar(lots, most)} {lots}", style="red"))
    for price, lots in shown.bids:
        table.add_row(Text(f"{lots} {_bar(lots, most)}", style="green"), _price(price), "")
    return table


def _trades(shown: Shown) -> Table:
    table = Table("aggressor", "price", "lots", title="last trades")
    for side, price, lots in shown.trades:
        style = "green" if side == Side.BUY else "red"
        table.add_row(Text(side, style=style), _price(price), f"{lots}")
    return table


def _curve(shown: Shown) -> Table:
    table = Table("contract", "bid", "ask", "mark", "open interest", title="curve, $/GPU-hour")
    for point in shown.curve:
        table.add_row(
            point.instrument,
            _price(point.bid),
            _price(point.ask),
            _price(point.mark),
            f"{point.open_interest_lots:,}",
        )
    return table


def _seats(shown: Shown) -> Table:
    table = Table("participant", "position", "fills", "P&L, $", title="participants")
    for seat in shown.seats:
        style = "green" if seat.pnl >= 0 else "red"
        table.add_row(
            seat.name,
            f"{seat.position_lots:+d}",
            f"{seat.fills:,}",
            Text(f"{seat.pnl:+,.0f}", style=style),
        )
    return table


def headline(shown: Shown) -> str:
    """Return the state of the market in one line, as it is printed where there is no terminal."""
    bid = shown.bids[0][0] if shown.bids else None
    ask = shown.asks[0][0] if shown.asks else None
    return (
        f"{shown.elapsed_s:5.0f} s  {shown.instrument} {_price(bid)} / {_price(ask)}  "
        f"index {_price(shown.index)}  mark {_price(shown.mark)}  "
        f"{shown.orders:,} orders  {shown.fills:,} fills  {shown.messages_a_s:,.0f} messages/s"
    )


def render(shown: Shown) -> RenderableType:
    """Return the picture; a function of what is shown alone."""
    return Group(
        Panel(headline(shown), title="compute futures exchange"),
        Columns([_ladder(shown), _trades(shown), Group(_curve(shown), _seats(shown))]),
    )


class Watcher:
    """Reads pictures from a market view and the traders beside it.

    The rate of messages is taken between two pictures.
    """

    def __init__(
        self, view: MarketView, runners: Sequence[LiveTrader], instrument: str, began_s: float
    ) -> None:
        self.view = view
        self.runners = runners
        self.instrument = instrument
        self._began_s = began_s
        self._last_s = began_s
        self._last_messages = 0

    def look(self, now_s: float) -> Shown:
        """Return the picture at a time of the same clock as ``began_s``."""
        view, listed = self.view, self.view.instruments[self.instrument]
        book = view.book(self.instrument)
        messages = sum(runner.exchange.counts.messages for runner in self.runners)
        rate = (messages - self._last_messages) / max(1e-3, now_s - self._last_s)
        self._last_messages, self._last_s = messages, now_s
        index_micros = view.index_micros(self.instrument)
        mark_ticks = view.mark_ticks(self.instrument)
        return Shown(
            elapsed_s=now_s - self._began_s,
            instrument=self.instrument,
            index=None if index_micros is None else index_micros / MICROS,
            mark=None if mark_ticks is None else listed.price(mark_ticks),
            bids=[(listed.price(ticks), lots) for ticks, lots in book.bids(LADDER_LEVELS)],
            asks=[(listed.price(ticks), lots) for ticks, lots in book.asks(LADDER_LEVELS)],
            trades=[
                (trade.side.value, listed.price(trade.price_ticks), trade.qty_lots)
                for trade in islice(reversed(view.trades.get(self.instrument, ())), LAST_TRADES)
            ],
            curve=[self._point(name) for name in view.instruments],
            seats=[_seat(runner) for runner in self.runners],
            messages_a_s=rate,
            orders=sum(runner.tally.orders for runner in self.runners),
            fills=sum(runner.tally.fills for runner in self.runners),
        )

    def _point(self, name: str) -> CurvePoint:
        listed, ticker = self.view.instruments[name], self.view.tickers.get(name)
        if ticker is None:
            return CurvePoint(name, None, None, None, 0)

        def priced(ticks: int | None) -> float | None:
            return None if ticks is None else listed.price(ticks)

        return CurvePoint(
            name,
            priced(ticker.best_bid_ticks),
            priced(ticker.best_ask_ticks),
            priced(ticker.mark_ticks),
            ticker.open_interest_lots,
        )


def _seat(runner: LiveTrader) -> Seat:
    positions = runner.exchange.view.positions.values()
    return Seat(
        runner.trader.name,
        runner.trader.kind,
        sum(position.qty_lots for position in positions),
        runner.tally.fills,
        runner.tally.pnl_micros / MICROS,
    )


async def show(
    look: Callable[[], Shown], console: Console, stop: asyncio.Event, period_s: float | None = None
) -> None:
    """Draw until ``stop`` is set: live on a terminal, else a line every ``period_s``."""
    if console.is_terminal:
        with Live(render(look()), console=console, auto_refresh=False, screen=False) as live:
            while not await _stopped(stop, period_s or 0.25):
                live.update(render(look()), refresh=True)
        return
    while not await _stopped(stop, period_s or 5.0):
        console.print(headline(look()), soft_wrap=True, highlight=False)


async def _stopped(stop: asyncio.Event, within_s: float) -> bool:
    try:
        async with asyncio.timeout(within_s):
            await stop.wait()
    except TimeoutError:
        return False
    return True
