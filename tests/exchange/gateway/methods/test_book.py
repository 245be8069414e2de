"""Book, ticker and summaries of the market that the orders made."""

from __future__ import annotations

import pytest

from tests.exchange.gateway.methods.desk import (
    ALICE,
    BOB,
    CAROL,
    FAR,
    NEAR,
    PERPETUAL,
    Desk,
    refusal,
)
from tests.exchange.gateway.methods.spreads import SPREAD, list_spread


@pytest.fixture
def quoted(desk: Desk) -> Desk:
    """Bids 2.78 x 5, 2.79 x 3 (of 4) and asks 2.81 x 2, 2.82 x 7; one trade of one lot at 2.79."""
    desk.buy(ALICE, 5, 2.78)
    desk.buy(ALICE, 4, 2.79)
    desk.sell(BOB, 2, 2.81)
    desk.sell(BOB, 7, 2.82)
    desk.sell(CAROL, 1, 2.79)
    return desk


def test_order_book(quoted: Desk) -> None:
    book = quoted.call(ALICE, "public/get_order_book", instrument_name=NEAR)
    assert book["bids"] == [[2.79, 3], [2.78, 5]]
    assert book["asks"] == [[2.81, 2], [2.82, 7]]
    assert (book["best_bid_price"], book["best_ask_amount"]) == (2.79, 2)
    top = quoted.call(ALICE, "public/get_order_book", instrument_name=NEAR, depth=1)
    assert (top["bids"], top["asks"]) == ([[2.79, 3]], [[2.81, 2]])
    assert (book["implied_bids"], book["implied_asks"]) == ([], [])
    both = quoted.call(ALICE, "public/get_order_book", instrument_name=NEAR, combined=True)
    assert both == book
    assert refusal(quoted, ALICE, "public/get_order_book", instrument_name="X")[0] == 13020


def test_a_linked_spread_tells_what_its_months_imply_apart_and_together(desk: Desk) -> None:
    list_spread(desk, tick_micros=10_000, implied=True, band_ticks=100)
    desk.sell(BOB, 7, 2.81)
    desk.buy(ALICE, 4, 2.79, instrument_name=FAR)
    desk.sell(CAROL, 2, 0.02, instrument_name=SPREAD)
    book = desk.call(ALICE, "public/get_order_book", instrument_name=SPREAD)
    assert (book["asks"], book["implied_asks"]) == ([[0.02, 2]], [[0.02, 4]])
    assert book["best_ask_amount"] == 2
    both = desk.call(ALICE, "public/get_order_book", instrument_name=SPREAD, combined=True)
    assert (both["asks"], both["implied_asks"]) == ([[0.02, 6]], [[0.02, 4]])
    # Who buys the spread and the far month at their offers has bought the near one.
    desk.sell(ALICE, 1, 2.8, instrument_name=FAR)
    near = desk.call(ALICE, "public/get_order_book", instrument_name=NEAR, combined=True)
    assert (near["implied_asks"], near["asks"]) == ([[2.82, 1]], [[2.81, 7], [2.82, 1]])
    assert desk.call(ALICE, "public/get_combo_details", combo_id=SPREAD)["implied"] is True


def test_all_that_a_combined_book_shows_can_be_had_whole_at_once_and_no_more(desk: Desk) -> None:
    list_spread(desk, tick_micros=10_000, implied=True, band_ticks=100)
    desk.sell(BOB, 7, 2.81)
    desk.buy(BOB, 4, 2.79, instrument_name=FAR)
    desk.sell(CAROL, 2, 0.02, instrument_name=SPREAD)
    shown = {"instrument_name": SPREAD, "combined": True}
    assert desk.call(ALICE, "public/get_order_book", **shown)["asks"] == [[0.02, 6]]
    whole = {"instrument_name": SPREAD, "price": 0.02, "time_in_force": "fill_or_kill"}
    code = refusal(desk, ALICE, "private/buy", amount=7, **whole)[0]
    assert code == 11030
    bought = desk.call(ALICE, "private/buy", amount=6, **whole)
    assert bought["order"]["order_state"] == "filled"
    assert desk.call(ALICE, "public/get_order_book", **shown)["asks"] == []


def test_ticker(quoted: Desk) -> None:
    ticker = quoted.call(ALICE, "public/ticker", instrument_name=NEAR)
    assert (ticker["last_price"], ticker["mark_price"], ticker["open_interest"]) == (2.79, 2.8, 1)
    assert (ticker["min_price"], ticker["max_price"]) == (2.52, 3.08)
    assert ticker["stats"]["volume"] == 1
    assert ticker["state"] == "open"


def test_summaries(quoted: Desk) -> None:
    (one,) = quoted.call(ALICE, "public/get_book_summary_by_instrument", instrument_name=NEAR)
    assert (one["bid_price"], one["ask_price"], one["mid_price"]) == (2.79, 2.81, 2.8)
    method = "public/get_book_summary_by_currency"
    rows = quoted.call(ALICE, method, currency="GPU1")
    assert [row["instrument_name"] for row in rows] == [NEAR, FAR]
    assert rows[0] == one
    everything = quoted.call(ALICE, method, currency="any", kind="future")
    assert [row["instrument_name"] for row in everything] == [NEAR, FAR, PERPETUAL]
    assert quoted.call(ALICE, method, currency="GPU1", kind="option") == []
    assert refusal(quoted, ALICE, method, currency="EUR")[:2] == (-32602, "currency")
