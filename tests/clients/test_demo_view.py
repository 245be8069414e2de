"""The picture shows what is there, on a terminal and off it."""

from __future__ import annotations

import asyncio
import io

from rich.console import Console

from clients.demo_view import CurvePoint, Seat, Shown, Watcher, headline, render, show
from clients.messages import PublicTrade, Side
from tests.clients.market import FAR, NEAR, Market

SHOWN = Shown(
    elapsed_s=12,
    instrument=NEAR,
    index=2.81,
    mark=2.8,
    bids=[(2.79, 5), (2.78, 10)],
    asks=[(2.81, 7)],
    trades=[("buy", 2.81, 3)],
    curve=[CurvePoint(NEAR, 2.79, 2.81, 2.8, 120), CurvePoint(FAR, None, None, None, 0)],
    seats=[Seat("maker-1", "market-maker", -4, 11, 1234.5), Seat("lab-1", "ai-lab", 9, 2, -50)],
    messages_a_s=321.4,
    orders=1_000,
    fills=17,
)


def printed(shown: Shown, width: int = 160) -> str:
    console = Console(file=io.StringIO(), width=width, record=True)
    console.print(render(shown))
    return console.export_text()


def test_the_picture_holds_ladder_trades_curve_and_participants() -> None:
    text = printed(SHOWN)
    for part in ("2.79", "2.81", "maker-1", "+1,234", "-50", "1,000 orders", FAR, "120", "buy"):
        assert part in text
    lines = text.splitlines()
    rows = [next(i for i, line in enumerate(lines) if word in line) for word in ("█ 7", "5 █")]
    assert rows[0] < rows[1], "asks stand above bids"


def test_an_empty_market_can_be_shown() -> None:
    empty = Shown(
        elapsed_s=0,
        instrument=NEAR,
        index=None,
        mark=None,
        bids=[],
        asks=[],
        trades=[],
        curve=[],
        seats=[],
        messages_a_s=0,
        orders=0,
        fills=0,
    )
    assert NEAR in printed(empty)
    assert f"{NEAR} - / -" in headline(empty)


def test_watcher_reads_the_view() -> None:
    market = Market(index=2.8)
    market.quote(NEAR, 279, 281, lots=4)
    watcher = Watcher(market.view, [], NEAR, began_s=100)
    market.view.apply(PublicTrade(NEAR, 1, "1", 1, Side.SELL, 279, 2))
    market.view.apply(PublicTrade(NEAR, 2, "3", 2, Side.BUY, 281, 1))
    market.view.apply(PublicTrade(FAR, 1, "2", 1, Side.SELL, 270, 2))
    shown = watcher.look(110)
    assert (shown.elapsed_s, shown.index, shown.bids, shown.asks) == (
        10,
        2.8,
        [(2.79, 4)],
        [(2.81, 4)],
    )
    assert shown.trades == [("buy", 2.81, 1), ("sell", 2.79, 2)]
    assert [point.instrument for point in shown.curve] == list(market.view.instruments)


def test_without_a_terminal_it_prints_plain_lines_until_stopped() -> None:
    async def work() -> str:
        console, stop = Console(file=io.StringIO(), width=200), asyncio.Event()
        drawing = asyncio.create_task(show(lambda: SHOWN, console, stop, period_s=0.01))
        await asyncio.sleep(0.1)
        stop.set()
        await asyncio.wait_for(drawing, 5)
        assert isinstance(console.file, io.StringIO)
        return console.file.getvalue()

    lines = asyncio.run(work()).splitlines()
    assert lines
    assert set(lines) == {headline(SHOWN)}


def test_on_a_terminal_it_draws_until_stopped() -> None:
    async def work() -> str:
        console = Console(file=io.StringIO(), width=160, height=60, force_terminal=True)
        stop = asyncio.Event()
        drawing = asyncio.create_task(show(lambda: SHOWN, console, stop, period_s=0.01))
        await asyncio.sleep(0.1)
        stop.set()
        await asyncio.wait_for(drawing, 5)
        assert isinstance(console.file, io.StringIO)
        return console.file.getvalue()

    assert "maker-1" in asyncio.run(work())
