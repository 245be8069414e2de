"""What the exchange's own encoders write, the client's structs read without loss."""

from __future__ import annotations

import json
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from clients import dialect, wire
from clients import messages as m
from clients.view import MarketView
from exchange.gateway.methods.order_fields import fill_fields, order_fields
from exchange.views.orders import Order as StoredOrder
from exchange.views.trades import Fill
from marketdata.market import Market
from marketdata.messages import Instrument, Trade
from marketdata.publisher import Publisher, Subscriber
from tests.clients.market import NEAR, listed

TS_NS = 1_790_000_000_000_000_000
CHANNELS = [
    f"book.{NEAR}.raw",
    f"trades.{NEAR}.raw",
    f"ticker.{NEAR}.raw",
    f"quote.{NEAR}",
    "deribit_price_index.h100",
]


class Feed:
    """A published market, and the client's view of what it publishes."""

    def __init__(self) -> None:
        self.instrument: Instrument = listed(NEAR, 0, 1)
        self.market = Market()
        self.market.list_instrument(self.instrument)
        self.market.set_state(0, 1, TS_NS)
        self.market.commit(1, TS_NS)
        self.subscriber = Subscriber(Publisher(self.market))
        self.subscriber.subscribe(CHANNELS)
        self.view = MarketView({NEAR: self.instrument})
        self.seq = 1

    def commit(self) -> list[m.Message]:
        """End a batch, and take in what it published."""
        self.seq += 1
        self.market.commit(self.seq, TS_NS + self.seq * 1_000_000)
        taken: list[m.Message] = []
        codec = wire.Wire(self.view.instruments)
        for frame in self.subscriber.take():
            params = json.loads(frame)["params"]
            raw = json.dumps(params["data"]).encode()
            taken += codec.notification(params["channel"], raw)
        for message in taken:
            self.view.apply(message)
        return taken


@settings(max_examples=50)
@given(
    st.lists(
        st.tuples(st.integers(0, 1), st.integers(270, 290), st.integers(0, 4)),
        min_size=1,
        max_size=40,
    )
)
def test_the_clients_book_follows_the_published_one(levels: list[tuple[int, int, int]]) -> None:
    feed, naive = Feed(), ({}, {})  # type: tuple[Feed, tuple[dict[int, int], dict[int, int]]]
    feed.commit()
    for side, price_ticks, qty_lots in levels:
        feed.market.set_level(0, side, price_ticks, qty_lots)
        naive[side][price_ticks] = qty_lots
        feed.commit()
        book = feed.view.book(NEAR)
        bids = sorted(((p, q) for p, q in naive[0].items() if q), reverse=True)
        asks = sorted((p, q) for p, q in naive[1].items() if q)
        assert book.bids() == bids
        assert book.asks() == asks
        quote = feed.view.quotes[NEAR]
        assert (quote.best_bid_ticks, quote.best_bid_lots) == (bids[0] if bids else (None, 0))
        assert (quote.best_ask_ticks, quote.best_ask_lots) == (asks[0] if asks else (None, 0))


def test_trades_tickers_and_indices_arrive() -> None:
    feed = Feed()
    feed.market.print_index("h100", 2_812_345, TS_NS)
    feed.market.set_mark(0, 281)
    feed.market.set_open_interest(0, 42)
    feed.market.record_trade(Trade(9, 3, 0, TS_NS, 280, 7, 1, 281, 2_812_345))
    messages = feed.commit()
    trade = next(each for each in messages if isinstance(each, m.PublicTrade))
    assert trade == m.PublicTrade(NEAR, TS_NS, "9", 3, m.Side.SELL, 280, 7)
    ticker = feed.view.tickers[NEAR]
    assert (ticker.mark_ticks, ticker.last_ticks, ticker.open_interest_lots) == (281, 280, 42)
    assert (ticker.best_bid_ticks, ticker.state) == (None, "open")
    assert feed.view.index_micros(NEAR) == 2_812_345


def test_orders_and_fills_of_the_account_arrive() -> None:
    instrument = listed(NEAR, 0, 1)
    stored = StoredOrder(
        order_id=77,
        account=0,
        instrument=0,
        side=1,
        tif=0,
        instructions=1,
        price_ticks=281,
        qty_lots=10,
        leaves_lots=6,
        label="r.1",
        seq=5,
        created_ns=TS_NS,
        updated_ns=TS_NS + 1_000_000,
        filled_lots=4,
        filled_ticklots=4 * 282,
    )
    codec = wire.Wire({NEAR: instrument})
    order = codec.order(decoded(order_fields(stored, instrument), dialect.WireOrder))
    assert (order.label, order.side, order.state) == ("r.1", m.Side.SELL, m.OrderState.OPEN)
    assert (order.price_ticks, order.qty_lots, order.leaves_lots) == (281, 10, 6)
    assert (order.average_price_micros, order.post_only) == (2_820_000, True)
    assert (order.created_ns, order.updated_ns) == (TS_NS, TS_NS + 1_000_000)

    fields = dict.fromkeys(Fill.__struct_fields__, 0)
    fields |= {"trade_id": 12, "trade_seq": 3, "order_id": 77, "side": 1, "ts_ns": TS_NS}
    fields |= {"price_ticks": 282, "qty_lots": 4, "fee_micros": 5_500_000}
    known: dict[str, Any] = {**fields, "maker": True, "own_counterparty": False, "label": "r.1"}
    fill = codec.user_trade(decoded(fill_fields(Fill(**known), instrument), dialect.WireUserTrade))
    assert (fill.trade_id, fill.order_id, fill.label) == ("12", order.order_id, "r.1")
    assert (fill.price_ticks, fill.qty_lots, fill.fee_micros) == (282, 4, 5_500_000)
    assert fill.is_maker


def decoded(fields: object, kind: type[Any]) -> Any:
    """Return fields as they are after a journey as JSON."""
    return wire.parse(msgspec.json.encode(fields), kind)
