"""What an execution does to an order that rested, step by step, and the same in an auction."""

from __future__ import annotations

from matching.layout import EventKind, Instruction, Link, Reason, Side, State
from tests.matching.reference_desk import Ask, row
from tests.matching.verbs import Verbs

BUY, SELL = Side
EXECUTED, REFILLED, CANCELLED = EventKind.EXECUTED, EventKind.REFILLED, EventKind.CANCELLED


def pair(books: Verbs) -> tuple[int, int]:
    """Enter a protected iceberg of owner 1 that ends a plain bid when it trades; return their ids."""
    books.set_protection(1, 0, 1_000, 50, 5, 0)
    iceberg = Ask(
        SELL, 20, 7, display_lots=3, instructions=Instruction.PROTECTED, link=Link.OCO, complete=0
    )
    rows = books.ask(iceberg, [Ask(BUY, 10, 4)], owner=1)
    first, second = (one[2] for one in rows if one[0] == EventKind.ACCEPTED)
    return first, second


def test_the_next_part_is_shown_before_the_others_of_the_ring_go(books: Verbs) -> None:
    iceberg, bid = pair(books)
    rows = books.submit(0, BUY, 20, 3, owner=2)
    assert rows[1:] == [
        row(EXECUTED, rows[0][2], iceberg, 20, 3, 0, 4),
        row(REFILLED, iceberg, 0, 20, 3, 4),
        row(CANCELLED, bid, Reason.LINKED_ORDER, 10, 4),
    ]
    assert books.protection(1, 0) == (3, -3, 0)
    assert books.order(iceberg).leaves_lots == 4


def test_a_filled_order_gives_its_slot_back_and_nothing_of_it_is_left_to_protect(
    books: Verbs,
) -> None:
    iceberg, bid = pair(books)
    rows = books.submit(0, BUY, 20, 9, owner=2)
    kinds = [one[0] for one in rows[1:]]
    shown = [EXECUTED, REFILLED, CANCELLED, EXECUTED, REFILLED, EXECUTED]
    assert kinds == [*shown, EventKind.PROTECTION_TRIPPED]
    assert books.order(iceberg) is None
    assert books.order(bid) is None
    assert books.live == 1


def test_an_auction_follows_up_without_showing_part_by_part(books: Verbs) -> None:
    books.set_state(0, State.PRE_OPEN)
    books.set_protection(1, 0, 1_000, 50, 5, 0)
    protected = Ask(SELL, 20, 7, display_lots=3, instructions=Instruction.PROTECTED)
    iceberg = books.ask(protected, owner=1)[0][2]
    buyer = books.submit(0, BUY, 20, 6, owner=2)[0][2]
    rows = books.set_state(0, State.OPEN)
    assert [one for one in rows if one[0] != EventKind.STATE_CHANGED] == [
        row(EventKind.UNCROSSED, buyer, iceberg, 20, 6, 0, 1),
        row(EventKind.PROTECTION_TRIPPED, 0, 1, 0, 0, 0, 0),
        row(CANCELLED, iceberg, Reason.PROTECTION, 20, 1),
    ]
    assert books.live == 0
