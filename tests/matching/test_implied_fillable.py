"""FOK and minimum sizes in linked books: what real and implied orders hold together, if it is sure."""

from __future__ import annotations

import random
from collections import Counter
from copy import deepcopy

import pytest

from matching.layout import EventKind, Instruction, Prevention, Reason, TimeInForce
from tests.matching.linked_books import (
    BUY,
    COMBO,
    FAR,
    LEG,
    NEAR,
    REAL,
    SELL,
    SPREAD,
    enter,
    linked,
    trades,
)
from tests.matching.reference_desk import Ask
from tests.matching.test_cycles import LINKS, books_of
from tests.matching.verbs import BOTH, Verbs

FOK = {"tif": TimeInForce.FOK, "owner": 3}


def filled(books: Verbs, price_ticks: int, lots: int, **terms: int) -> bool:
    """Say whether a FOK bid for the spread traded; if it did, all of it did."""
    events = books.submit(SPREAD, BUY, price_ticks, lots, **{**FOK, **terms})
    if events[0][0] == EventKind.REJECTED:
        assert [row[3] for row in events] == [Reason.FOK_NOT_FILLABLE]
        return False
    sizes = [size for kind, _, size in trades(events) if kind in (COMBO, REAL)]
    assert sum(sizes) == lots
    return True


@pytest.mark.parametrize("kind", BOTH)
def test_all_that_trades_at_once_counts_best_first(kind: type) -> None:
    """3 lots at 5 by way of 105 - 100, a real 2 at 6, 1 more at 6 by way of 105 - 99, 4 at 7 by 106 - 99."""
    books = linked(kind)
    for price, lots in ((105, 4), (106, 9)):
        enter(books, NEAR, SELL, price, lots, owner=1)
    for price, lots in ((100, 3), (99, 5)):
        enter(books, FAR, BUY, price, lots, owner=2)
    enter(books, SPREAD, SELL, 6, 2, owner=4)
    assert not filled(books, 7, 11)
    assert not filled(books, 6, 7)
    assert books.books.best_ask(NEAR) == 105
    assert filled(books, 7, 10)
    assert books.level(NEAR, SELL, 106) == (5, 1)
    assert books.books.best_bid(FAR) is None


@pytest.mark.parametrize("kind", BOTH)
def test_a_minimum_counts_implied_lots_and_the_rest_of_the_order_rests(kind: type) -> None:
    books = linked(kind)
    enter(books, NEAR, SELL, 105, 3, owner=1)
    enter(books, FAR, BUY, 100, 5, owner=2)
    few = Ask(BUY, 5, 9, minimum_lots=4)
    [row] = books.ask(few, owner=3, book=SPREAD)
    assert row[3] == Reason.MINIMUM_NOT_FILLABLE
    events = books.ask(Ask(BUY, 5, 9, minimum_lots=3), owner=3, book=SPREAD)
    assert trades(events) == [(COMBO, 5, 3), (LEG, 105, 3), (LEG, 100, 3)]
    assert books.level(SPREAD, BUY, 5) == (6, 1)


@pytest.mark.parametrize("kind", BOTH)
def test_cycles_do_not_count_an_order_that_they_share_twice(kind: type) -> None:
    """Two spreads sell book 0 by way of the one offer of book 1, which holds 5 lots."""
    books = linked(kind, ((2, ((0, 1), (1, -1))), (3, ((0, 1), (1, -1)))), books=4)
    enter(books, 2, SELL, 8, 4, owner=1)
    enter(books, 3, SELL, 8, 4, owner=2)
    enter(books, 1, SELL, 100, 5, owner=4)
    [row] = books.submit(0, BUY, 108, 6, **FOK)
    assert row[3] == Reason.FOK_NOT_FILLABLE
    events = books.submit(0, BUY, 108, 5, **FOK)
    assert [size for kind, _, size in trades(events) if kind == COMBO] == [4, 1]


@pytest.mark.parametrize("kind", BOTH)
@pytest.mark.parametrize("what", ["iceberg", "reduce-only", "self-trade", "range"])
def test_behind_what_is_not_sure_only_real_orders_count(kind: type, what: str) -> None:
    """The first order of FAR is not sure to be there, or may not trade, so that no cycle counts."""
    books = linked(kind)
    enter(books, NEAR, SELL, 105, 9, owner=1)
    terms: dict[str, int] = {}
    if what == "iceberg":
        books.ask(Ask(BUY, 100, 5, display_lots=2), owner=2, book=FAR)
    elif what == "reduce-only":
        books.set_holding(2, FAR, -5)
        books.submit(FAR, BUY, 100, 5, owner=2, instructions=Instruction.REDUCE_ONLY)
    elif what == "self-trade":
        enter(books, FAR, BUY, 100, 5, owner=3)
        terms = {"prevention": Prevention.CANCEL_RESTING}
    else:
        enter(books, FAR, BUY, 100, 5, owner=2)
    enter(books, FAR, BUY, 100, 9, owner=4)
    if what == "range":
        books.set_breaker(FAR, -2, 80, 5, 0)
        books.set_reference(FAR, 97)
    assert not filled(books, 9, 5, **terms)
    enter(books, SPREAD, SELL, 8, 5, owner=1)
    assert not filled(books, 9, 6, **terms)
    assert filled(books, 9, 5, **terms)


@pytest.mark.parametrize("kind", BOTH)
@pytest.mark.parametrize("prevention", [Prevention.CANCEL_AGGRESSOR, Prevention.CANCEL_BOTH])
def test_real_orders_do_not_count_behind_a_cycle_that_would_cancel_the_order(
    kind: type, prevention: Prevention
) -> None:
    books = linked(kind)
    enter(books, NEAR, SELL, 105, 9, owner=1)
    enter(books, FAR, BUY, 100, 5, owner=3)
    enter(books, SPREAD, SELL, 4, 2, owner=1)
    enter(books, SPREAD, SELL, 8, 5, owner=1)
    assert not filled(books, 9, 3, prevention=prevention)
    assert filled(books, 9, 2, prevention=prevention)


@pytest.mark.parametrize("kind", BOTH)
def test_no_more_than_64_trades_of_cycles_are_counted(kind: type) -> None:
    books = linked(kind)
    enter(books, NEAR, SELL, 105, 99, owner=1)
    for _ in range(66):
        enter(books, FAR, BUY, 100, 1, owner=2)
    assert not filled(books, 5, 65)
    assert filled(books, 5, 64)


@pytest.mark.parametrize("name", LINKS)
@pytest.mark.parametrize("asks", [False, True])
def test_an_order_is_refused_if_and_only_if_a_copy_of_the_books_would_not_fill_it(
    name: str, asks: bool
) -> None:
    """Against the same order as IOC in a copy. Where orders ask for prevention it may be refused to be sure."""
    outcomes: Counter[tuple[bool, bool]] = Counter()
    for seed in range(2):
        draw = random.Random(seed)
        fast, slow = (linked(kind, LINKS[name], books_of(name)) for kind in BOTH)
        for number in range(150):
            asked = (
                draw.randrange(books_of(name)),
                draw.randrange(2),
                draw.randint(-4, 4),
                draw.randint(1, 6),
            )
            terms = {"owner": number % 8, "prevention": 0}
            if asks:
                terms["prevention"] = draw.choice([0, *Prevention])
            if number % 3:
                assert fast.submit(*asked, **terms) == slow.submit(*asked, **terms)
                continue
            copied = Verbs(deepcopy(slow.books))
            at_once = copied.submit(*asked, tif=TimeInForce.IOC, **terms)
            order_id = at_once[0][2]
            left = any(row[0] == EventKind.CANCELLED and row[2] == order_id for row in at_once)
            told = fast.submit(*asked, tif=TimeInForce.FOK, **terms)
            assert told == slow.submit(*asked, tif=TimeInForce.FOK, **terms)
            accepted = told[0][0] == EventKind.ACCEPTED
            outcomes[accepted, any(row[0] == COMBO for row in told)] += 1
            if accepted or not asks:
                assert accepted == (not left), f"seed {seed}, step {number}"
            if accepted:
                assert trades(told) == trades(at_once)
    assert outcomes[True, True] > 0
    assert outcomes[False, False] > 0
