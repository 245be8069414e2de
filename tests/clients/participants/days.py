"""Statements and marks for tests of hedgers."""

from __future__ import annotations

from clients import messages as m
from clients.economy.statements import RentalDay, RentalLine, SpotSummary
from clients.trader import Trader
from marketdata.days import NS_PER_DAY
from tests.clients.market import START_NS, Market

FIRST_DAY = START_NS // NS_PER_DAY


def rental_day(
    number: int,
    price: float,
    *,
    sold_hours: float = 0.0,
    rented_hours: float = 0.0,
    other_usd: float = 0.0,
    gpus: int = 0,
    utilisation: float = 0.5,
    list_price: float | None = None,
) -> RentalDay:
    """The statement of the number-th day of H100 rentals at one price in dollars."""
    price_micros = round(price * 1e6)
    lines = [
        RentalLine(underlying="H100", sold=sold, gpu_hours=hours, price_micros=price_micros)
        for sold, hours in ((True, sold_hours), (False, rented_hours))
        if hours
    ]
    spot = SpotSummary(
        underlying="H100",
        executed_micros=price_micros,
        list_micros=price_micros if list_price is None else round(list_price * 1e6),
        volume_gpu_hours=1e6,
        utilisation=utilisation,
    )
    day = FIRST_DAY + number
    return RentalDay(
        day=day,
        ts_ns=(day + 1) * NS_PER_DAY,
        participant="me",
        lines=tuple(lines),
        fleet={"H100": gpus} if gpus else {},
        utilisation={"H100": utilisation} if gpus else {},
        spot={"H100": spot},
        other_micros=round(other_usd * 1e6),
    )


def live_through(market: Market, trader: Trader, day: RentalDay) -> None:
    """Let the trader hear the day's statement at its end."""
    market.now_ns = day.ts_ns
    trader.on_message(day, market.now_ns)


def mark(market: Market, name: str, ticks: int) -> None:
    """Show a mark, and others' quotes a tick around it."""
    ticker = m.Ticker(
        instrument=name,
        ts_ns=market.now_ns,
        state="open",
        mark_ticks=ticks,
        last_ticks=None,
        best_bid_ticks=None,
        best_bid_lots=0,
        best_ask_ticks=None,
        best_ask_lots=0,
        open_interest_lots=0,
        index_micros=None,
    )
    market.view.apply(ticker)
    market.quote(name, ticks - 1, ticks + 1)


def account(market: Market, equity_usd: float, margin_usd: float) -> None:
    """Show the account's money."""
    equity, margin = round(equity_usd * 1e6), round(margin_usd * 1e6)
    market.view.apply(
        m.AccountSummary(
            equity_micros=equity,
            balance_micros=equity,
            available_funds_micros=equity - margin,
            initial_margin_micros=margin,
            maintenance_margin_micros=margin,
        )
    )
