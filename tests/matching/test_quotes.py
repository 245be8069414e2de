"""Mass quotes replace an owner's quotes in one step."""

from __future__ import annotations

import pytest

from matching.layout import (
    INSTRUCTION_SHIFT,
    MAX_QUOTES,
    CommandKind,
    EventKind,
    Instruction,
    Reason,
    Side,
    State,
)
from tests.matching.reference_desk import row
from tests.matching.verbs import Verbs

BUY, SELL = Side
FAR = [((1 << 63) - 1, 2), (-(1 << 63), 1), ((1 << 63) - 1, MAX_QUOTES)]
QUOTE = int(Instruction.QUOTE) << INSTRUCTION_SHIFT
ACCEPTED, AMENDED, CANCELLED = EventKind.ACCEPTED, EventKind.AMENDED, EventKind.CANCELLED


def test_what_is_named_again_stays_and_what_is_not_goes(books: Verbs) -> None:
    rows = books.quote([(BUY, 10, 5), (BUY, 9, 5), (SELL, 12, 5), (SELL, 13, 5)], owner=1)
    ten, nine, twelve, thirteen = (one[2] for one in rows)
    assert rows[0] == row(ACCEPTED, ten, QUOTE | BUY, 10, 5, 5)
    plain = books.enter(BUY, 10, 1, owner=1)
    theirs = books.quote([(BUY, 10, 2)], owner=2)[0][2]
    rows = books.quote([(SELL, 12, 5), (BUY, 10, 3), (SELL, 13, 8), (BUY, 8, 1)], owner=1)
    eight = rows[-1][2]
    assert rows == [
        row(CANCELLED, nine, Reason.REQUESTED, 9, 5),
        row(AMENDED, ten, 10, 10, 3, 3, 1),
        row(AMENDED, thirteen, 13, 13, 8, 8, 0),
        row(ACCEPTED, eight, QUOTE | BUY, 8, 1, 1),
    ]
    assert books.ids(BUY) == [ten, plain, theirs, eight]
    assert books.ids(SELL) == [twelve, thirteen]


def test_no_entries_withdraw_in_any_state(books: Verbs) -> None:
    for state in (State.OPEN, State.HALTED, State.CLOSED):
        books.set_state(0, State.OPEN)
        books.quote([(BUY, 10, 5), (SELL, 12, 5)], owner=1)
        books.set_state(0, state)
        assert [one[0] for one in books.quote([], owner=1)] == [CANCELLED, CANCELLED]
        assert books.quote([], owner=1) == []


@pytest.mark.parametrize(
    ("entries", "instructions", "expected"),
    [
        ([(BUY, 10, 1)], Instruction.MARKET, (Reason.INVALID_TERMS, 0, 0)),
        ([(BUY, 10, 1)], Instruction.REPRICE, (Reason.INVALID_TERMS, 0, 0)),
        ([(BUY, n, 1) for n in range(MAX_QUOTES + 1)], 0, (Reason.INVALID_QTY, 0, 0)),
        ([(BUY, 10, 1), (2, 9, 4)], 0, (Reason.INVALID_TERMS, 9, 4)),
        ([(BUY, 10, 1), (SELL, 19, 0)], 0, (Reason.INVALID_QTY, 19, 0)),
        ([(BUY, 10, 1), (SELL, 4096, 4)], 0, (Reason.INVALID_PRICE, 4096, 4)),
        ([(BUY, 10, 1), (BUY, 10, 4)], 0, (Reason.INVALID_PRICE, 10, 4)),
        ([(BUY, 10, 1), (SELL, 10, 4)], 0, (Reason.INVALID_PRICE, 10, 4)),
        ([(SELL, 10, 1), (BUY, 11, 4)], 0, (Reason.INVALID_PRICE, 11, 4)),
        ([(SELL, 20, 1), (BUY, 10, 1), (BUY, 51, 4)], 0, (Reason.INVALID_PRICE, 51, 4)),
        ([(BUY, 10, 1), (SELL, 90, 4), (BUY, 51, 2)], 0, (Reason.PRICE_ABOVE_BAND, 51, 2)),
        ([(SELL, 4, 4), (BUY, 1, 2)], 0, (Reason.PRICE_BELOW_BAND, 4, 4)),
        ([(BUY, 10, 1)], Instruction.PROTECTED, (Reason.UNPROTECTED, 0, 0)),
    ],
)
def test_one_wrong_entry_refuses_all(
    books: Verbs,
    entries: list[tuple[int, int, int]],
    instructions: int,
    expected: tuple[int, int, int],
) -> None:
    books.set_band(0, 5, 50)
    books.quote([(BUY, 20, 5)], owner=1)
    reason, price_ticks, qty_lots = expected
    rows = books.quote(entries, owner=1, instructions=instructions)
    assert rows == [row(EventKind.REJECTED, 0, reason, price_ticks, qty_lots)]
    assert books.depth(0, BUY) == [(20, 5, 1)]


def test_an_entry_that_may_not_trade_is_refused_alone(books: Verbs) -> None:
    books.enter(SELL, 15, 1, owner=2)
    rows = books.quote([(BUY, 15, 1), (BUY, 14, 1)], owner=1, instructions=Instruction.POST_ONLY)
    assert rows[0] == row(EventKind.REJECTED, 0, Reason.POST_ONLY_WOULD_TRADE, 15, 1)
    assert books.depth(0, BUY) == [(14, 1, 1)]


def test_rows_beyond_the_table_are_refused(books: Verbs) -> None:
    for first, entries in ((0, 1), (2, 1), (1, 2), (1 << 40, 1), (-3, 1), (1, -1), *FAR):
        command = [CommandKind.MASS_QUOTE, 0, 0, 1, 0, 0, entries, first]
        table = [(0,) * 8 + (BUY, 10, 1)]
        assert books.apply([command], table) == [
            row(EventKind.REJECTED, 0, Reason.INVALID_QTY, 0, 0)
        ]
    assert books.quote([(BUY, 10, 1)], book=1)[0][3] == Reason.UNKNOWN_BOOK
