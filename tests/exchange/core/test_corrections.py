"""Give-ups, busts and adjustments against the histories in which they were not needed."""

from __future__ import annotations

import pytest

from exchange.core import invariants
from exchange.core import layout as at
from exchange.core.commands import Command
from exchange.core.layout import AccountStatus, CommandKind, EventKind, Reason
from tests.exchange.core.lab import BUY, USD, Lab, reason_of, spec, submit
from tests.exchange.core.test_blocks import block

INT64 = (1 << 63) - 1
TICK = 7_300_000
MONEY = (
    at.ACCOUNT_CASH_MICROS,
    at.ACCOUNT_INITIAL_MICROS,
    at.ACCOUNT_MAINTENANCE_MICROS,
    at.ACCOUNT_FEES_MICROS,
    at.ACCOUNT_STATUS,
)


def bust(trade_id: int = 1) -> Command:
    return Command(CommandKind.BUST, order_id=trade_id)


def adjust(price_ticks: int, trade_id: int = 1) -> Command:
    return Command(CommandKind.ADJUST, order_id=trade_id, price_ticks=price_ticks)


def give_up(executing: int, clearing: int, trade_id: int = 1) -> Command:
    return Command(CommandKind.GIVE_UP, executing, order_id=trade_id, qty_lots=clearing)


def mark(price_ticks: int) -> Command:
    return Command(CommandKind.MARK, instrument=0, price_ticks=price_ticks)


def market() -> Lab:
    return Lab(spec(), deposits=(10**6 * USD,) * 3 + (0,))


def money(lab: Lab) -> list[list[int]]:
    """What decides about each account's money, and its lots."""
    accounts = range(len(lab.core.account_names))
    rows = [lab.core.account(account).tolist() for account in accounts]
    return [[row[c] for c in MONEY] + [lab.lots(n)] for n, row in enumerate(rows)]


def test_a_bust_gives_the_history_in_which_nothing_was_traded() -> None:
    lab, other = market(), market()
    for one in (lab, other):
        one.trade(2, 1, 298, 3)
        if one is lab:
            one.trade(0, 1, 302, 10)
        one.do(mark(311))
        if one is lab:
            told = one.do(bust(2))
        one.do(mark(295))
    assert money(lab) == money(other)
    row = told[0]
    assert (row[at.EVENT_FEE_MICROS], row[at.EVENT_RESTING_FEE_MICROS]) == (50 * USD, 20 * USD)
    assert row[at.EVENT_LEAVES_LOTS] == 311
    assert lab.core.venue[at.VENUE_FEES_MICROS] == 21 * USD
    assert invariants.violations(lab.core) == []


def test_an_adjustment_gives_the_history_of_the_new_price() -> None:
    lab, other = market(), market()
    lab.trade(0, 1, 302, 10)
    other.trade(0, 1, 297, 10)
    for one in (lab, other):
        one.do(mark(311))
    before = lab.cash(0), lab.cash(1)
    told = lab.do(adjust(297))[0]
    assert (told[at.EVENT_PRICE_TICKS], told[at.EVENT_RESTING_LEAVES_LOTS]) == (297, 302)
    assert (lab.cash(0), lab.cash(1)) == (before[0] + 50 * TICK, before[1] - 50 * TICK)
    assert money(lab) == money(other)
    # What is busted then is the trade as it stands.
    lab.do(bust())
    assert [row[0] for row in money(lab)] == [10**6 * USD] * 3 + [0]
    assert invariants.violations(lab.core) == []


def test_a_give_up_gives_the_history_in_which_the_clearing_account_traded() -> None:
    lab, other = market(), market()
    lab.trade(0, 1, 302, 10)
    other.trade(2, 1, 302, 10)
    for one in (lab, other):
        one.do(mark(311))
    told = lab.do(give_up(0, 2))[0]
    assert (told[at.EVENT_ACCOUNT], told[at.EVENT_RESTING_ACCOUNT]) == (0, 2)
    assert (told[at.EVENT_SIDE], told[at.EVENT_RESTING_FEE_MICROS]) == (BUY, 50 * USD)
    assert money(lab) == money(other)
    lab.do(give_up(1, 0))
    assert lab.lots(0) == -10
    assert lab.core.trades.rows[0, 4:8].tolist() == [2, 0, 50 * USD, 20 * USD]
    assert invariants.violations(lab.core) == []


def test_a_bust_calls_whom_it_leaves_below_maintenance() -> None:
    lab = Lab(spec(), deposits=(10**6 * USD, 10**6 * USD, 2_000 * USD))
    lab.trade(2, 0, 300, 4)
    lab.trade(1, 2, 300, 4)  # now flat
    lab.do(mark(200))
    assert lab.core.account(2)[at.ACCOUNT_STATUS] == AccountStatus.SOUND
    told = lab.do(bust(2))
    assert [row[at.EVENT_KIND] for row in told] == [
        EventKind.TRADE_BUSTED,
        EventKind.MARGIN_CALLED,
    ]
    assert told[1][at.EVENT_ACCOUNT] == 2
    assert lab.reason(bust(2)) == Reason.TRADE_BUSTED
    assert invariants.violations(lab.core) == []


def test_no_status_changes_on_the_way_of_an_adjustment() -> None:
    lab = Lab(spec(), deposits=(4_600 * USD, 10**6 * USD))
    lab.trade(0, 1, 300, 10)
    lab.do(mark(270))
    lab.core.accounts[0, at.ACCOUNT_STATUS] = AccountStatus.CLOSING_OUT
    lab.core.accounts[0, at.ACCOUNT_TOLD_STATUS] = AccountStatus.CLOSING_OUT
    lab.do(adjust(299))
    # With the trade taken back it would have been whole for a moment.
    assert lab.core.account(0)[at.ACCOUNT_STATUS] == AccountStatus.CLOSING_OUT


REFUSED = [
    (bust(0), Reason.UNKNOWN_TRADE),
    (bust(4), Reason.UNKNOWN_TRADE),
    (bust(INT64), Reason.UNKNOWN_TRADE),
    (bust(-INT64 - 1), Reason.UNKNOWN_TRADE),
    (bust(2), Reason.TRADE_BUSTED),
    (adjust(301, 2), Reason.TRADE_BUSTED),
    (adjust(302, 9), Reason.UNKNOWN_TRADE),
    (adjust(302), Reason.INVALID_PRICE),
    (adjust(0), Reason.INVALID_PRICE),
    (adjust(4_097), Reason.INVALID_PRICE),
    (adjust(INT64), Reason.INVALID_PRICE),
    (give_up(0, 4), Reason.UNKNOWN_ACCOUNT),
    (give_up(-1, 2), Reason.UNKNOWN_ACCOUNT),
    (give_up(0, 2, 7), Reason.UNKNOWN_TRADE),
    (give_up(0, 2, 2), Reason.TRADE_BUSTED),
    (give_up(2, 0), Reason.UNKNOWN_TRADE),
    (give_up(0, 3), Reason.INSUFFICIENT_MARGIN),
    (give_up(0, 1), Reason.SAME_ACCOUNT),
    (give_up(0, 0), Reason.SAME_ACCOUNT),
    (give_up(0, 2, 3), Reason.SAME_ACCOUNT),
]


@pytest.mark.parametrize(("command", "reason"), REFUSED)
def test_bad_corrections_change_nothing(command: Command, reason: Reason) -> None:
    lab = market()
    lab.trade(0, 1, 302, 10)
    lab.do(block())
    lab.do(bust(2))
    lab.trade(0, 0, 300, 1)
    digest = lab.timeless_digest
    assert lab.reason(command) == reason
    assert lab.timeless_digest == digest


@pytest.mark.parametrize("command", [bust(), adjust(301), give_up(0, 2)])
def test_what_has_settled_stays(command: Command) -> None:
    lab = market()
    lab.trade(0, 1, 302, 10)
    lab.do(Command(CommandKind.SETTLE, instrument=0, amount_micros=3_000_000))
    digest = lab.timeless_digest
    assert lab.reason(command) == Reason.INSTRUMENT_NOT_OPEN
    assert lab.timeless_digest == digest


def test_who_is_called_gives_up_nothing() -> None:
    lab = market()
    lab.trade(0, 1, 302, 10)
    lab.core.accounts[2, at.ACCOUNT_STATUS] = AccountStatus.CALLED
    assert lab.reason(give_up(0, 2)) == Reason.ACCOUNT_NOT_SOUND


def test_the_trades_of_two_days_can_be_changed() -> None:
    lab = market()
    day_ns = 86_400 * 10**9
    lab.trade(0, 1, 302, 10)
    lab.ts_ns = 5 * day_ns
    lab.do(Command(CommandKind.DAY_ROLL, qty_lots=5))
    lab.trade(0, 1, 300, 1)
    assert reason_of(lab.do(adjust(303))) == Reason.NONE
    lab.do(Command(CommandKind.DAY_ROLL, qty_lots=6))
    digest = lab.timeless_digest
    assert lab.reason(bust(1)) == Reason.TRADE_TOO_OLD
    assert lab.timeless_digest == digest
    assert reason_of(lab.do(bust(2))) == Reason.NONE


def test_a_bust_leaves_no_reduce_only_order_larger_than_the_position() -> None:
    lab = market()
    lab.trade(0, 1, 300, 10)
    lab.order(submit(0, 1, 320, 10, instructions=at.Instruction.REDUCE_ONLY))
    told = lab.do(bust())
    assert [row[at.EVENT_KIND] for row in told] == [EventKind.TRADE_BUSTED, EventKind.CANCELLED]
    assert invariants.violations(lab.core) == []
