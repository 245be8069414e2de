"""The auction's price against published examples and by brute force, its trades by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.layout import (
    EventKind,
    Instruction,
    Link,
    Reason,
    Side,
    State,
    TriggerSource,
    pack_terms,
)

from .reference_desk import Ask, Desk, order_id, row

BUY, SELL = Side.BUY, Side.SELL
A, B, C, D, E, F = (order_id(number + 1, number) for number in range(6))
MARKET = Instruction.MARKET
TO_LIMIT = Instruction.MARKET | Instruction.MARKET_TO_LIMIT
TOP = 4095


def auction_desk() -> Desk:
    desk = Desk()
    desk.books.set_state(0, State.PRE_OPEN)
    return desk


@pytest.fixture(scope="module")
def published(shared_data: Path) -> list[dict[str, Any]]:
    path = shared_data / "order_flow" / "xetra_auction_examples.json"
    cases: list[dict[str, Any]] = json.loads(path.read_text())["cases"]
    assert len(cases) == 9
    return cases


def enter_published(desk: Desk, case: dict[str, Any]) -> None:
    """Enter a case: its market orders bring the limits of an empty level as a band."""
    for side, name in ((SELL, "ask"), (BUY, "bid")):
        for size, price in case[name]:
            if size == "mkt":
                desk.books.submit(0, side, 0, price, instructions=MARKET)
            elif size == "empty_level":
                desk.books.set_band(0, 199, 202)
            else:
                desk.books.submit(0, side, price, size)
    if "ref" in case:
        desk.books.set_price(0, TriggerSource.MARK, case["ref"])


def test_the_nine_published_examples(published: list[dict[str, Any]]) -> None:
    for case in published:
        desk = auction_desk()
        enter_published(desk, case)
        price = 201 if case["n"] == 8 else case["px"]
        expected = (price, case["qty"], case["imb"])
        assert desk.books.indicative(0) == expected, f"example {case['n']}"
        events = desk.books.set_state(0, State.OPEN)
        crossed = [event for event in events if event[0] == EventKind.UNCROSSED]
        assert {event[4] for event in crossed} == ({price} if price else set())
        assert sum(event[5] for event in crossed) == case["qty"]
        bid, ask = desk.books.best_bid(0), desk.books.best_ask(0)
        assert bid is None or ask is None or bid < ask


def test_the_eighth_example_with_a_reference(published: list[dict[str, Any]]) -> None:
    desk = auction_desk()
    enter_published(desk, published[7])
    for reference, price in [(200, 200), (150, 199), (300, 202)]:
        desk.books.set_price(0, TriggerSource.MARK, reference)
        assert desk.books.indicative(0) == (price, 100, 0)


def test_the_last_price_goes_before_the_mark_as_reference() -> None:
    desk = Desk()
    desk.books.submit(0, SELL, 12, 1)
    desk.books.submit(0, BUY, 12, 1)
    desk.books.set_price(0, TriggerSource.MARK, 18)
    desk.books.set_state(0, State.PRE_OPEN)
    desk.books.submit(0, BUY, 20, 5)
    desk.books.submit(0, SELL, 10, 5)
    assert desk.books.indicative(0) == (12, 5, 0)


def test_market_orders_alone_need_a_reference_or_a_band() -> None:
    desk = auction_desk()
    desk.books.submit(0, BUY, 0, 5, instructions=MARKET)
    desk.books.submit(0, SELL, 0, 3, instructions=MARKET)
    assert desk.books.indicative(0) == (None, 0, 0)
    desk.books.set_price(0, TriggerSource.MARK, 77)
    assert desk.books.indicative(0) == (77, 3, 2)


lots = st.integers(1, 5)
small_books = st.lists(st.tuples(st.sampled_from(Side), st.integers(40, 48), lots), max_size=8)


@given(small_books, st.integers(40, 48) | st.none(), st.integers(40, 44), st.integers(44, 48))
def test_the_price_is_the_best_of_all_ticks(
    orders: list[tuple[int, int, int]], reference: int | None, low: int, high: int
) -> None:
    """Every tick is tried by itself, each rule after the other, on plain lists."""
    desk = auction_desk()
    desk.books.set_band(0, low, high)
    standing = [
        (side, price, size)
        for side, price, size in orders
        if (price <= high if side == BUY else price >= low)
    ]
    for side, price, size in standing:
        desk.books.submit(0, side, price, size)
    if reference is not None:
        desk.books.set_price(0, TriggerSource.MARK, reference)
    tried = []
    for tick in range(4096):
        bought = sum(size for side, price, size in standing if side == BUY and price >= tick)
        sold = sum(size for side, price, size in standing if side == SELL and price <= tick)
        prices = [price for _, price, _ in standing] or [low, high]
        if max(low, min(prices)) <= tick <= min(high, max(prices)) and min(bought, sold):
            tried.append((-min(bought, sold), abs(bought - sold), bought - sold, tick))
    if not tried:
        assert desk.books.indicative(0) == (None, 0, 0)
        return
    best = [one for one in tried if one[:2] == min(tried)[:2]]
    ticks = [tick for *_, tick in best]
    pressures = {(surplus > 0) - (surplus < 0) for _, _, surplus, _ in best}
    if pressures == {1}:
        expected = max(ticks)
    elif pressures == {-1}:
        expected = min(ticks)
    elif reference is not None:
        expected = min(ticks, key=lambda tick: abs(tick - reference))
    else:
        expected = -(-(min(ticks) + max(ticks)) // 2)
    surplus = next(one[2] for one in best if one[3] == expected)
    assert desk.books.indicative(0) == (expected, -best[0][0], surplus)


def test_trades_go_by_priority_and_icebergs_keep_their_place() -> None:
    desk = auction_desk()
    desk.enter(Ask(BUY, 10, 9, display_lots=4), owner=1)
    desk.books.submit(0, BUY, 10, 5, owner=2)
    desk.books.submit(0, BUY, 11, 1, owner=3)
    desk.books.submit(0, SELL, 9, 3, owner=4)
    desk.books.submit(0, SELL, 10, 4, owner=4)
    assert desk.books.indicative(0) == (10, 7, 8)
    assert desk.books.set_state(0, State.OPEN) == [
        row(EventKind.UNCROSSED, C, D, 10, 1, 0, 2),
        row(EventKind.UNCROSSED, A, D, 10, 2, 7, 0),
        row(EventKind.UNCROSSED, A, E, 10, 4, 3, 0),
        row(EventKind.STATE_CHANGED, 0, State.OPEN, 10, 0, 0, 0),
    ]
    assert desk.books.orders(0, BUY) == [(A, 1, 10, 3, 6, 0), (B, 2, 10, 5, 0, 0)]
    assert [desk.books.holding(owner, 0) for owner in (1, 2, 3, 4)] == [6, 0, 1, -7]
    assert desk.books.book_prices(0) == (10, None, None)


def test_an_iceberg_shows_a_whole_part_again_after_the_auction() -> None:
    desk = auction_desk()
    desk.enter(Ask(BUY, 10, 9, display_lots=4))
    desk.books.submit(0, SELL, 10, 2)
    desk.books.set_state(0, State.OPEN)
    assert desk.books.orders(0, BUY) == [(A, 0, 10, 4, 2, 3)]


def test_market_orders_left_over_go_or_become_limit_orders() -> None:
    desk = auction_desk()
    desk.books.submit(0, BUY, 0, 4, instructions=TO_LIMIT)
    desk.books.submit(0, BUY, 0, 2, instructions=MARKET)
    desk.books.submit(0, BUY, 10, 1)
    desk.books.submit(0, SELL, 10, 3)
    assert desk.books.orders(0, BUY)[0][:3] == (A, 0, TOP)
    assert desk.books.set_state(0, State.OPEN) == [
        row(EventKind.UNCROSSED, A, D, 10, 3, 1, 0),
        row(EventKind.AMENDED, A, TOP, 10, 1, 1, 0),
        row(EventKind.CANCELLED, B, Reason.UNFILLED_REMAINDER, TOP, 2),
        row(EventKind.STATE_CHANGED, 0, State.OPEN, 10, 0, 0, 0),
    ]
    assert desk.ids(BUY) == [C, A]
    order = desk.books.order(A)
    assert order is not None
    assert order.terms == pack_terms(BUY)


def test_without_a_price_market_orders_go_all_the_same() -> None:
    desk = auction_desk()
    desk.books.submit(0, SELL, 0, 4, instructions=TO_LIMIT)
    desk.books.submit(0, SELL, 0, 2, instructions=MARKET)
    desk.books.submit(0, SELL, 30, 2)
    assert desk.books.set_state(0, State.OPEN) == [
        row(EventKind.CANCELLED, A, Reason.UNFILLED_REMAINDER, 0, 4),
        row(EventKind.CANCELLED, B, Reason.UNFILLED_REMAINDER, 0, 2),
        row(EventKind.STATE_CHANGED, 0, State.OPEN, 0, 0, 0, 0),
    ]


def test_links_follow_each_trade_the_buyers_first() -> None:
    desk = auction_desk()
    desk.enter(Ask(SELL, 10, 2, link=Link.OTO), [Ask(BUY, 1, 1)])
    desk.enter(Ask(BUY, 10, 2, link=Link.OTO), [Ask(BUY, 2, 1)])
    assert desk.books.set_state(0, State.OPEN) == [
        row(EventKind.UNCROSSED, C, A, 10, 2, 0, 0),
        row(EventKind.STATE_CHANGED, 0, State.OPEN, 10, 0, 0, 0),
        row(EventKind.ACTIVATED, D, 0, 2, 1, 1),
        row(EventKind.ACTIVATED, B, 0, 1, 1, 1),
    ]
    assert desk.books.submit(0, BUY, 1, 1)[0][2] == order_id(5, 0)
    assert desk.books.submit(0, BUY, 1, 1)[0][2] == order_id(6, 2)


def test_auctions_do_not_prevent_self_trades() -> None:
    desk = auction_desk()
    desk.books.submit(0, BUY, 10, 1, owner=1, prevention=3)
    desk.books.submit(0, SELL, 10, 1, owner=1, prevention=3)
    assert desk.books.set_state(0, State.OPEN)[0] == row(EventKind.UNCROSSED, A, B, 10, 1, 0, 0)
