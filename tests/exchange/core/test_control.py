"""Time, auctions, pauses and bands: what the venue itself does to the orders, cleared to the micro-dollar."""

from __future__ import annotations

import pytest

from exchange.core import invariants
from exchange.core import layout as at
from exchange.core.commands import Command, Conditions
from exchange.core.layout import CommandKind, EventKind, Instruction, Reason, State
from matching.layout import TimeInForce
from tests.exchange.core.lab import BUY, SELL, USD, Lab, Row, perpetual, spec, submit

LOT = 438 * USD
TICK = 7_300_000
GTD, DAY = TimeInForce.GTD, TimeInForce.DAY
ADVANCE = Command(CommandKind.ADVANCE)


def state(value: int, instrument: int = 0) -> Command:
    return Command(CommandKind.SET_STATE, instrument=instrument, qty_lots=value)


def kinds(events: list[Row]) -> list[EventKind]:
    return [EventKind(row[at.EVENT_KIND]) for row in events]


@pytest.mark.parametrize(
    "command",
    [
        ADVANCE,
        submit(0, BUY, 280, 1),
        submit(1, BUY, 331, 1),
        Command(CommandKind.CANCEL_ALL, 1, -1),
        # It can be paid out, because what ends by its time has ended before it.
        Command(CommandKind.TRANSFER, 0, amount_micros=-1_000 * USD),
        Command(99),
    ],
)
def test_orders_end_before_whatever_comes_at_their_time(command: Command) -> None:
    lab = Lab(spec(), deposits=(1_000 * USD, 10**6 * USD))
    later = lab.order(submit(0, BUY, 290, 1, tif=GTD, conditions=Conditions(expiry_ns=9_500)))
    sooner = lab.order(submit(0, BUY, 290, 1, tif=GTD, conditions=Conditions(expiry_ns=9_000)))
    lab.ts_ns = 7_999
    assert lab.do(ADVANCE) == []
    lab.ts_ns = 9_000
    events = lab.do(command)
    ended = events[:2]
    assert [row[at.EVENT_ORDER_ID] for row in ended] == [sooner, later]
    assert {row[at.EVENT_TAG] for row in ended} == {Reason.ORDER_EXPIRED}
    assert {row[at.EVENT_SEQ] for row in events} == {lab.core.seq}
    refused = command.account == 1 and command.kind == CommandKind.SUBMIT
    assert [row[at.EVENT_KIND] for row in events[2:]].count(EventKind.REJECTED) == (
        1 if refused or command.kind == 99 else 0
    )
    assert invariants.violations(lab.core) == []


def test_a_day_order_ends_with_the_day_that_was_set() -> None:
    lab = Lab(spec(), deposits=(10**6 * USD,))
    day = submit(0, BUY, 290, 1, tif=DAY)
    assert lab.reason(day) == Reason.INVALID_EXPIRY
    end_ns = lab.ts_ns + 5_000
    end = Command(CommandKind.SET_DAY_END, instrument=0, amount_micros=end_ns)
    assert lab.do(end) == []
    lab.order(day)
    lab.ts_ns = end_ns - 1_001
    assert lab.do(ADVANCE) == []
    assert kinds(lab.do(ADVANCE)) == [EventKind.CANCELLED]


def test_an_auction_clears_at_one_price_and_both_pay_as_makers() -> None:
    lab = Lab(spec(), deposits=(10**6 * USD,) * 3)
    lab.do(state(State.PRE_OPEN))
    lab.order(submit(0, BUY, 310, 5))
    lab.order(submit(1, SELL, 290, 3))
    lab.order(submit(2, SELL, 305, 4))
    assert lab.initial(0) == 5 * (LOT + 10 * TICK)
    indicated = lab.do(ADVANCE)
    assert [row[: at.EVENT_KIND + 1] for row in indicated] == [[EventKind.INDICATED]]
    assert indicated[0][at.EVENT_PRICE_TICKS : at.EVENT_LEAVES_LOTS] == [305, 5]
    events = lab.do(state(State.OPEN))
    uncrossed = [row for row in events if row[at.EVENT_KIND] == EventKind.UNCROSSED]
    columns = (at.EVENT_ACCOUNT, at.EVENT_RESTING_ACCOUNT, at.EVENT_PRICE_TICKS, at.EVENT_QTY_LOTS)
    assert [tuple(row[c] for c in columns) for row in uncrossed] == [
        (0, 1, 305, 3),
        (0, 2, 305, 2),
    ]
    assert [row[at.EVENT_FEE_MICROS] for row in uncrossed] == [6 * USD, 4 * USD]
    assert [row[at.EVENT_RESTING_FEE_MICROS] for row in uncrossed] == [6 * USD, 4 * USD]
    assert events[-1][at.EVENT_KIND] == EventKind.STATE_CHANGED
    assert events[-1][at.EVENT_TAG] == State.OPEN
    assert [lab.lots(account) for account in range(3)] == [5, -3, -2]
    # Bought and sold at 305, marked at 300.
    assert lab.cash(0) == 10**6 * USD - 5 * 5 * TICK - 10 * USD
    assert lab.cash(1) == 10**6 * USD + 3 * 5 * TICK - 6 * USD
    assert lab.initial(2) == 4 * LOT
    assert lab.core.instrument(0)[at.INSTRUMENT_VOLUME_LOTS] == 5
    assert invariants.violations(lab.core) == []


def test_before_an_auction_only_what_may_wait_for_it_is_taken() -> None:
    lab = Lab(spec(), deposits=(10**6 * USD,) * 2)
    lab.trade(0, 1, 300, 2)
    lab.do(state(State.PRE_OPEN))
    for command in (
        submit(0, BUY, 300, 1, tif=1),
        submit(0, BUY, 300, 1, tif=2),
        submit(0, BUY, 300, 1, instructions=Instruction.POST_ONLY),
        submit(0, BUY, 0, 1, instructions=Instruction.MARKET),
        submit(0, BUY, 300, 2, conditions=Conditions(minimum_lots=1)),
    ):
        assert lab.reason(command) == Reason.INSTRUMENT_NOT_OPEN
    reducing = lab.do(submit(0, SELL, 305, 2, instructions=Instruction.REDUCE_ONLY))
    assert reducing[0][at.EVENT_RESTING_ORDER_ID] == 1
    assert EventKind.ACTIVATED in kinds(lab.do(state(State.OPEN)))
    assert lab.core.books.depth(0, SELL) == [(305, 2, 1)]


@pytest.mark.parametrize("value", [State.HALTED, State.CLOSED])
def test_a_halt_keeps_the_orders_and_takes_cancels_only(value: State) -> None:
    lab = Lab(spec(), deposits=(10**6 * USD,))
    order_id = lab.order(submit(0, BUY, 290, 2))
    assert kinds(lab.do(state(value))) == [EventKind.STATE_CHANGED]
    assert lab.reason(submit(0, BUY, 290, 1)) == Reason.INSTRUMENT_NOT_OPEN
    amend = Command(CommandKind.AMEND, 0, order_id=order_id, price_ticks=290, qty_lots=1)
    assert lab.reason(amend) == Reason.INSTRUMENT_NOT_OPEN
    assert kinds(lab.do(Command(CommandKind.CANCEL, 0, order_id=order_id))) == [EventKind.CANCELLED]


def test_a_new_mark_takes_away_what_its_band_leaves_outside() -> None:
    lab = Lab(spec(), deposits=(10**6 * USD,) * 2)
    bids = [lab.order(submit(0, BUY, price, 1)) for price in (330, 320, 297)]
    # 10 % above 270 is 297.
    events = lab.do(Command(CommandKind.MARK, instrument=0, price_ticks=270))
    assert kinds(events) == [EventKind.MARKED, EventKind.CANCELLED, EventKind.CANCELLED]
    assert [row[at.EVENT_ORDER_ID] for row in events[1:]] == bids[:2]
    assert {row[at.EVENT_TAG] for row in events[1:]} == {Reason.OUTSIDE_BAND}
    assert lab.core.books.depth(0, BUY) == [(297, 1, 1)]
    assert lab.initial(0) == 270 * TICK // 5 + 27 * TICK
    assert invariants.violations(lab.core) == []


def breaker_lab(**changes: object) -> Lab:
    """A market that pauses for 5 microseconds when a price moves by a percent within 40."""
    terms = perpetual(
        breaker_move_ppm=10_000,
        breaker_window_ns=40_000,
        breaker_pause_ns=5_000,
        breaker_max_extensions=0,
    )
    lab = Lab(terms, deposits=(10**6 * USD,) * 2)
    lab.trade(0, 1, 3_000, 1)
    lab.order(submit(1, SELL, 3_020, 5))
    lab.order(submit(1, SELL, 3_040, 5))
    return lab


def test_a_breaker_pauses_and_an_auction_reopens_it_by_time() -> None:
    lab = breaker_lab()
    events = lab.do(submit(0, BUY, 3_040, 10))
    assert kinds(events) == [EventKind.ACCEPTED, EventKind.EXECUTED, EventKind.STATE_CHANGED]
    assert events[-1][at.EVENT_TAG] == State.PRE_OPEN
    assert lab.core.instrument(0)[at.INSTRUMENT_STATE] == State.PRE_OPEN
    assert lab.core.books.depth(0, BUY) == [(3_040, 5, 1)]
    lab.ts_ns += 3_000
    assert kinds(lab.do(ADVANCE)) == [EventKind.INDICATED]
    lab.ts_ns += 60_000
    reopened = kinds(lab.do(ADVANCE))
    assert reopened[:2] == [EventKind.UNCROSSED, EventKind.STATE_CHANGED]
    assert lab.core.instrument(0)[at.INSTRUMENT_STATE] == State.OPEN
    assert lab.lots(0) == 11
    assert invariants.violations(lab.core) == []


def test_a_pause_is_not_ended_past_the_last_trading_instant() -> None:
    lab = Lab(
        spec(
            expiry_ns=50_000,
            breaker_move_ppm=10_000,
            breaker_window_ns=8,
            breaker_pause_ns=1_000,
        ),
        deposits=(10**6 * USD,) * 2,
    )
    lab.do(state(State.PRE_OPEN))
    lab.order(submit(0, BUY, 300, 1))
    lab.order(submit(1, SELL, 300, 1))
    lab.ts_ns = 50_000
    assert lab.reason(state(State.OPEN)) == Reason.INSTRUMENT_NOT_OPEN
    assert lab.do(ADVANCE) == []
    assert lab.lots(0) == 0
    settle = Command(CommandKind.SETTLE, instrument=0, amount_micros=3_000_000)
    assert kinds(lab.do(settle)) == [
        EventKind.CANCELLED,
        EventKind.CANCELLED,
        EventKind.STATE_CHANGED,
    ]


def test_an_order_of_the_venue_for_an_account_asks_no_margin_and_never_rests() -> None:
    lab = Lab(spec(), deposits=(5_000 * USD, 10**6 * USD, 10**6 * USD))
    lab.trade(0, 1, 300, 10)
    lab.order(submit(2, BUY, 290, 4))
    # It has no margin for a sale that loses 10 ticks a lot and leaves 6 lots behind.
    lab.do(Command(CommandKind.MARK, instrument=0, price_ticks=310))
    row = [0] * at.COMMAND_COLUMNS
    row[at.COMMAND_SEQ], row[at.COMMAND_TS_NS] = lab.core.seq, lab.core.ts_ns
    cash = lab.cash(0)
    events = lab.core.close(row, 0, 0, SELL, 289, 10)
    assert kinds(events) == [EventKind.ACCEPTED, EventKind.EXECUTED, EventKind.CANCELLED]
    assert events[1][at.EVENT_FEE_MICROS] == 4 * 5 * USD
    assert lab.cash(0) == cash - 4 * 20 * TICK - 4 * 5 * USD
    assert lab.lots(0) == 6
    assert lab.core.account(0)[at.ACCOUNT_ORDERS] == 0
    assert invariants.violations(lab.core) == []


@pytest.mark.parametrize(("price", "lots"), [(278, 1), (0, 1), (5_000, 1), (300, 0)])
def test_an_order_of_the_venue_that_the_book_refuses_does_nothing(price: int, lots: int) -> None:
    lab = Lab(spec(), deposits=(5_000 * USD, 10**6 * USD))
    lab.trade(0, 1, 300, 10)
    lab.do(Command(CommandKind.MARK, instrument=0, price_ticks=310))
    row = [0] * at.COMMAND_COLUMNS
    row[at.COMMAND_SEQ], row[at.COMMAND_TS_NS] = lab.core.seq, lab.core.ts_ns
    digest = lab.digest
    assert lab.core.close(row, 0, 0, SELL, price, lots) == []
    assert lab.digest == digest
