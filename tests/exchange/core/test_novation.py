"""Trades beside the book: who may have them, and what the books hear of them."""

from __future__ import annotations

import pytest

from exchange.core import invariants, novation
from exchange.core import layout as at
from exchange.core.commands import Command
from exchange.core.layout import AccountStatus, CommandKind, EventKind, Instruction, Reason
from exchange.core.novation import Fill
from tests.exchange.core.lab import BUY, SELL, USD, Lab, opening, spec, submit


def market(deposit: int = 10**6 * USD) -> Lab:
    return Lab(spec(), deposits=(deposit, 10**9 * USD))


def row_now(lab: Lab) -> list[int]:
    """A command row of the time that it is."""
    row = [0] * at.COMMAND_COLUMNS
    row[at.COMMAND_SEQ], row[at.COMMAND_TS_NS] = lab.core.seq, lab.core.ts_ns
    return row


def test_a_fill_and_its_reverse_leave_cash_and_lots_alone() -> None:
    lab = market()
    fills = [Fill(0, 0, BUY, 310, 7, 5 * USD), Fill(1, 0, SELL, 310, 7, 2 * USD)]
    novation.book(lab.core, row_now(lab), fills)
    assert lab.cash(0) == (10**6 - 5) * USD - 7 * 10 * 7_300_000
    lab.do(Command(CommandKind.MARK, instrument=0, price_ticks=330))
    novation.book(lab.core, row_now(lab), [fill.reverse for fill in fills])
    assert (lab.cash(0), lab.cash(1)) == (10**6 * USD, 10**9 * USD)
    assert (lab.lots(0), lab.lots(1)) == (0, 0)
    assert invariants.violations(lab.core) == []


def test_reduce_only_orders_shrink_with_the_position() -> None:
    lab = market()
    lab.trade(0, 1, 300, 10)
    resting = lab.order(submit(0, SELL, 320, 8, instructions=Instruction.REDUCE_ONLY))
    told = lab.do(Command(CommandKind.BLOCK_TRADE, 1, 0, 0, price_ticks=300, qty_lots=5))
    assert [row[at.EVENT_KIND] for row in told] == [EventKind.BLOCK_TRADED, EventKind.REDUCED]
    assert told[1][at.EVENT_ORDER_ID] == resting
    assert told[1][at.EVENT_LEAVES_LOTS] == lab.lots(0) == 5
    told = lab.do(Command(CommandKind.BLOCK_TRADE, 1, 0, 0, price_ticks=300, qty_lots=6))
    assert [row[at.EVENT_KIND] for row in told] == [EventKind.BLOCK_TRADED, EventKind.CANCELLED]
    assert invariants.violations(lab.core) == []


@pytest.mark.parametrize(("spare", "reason"), [(0, Reason.NONE), (-1, Reason.INSUFFICIENT_MARGIN)])
def test_equity_covers_margin_loss_and_fee_afterwards(spare: int, reason: Reason) -> None:
    # Ten lots at 310 against a mark of 300: 73 $ lost a lot; margin 20 % of 2,190 $; fee 5 $.
    lab = market((730 + 4_380 + 50) * USD + spare)
    fill = Fill(0, 0, BUY, 310, 10, 50 * USD)
    assert novation.fault(lab.core, fill) == reason


def test_who_is_short_of_margin_may_still_reduce() -> None:
    lab = market(4_380 * USD + 50 * USD)
    lab.trade(0, 1, 300, 10)
    lab.do(Command(CommandKind.MARK, instrument=0, price_ticks=290))
    assert lab.cash(0) < lab.initial(0)
    assert novation.is_sound(lab.core, 0)
    assert novation.fault(lab.core, Fill(0, 0, SELL, 290, 4, 20 * USD)) == Reason.NONE
    assert novation.fault(lab.core, Fill(0, 0, SELL, 200, 4, 0)) == Reason.INSUFFICIENT_MARGIN
    assert novation.fault(lab.core, Fill(0, 0, BUY, 290, 1, 0)) == Reason.INSUFFICIENT_MARGIN


def test_working_orders_count_towards_the_position_limit() -> None:
    lab = market(10**9 * USD)
    lab.do(*(submit(0, BUY, 290, 450) for _ in range(2)))
    assert novation.fault(lab.core, Fill(0, 0, BUY, 300, 100, 0)) == Reason.NONE
    assert novation.fault(lab.core, Fill(0, 0, BUY, 300, 101, 0)) == Reason.POSITION_LIMIT
    assert novation.fault(lab.core, Fill(0, 0, SELL, 300, 1_000, 0)) == Reason.NONE
    assert novation.fault(lab.core, Fill(0, 0, SELL, 300, 1_001, 0)) == Reason.POSITION_LIMIT
    lab.do(opening("poor", 0))
    found = novation.faults(lab.core, [Fill(2, 0, SELL, 300, 1, 0), Fill(0, 0, BUY, 300, 101, 0)])
    assert found == [Reason.POSITION_LIMIT, Reason.INSUFFICIENT_MARGIN]


def test_who_is_stopped_or_restricted_is_barred() -> None:
    lab = market()
    lab.trade(0, 1, 300, 4)
    lab.do(Command(CommandKind.RESTRICT, 0, 0, qty_lots=1))
    buys, closes, flips = (Fill(0, 0, side, 300, n, 0) for side, n in ((0, 1), (1, 4), (1, 5)))
    assert novation.bars(lab.core, [closes]) == []
    assert novation.bars(lab.core, [buys, closes, flips]) == [Reason.RESTRICTED] * 2
    lab.do(Command(CommandKind.STOP_TRADING, 0, qty_lots=1))
    assert novation.bars(lab.core, [buys, closes]) == [Reason.TRADING_STOPPED] * 2
    command = Command(CommandKind.BLOCK_TRADE, 1, 0, 0, price_ticks=300, qty_lots=4)
    assert lab.reason(command) == Reason.TRADING_STOPPED
    assert lab.reason(Command(CommandKind.GIVE_UP, 1, order_id=1, qty_lots=0)) == (
        Reason.TRADING_STOPPED
    )


def test_an_account_being_closed_out_is_not_sound() -> None:
    lab = market()
    lab.core.accounts[0, at.ACCOUNT_STATUS] = AccountStatus.CLOSING_OUT
    assert not novation.is_sound(lab.core, 0)
    assert novation.is_sound(lab.core, 1)


def test_prices_lie_in_the_instrument_s_domain() -> None:
    lab = market()
    assert [p for p in (0, 1, 4_096, 4_097, -1) if novation.is_price(lab.core, 0, p)] == [1, 4_096]
    assert not novation.is_expired(lab.core, 0)
    lab.do(Command(CommandKind.SETTLE, instrument=0, amount_micros=3_000_000))
    assert novation.is_expired(lab.core, 0)
    assert [novation.is_account(lab.core, n) for n in (-1, 0, 1, 2)] == [False, True, True, False]
