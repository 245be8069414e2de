"""Opening a book: the published auctions through the public verbs, and what follows a price."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from matching.layout import EventKind, Instruction, Link, Reason, Side, State, TriggerSource
from tests.matching.reference_desk import Ask, kinds, row
from tests.matching.verbs import BOTH, OWNERS, Verbs

BUY, SELL = Side
MARK = TriggerSource.MARK
MARKET, TO_LIMIT = Instruction.MARKET, Instruction.MARKET | Instruction.MARKET_TO_LIMIT
UNCROSSED, CANCELLED, STATE = EventKind.UNCROSSED, EventKind.CANCELLED, EventKind.STATE_CHANGED
BASE_TICKS = 150


@pytest.fixture
def auction(books: Verbs) -> Verbs:
    """Return a book that collects orders for an auction."""
    books.set_state(0, State.PRE_OPEN)
    return books


def collect(books: Verbs, case: dict[str, Any]) -> list[int]:
    """Enter the orders of a published example; return the prices of its levels without orders."""
    empty = []
    for side, name in ((BUY, "bid"), (SELL, "ask")):
        for lots, price in case[name]:
            if lots == "mkt":
                books.submit(0, side, 0, price, instructions=MARKET)
            elif lots == "empty_level":
                empty.append(price)
            else:
                books.submit(0, side, price, lots)
    return empty


@pytest.mark.parametrize("kind", BOTH, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("number", range(1, 10))
def test_published_examples(number: int, kind: Any, shared_data: Path) -> None:
    text = (shared_data / "order_flow" / "xetra_auction_examples.json").read_text("utf-8")
    case = {case["n"]: case for case in json.loads(text)["cases"]}[number]
    books = Verbs(kind(owners=OWNERS))
    books.add_book(base_ticks=BASE_TICKS)
    books.set_state(0, State.PRE_OPEN)
    empty = collect(books, case)
    if empty:
        # What lies within its empty levels is what the example may choose from.
        books.set_band(0, min(empty), max(empty))
    if "ref" in case:
        books.set_price(0, MARK, case["ref"])
    ticks = case["px"]
    if number == 8:
        # The one example whose price is given in words.
        assert ticks == "midpoint 200.5 rounded (201) or reference"
        ticks = 201
    if case["qty"]:
        assert books.indicative(0) == (ticks, case["qty"], case["imb"])
    rows = books.set_state(0, State.OPEN)
    trades = [one for one in rows if one[0] == UNCROSSED]
    assert sum(one[5] for one in trades) == case["qty"]
    assert {one[4] for one in trades} == ({ticks} if case["qty"] else set())
    assert row(STATE, 0, State.OPEN, ticks if case["qty"] else 0, 0) in rows
    assert books.book_prices(0)[0] == (ticks if case["qty"] else None)
    bid, ask = books.best_bid(0), books.best_ask(0)
    assert bid is None or ask is None or bid < ask


def test_orders_trade_by_priority_at_one_price(auction: Verbs) -> None:
    buys = [auction.submit(0, BUY, p, q, owner=1)[0][2] for p, q in ((101, 3), (103, 4))]
    sells = [auction.submit(0, SELL, p, q, owner=2)[0][2] for p, q in ((100, 2), (99, 3))]
    assert auction.set_state(0, State.OPEN) == [
        row(UNCROSSED, buys[1], sells[1], 101, 3, 1, 0),
        row(UNCROSSED, buys[1], sells[0], 101, 1, 0, 1),
        row(UNCROSSED, buys[0], sells[0], 101, 1, 2, 0),
        row(STATE, 0, State.OPEN, 101, 0),
    ]
    assert (auction.holding(1, 0), auction.holding(2, 0)) == (5, -5)
    assert auction.orders(0, BUY) == [(buys[0], 1, 101, 2, 1, 0)]


def test_icebergs_trade_whole_and_keep_their_place(auction: Verbs) -> None:
    iceberg = auction.ask(Ask(BUY, 100, 10, display_lots=2))[0][2]
    behind = auction.submit(0, BUY, 100, 5)[0][2]
    sell = auction.submit(0, SELL, 100, 7)[0][2]
    assert auction.set_state(0, State.OPEN)[0] == row(UNCROSSED, iceberg, sell, 100, 7, 3, 0)
    assert auction.orders(0, BUY) == [(iceberg, 0, 100, 2, 7, 1), (behind, 0, 100, 5, 0, 0)]


def test_market_orders_left_over_end_and_some_become_limit_orders(auction: Verbs) -> None:
    ends = auction.submit(0, BUY, 0, 2, instructions=MARKET)[0][2]
    stays = auction.submit(0, BUY, 0, 9, instructions=TO_LIMIT)[0][2]
    late = auction.submit(0, BUY, 0, 1, instructions=MARKET)[0][2]
    limit = auction.submit(0, BUY, 100, 1)[0][2]
    sell = auction.submit(0, SELL, 100, 4)[0][2]
    assert auction.set_state(0, State.OPEN) == [
        row(UNCROSSED, ends, sell, 100, 2, 0, 2),
        row(UNCROSSED, stays, sell, 100, 2, 7, 0),
        row(EventKind.AMENDED, stays, 4095, 100, 7, 7, 0),
        row(CANCELLED, late, Reason.UNFILLED_REMAINDER, 4095, 1),
        row(STATE, 0, State.OPEN, 100, 0),
    ]
    assert auction.ids(BUY) == [limit, stays]
    assert auction.order(stays).terms == BUY


def test_without_a_price_no_market_order_stays(auction: Verbs) -> None:
    ids = [auction.submit(0, BUY, 0, 1, instructions=how)[0][2] for how in (TO_LIMIT, MARKET)]
    rows = auction.set_state(0, State.OPEN)
    assert [(one[0], one[2]) for one in rows[:2]] == [(CANCELLED, order_id) for order_id in ids]
    assert rows[2:] == [row(STATE, 0, State.OPEN, 0, 0)]


def test_links_follow_each_trade_and_the_last_price_wakes(auction: Verbs) -> None:
    parent, child = auction.ask(Ask(BUY, 100, 1, link=Link.OTO), [Ask(SELL, 200, 1)])[:2]
    stop = auction.ask(Ask(BUY, 10, 1, source=TriggerSource.LAST, trigger_ticks=100))[0]
    sell = auction.submit(0, SELL, 100, 1)[0]
    assert auction.set_state(0, State.OPEN) == [
        row(UNCROSSED, parent[2], sell[2], 100, 1, 0, 0),
        row(STATE, 0, State.OPEN, 100, 0),
        row(EventKind.ACTIVATED, child[2], 0, 200, 1, 1),
        row(EventKind.ACTIVATED, stop[2], 100, 10, 1, 1),
    ]


def test_a_price_outside_the_range_prolongs_the_auction(books: Verbs) -> None:
    books.enter(SELL, 100, 1)
    books.submit(0, BUY, 100, 1)
    books.set_breaker(0, 50_000, 80, 10, 2)
    books.set_state(0, State.PRE_OPEN)
    for side in Side:
        books.submit(0, side, 120, 1)
    prolonged = row(STATE, 0, State.PRE_OPEN, 120, 0)
    assert books.set_state(0, State.OPEN) == [prolonged]
    assert kinds(books.advance(9)) == [EventKind.INDICATED]
    assert books.advance(10) == [prolonged]
    assert kinds(books.advance(20)) == [UNCROSSED, STATE]
    assert books.range_ticks(0) == (114, 126)


def test_an_auction_that_a_halt_broke_off_tells_its_price_again(books: Verbs) -> None:
    books.enter(SELL, 100, 1)
    books.submit(0, BUY, 100, 1)
    books.set_breaker(0, 50_000, 80, 10, 2)
    books.set_state(0, State.PRE_OPEN)
    for side in Side:
        books.submit(0, side, 120, 1)
    told = [row(EventKind.INDICATED, 0, 0, 120, 1, 0)]
    assert books.advance(1) == told
    books.set_state(0, State.HALTED)
    assert books.set_state(0, State.OPEN) == [row(STATE, 0, State.PRE_OPEN, 120, 0)]
    assert books.advance(2) == told
    assert books.advance(3) == []


def test_the_indicative_price_is_told_when_it_changes(auction: Verbs) -> None:
    auction.submit(0, BUY, 100, 5)
    assert auction.advance(1) == []
    auction.submit(0, SELL, 100, 7)
    assert auction.advance(2) == [row(EventKind.INDICATED, 0, 0, 100, 5, -2)]
    assert auction.advance(3) == []
    auction.cancel_all(0, 0)
    assert auction.advance(4) == [row(EventKind.INDICATED, 0, 0, 0, 0)]
