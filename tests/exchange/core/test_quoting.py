"""Mass quotes: replaced in one step, each entry against its account's margin."""

from __future__ import annotations

import pytest

from exchange.core import invariants
from exchange.core import layout as at
from exchange.core.commands import Command, Conditions
from exchange.core.layout import CommandKind, EventKind, Instruction, Reason, State
from matching.layout import MAX_QUOTES
from tests.exchange.core.lab import BUY, SELL, USD, Lab, Row, spec, submit

LOT = 438 * USD
FEE = 5 * USD
Entry = tuple[int, int, int]


def quote(
    *entries: Entry, account: int = 0, instructions: int = 0, claimed: int | None = None
) -> list[Command]:
    """A mass quote of (side, price, size) entries."""
    count = len(entries) if claimed is None else claimed
    kind = CommandKind.MASS_QUOTE
    rows = [
        Command(
            CommandKind.LINKED,
            conditions=Conditions(terms=side, price_ticks=price, qty_lots=size),
        )
        for side, price, size in entries
    ]
    return [Command(kind, account, 0, instructions=instructions, qty_lots=count), *rows]


def told(events: list[Row]) -> list[tuple[int, int, int, int]]:
    """Row of the mass quote that each event belongs to, its kind, price and size."""
    first = min((row[at.EVENT_SEQ] for row in events), default=0)
    return [
        (
            row[at.EVENT_SEQ] - first,
            row[at.EVENT_KIND],
            row[at.EVENT_PRICE_TICKS],
            row[at.EVENT_QTY_LOTS],
        )
        for row in events
    ]


def test_quotes_are_entered_amended_kept_and_withdrawn() -> None:
    lab = Lab(spec(), deposits=(10**6 * USD,) * 2)
    lab.order(submit(0, BUY, 297, 9))
    events = lab.do(*quote((BUY, 299, 5), (BUY, 298, 5), (SELL, 301, 5)))
    assert [row[at.EVENT_KIND] for row in events] == [EventKind.ACCEPTED] * 3
    assert [row[at.EVENT_SEQ] for row in events] == [lab.core.seq - 2 + i for i in range(3)]
    assert lab.core.account(0)[at.ACCOUNT_ORDERS] == 4
    events = lab.do(*quote((SELL, 301, 4), (BUY, 298, 5), (SELL, 302, 6)))
    assert told(events) == [
        (0, EventKind.CANCELLED, 299, 5),
        (1, EventKind.AMENDED, 301, 4),
        (3, EventKind.ACCEPTED, 302, 6),
    ]
    events = lab.do(*quote())
    assert sorted(row[at.EVENT_PRICE_TICKS] for row in events) == [298, 301, 302]
    # What did not come by a mass quote stays.
    assert lab.core.books.depth(0, BUY) == [(297, 9, 1)]
    assert lab.initial(0) == 9 * LOT
    assert invariants.violations(lab.core) == []


def test_an_entry_that_cannot_be_paid_is_refused_alone() -> None:
    lab = Lab(spec(), deposits=(10 * LOT + 10 * FEE,))
    events = lab.do(*quote((BUY, 299, 10), (BUY, 298, 1), (SELL, 301, 10)))
    assert told(events) == [
        (0, EventKind.ACCEPTED, 299, 10),
        (1, EventKind.REJECTED, 298, 1),
        (2, EventKind.ACCEPTED, 301, 10),
    ]
    assert events[1][at.EVENT_TAG] == Reason.INSUFFICIENT_MARGIN
    (refused,) = [
        row
        for row in lab.do(*quote((BUY, 299, 11), (SELL, 301, 10)))
        if row[at.EVENT_KIND] == EventKind.REJECTED
    ]
    assert refused[at.EVENT_TAG] == Reason.INSUFFICIENT_MARGIN
    assert lab.core.books.depth(0, BUY) == [(299, 10, 1)]
    assert invariants.violations(lab.core) == []


def test_quotes_trade_and_repriced_ones_do_not() -> None:
    lab = Lab(spec(), deposits=(10**6 * USD,) * 2)
    lab.order(submit(1, SELL, 300, 3))
    repriced = Instruction.POST_ONLY | Instruction.REPRICE
    (accepted,) = lab.do(*quote((BUY, 305, 5), instructions=repriced))
    assert accepted[at.EVENT_PRICE_TICKS] == 299
    events = lab.do(*quote((BUY, 302, 5)))
    assert EventKind.EXECUTED in {row[at.EVENT_KIND] for row in events}
    assert lab.lots(0) == 3
    assert lab.core.books.depth(0, BUY) == [(302, 2, 1)]
    assert invariants.violations(lab.core) == []


@pytest.mark.parametrize(
    ("commands", "reason"),
    [
        (quote((BUY, 299, 5), account=9), Reason.UNKNOWN_ACCOUNT),
        (quote((BUY, 299, 5), instructions=Instruction.MARKET), Reason.INVALID_INSTRUCTION),
        (quote((2, 299, 5)), Reason.INVALID_INSTRUCTION),
        (quote((BUY, 299, 5), claimed=2), Reason.INVALID_QTY),
        (quote(claimed=-1), Reason.INVALID_QTY),
        (quote((BUY, 299, 5), (BUY, 298, 0)), Reason.INVALID_QTY),
        (quote((BUY, 299, 5), (BUY, 299, 4)), Reason.INVALID_PRICE),
        (quote((BUY, 299, 5), (SELL, 299, 4)), Reason.INVALID_PRICE),
        (quote((BUY, 299, 5), (SELL, 4_097, 4)), Reason.INVALID_PRICE),
        (quote((BUY, 299, 5), (BUY, 331, 4)), Reason.PRICE_ABOVE_BAND),
        (quote((BUY, 299, 5), instructions=Instruction.PROTECTED), Reason.UNPROTECTED),
    ],
)
def test_a_wrong_mass_quote_changes_nothing(commands: list[Command], reason: Reason) -> None:
    lab = Lab(spec(), deposits=(10**6 * USD,))
    lab.do(*quote((BUY, 295, 5)))
    digest = lab.timeless_digest
    events = lab.do(*commands)
    assert [(row[at.EVENT_KIND], row[at.EVENT_TAG]) for row in events] == [
        (EventKind.REJECTED, reason)
    ]
    assert lab.timeless_digest == digest


def test_a_halt_takes_withdrawals_only() -> None:
    lab = Lab(spec(), deposits=(10**6 * USD,))
    lab.do(*quote((BUY, 295, 5)))
    lab.do(Command(CommandKind.SET_STATE, instrument=0, qty_lots=State.HALTED))
    (refused,) = lab.do(*quote((BUY, 295, 4)))
    assert refused[at.EVENT_TAG] == Reason.INSTRUMENT_NOT_OPEN
    (withdrawn,) = lab.do(*quote())
    assert withdrawn[at.EVENT_KIND] == EventKind.CANCELLED


def test_the_most_quotes_and_one_more() -> None:
    lab = Lab(spec(), deposits=(10**7 * USD,), max_orders=100)
    most = [(BUY, 200 + i, 1) for i in range(MAX_QUOTES)]
    assert len(lab.do(*quote(*most))) == MAX_QUOTES
    events = lab.do(*quote(*most, (BUY, 100, 1)))
    # The row beyond the most belongs to nothing.
    assert [row[at.EVENT_TAG] for row in events] == [Reason.INVALID_QTY, Reason.UNKNOWN_COMMAND]
    assert lab.core.books.live == MAX_QUOTES
