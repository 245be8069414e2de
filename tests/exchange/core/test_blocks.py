"""Block trades: both sides as they were agreed, refusals in their order, the tape untouched."""

from __future__ import annotations

import pytest

from exchange.core import invariants
from exchange.core import layout as at
from exchange.core.commands import Command
from exchange.core.layout import AccountStatus, CommandKind, EventKind, Reason, State
from tests.exchange.core.lab import USD, Lab, perpetual, spec

INT64 = (1 << 63) - 1
TICK = 7_300_000


def block(
    buyer: int = 0,
    seller: int = 1,
    price_ticks: int = 305,
    qty_lots: int = 10,
    instrument: int = 0,
    text: str = "",
) -> Command:
    """The command of a block trade."""
    return Command(
        CommandKind.BLOCK_TRADE,
        buyer,
        instrument,
        seller,
        price_ticks=price_ticks,
        qty_lots=qty_lots,
        text=text,
    )


def market() -> Lab:
    """Two rich accounts, one that has nothing; blocks from five lots on."""
    return Lab(
        spec(block_minimum_lots=5), perpetual(), deposits=(10**6 * USD, 10**6 * USD, 0, 10**6 * USD)
    )


def test_both_sides_pay_the_taker_s_fee_and_are_booked_at_the_mark() -> None:
    lab = market()
    events = lab.do(block(text="EFP: 10 months of rental R-77"))
    assert [row[at.EVENT_KIND] for row in events] == [EventKind.BLOCK_TRADED]
    told = events[0]
    assert (told[at.EVENT_ACCOUNT], told[at.EVENT_RESTING_ACCOUNT]) == (0, 1)
    assert (told[at.EVENT_TAG], told[at.EVENT_PRICE_TICKS], told[at.EVENT_QTY_LOTS]) == (1, 305, 10)
    assert lab.cash(0) == 10**6 * USD - 5 * 10 * TICK - 50 * USD
    assert lab.cash(1) == 10**6 * USD + 5 * 10 * TICK - 50 * USD
    assert (lab.lots(0), lab.lots(1)) == (10, -10)
    row = lab.core.instrument(0)
    assert row[at.INSTRUMENT_OPEN_INTEREST_LOTS] == 10
    tape = (at.INSTRUMENT_LAST_TICKS, at.INSTRUMENT_TRADES, at.INSTRUMENT_VOLUME_LOTS)
    assert [row[column] for column in tape] == [0, 1, 0]
    assert invariants.violations(lab.core) == []


def test_the_next_trade_of_the_book_has_the_next_id() -> None:
    lab = market()
    lab.do(block())
    lab.trade(0, 1, 300, 1)
    assert lab.events[-1][at.EVENT_TAG] == 2
    assert lab.core.trades.rows[:, 0].tolist() == [1, 2]


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (block(buyer=4), Reason.UNKNOWN_ACCOUNT),
        (block(buyer=-1), Reason.UNKNOWN_ACCOUNT),
        (block(seller=INT64, instrument=9), Reason.UNKNOWN_ACCOUNT),
        (block(instrument=2), Reason.UNKNOWN_INSTRUMENT),
        (block(instrument=-1), Reason.UNKNOWN_INSTRUMENT),
        (block(qty_lots=4), Reason.INVALID_QTY),
        (block(qty_lots=2_001), Reason.INVALID_QTY),
        (block(qty_lots=-INT64), Reason.INVALID_QTY),
        (block(qty_lots=0, instrument=1), Reason.INVALID_QTY),
        (block(price_ticks=0), Reason.INVALID_PRICE),
        (block(price_ticks=4_097), Reason.INVALID_PRICE),
        (block(price_ticks=INT64), Reason.INVALID_PRICE),
        (block(qty_lots=1_001), Reason.POSITION_LIMIT),
        (block(qty_lots=2_000, seller=2), Reason.POSITION_LIMIT),
        (block(seller=2), Reason.INSUFFICIENT_MARGIN),
        (block(price_ticks=4_096, qty_lots=40), Reason.INSUFFICIENT_MARGIN),
        (block(text="x" * 65), Reason.INVALID_SPEC),
        (block(text="two\nlines"), Reason.INVALID_SPEC),
        (block(seller=3), Reason.ACCOUNT_NOT_SOUND),
        (block(seller=0), Reason.SAME_ACCOUNT),
    ],
)
def test_a_bad_block_changes_nothing(command: Command, reason: Reason) -> None:
    lab = market()
    lab.core.accounts[3, at.ACCOUNT_STATUS] = AccountStatus.CLOSING_OUT
    digest = lab.timeless_digest
    assert lab.reason(command) == reason
    assert lab.timeless_digest == digest


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (State.PRE_OPEN, Reason.NONE),
        (State.CLOSED, Reason.NONE),
        (State.HALTED, Reason.INSTRUMENT_NOT_OPEN),
    ],
)
def test_blocks_are_taken_while_the_book_is_closed_but_not_halted(
    state: State, reason: Reason
) -> None:
    lab = market()
    lab.do(Command(CommandKind.SET_STATE, instrument=0, qty_lots=state))
    assert lab.reason(block()) == reason


def test_an_expired_instrument_takes_none() -> None:
    lab = market()
    lab.do(Command(CommandKind.SETTLE, instrument=0, amount_micros=3_000_000))
    assert lab.reason(block()) == Reason.INSTRUMENT_NOT_OPEN
    late = Lab(spec(expiry_ns=2_500), deposits=(10**6 * USD, 10**6 * USD))
    assert late.reason(block()) == Reason.INSTRUMENT_NOT_OPEN
