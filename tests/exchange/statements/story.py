"""A market of three days in which everything happens to two accounts that a statement has a line for."""

from __future__ import annotations

from datetime import date

from exchange.core.commands import Command
from exchange.core.layout import CommandKind
from marketdata.days import NS_PER_DAY
from tests.exchange.core.lab import USD, Lab, listing, opening, perpetual, spec

FIRST_DAY = (date(2026, 11, 23) - date(1970, 1, 1)).days
DEPOSIT = 1_000_000 * USD


def market() -> Lab:
    """Two accounts of one firm, and a dated and a perpetual instrument."""
    lab = Lab()
    lab.ts_ns = FIRST_DAY * NS_PER_DAY
    lab.do(listing(spec(settlement_fee_micros=USD)), listing(perpetual()))
    lab.do(opening("alice", DEPOSIT), opening("alice.desk", DEPOSIT)._replace(instrument=0))
    return lab


def mark(price_ticks: int, instrument: int = 0) -> Command:
    """The command that marks an instrument."""
    return Command(CommandKind.MARK, instrument=instrument, price_ticks=price_ticks)


def first_day(lab: Lab) -> None:
    """Trades at 302 and of the perpetual at 3,010, marks of 305 and 3,000, funding, cash in and out."""
    lab.trade(0, 1, 302, 10)
    lab.trade(1, 0, 3_010, 200, instrument=1)
    lab.do(mark(305))
    lab.do(Command(CommandKind.FUND, instrument=1, amount_micros=7_000))
    lab.do(Command(CommandKind.TRANSFER, 0, amount_micros=500 * USD))
    lab.do(Command(CommandKind.TRANSFER, 1, amount_micros=-200 * USD))


def second_day(lab: Lab) -> None:
    """A block at 306, the first trade given another price, 303, the block busted at 308, cash moved."""
    lab.do(Command(CommandKind.BLOCK_TRADE, 1, 0, 0, price_ticks=306, qty_lots=4))
    lab.do(Command(CommandKind.ADJUST, order_id=1, price_ticks=303))
    lab.do(mark(308))
    lab.do(Command(CommandKind.BUST, order_id=3))
    lab.do(Command(CommandKind.MOVE, 0, qty_lots=1, amount_micros=1_000 * USD))


def third_day(lab: Lab) -> None:
    """Final settlement at 3.10 dollars."""
    lab.do(Command(CommandKind.SETTLE, instrument=0, amount_micros=3_100_000))


def whole() -> Lab:
    """All three days, each ended; in batches of several commands where a day ends."""
    lab = market()
    for number, happens in enumerate((first_day, second_day, third_day)):
        lab.ts_ns = (FIRST_DAY + number) * NS_PER_DAY + 3_600 * 10**9
        happens(lab)
        deposit = Command(CommandKind.TRANSFER, 0, amount_micros=7 * USD)
        lab.do(deposit, end_day(FIRST_DAY + number), deposit)
    return lab


def end_day(day: int) -> Command:
    """The command that ends a day."""
    return Command(CommandKind.DAY_ROLL, qty_lots=day)
