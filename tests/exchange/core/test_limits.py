"""Limits and restrictions, set while accounts trade: what they stop, what they leave, what is refused."""

from __future__ import annotations

import pytest

from exchange.core import layout as at
from exchange.core import snapshot
from exchange.core.commands import Command
from exchange.core.layout import CommandKind, EventKind, Reason
from matching.layout import MAX_ORDERS
from tests.exchange.core.lab import BUY, SELL, USD, Lab, opening, perpetual, reason_of, spec, submit


def limit(max_orders: int, account: int = 0) -> Command:
    return Command(CommandKind.SET_ACCOUNT_LIMITS, account, qty_lots=max_orders)


def test_it_decides_about_the_next_order_and_leaves_those_that_live() -> None:
    desk = Lab(spec(), deposits=(10**6 * USD,))
    desk.do(limit(2))
    for _ in range(2):
        assert reason_of(desk.do(submit(0, BUY, 290, 1))) == Reason.NONE
    assert reason_of(desk.do(submit(0, BUY, 290, 1))) == Reason.TOO_MANY_ORDERS
    desk.do(limit(1))
    assert desk.core.books.live == 2
    assert reason_of(desk.do(submit(0, BUY, 290, 1))) == Reason.TOO_MANY_ORDERS
    desk.do(limit(3))
    assert reason_of(desk.do(submit(0, BUY, 290, 1))) == Reason.NONE


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (limit(0), Reason.INVALID_QTY),
        (limit(-1), Reason.INVALID_QTY),
        (limit(MAX_ORDERS + 1), Reason.INVALID_QTY),
        (limit((1 << 63) - 1), Reason.INVALID_QTY),
        (limit(5, 1), Reason.UNKNOWN_ACCOUNT),
        (limit(5, -1), Reason.UNKNOWN_ACCOUNT),
    ],
)
def test_a_wrong_one_changes_nothing(command: Command, reason: Reason) -> None:
    desk = Lab(spec(), deposits=(10**6 * USD,))
    before = desk.timeless_digest
    assert reason_of(desk.do(command)) == reason
    assert desk.timeless_digest == before


def test_a_position_limit_binds_who_would_add_and_takes_nothing_away() -> None:
    desk = Lab(spec(), deposits=(10**6 * USD, 10**6 * USD))
    desk.trade(0, 1, 300, 50)
    desk.do(Command(CommandKind.SET_POSITION_LIMIT, instrument=0, qty_lots=40))
    assert desk.core.positions[:2, 0, at.POSITION_LOTS].tolist() == [50, -50]
    assert reason_of(desk.do(submit(0, BUY, 290, 1))) == Reason.POSITION_LIMIT
    assert reason_of(desk.do(submit(0, SELL, 310, 90))) == Reason.NONE
    assert reason_of(desk.do(submit(0, SELL, 310, 1))) == Reason.POSITION_LIMIT


def test_a_stopped_account_only_cancels_and_another_goes_on() -> None:
    desk = Lab(spec(), deposits=(10**6 * USD, 10**6 * USD))
    kept = desk.order(submit(1, BUY, 280, 1))
    desk.order(submit(0, BUY, 290, 1))
    rows = desk.do(Command(CommandKind.STOP_TRADING, 0, qty_lots=1))
    assert [row[at.EVENT_KIND] for row in rows] == [
        EventKind.TRADING_STOPPED,
        EventKind.CANCELLED,
    ]
    assert desk.do(Command(CommandKind.STOP_TRADING, 0, qty_lots=1)) == []
    assert reason_of(desk.do(submit(0, SELL, 310, 1))) == Reason.TRADING_STOPPED
    amend = Command(CommandKind.AMEND, 1, order_id=kept, price_ticks=281, qty_lots=1)
    assert reason_of(desk.do(amend)) == Reason.NONE
    assert len(desk.do(Command(CommandKind.STOP_TRADING, -1, qty_lots=1))) == 2
    assert desk.core.books.live == 0
    resumed = desk.do(Command(CommandKind.STOP_TRADING, -1))
    assert [row[at.EVENT_ACCOUNT] for row in resumed] == [0, 1]
    assert reason_of(desk.do(submit(0, SELL, 310, 1))) == Reason.NONE


def test_in_a_restricted_instrument_an_account_may_only_close() -> None:
    desk = Lab(spec(), perpetual(), deposits=(10**6 * USD, 10**6 * USD))
    desk.trade(0, 1, 300, 5)
    desk.do(Command(CommandKind.RESTRICT, 0, 0, qty_lots=1))
    assert reason_of(desk.do(submit(0, BUY, 290, 1))) == Reason.RESTRICTED
    assert reason_of(desk.do(submit(0, SELL, 310, 6))) == Reason.RESTRICTED
    assert reason_of(desk.do(submit(0, SELL, 310, 5))) == Reason.NONE
    assert reason_of(desk.do(submit(0, SELL, 311, 1))) == Reason.RESTRICTED
    assert reason_of(desk.do(submit(0, BUY, 2_990, 1, instrument=1))) == Reason.NONE
    assert reason_of(desk.do(submit(1, BUY, 290, 1))) == Reason.NONE
    desk.do(Command(CommandKind.RESTRICT, 0, 0))
    assert reason_of(desk.do(submit(0, BUY, 290, 1))) == Reason.NONE


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (Command(CommandKind.SET_POSITION_LIMIT, instrument=0, qty_lots=0), Reason.INVALID_QTY),
        (
            Command(CommandKind.SET_POSITION_LIMIT, instrument=0, qty_lots=1 << 40),
            Reason.INVALID_QTY,
        ),
        (
            Command(CommandKind.SET_POSITION_LIMIT, instrument=9, qty_lots=5),
            Reason.UNKNOWN_INSTRUMENT,
        ),
        (Command(CommandKind.STOP_TRADING, 5, qty_lots=1), Reason.UNKNOWN_ACCOUNT),
        (Command(CommandKind.STOP_TRADING, -2, qty_lots=1), Reason.UNKNOWN_ACCOUNT),
        (Command(CommandKind.STOP_TRADING, 0, qty_lots=2), Reason.INVALID_QTY),
        (Command(CommandKind.RESTRICT, 5, 0, qty_lots=1), Reason.UNKNOWN_ACCOUNT),
        (Command(CommandKind.RESTRICT, 0, 5, qty_lots=1), Reason.UNKNOWN_INSTRUMENT),
        (Command(CommandKind.RESTRICT, 0, 0, qty_lots=-1), Reason.INVALID_QTY),
    ],
)
def test_a_wrong_restriction_changes_nothing(command: Command, reason: Reason) -> None:
    desk = Lab(spec(), deposits=(10**6 * USD,))
    before = desk.timeless_digest
    assert reason_of(desk.do(command)) == reason
    assert desk.timeless_digest == before


def test_who_is_opened_while_all_are_stopped_begins_stopped() -> None:
    desk = Lab(spec(), deposits=(10**6 * USD,))
    stop, go = (Command(CommandKind.STOP_TRADING, -1, qty_lots=n) for n in (1, 0))
    desk.do(stop)
    rows = desk.do(opening("late", 10**6 * USD))
    assert [row[at.EVENT_KIND] for row in rows] == [
        EventKind.ACCOUNT_OPENED,
        EventKind.TRADING_STOPPED,
        EventKind.TRANSFERRED,
    ]
    assert reason_of(desk.do(submit(1, BUY, 290, 1))) == Reason.TRADING_STOPPED
    # Who is let go alone trades; the venue stays stopped for whoever comes.
    desk.do(Command(CommandKind.STOP_TRADING, 1))
    assert reason_of(desk.do(submit(1, BUY, 290, 1))) == Reason.NONE
    restored = snapshot.restore(snapshot.take(desk.core))
    assert snapshot.digest(restored) == desk.digest
    desk.core = restored
    desk.do(opening("later", 10**6 * USD))
    assert reason_of(desk.do(submit(2, BUY, 290, 1))) == Reason.TRADING_STOPPED
    desk.do(go)
    desk.do(opening("latest", 10**6 * USD))
    for account in (0, 2, 3):
        assert reason_of(desk.do(submit(account, BUY, 290, 1))) == Reason.NONE


def test_who_is_opened_below_a_stopped_account_begins_stopped() -> None:
    desk = Lab(spec(), deposits=(10**6 * USD, 10**6 * USD))
    desk.do(Command(CommandKind.STOP_TRADING, 0, qty_lots=1))
    desk.do(opening("sub", 10**6 * USD)._replace(instrument=0))
    desk.do(opening("other", 10**6 * USD)._replace(instrument=1))
    assert reason_of(desk.do(submit(2, BUY, 290, 1))) == Reason.TRADING_STOPPED
    assert reason_of(desk.do(submit(3, BUY, 290, 1))) == Reason.NONE
