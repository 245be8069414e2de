"""The wire's JSON becomes whole numbers, or a clear error; checked on what the exchange writes."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients import dialect, wire
from clients import messages as m
from clients.errors import ProtocolError
from clients.view import MarketView
from marketdata.messages import Instrument, Trade, instrument_fields, trade_fields
from marketdata.publisher import Publisher, Subscriber
from tests.clients.market import NEAR, listed
from tests.clients.server import GPU1, NOW_MS, instrument
from tests.marketdata.linked import apply, linked_market


def codec() -> wire.Wire:
    return wire.Wire({NEAR: listed(NEAR, 1, 1)})


def raw(body: object) -> bytes:
    return json.dumps(body).encode()


@given(
    st.builds(
        Instrument,
        instrument_id=st.integers(0, 1_000),
        name=st.just("X"),
        family=st.just("GPU1"),
        underlying=st.just("H100"),
        index_name=st.just("h100"),
        perpetual=st.booleans(),
        tick_micros=st.sampled_from([1_000, 10_000, 5_000]),
        contract_hours=st.integers(1, 744),
        creation_ns=st.integers(0, 10**12).map(lambda ms: ms * 10**6),
        expiry_ns=st.integers(1, 10**12).map(lambda ms: ms * 10**6),
        maker_fee_micros=st.integers(-(10**9), 10**9),
        taker_fee_micros=st.integers(0, 10**9),
        initial_margin_ppm=st.integers(1, 10**6),
        maintenance_margin_ppm=st.integers(1, 10**6),
        max_order_lots=st.integers(1, 10**6),
    )
)
def test_an_instrument_survives_the_wire(written: Instrument) -> None:
    read = wire.listing(raw([instrument_fields(written, 1, 281)]))["X"]
    fields = {name: getattr(written, name) for name in written.__struct_fields__}
    fields["expiry_ns"] = 0 if written.perpetual else written.expiry_ns
    assert read == Instrument(**fields)


@given(st.integers(1, 10**6), st.integers(1, 10**9), st.sampled_from([0, 1]))
def test_a_public_trade_survives_the_wire(price_ticks: int, qty_lots: int, side: int) -> None:
    trade = Trade(5, 6, 1, 1_000_000, price_ticks, qty_lots, side, 281, 2_810_000)
    rows = raw([trade_fields(listed(NEAR, 1, 1), trade, 0)])
    (message,) = codec().notification(f"trades.{NEAR}.raw", rows)
    expected_side = m.Side.SELL if side else m.Side.BUY
    assert message == m.PublicTrade(NEAR, 1_000_000, "5", 6, expected_side, price_ticks, qty_lots)


def test_book_changes_keep_their_actions() -> None:
    body = {
        "type": "change",
        "timestamp": 5,
        "instrument_name": NEAR,
        "prev_change_id": 1,
        "change_id": 2,
        "bids": [["new", 2.8, 3], ["delete", 2.79, 0]],
        "asks": [["change", 2.9, 1]],
    }
    (update,) = codec().notification(f"book.{NEAR}.raw", raw(body))
    bids = [("new", 280, 3), ("delete", 279, 0)]
    assert update == m.BookUpdate(NEAR, 5_000_000, 2, 1, bids, [("change", 290, 1)])


def test_full_depth_is_a_snapshot() -> None:
    body = {
        "timestamp": 5,
        "instrument_name": NEAR,
        "change_id": 2,
        "bids": [[2.8, 3]],
        "asks": [],
    }
    (update,) = codec().notification(f"book.{NEAR}.none.10.100ms", raw(body))
    assert isinstance(update, m.BookUpdate)
    assert update.is_snapshot
    assert update.bids == [("new", 280, 3)]


def test_missing_prices_of_a_ticker_are_none() -> None:
    body = {
        "instrument_name": NEAR,
        "timestamp": 1,
        "best_bid_price": 0.0,
        "best_bid_amount": 0,
        "best_ask_price": 2.82,
        "best_ask_amount": 4,
        "mark_price": 2.81,
        "last_price": None,
        "open_interest": 12,
    }
    (ticker,) = codec().notification(f"ticker.{NEAR}.100ms", raw(body))
    assert isinstance(ticker, m.Ticker)
    assert (ticker.best_bid_ticks, ticker.best_ask_ticks, ticker.best_ask_lots) == (None, 282, 4)
    assert (ticker.mark_ticks, ticker.last_ticks, ticker.open_interest_lots) == (281, None, 12)


@pytest.mark.parametrize(
    ("channel", "body", "reason"),
    [
        (f"ticker.{NEAR}.raw", {"instrument_name": NEAR}, "timestamp"),
        (
            f"ticker.{NEAR}.raw",
            {"instrument_name": NEAR, "timestamp": 1, "mark_price": 2.815},
            "off the tick grid",
        ),
        ("ticker.Y.raw", {"instrument_name": "Y", "timestamp": 1, "mark_price": 1}, "not listed"),
        (
            f"book.{NEAR}.raw",
            {"type": "change", "instrument_name": NEAR, "timestamp": 1, "change_id": 1},
            "prev_change_id",
        ),
        ("weather.X", {}, "is not one of"),
    ],
)
def test_what_does_not_fit_is_a_protocol_error(channel: str, body: object, reason: str) -> None:
    with pytest.raises(ProtocolError, match=reason):
        codec().notification(channel, raw(body))


def test_positions_are_signed_and_fills_carry_money() -> None:
    changes = {
        "orders": [],
        "trades": [
            {
                "instrument_name": NEAR,
                "timestamp": 1,
                "trade_id": "7",
                "trade_seq": 7,
                "order_id": "O",
                "direction": "sell",
                "price": 2.8,
                "amount": 2,
                "fee": 11.0,
                "liquidity": "M",
            }
        ],
        "positions": [{"instrument_name": NEAR, "size": -2, "average_price": 2.8}],
    }
    fill, position = codec().notification("user.changes.any.any.raw", raw(changes))
    assert isinstance(fill, m.UserTrade)
    assert (fill.side.sign, fill.fee_micros, fill.is_maker) == (-1, 11_000_000, True)
    assert isinstance(position, m.Position)
    assert (position.qty_lots, position.average_price_micros) == (-2, 2_800_000)


def test_the_test_servers_instruments_decode() -> None:
    read = wire.listing(raw([instrument(GPU1, 1, 730, 0.01)]))[GPU1]
    assert read.creation_ns == NOW_MS * 1_000_000


def test_legs_and_strikes_decode_and_a_spread_may_trade_at_or_below_zero() -> None:
    row = instrument(GPU1, 1, 730, 0.005)
    row["legs"] = [
        {"instrument_name": "A", "amount": 1},
        {"instrument_name": "B", "amount": -1},
    ]
    spread = wire.listing(raw([row]))[GPU1]
    assert [(leg.instrument, leg.ratio) for leg in spread.legs] == [("A", 1), ("B", -1)]
    decoder = wire.Wire({GPU1: spread})
    assert decoder.ticks(GPU1, -0.015) == -3
    plain = {
        "order_id": "O",
        "instrument_name": GPU1,
        "direction": "buy",
        "order_state": "open",
        "amount": 1,
        "filled_amount": 0,
        "creation_timestamp": 1,
        "last_update_timestamp": 1,
    }
    for price, ticks in ((0.0, 0), (-0.01, -2), ("market_price", None)):
        read = decoder.order(wire.parse(raw({**plain, "price": price}), dialect.WireOrder))
        assert read.price_ticks == ticks
    digital = {**instrument(GPU1, 1, 1, 0.01), "payoff": "binary", "strike": 2.6}
    read_digital = wire.listing(raw([digital]))[GPU1]
    assert (read_digital.binary, read_digital.strike_micros) == (True, 2_600_000)


def test_a_combos_leg_may_trade_between_two_ticks_and_nothing_else() -> None:
    row = {
        "instrument_name": NEAR,
        "timestamp": 1,
        "trade_id": "7",
        "trade_seq": 7,
        "order_id": "GPU1-FS-9",
        "direction": "buy",
        "price": 2.865,
        "amount": 2,
        "fee": 0.0,
        "liquidity": "M",
        "combo_id": "GPU1-FS-31DEC26_30NOV26",
    }
    (fill,) = codec().notification("user.trades.any.any.raw", raw([row]))
    assert isinstance(fill, m.UserTrade)
    assert fill.price_micros == 2_865_000
    assert fill.price_ticks in (286, 287)
    assert fill.combo == "GPU1-FS-31DEC26_30NOV26"
    (public,) = codec().notification(f"trades.{NEAR}.raw", raw([row]))
    assert isinstance(public, m.PublicTrade)
    assert public.combo == fill.combo
    with pytest.raises(ProtocolError, match="tick grid"):
        codec().notification("user.trades.any.any.raw", raw([{**row, "combo_id": ""}]))


def test_what_clearing_did_is_told_with_all_that_came() -> None:
    call = {"type": "margin_call", "timestamp": NOW_MS, "deadline": NOW_MS + 60_000, "missing": 1.5}
    (notice,) = codec().notification("user.clearing.any", raw(call))
    details = {"deadline": NOW_MS + 60_000, "missing": 1.5}
    assert notice == m.ClearingNotice("margin_call", NOW_MS * 10**6, details)


@pytest.mark.parametrize("body", [{}, {"type": "relief"}, {"type": "relief", "timestamp": "soon"}])
def test_a_notice_of_clearing_without_type_or_time_is_refused(body: dict[str, object]) -> None:
    with pytest.raises(ProtocolError, match=r"user\.clearing"):
        codec().notification("user.clearing.any", raw(body))


def test_what_a_market_tells_of_linked_books_is_read_back() -> None:
    """A market's own messages and answers, through the decoder into a view."""
    market = linked_market()
    listing = [instrument_fields(i, 1, 0) for i in market.instruments()]
    view = MarketView(wire.listing(raw(listing)))
    assert view.instruments["GPU1-FS-A"].implied
    assert not view.instruments["GPU1-29JAN27"].implied
    decoder = wire.Wire(view.instruments)
    subscriber = Subscriber(Publisher(market))
    names = [f"book.GPU1-29JAN27.{sizes}" for sizes in ("100ms", "implied.100ms", "combined.100ms")]
    subscriber.subscribe([*names, "book.GPU1-FS-A.combined.1.100ms"])
    # The spread's bid 0.04 x 3 and the far month's bid 2.64 x 2 are 2.68 x 2 for the near one.
    apply(market, 2, ([(0, 0, 2, 4), (3, 0, 1, 3), (1, 0, 1, 2)], None, True))
    for frame in subscriber.take():
        params = json.loads(frame)["params"]
        for message in decoder.notification(params["channel"], raw(params["data"])):
            view.apply(message)
    near = "GPU1-29JAN27"
    assert view.book(near).bids() == [(268, 4)]
    assert view.book(near, "implied").bids() == [(268, 2)]
    assert view.book(near, "combined").bids() == [(268, 6)]
    assert view.book("GPU1-FS-A", "combined").bids() == [(4, 3)]
    answer = decoder.linked_depth(raw(market.order_book(0, 10)), 10)
    assert (answer.bids, answer.implied_bids) == ([(268, 4)], [(268, 2)])
    assert (answer.combined_bids, answer.combined_asks) == ([(268, 6)], [])


@pytest.mark.parametrize(
    ("channel", "sizes"),
    [
        ("book.X.raw", "outright"),
        ("book.X.none.10.100ms", "outright"),
        ("book.X.implied.100ms", "implied"),
        ("book.X.combined.1.100ms", "combined"),
        ("ticker.implied.raw", "outright"),
    ],
)
def test_a_channel_says_what_its_book_tells(channel: str, sizes: str) -> None:
    assert wire.sizes_of(channel) == sizes
