"""The figures of one instrument."""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from marketdata.board import Board, BoardRecord
from tests.marketdata.examples import GPU1, PERPETUAL, T0_NS, trade


def busy_board() -> Board:
    board = Board(GPU1, 100)
    board.set_state(1, T0_NS)
    for side, price, lots in ((0, 249, 3), (0, 248, 5), (1, 252, 2), (1, 255, 9)):
        board.set_level(side, price, lots)
    board.set_mark(250)
    board.set_index(2_510_000)
    board.set_open_interest(11)
    board.set_band(225, 275)
    for n, (price, lots) in enumerate([(250, 1), (253, 2), (251, 4)]):
        board.record_trade(trade(n, price, lots, ts_ns=T0_NS))
    board.close_batch(4, T0_NS)
    return board


def test_ticker_has_the_figures_that_ccxt_reads() -> None:
    ticker = busy_board().ticker()
    stats = ticker.pop("stats")
    assert ticker == {
        "timestamp": T0_NS // 10**6,
        "instrument_name": "GPU1-31JAN27",
        "state": "open",
        "open_interest": 11,
        "min_price": 2.25,
        "max_price": 2.75,
        "mark_price": 2.5,
        "last_price": 2.51,
        "index_price": 2.51,
        "estimated_delivery_price": 2.51,
        "best_bid_price": 2.49,
        "best_bid_amount": 3,
        "best_ask_price": 2.52,
        "best_ask_amount": 2,
    }
    notional = (2.50 * 1 + 2.53 * 2 + 2.51 * 4) * 730
    assert stats["volume"] == 7
    assert abs(stats["volume_notional"] - notional) < 1e-6
    assert (stats["low"], stats["high"], stats["price_change"]) == (2.5, 2.53, 0.4)


def test_statistics_age_by_the_time_of_asking() -> None:
    board = busy_board()
    assert board.ticker(T0_NS + 25 * 3600 * 10**9)["stats"]["volume"] == 0
    assert board.ticker()["stats"]["volume"] == 7


def test_order_book_is_best_first_and_cut() -> None:
    book = busy_board().order_book(1, T0_NS)
    assert (book["bids"], book["asks"], book["change_id"]) == ([[2.49, 3]], [[2.52, 2]], 4)
    whole = busy_board().order_book(10, T0_NS)
    assert whole["bids"] == [[2.49, 3], [2.48, 5]]
    assert whole["asks"] == [[2.52, 2], [2.55, 9]]


def test_an_empty_board_has_nulls() -> None:
    board = Board(PERPETUAL, 10)
    ticker = board.ticker()
    assert ticker["best_bid_price"] is None
    assert ticker["best_ask_amount"] == 0
    assert ticker["mark_price"] is ticker["index_price"] is ticker["last_price"] is None
    assert ticker["current_funding"] == 0
    assert board.summary(T0_NS)["mid_price"] is None


def test_summary_has_the_middle() -> None:
    assert busy_board().summary(T0_NS)["mid_price"] == 2.505


def test_funding_is_the_payment_over_the_index() -> None:
    board = Board(PERPETUAL, 10)
    board.set_index(2_500_000)
    board.set_funding(-5_000)
    assert board.funding_rate() == -0.002


def test_quote_is_flagged_only_when_the_best_changes() -> None:
    board = busy_board()
    board.set_level(0, 240, 1)
    assert not board.close_batch(5, T0_NS + 1).quote
    board.set_level(0, 249, 1)
    change = board.close_batch(6, T0_NS + 2)
    assert change.quote
    assert change.ticker


def test_record_and_depth_restore_the_board() -> None:
    board = busy_board()
    packed = msgspec.msgpack.encode(board.dump())
    restored = Board(GPU1, 100)
    restored.load(msgspec.msgpack.decode(packed, type=BoardRecord))
    restored.load_depth(board.depth.levels(0), board.depth.levels(1))
    assert restored.order_book(10, T0_NS) == board.order_book(10, T0_NS)
    assert restored.dump() == board.dump()
    assert not restored.close_batch(9, T0_NS).quote


def test_a_leg_that_traded_by_implication_counts_and_one_at_a_convention_does_not() -> None:
    board = busy_board()
    before = board.ticker()
    leg = replace(trade(9, 290, 50, ts_ns=T0_NS), combo_name="S", combo_trade_id=8)
    board.record_trade(leg)
    assert board.ticker() == before
    board.record_trade(replace(leg, trade_seq=10, implied=True))
    after = board.ticker()
    assert after["last_price"] == 2.9
    assert after["stats"]["volume"] == before["stats"]["volume"] + 50
