"""What the market says to an order that wants to enter now."""

from __future__ import annotations

import pytest

from matching.layout import EventKind, Instruction, Reason, Side, State, TimeInForce
from tests.matching.reference_desk import Ask, row
from tests.matching.verbs import Verbs

BUY, SELL = Side
POST_ONLY = Instruction.POST_ONLY
REPRICE = Instruction.POST_ONLY | Instruction.REPRICE
TO_LIMIT = Instruction.MARKET | Instruction.MARKET_TO_LIMIT


@pytest.mark.parametrize(
    ("ask", "welcome"),
    [
        (Ask(BUY, 10, 1), True),
        (Ask(BUY, 0, 1, instructions=Instruction.MARKET), True),
        (Ask(BUY, 10, 2, display_lots=1), True),
        (Ask(BUY, 10, 1, tif=TimeInForce.IOC), False),
        (Ask(BUY, 10, 1, tif=TimeInForce.FOK), False),
        (Ask(BUY, 10, 1, instructions=POST_ONLY), False),
        (Ask(BUY, 10, 1, minimum_lots=1), False),
        (Ask(BUY, 10, 1, tif=TimeInForce.IOC, source=2, trigger_ticks=9), True),
    ],
)
def test_an_auction_takes_what_can_wait_for_it(books: Verbs, ask: Ask, welcome: bool) -> None:
    books.set_state(0, State.PRE_OPEN)
    (answer,) = books.ask(ask)
    assert answer[0] == (EventKind.ACCEPTED if welcome else EventKind.REJECTED)
    assert welcome or answer[3] == Reason.NOT_OPEN
    for state in (State.HALTED, State.CLOSED, State.EXPIRED):
        books.set_state(0, state)
        assert books.ask(ask)[0][3] == Reason.NOT_OPEN


def test_a_band_refuses_buys_above_and_sells_below(books: Verbs) -> None:
    books.set_band(0, 90, 110)
    assert books.submit(0, BUY, 111, 1) == [
        row(EventKind.REJECTED, 0, Reason.PRICE_ABOVE_BAND, 111, 1)
    ]
    assert books.submit(0, SELL, 89, 1) == [
        row(EventKind.REJECTED, 0, Reason.PRICE_BELOW_BAND, 89, 1)
    ]
    books.enter(BUY, 10, 1)
    books.enter(SELL, 200, 1)
    rows = books.submit(0, BUY, 0, 1, instructions=Instruction.MARKET)
    assert [one[0] for one in rows] == [EventKind.ACCEPTED, EventKind.CANCELLED]


@pytest.mark.parametrize(("side", "stands"), [(BUY, 99), (SELL, 101)])
def test_reprice_stands_one_tick_behind_the_other_side(
    books: Verbs, side: int, stands: int
) -> None:
    books.enter(1 - side, 100, 1)
    through = 105 if side == BUY else 95
    (answer,) = books.submit(0, side, through, 2, instructions=REPRICE)
    assert (answer[0], answer[4]) == (EventKind.ACCEPTED, stands)
    assert books.depth(0, side) == [(stands, 2, 1)]


def test_reprice_is_refused_at_the_end_of_the_domain(books: Verbs) -> None:
    books.enter(SELL, 0, 1)
    assert books.submit(0, BUY, 5, 1, instructions=REPRICE) == [
        row(EventKind.REJECTED, 0, Reason.POST_ONLY_WOULD_TRADE, 5, 1)
    ]


def test_market_to_limit_rests_at_the_best_price_of_the_other_side(books: Verbs) -> None:
    assert books.submit(0, BUY, 0, 5, instructions=TO_LIMIT)[0][3] == Reason.NO_OPPOSITE
    best, _ = books.enter(SELL, 100, 2), books.enter(SELL, 101, 9)
    rows = books.submit(0, BUY, 0, 5, instructions=TO_LIMIT)
    order_id = rows[0][2]
    assert rows[0][4] == 100
    assert rows[1:] == [row(EventKind.EXECUTED, order_id, best, 100, 2, 3, 0)]
    assert books.depth(0, BUY) == [(100, 3, 1)]
    assert books.order(order_id).terms == BUY


def test_protected_needs_a_protection_that_is_not_frozen(books: Verbs) -> None:
    protected = {"instructions": Instruction.PROTECTED, "owner": 2}
    assert books.submit(0, BUY, 9, 1, **protected)[0][3] == Reason.UNPROTECTED
    books.set_protection(2, 0, 10, 5, 1, 0)
    assert books.submit(0, BUY, 9, 1, **protected)[0][0] == EventKind.ACCEPTED
    books.submit(0, SELL, 9, 1)
    assert books.submit(0, BUY, 9, 1, **protected)[0][3] == Reason.FROZEN
    books.advance(5)
    assert books.submit(0, BUY, 9, 1, **protected)[0][0] == EventKind.ACCEPTED
