"""Stops: what wakes them, and what their account must be able to pay by then."""

from __future__ import annotations

import pytest

from exchange.core import invariants
from exchange.core import layout as at
from exchange.core.commands import Command, Conditions
from exchange.core.layout import CommandKind, EventKind, Instruction, Reason
from matching.layout import CASCADE_ORDERS, TriggerSource, TriggerWhen
from tests.exchange.core.lab import BUY, IOC, SELL, USD, Lab, Row, spec, submit

LOT = 438 * USD
TICK = 7_300_000
LAST, MARK, INDEX = TriggerSource.LAST, TriggerSource.MARK, TriggerSource.INDEX
RISES, FALLS = TriggerWhen.RISES, TriggerWhen.FALLS
MARKET = Instruction.MARKET


def stop(
    account: int, side: int, price_ticks: int, qty_lots: int, trigger_ticks: int, **terms: int
) -> Command:
    """A stop, on the last price and rising unless told otherwise."""
    conditions = Conditions(trigger_ticks=trigger_ticks)
    return submit(
        account, side, price_ticks, qty_lots, conditions=conditions, **{"source": LAST, **terms}
    )


def told(events: list[Row], *columns: int) -> list[tuple[int, ...]]:
    """These columns of each event, behind its kind."""
    return [(row[at.EVENT_KIND], *(row[column] for column in columns)) for row in events]


def test_a_waiting_order_counts_but_needs_no_margin() -> None:
    lab = Lab(spec(), deposits=(USD,))
    accepted, conditioned = lab.do(stop(0, BUY, 310, 10, 305))
    assert accepted[at.EVENT_RESTING_ORDER_ID] == 1
    assert told([conditioned], at.EVENT_PRICE_TICKS) == [(EventKind.CONDITIONED, 305)]
    assert lab.initial(0) == 0
    assert lab.core.account(0)[at.ACCOUNT_ORDERS] == 1
    (cancelled,) = lab.do(Command(CommandKind.CANCEL, 0, order_id=accepted[at.EVENT_ORDER_ID]))
    assert cancelled[at.EVENT_RESTING_ORDER_ID] == 1
    assert lab.core.account(0)[at.ACCOUNT_ORDERS] == 0


def test_a_trade_wakes_a_stop_that_its_account_can_pay() -> None:
    needed = 10 * LOT + 10 * 10 * TICK + 10 * 5 * USD
    for short_micros in (0, 1):
        lab = Lab(spec(), deposits=(needed - short_micros, 10**6 * USD, 10**6 * USD))
        stop_id = lab.order(stop(0, BUY, 310, 10, 305))
        lab.order(submit(1, SELL, 305, 1))
        lab.order(submit(1, SELL, 308, 4))
        events = lab.do(submit(2, BUY, 305, 1))
        woken = [row for row in events if row[at.EVENT_ORDER_ID] == stop_id]
        if short_micros:
            assert told(woken, at.EVENT_TAG, at.EVENT_QTY_LOTS) == [
                (EventKind.CANCELLED, Reason.INSUFFICIENT_MARGIN, 10)
            ]
            assert lab.core.account(0)[at.ACCOUNT_ORDERS] == 0
            assert lab.initial(0) == 0
        else:
            assert told(woken, at.EVENT_PRICE_TICKS, at.EVENT_QTY_LOTS, at.EVENT_LEAVES_LOTS) == [
                (EventKind.ACTIVATED, 310, 10, 10),
                (EventKind.EXECUTED, 308, 4, 6),
            ]
            assert lab.core.books.depth(0, BUY) == [(310, 6, 1)]
            assert lab.cash(0) == needed - 4 * 8 * TICK - 4 * 5 * USD
            assert lab.initial(0) == 10 * LOT + 6 * 10 * TICK
        assert {row[at.EVENT_SEQ] for row in events} == {lab.core.seq}
        assert invariants.violations(lab.core) == []


def test_a_stop_that_passes_no_limit_by_then_ends_with_that_reason() -> None:
    lab = Lab(spec(max_position_lots=10, max_order_lots=10), deposits=(10**6 * USD,) * 2)
    stop_id = lab.order(stop(0, BUY, 310, 6, 305))
    lab.trade(0, 1, 300, 5)
    lab.order(submit(1, SELL, 305, 1))
    events = lab.do(submit(1, BUY, 305, 1))
    assert told(events[-1:], at.EVENT_ORDER_ID, at.EVENT_TAG) == [
        (EventKind.CANCELLED, stop_id, Reason.POSITION_LIMIT)
    ]


def test_a_take_profit_at_the_market_closes_without_equity() -> None:
    lab = Lab(spec(), deposits=(4_500 * USD, 10**6 * USD))
    lab.trade(0, 1, 300, 10)
    lab.do(Command(CommandKind.MARK, instrument=0, price_ticks=295))
    lab.order(submit(1, BUY, 289, 10))
    assert lab.cash(0) < lab.initial(0)
    reduce = MARKET | Instruction.REDUCE_ONLY
    lab.order(stop(0, SELL, 0, 12, 290, when=FALLS, source=MARK, instructions=reduce))
    events = lab.do(Command(CommandKind.MARK, instrument=0, price_ticks=290))
    assert told(events, at.EVENT_QTY_LOTS) == [
        (EventKind.MARKED, 0),
        (EventKind.ACTIVATED, 12),
        (EventKind.REDUCED, 2),
        (EventKind.EXECUTED, 10),
    ]
    assert lab.lots(0) == 0


@pytest.mark.parametrize(
    ("source", "command"),
    [
        (MARK, Command(CommandKind.MARK, instrument=0, price_ticks=296)),
        (INDEX, Command(CommandKind.PRINT_INDEX, amount_micros=2_960_000, text="h100_usd")),
    ],
)
def test_marks_and_index_prints_wake_stops(source: int, command: Command) -> None:
    lab = Lab(spec(), deposits=(10**6 * USD,) * 2)
    for trigger_ticks in (296, 295):
        lab.order(stop(0, SELL, 290, 1, trigger_ticks, source=source, when=FALLS))
    lab.order(submit(1, BUY, 290, 5))
    events = lab.do(command)
    assert [row[at.EVENT_KIND] for row in events[1:]] == [EventKind.ACTIVATED, EventKind.EXECUTED]
    assert lab.lots(0) == -1
    assert len(lab.core.books.waiting(0)) == 1


def test_a_trailing_stop_follows_the_mark() -> None:
    lab = Lab(spec(), deposits=(10**6 * USD,) * 2)
    trailing = Conditions(trail_ticks=5)
    lab.order(
        submit(0, SELL, 280, 1, conditions=trailing, source=MARK, when=FALLS, trailing=1, tif=IOC)
    )
    lab.order(submit(1, BUY, 285, 1))
    for mark_ticks, lots in ((303, 0), (299, 0), (298, -1)):
        lab.do(Command(CommandKind.MARK, instrument=0, price_ticks=mark_ticks))
        assert lab.lots(0) == lots


def test_a_cascade_is_bounded_and_goes_on_with_the_next_order() -> None:
    lab = Lab(spec(), deposits=(10**8 * USD,) * 2, max_orders=200)
    count = CASCADE_ORDERS + 6
    for _ in range(count):
        lab.order(stop(0, BUY, 310, 1, 305))
    lab.trade(1, 1, 305, 1)
    assert len(lab.core.books.waiting(0)) == count - CASCADE_ORDERS
    assert lab.core.books.depth(0, BUY) == [(310, CASCADE_ORDERS, CASCADE_ORDERS)]
    lab.do(submit(1, BUY, 290, 1))
    assert lab.core.books.waiting(0) == []
    assert invariants.violations(lab.core) == []


def test_nothing_wakes_after_the_last_trading_instant() -> None:
    lab = Lab(spec(expiry_ns=1_000_000), deposits=(10**6 * USD,) * 2)
    lab.order(stop(0, BUY, 310, 1, 305, source=MARK))
    lab.order(submit(1, SELL, 305, 1))
    lab.ts_ns = 1_000_000
    events = lab.do(Command(CommandKind.MARK, instrument=0, price_ticks=305))
    assert told(events, at.EVENT_TAG)[1:] == [(EventKind.CANCELLED, Reason.INSTRUMENT_NOT_OPEN)]
    assert lab.lots(0) == 0
