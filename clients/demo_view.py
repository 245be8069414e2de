"""The text view of a running market: ladder, last trades, curve, participants, message rate."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import msgspec
from rich.columns import Columns
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from clients.messages import Side

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


class IndexLine(msgspec.Struct, frozen=True):
    """Both indices of one underlying, in dollars per GPU-hour; None where there is no print."""

    underlying: str
    broad: float | None
    transaction: float | None

    @property
    def gap(self) -> float | None:
        """How far the broad one stands above the other, as a part of it."""
        if self.broad is None or not self.transaction:
            return None
        return self.broad / self.transaction - 1


class CurveLine(msgspec.Struct, frozen=True):
    """One contract month: the marks of families in the order of ``Shown.families``."""

    month: str
    marks: list[float | None]


class KindLine(msgspec.Struct, frozen=True):
    """What the participants of a kind came to together; ``gpu_hours`` is their net position."""

    kind: str
    members: int
    gpu_hours: float
    fills: int
    pnl: float


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that one picture shows; prices in dollars per GPU-hour."""

    elapsed_s: float
    instrument: str
    index: float | None
    mark: float | None
    bids: list[tuple[float, int]]
    """(price, lots), best first."""
    asks: list[tuple[float, int]]
    implied_bids: list[tuple[float, int]] = []
    """What other books imply in this one, the same."""
    implied_asks: list[tuple[float, int]] = []
    trades: list[tuple[str, float, int]]
    """(side of the aggressor, price, lots), latest first."""
    curve: list[CurvePoint]
    seats: list[Seat]
    messages_a_s: float
    orders: int
    fills: int
    market_date: str = ""
    """Date and time of the market."""
    days_per_minute: float = 0.0
    """0: real time."""
    indices: list[IndexLine] = []
    families: list[str] = []
    """Columns of the curve by month."""
    curves: list[CurveLine] = []
    kinds: list[KindLine] = []
    news: list[str] = []
    """Margin calls and defaults, latest last."""
    debt_service: float = 0.0
    """Dollars that borrowers have paid to lenders so far."""
    payments: int = 0


def _price(price: float | None) -> str:
    return "-" if price is None else f"{price:.3f}".rstrip("0").rstrip(".") if price else "0"


def _bar(lots: int, most: int) -> str:
    return "█" * max(1, round(BAR_WIDTH * lots / most)) if most else ""


def _ladder(shown: Shown) -> Table:
    implied_bids, implied_asks = dict(shown.implied_bids), dict(shown.implied_asks)
    bids, asks = dict(shown.bids), dict(shown.asks)
    linked = bool(implied_bids or implied_asks)
    table = Table(title=shown.instrument, min_width=46)
    if linked:
        table.add_column("implied", justify="right", style="dim")
    table.add_column("bid lots", justify="right")
    table.add_column("price", justify="center")
    table.add_column("ask lots", justify="left")
    if linked:
        table.add_column("implied", justify="left", style="dim")
    most = max((*bids.values(), *asks.values()), default=0)

    def add(price: float, bid: Text, ask: Text) -> None:
        cells = [bid, Text(_price(price)), ask]
        if linked:
            left, right = (implied.get(price, "") for implied in (implied_bids, implied_asks))
            cells = [Text(f"{left}"), *cells, Text(f"{right}")]
        table.add_row(*cells)

    for price in sorted(asks.keys() | implied_asks.keys(), reverse=True):
        add(price, Text(""), _sized(asks.get(price, 0), most, "red"))
    for price in sorted(bids.keys() | implied_bids.keys(), reverse=True):
        add(price, _sized(bids.get(price, 0), most, "green"), Text(""))
    return table


def _sized(lots: int, most: int, style: str) -> Text:
    """Return a size of real orders with its bar, which points at the price."""
    if not lots:
        return Text("")
    bar = _bar(lots, most)
    return Text(f"{lots} {bar}" if style == "green" else f"{bar} {lots}", style=style)


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


def _indices(shown: Shown) -> Table:
    table = Table("index", "broad", "transaction", "gap", title="indices, $/GPU-hour")
    for line in shown.indices:
        table.add_row(line.underlying, _price(line.broad), _price(line.transaction), _gap(line))
    return table


def _gap(line: IndexLine) -> str:
    return "-" if line.gap is None else f"{line.gap:+.1%}"


def _curves(shown: Shown) -> Table:
    table = Table("month", *shown.families, title="forward curves, marks in $/GPU-hour")
    for line in shown.curves:
        table.add_row(line.month, *(_price(mark) for mark in line.marks))
    return table


def _kinds(shown: Shown) -> Table:
    table = Table("kind", "members", "net GPU-hours", "fills", "P&L, $", title="participants")
    for line in shown.kinds:
        style = "green" if line.pnl >= 0 else "red"
        pnl = Text(f"{line.pnl:+,.0f}", style=style)
        table.add_row(
            line.kind, f"{line.members}", f"{line.gpu_hours:+,.0f}", f"{line.fills:,}", pnl
        )
    return table


def _news(shown: Shown) -> Panel:
    loans = f"debt service {shown.debt_service:,.0f} $ in {shown.payments} payments"
    return Panel("\n".join([loans, *shown.news]), title="loans, margin calls, defaults")


def headline(shown: Shown) -> str:
    """Return the state of the market in one line, as it is printed where there is no terminal."""
    bid = shown.bids[0][0] if shown.bids else None
    ask = shown.asks[0][0] if shown.asks else None
    gaps = "".join(f"  {line.underlying} gap {_gap(line)}" for line in shown.indices)
    dated = f"  {shown.market_date}" if shown.market_date else ""
    return (
        f"{shown.elapsed_s:5.0f} s{dated}  {shown.instrument} {_price(bid)} / {_price(ask)}  "
        f"index {_price(shown.index)}  mark {_price(shown.mark)}{gaps}  "
        f"{shown.orders:,} orders  {shown.fills:,} fills  {shown.messages_a_s:,.0f} messages/s"
    )


def render(shown: Shown) -> RenderableType:
    """Return the picture; a function of what is shown alone."""
    rate = f", {shown.days_per_minute:g} days a minute" if shown.days_per_minute else ""
    title = f"compute futures exchange{rate}"
    if not shown.kinds:
        return Group(
            Panel(headline(shown), title=title),
            Columns([_ladder(shown), _trades(shown), Group(_curve(shown), _seats(shown))]),
        )
    return Group(
        Panel(headline(shown), title=title),
        Columns(
            [
                Group(_ladder(shown), _trades(shown)),
                Group(_indices(shown), _curves(shown)),
                Group(_kinds(shown), _news(shown)),
            ]
        ),
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
