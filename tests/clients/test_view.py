"""The view a trader reads: orders in every order of their news, the others' best prices."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from clients import messages as m
from clients.view import MarketView
from tests.clients.market import NEAR, Market, listed
from tests.marketdata.linked import LINKED


def order(**fields: object) -> m.Order:
    base = m.Order(
        order_id="O-1",
        label="r.1",
        instrument=NEAR,
        side=m.Side.BUY,
        state=m.OrderState.OPEN,
        price_ticks=280,
        qty_lots=5,
        filled_lots=0,
        average_price_micros=0,
        created_ns=1,
        updated_ns=1,
    )
    return msgspec.structs.replace(base, **fields)


LIFE = [
    order(),
    order(updated_ns=2, filled_lots=2),
    order(updated_ns=2, filled_lots=3),
    order(updated_ns=3, filled_lots=5, state=m.OrderState.FILLED),
]


@given(st.permutations(range(len(LIFE))), st.lists(st.integers(0, 3)))
def test_a_closed_order_never_opens_again(sequence: list[int], again: list[int]) -> None:
    view = MarketView({NEAR: listed(NEAR, 1, 1)}, "r.")
    for index in [*sequence, *again]:
        view.apply(LIFE[index])
    assert not view.orders


@given(st.permutations(range(3)))
def test_the_latest_news_of_an_order_wins(sequence: list[int]) -> None:
    view = MarketView({NEAR: listed(NEAR, 1, 1)}, "r.")
    for index in sequence:
        view.apply(LIFE[index])
    assert view.orders["r.1"] == LIFE[2]
    assert view.orders["r.1"].leaves_lots == 2


def test_the_same_news_twice_is_no_news() -> None:
    view = MarketView({})
    assert view.apply(order())
    assert not view.apply(order())


def test_pending_orders_show_and_give_way() -> None:
    view = MarketView({}, "r.")
    view.apply(order(order_id="", state=m.OrderState.PENDING, updated_ns=0))
    assert view.own_orders(NEAR)
    view.apply(m.Rejection("submit", "r.1", NEAR, 10009, "no"))
    assert not view.orders
    view.apply(order(order_id="", state=m.OrderState.PENDING, updated_ns=0))
    view.apply(order())
    assert view.orders["r.1"].state == m.OrderState.OPEN
    view.apply(m.Rejection("amend", "r.1", NEAR, 10009, "no"))
    assert view.orders["r.1"].state == m.OrderState.OPEN


def test_orders_of_other_runs_are_not_own() -> None:
    view = MarketView({}, "r.")
    view.apply(order(label="other.1"))
    view.apply(order(label="", order_id="O-2"))
    assert len(view.orders) == 2
    assert view.own_orders(NEAR) == []


def test_outside_best_leaves_the_own_orders_out() -> None:
    market = Market()
    market.view.apply(order(price_ticks=285, qty_lots=4, label="r.1"))
    market.quote(NEAR, 280, 290, lots=7)
    assert market.view.book(NEAR).best_bid_ticks == 285
    assert market.view.outside_best(NEAR) == (280, 290)
    market.quote(NEAR, 285, 290, lots=7)
    assert market.view.outside_best(NEAR) == (285, 290)


def test_outside_best_of_an_empty_side_is_none() -> None:
    market = Market()
    market.view.apply(order(price_ticks=285, qty_lots=4, label="r.1"))
    market.view.apply(m.BookUpdate(NEAR, 1, 9, None, [("new", 285, 4)], []))
    assert market.view.outside_best(NEAR) == (None, None)


def test_index_comes_from_its_print_else_from_the_ticker() -> None:
    view = MarketView({NEAR: listed(NEAR, 1, 1)})
    assert view.index_micros(NEAR) is None
    ticker = m.Ticker(
        instrument=NEAR,
        ts_ns=1,
        state="open",
        mark_ticks=281,
        last_ticks=None,
        best_bid_ticks=None,
        best_bid_lots=0,
        best_ask_ticks=None,
        best_ask_lots=0,
        open_interest_lots=0,
        index_micros=2_810_000,
    )
    view.apply(ticker)
    assert (view.index_micros(NEAR), view.mark_ticks(NEAR)) == (2_810_000, 281)
    view.apply(m.IndexPrice("h100", 2, 2_820_000))
    assert view.index_micros(NEAR) == 2_820_000


def test_books_of_other_sizes_are_kept_apart() -> None:
    view = Market().view
    for sizes, lots in (("outright", 1), ("implied", 2), ("combined", 3)):
        view.apply(m.BookUpdate(NEAR, 1, 1, None, [("new", 280, lots)], [], sizes))  # type: ignore[arg-type]
    kept = [view.book(NEAR), view.book(NEAR, "implied"), view.book(NEAR, "combined")]
    assert [book.bids() for book in kept] == [[(280, 1)], [(280, 2)], [(280, 3)]]
    sharing = MarketView({}, market=view)
    assert sharing.book(NEAR, "implied") is kept[1]


def test_a_book_is_linked_by_a_combo_that_implies() -> None:
    instruments = {one.name: one for one in LINKED}
    view = MarketView(instruments)
    assert all(view.is_linked(name) for name in instruments)
    plain = msgspec.structs.replace(instruments["GPU1-FS-A"], implied=False)
    alone = MarketView(
        {name: instruments[name] for name in (LINKED[0].name,)} | {plain.name: plain}
    )
    assert not any(alone.is_linked(name) for name in alone.instruments)
