"""Allocations that CME Group publishes, and what holds of any."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.allocation import share
from matching.book import OrderBooks
from matching.layout import MAX_QTY_LOTS, EventKind, Prevention, Side
from matching.rule import Algorithm, MatchingRule
from tests.matching.verbs import rows_of

PRO_RATA_2 = MatchingRule(Algorithm.PRO_RATA, 2)
WITH_TOP = MatchingRule(Algorithm.PRO_RATA, 2, top_lots=100)
"""Globex' algorithm A: the top order, then by size, then by time."""


def traded(rule: MatchingRule, resting: list[int], incoming_lots: int) -> list[int]:
    """Return what bids at one price, in the order of time, get of a sell order."""
    books = OrderBooks()
    books.add_book(rule=rule)
    # The first of them betters an empty side, and so is the top order.
    ids = [
        int(books.submit(0, Side.BUY, 100, lots, owner=n)[0, 2]) for n, lots in enumerate(resting)
    ]
    rows = rows_of(books.submit(0, Side.SELL, 100, incoming_lots, owner=99))
    got = dict.fromkeys(ids, 0)
    for row in rows:
        if row[0] == EventKind.EXECUTED:
            got[row[3]] += row[5]
    assert sum(got.values()) == min(incoming_lots, sum(resting))
    return list(got.values())


def test_the_pro_rata_example_of_cme() -> None:
    # cmegroup.com/confluence, page 101286569, "Pro Rata Example": 0, 0, 7, 0, 3 and 37 lots of 50; the
    # step by time gives the three that are left to the earliest order.
    resting = [5, 9, 57, 4, 28, 300]
    assert traded(PRO_RATA_2, resting, 50) == [0 + 3, 0, 7, 0, 3, 37]


def test_the_examples_of_cme_with_a_top_order() -> None:
    # cmegroupclientsite.atlassian.net, page 46437563, "Complex Match Example", source 1: after 291 lots
    # orders 2 to 4 work 156, 237 and 316 lots, the top order of 100 is filled.
    resting = [100, 200, 300, 400]
    got = traded(WITH_TOP, resting, 291)
    left = [lots - filled for lots, filled in zip(resting, got, strict=True)]
    assert left == [0, 156, 237, 316]
    # The same page: the top order takes 10 of 21 lots, then 4, 2 and 3, and two are left for order 2.
    assert traded(WITH_TOP, [10, 40, 20, 30], 21) == [10, 4 + 2, 2, 3]


def test_a_top_order_gets_no_more_than_its_share_and_its_cap() -> None:
    half = MatchingRule(Algorithm.FIFO_TOP, top_ppm=500_000, top_lots=8)
    assert traded(half, [10, 3, 20], 10) == [5, 3, 2]
    assert traded(half, [10, 3, 20], 30) == [8, 3, 19]
    # What it has beyond that stands behind the others, and is reached when they are filled.
    assert traded(half, [10, 3, 4], 16) == [9, 3, 4]


def test_only_an_order_that_betters_the_market_is_the_top_until_it_loses_its_place() -> None:
    books = OrderBooks()
    books.add_book(rule=MatchingRule(Algorithm.FIFO_TOP, top_lots=5))
    first = int(books.submit(0, Side.BUY, 100, 10)[0, 2])
    second = int(books.submit(0, Side.BUY, 100, 10)[0, 2])
    assert books.top_order(0, Side.BUY) == first
    books.amend(first, 100, 9)
    assert books.top_order(0, Side.BUY) == first
    books.amend(first, 100, 12)
    assert books.top_order(0, Side.BUY) == 0
    better = int(books.submit(0, Side.BUY, 101, 1)[0, 2])
    assert books.top_order(0, Side.BUY) == better
    books.cancel(better)
    assert books.top_order(0, Side.BUY) == 0
    rows = rows_of(books.submit(0, Side.SELL, 100, 11))
    assert [(row[3], row[5]) for row in rows[1:]] == [(second, 10), (first, 1)]


def test_prevention_looks_at_a_level_before_anything_of_it_trades() -> None:
    books = OrderBooks(owners=3)
    books.add_book(rule=PRO_RATA_2)
    books.submit(0, Side.BUY, 100, 10, owner=1)
    own = int(books.submit(0, Side.BUY, 100, 10, owner=2)[0, 2])
    rows = rows_of(
        books.submit(0, Side.SELL, 100, 8, owner=2, prevention=Prevention.CANCEL_RESTING)
    )
    assert [(row[0], row[2]) for row in rows[1:2]] == [(EventKind.CANCELLED, own)]
    assert [row[5] for row in rows if row[0] == EventKind.EXECUTED] == [8]


@given(st.data())
def test_shares_are_exact_where_the_product_is_wider_than_a_word(data: st.DataObject) -> None:
    whole = data.draw(st.integers(1, (1 << 61) - 1))
    part = data.draw(st.integers(0, whole))
    lots = data.draw(st.integers(0, (1 << 62) - 1))
    if lots * part // whole < 1 << 62:
        assert share(lots, part, whole) == lots * part // whole


@pytest.mark.parametrize("lots", [MAX_QTY_LOTS, MAX_QTY_LOTS - 1])
def test_the_largest_orders_are_shared_without_overflow(lots: int) -> None:
    assert traded(MatchingRule(Algorithm.PRO_RATA), [lots, lots], lots) == [
        lots // 2 + lots % 2,
        lots // 2,
    ]
