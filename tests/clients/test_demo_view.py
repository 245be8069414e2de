"""The picture shows what is there, on a terminal and off it."""

from __future__ import annotations

import asyncio
import io
import re

import msgspec
from rich.console import Console

from clients.demo_view import (
    CurveLine,
    CurvePoint,
    IndexLine,
    KindLine,
    Seat,
    Shown,
    headline,
    render,
    show,
)
from tests.clients.market import FAR, NEAR

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


def test_implied_sizes_stand_apart_at_their_price() -> None:
    linked = msgspec.structs.replace(
        SHOWN, implied_bids=[(2.8, 3), (2.78, 41)], implied_asks=[(2.81, 52)]
    )
    text = printed(linked)
    assert re.search(r"│ +│ +│ +2\.81 +│ █+ 7 +│ 52 +│", text)
    assert re.search(r"│ +3 │ +│ +2\.8 +│ +│ +│", text), "a price that only other books make"
    assert re.search(r"│ +41 │ 10 █+ │ +2\.78 +│ +│ +│", text)
    assert "implied" not in printed(SHOWN)


def test_with_an_economy_it_shows_gap_curves_kinds_and_news() -> None:
    shown = msgspec.structs.replace(
        SHOWN,
        market_date="Mon 2026-11-30 16:00",
        days_per_minute=10.0,
        indices=[IndexLine("H100", 2.75, 2.5), IndexLine("B200", None, 5.5)],
        families=["GPU1", "HPR"],
        curves=[CurveLine("2026-12", [2.61, None]), CurveLine("2027-01", [2.59, 2.44])],
        kinds=[KindLine("neocloud", 7, -123_456.0, 45, -9_876.0)],
        news=["margin call: ai-lab-1"],
        debt_service=1_234_567.0,
        payments=8,
    )
    text = printed(shown, width=200)
    for part in (
        "10 days a minute",
        "2026-11-30 16:00",
        "H100 gap +10.0%",
        "B200 gap -",
        "2027-01",
        "2.44",
        "neocloud",
        "-123,456",
        "-9,876",
        "margin call: ai-lab-1",
        "1,234,567 $ in 8 payments",
    ):
        assert part in text, part


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


def test_without_a_terminal_it_prints_plain_lines_until_stopped() -> None:
    async def work() -> str:
        console, stop = Console(file=io.StringIO(), width=200), asyncio.Event()
        drawing = asyncio.create_task(show(lambda: SHOWN, console, stop, period_s=0.01))
        async with asyncio.timeout(60):
            while not console.file.getvalue():
                await asyncio.sleep(0.01)
        stop.set()
        await asyncio.wait_for(drawing, 60)
        return console.file.getvalue()

    lines = asyncio.run(work()).splitlines()
    assert lines
    assert set(lines) == {headline(SHOWN)}


def test_on_a_terminal_it_draws_until_stopped() -> None:
    async def work() -> str:
        console = Console(file=io.StringIO(), width=160, height=60, force_terminal=True)
        stop = asyncio.Event()
        drawing = asyncio.create_task(show(lambda: SHOWN, console, stop, period_s=0.01))
        async with asyncio.timeout(60):
            while not console.file.getvalue():
                await asyncio.sleep(0.01)
        stop.set()
        await asyncio.wait_for(drawing, 60)
        return console.file.getvalue()

    assert "maker-1" in asyncio.run(work())
