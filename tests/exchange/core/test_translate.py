"""Event rows column by column, and which of the book's reasons become which of the core's."""

from __future__ import annotations

import pytest

from exchange.core import layout as at
from exchange.core.commands import Command
from exchange.core.layout import CommandKind, EventKind, Reason
from exchange.core.reasons import REASONS
from matching.layout import Reason as BookReason
from tests.exchange.core.lab import BUY, IOC, SELL, USD, Lab, spec, submit


def test_an_execution_speaks_of_both_sides() -> None:
    lab = Lab(spec(), deposits=(10**6 * USD, 10**6 * USD))
    resting = lab.order(submit(1, SELL, 301, 5))
    accepted, executed, cancelled = lab.do(submit(0, BUY, 305, 7, tif=IOC))
    seq, taking = lab.core.seq, accepted[at.EVENT_ORDER_ID]
    assert accepted == [
        EventKind.ACCEPTED, seq, lab.ts_ns, 0, 0, taking, BUY, 305, 7, 7, 0, 0, -1, 0, IOC, 0,
    ]  # fmt: skip
    assert executed == [
        EventKind.EXECUTED, seq, lab.ts_ns, 0, 0, taking, BUY, 301, 5, 2, 1, 25 * USD, 1, resting,
        0, 10 * USD,
    ]  # fmt: skip
    remainder = Reason.UNFILLED_REMAINDER
    assert cancelled == [
        EventKind.CANCELLED, seq, lab.ts_ns, 0, 0, taking, BUY, 305, 2, 0, remainder, 0, -1, 0, 0, 0,
    ]  # fmt: skip
    row = lab.core.instrument(0).tolist()
    assert row[at.INSTRUMENT_LAST_TICKS] == 301
    assert row[at.INSTRUMENT_TRADES] == 1
    assert row[at.INSTRUMENT_VOLUME_LOTS] == 5
    assert row[at.INSTRUMENT_CHANGE_SEQ] == seq


def test_trade_ids_count_over_all_instruments_without_gaps() -> None:
    lab = Lab(spec(), spec("OTHER"), deposits=(10**6 * USD, 10**6 * USD))
    for i in range(6):
        lab.trade(i % 2, 1 - i % 2, 300, 1, instrument=i % 2)
    ids = [row[at.EVENT_TAG] for row in lab.events if row[at.EVENT_KIND] == EventKind.EXECUTED]
    assert ids == [1, 2, 3, 4, 5, 6]
    assert lab.core.instruments[:, at.INSTRUMENT_TRADES].tolist() == [3, 3]


def test_a_rejection_tells_what_was_asked_and_leaves_the_change_seq() -> None:
    lab = Lab(spec(), deposits=(10**6 * USD,))
    (event,) = lab.do(submit(0, SELL, 269, 7))
    assert event[at.EVENT_TAG] == Reason.PRICE_BELOW_BAND
    assert event[at.EVENT_PRICE_TICKS : at.EVENT_LEAVES_LOTS + 1] == [269, 7, 0]
    assert lab.core.instrument(0)[at.INSTRUMENT_CHANGE_SEQ] == 0


def test_a_cancel_of_another_side_is_told_by_its_order() -> None:
    lab = Lab(spec(), deposits=(10**6 * USD,))
    order_id = lab.order(submit(0, SELL, 310, 7))
    (event,) = lab.do(Command(CommandKind.CANCEL, 0, order_id=order_id, side=BUY))
    assert event[at.EVENT_SIDE] == SELL


@pytest.mark.parametrize(
    ("book_reason", "reason"),
    [
        (BookReason.POST_ONLY_WOULD_TRADE, Reason.POST_ONLY_WOULD_TRADE),
        (BookReason.FOK_NOT_FILLABLE, Reason.FOK_NOT_FILLABLE),
        (BookReason.BOOK_FULL, Reason.BOOK_FULL),
        (BookReason.INVALID_PRICE, Reason.INVALID_PRICE),
    ],
)
def test_reasons_of_the_book(book_reason: BookReason, reason: Reason) -> None:
    assert REASONS[int(book_reason)] == reason


def test_a_full_pool_refuses_clearly() -> None:
    lab = Lab(spec(), deposits=(10**6 * USD,))
    lab.core.books.pool[4] = 1
    lab.order(submit(0, BUY, 290, 1))
    digest = lab.timeless_digest
    assert lab.reason(submit(0, BUY, 290, 1)) == Reason.BOOK_FULL
    assert lab.timeless_digest == digest
