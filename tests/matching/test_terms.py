"""The form of an order: one case a rule, in the order in which the rules are looked at."""

from __future__ import annotations

import pytest

from matching.layout import (
    MAX_QTY_LOTS,
    CommandKind,
    EventKind,
    Instruction,
    Link,
    Prevention,
    Reason,
    Side,
    TimeInForce,
    TriggerSource,
)
from tests.matching.reference_desk import Ask, row
from tests.matching.verbs import OWNERS, Verbs

BUY, SELL = Side
IOC, FOK, DAY, GTD = TimeInForce.IOC, TimeInForce.FOK, TimeInForce.DAY, TimeInForce.GTD
POST_ONLY, MARKET = Instruction.POST_ONLY, Instruction.MARKET
TO_LIMIT, REPRICE = Instruction.MARKET_TO_LIMIT, Instruction.REPRICE
REDUCE_ONLY = Instruction.REDUCE_ONLY
LAST, MARK = TriggerSource.LAST, TriggerSource.MARK
STOP = Ask(BUY, 10, 5, source=MARK, trigger_ticks=9)
TRAIL = Ask(BUY, 10, 5, source=MARK, trailing=True, trail_ticks=5)

WRONG = [
    (Ask(BUY, 10, 5, tif=5), Reason.INVALID_TERMS),
    (Ask(BUY, 10, 5, prevention=5), Reason.INVALID_TERMS),
    (Ask(BUY, 10, 5, instructions=Instruction.QUOTE), Reason.INVALID_TERMS),
    (Ask(BUY, 10, 5, instructions=128), Reason.INVALID_TERMS),
    (Ask(BUY, 10, 5, tif=IOC, instructions=POST_ONLY), Reason.INVALID_TERMS),
    (Ask(BUY, 10, 5, tif=FOK, instructions=POST_ONLY), Reason.INVALID_TERMS),
    (Ask(BUY, 10, 5, instructions=POST_ONLY | MARKET), Reason.INVALID_TERMS),
    (Ask(BUY, 10, 5, instructions=REPRICE), Reason.INVALID_TERMS),
    (Ask(BUY, 10, 5, instructions=TO_LIMIT), Reason.INVALID_TERMS),
    (Ask(BUY, 10, 5, tif=IOC, instructions=MARKET | TO_LIMIT), Reason.INVALID_TERMS),
    (Ask(BUY, 10, 5, when=1), Reason.INVALID_TERMS),
    (Ask(BUY, 10, 5, trailing=True), Reason.INVALID_TERMS),
    (Ask(BUY, 10, 0), Reason.INVALID_QTY),
    (Ask(BUY, 10, MAX_QTY_LOTS + 1), Reason.INVALID_QTY),
    (Ask(BUY, -1, 5), Reason.INVALID_PRICE),
    (Ask(BUY, 4096, 5), Reason.INVALID_PRICE),
    (Ask(BUY, -1, 5, instructions=MARKET), Reason.INVALID_PRICE),
    (Ask(BUY, 4096, 5, instructions=MARKET), Reason.INVALID_PRICE),
    (Ask(BUY, 10, 5, display_lots=-1), Reason.INVALID_DISPLAY),
    (Ask(BUY, 10, 5, display_lots=6), Reason.INVALID_DISPLAY),
    (Ask(BUY, 10, 129, display_lots=2), Reason.INVALID_DISPLAY),
    (Ask(BUY, 10, 5, display_lots=1, tif=IOC), Reason.INVALID_DISPLAY),
    (Ask(BUY, 10, 5, display_lots=1, instructions=MARKET), Reason.INVALID_DISPLAY),
    (Ask(BUY, 10, 5, display_lots=1, instructions=REDUCE_ONLY), Reason.INVALID_DISPLAY),
    (Ask(BUY, 10, 5, minimum_lots=-1), Reason.INVALID_MINIMUM),
    (Ask(BUY, 10, 5, minimum_lots=6), Reason.INVALID_MINIMUM),
    (Ask(BUY, 10, 5, minimum_lots=5, instructions=POST_ONLY), Reason.INVALID_MINIMUM),
    (Ask(BUY, 10, 5, tif=GTD, expiry_ns=100), Reason.INVALID_EXPIRY),
    (Ask(BUY, 10, 5, tif=GTD, expiry_ns=(1 << 62) + 1), Reason.INVALID_EXPIRY),
    (Ask(BUY, 10, 5, expiry_ns=200), Reason.INVALID_EXPIRY),
    (Ask(BUY, 10, 5, tif=DAY), Reason.INVALID_EXPIRY),
    (Ask(BUY, 10, 5, trigger_ticks=9), Reason.INVALID_TRIGGER),
    (Ask(BUY, 10, 5, trail_ticks=9), Reason.INVALID_TRIGGER),
    (STOP._replace(trigger_ticks=-1), Reason.INVALID_TRIGGER),
    (STOP._replace(trigger_ticks=4096), Reason.INVALID_TRIGGER),
    (STOP._replace(trail_ticks=1), Reason.INVALID_TRIGGER),
    (TRAIL._replace(trigger_ticks=9), Reason.INVALID_TRIGGER),
    (TRAIL._replace(trail_ticks=0), Reason.INVALID_TRIGGER),
    (TRAIL._replace(trail_ticks=4096), Reason.INVALID_TRIGGER),
    (TRAIL._replace(source=LAST), Reason.INVALID_TRIGGER),
    (Ask(BUY, 10, 5, link=4), Reason.INVALID_LINK),
    (Ask(BUY, 10, 5, link=-1), Reason.INVALID_LINK),
    (Ask(BUY, 10, 5, complete=1), Reason.INVALID_LINK),
    (Ask(BUY, 10, 5, link=Link.OCO), Reason.INVALID_LINK),
]
RIGHT = [
    Ask(BUY, 4095, MAX_QTY_LOTS),
    Ask(BUY, 4095, 5, instructions=MARKET),
    Ask(BUY, 10, 128, display_lots=2),
    Ask(BUY, 10, 5, display_lots=5),
    Ask(BUY, 10, 5, tif=GTD, expiry_ns=101),
    Ask(BUY, 10, 5, tif=GTD, expiry_ns=1 << 62),
    Ask(BUY, 10, 5, prevention=Prevention.DECREMENT),
    Ask(BUY, 10, 5, instructions=POST_ONLY | REPRICE),
    STOP,
    STOP._replace(trigger_ticks=4095),
    TRAIL,
    TRAIL._replace(trail_ticks=4095),
]


@pytest.fixture
def later(books: Verbs) -> Verbs:
    """Return books at the time 100, with a mark at 8."""
    books.advance(100)
    books.set_day_end(0, 100)
    books.set_price(0, MARK, 8)
    return books


@pytest.mark.parametrize(("ask", "reason"), WRONG)
def test_each_rule_has_its_reason(later: Verbs, ask: Ask, reason: int) -> None:
    expected = [row(EventKind.REJECTED, 0, reason, ask.price_ticks, ask.qty_lots)]
    assert later.ask(ask) == expected
    # The same of a linked order, in the name of the first; one that is linked has no link of its own.
    first = Ask(SELL, 90, 1, link=Link.OTO)
    if reason != Reason.INVALID_LINK:
        assert later.ask(first, [ask]) == [row(EventKind.REJECTED, 0, reason, 90, 1)]
    assert later.ask(first, [Ask(BUY, 10, 5, link=Link.OTO)])[0][3] == Reason.INVALID_LINK
    assert later.live == 0


@pytest.mark.parametrize("ask", RIGHT)
def test_the_ends_of_what_is_allowed_are_allowed(later: Verbs, ask: Ask) -> None:
    assert later.ask(ask)[0][0] == EventKind.ACCEPTED


@pytest.mark.parametrize(
    ("link", "fewest", "most"), [(Link.OCO, 1, 8), (Link.OTO, 1, 8), (Link.OTOCO, 2, 8)]
)
def test_a_link_has_so_many_orders(books: Verbs, link: int, fewest: int, most: int) -> None:
    first = Ask(BUY, 10, 5, link=link)
    for number in (fewest - 1, most + 1):
        assert books.ask(first, [Ask(BUY, 9, 1)] * number)[0][3] == Reason.INVALID_LINK
    for number in (fewest, most):
        rows = books.ask(first, [Ask(BUY, 9, 1)] * number)
        assert [one[0] for one in rows[: 1 + number]] == [EventKind.ACCEPTED] * (1 + number)


def test_rows_must_be_in_the_table(books: Verbs) -> None:
    oto = Ask(BUY, 10, 5, link=Link.OTO).condition(linked=2, first=True)
    command = [CommandKind.SUBMIT, 0, 0, 0, 0, 10, 5, 1]
    assert books.apply([command], [oto, Ask(BUY, 9, 1).condition()])[0][3] == Reason.INVALID_LINK
    for beyond in (2, 1 << 40, -1, -(1 << 63), (1 << 63) - 1):
        refused = books.apply([[*command[:7], beyond]], [oto])
        assert refused[0][3] == Reason.INVALID_TERMS


def test_who_is_not_in_the_owner_table_comes_first(books: Verbs) -> None:
    wrong = Ask(BUY, -1, 0, tif=9, instructions=REDUCE_ONLY)
    assert books.ask(wrong, owner=OWNERS)[0][3] == Reason.UNKNOWN_OWNER
    assert books.ask(wrong, owner=0)[0][3] == Reason.INVALID_TERMS
    assert books.ask(wrong, owner=OWNERS, book=1)[0][3] == Reason.UNKNOWN_BOOK
