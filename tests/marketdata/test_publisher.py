"""What subscribers take, rebuilt by a client, is the book; equal inputs give equal bytes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketdata.channels import UnknownChannel
from marketdata.depth import DepthReplica
from marketdata.framing import text_frame
from marketdata.market import Market
from marketdata.publisher import Publisher, Subscriber, TooManyChannels
from tests.marketdata.examples import (
    BOTH,
    GPU1,
    MS_NS,
    T0_NS,
    History,
    Step,
    bodies,
    cut,
    listed_market,
    steps,
    trade,
)

BOOK = "book.GPU1-31JAN27.raw"
WINDOWED = "book.GPU1-31JAN27.100ms"
TRADES = "trades.GPU1-31JAN27.raw"
TICKER = "ticker.GPU1-31JAN27.raw"
EVERY = [
    BOOK,
    WINDOWED,
    TRADES,
    TICKER,
    "book.GPU1-31JAN27.none.10.100ms",
    "book.H100-PERPETUAL.raw",
    "book.H100-PERPETUAL.100ms",
    "trades.future.any.100ms",
    "trades.future.H100.raw",
    "quote.GPU1-31JAN27",
    "quote.H100-PERPETUAL",
    "ticker.H100-PERPETUAL.100ms",
    "perpetual.H100-PERPETUAL.raw",
    "chart.trades.GPU1-31JAN27.1",
    "chart.trades.H100-PERPETUAL.1D",
    "index.h100_usd",
    "instrument.state.any.any",
]


def served(ring_frames: int = 1024) -> tuple[Market, Publisher]:
    market = listed_market()
    cut(market)
    return market, Publisher(market, ring_frames=ring_frames)


def set_bid(market: Market, seq: int, lots: int, at_ms: int = 200) -> None:
    market.set_level(7, 0, 250, lots)
    market.commit(seq, T0_NS + at_ms * MS_NS)


def book_of(market: Market, side: int) -> list[tuple[float, int]]:
    return [(GPU1.price(p), lots) for p, lots in market.board(7).depth.levels(side)]


class Client:
    """A subscriber with the book that its messages make."""

    def __init__(self, publisher: Publisher, names: list[str], book: str) -> None:
        self.subscriber = Subscriber(publisher)
        self.subscriber.subscribe(names)
        self.book = book
        self.replica = DepthReplica()
        self.trade_seqs: list[int] = []

    def take(self, max_frames: int | None) -> None:
        frames = self.subscriber.take(max_frames)
        for data in bodies(frames, self.book):
            self.replica.apply(data)
        for prints in bodies(frames, TRADES):
            self.trade_seqs += [one["trade_seq"] for one in prints]

    def drain(self) -> None:
        for _ in range(10_000):
            if not self.subscriber.pending:
                return
            self.take(2)
        raise AssertionError("a subscriber never drains")


@given(
    st.lists(
        st.tuples(steps, st.sets(st.integers(0, 4)), st.sampled_from([None, 1, 2, 5])),
        min_size=1,
        max_size=30,
    ),
    st.sampled_from([1, 2, 3, 50]),
)
def test_a_replica_equals_the_depth_however_slowly_it_takes(
    script: list[tuple[Step, set[int], int | None]], ring_frames: int
) -> None:
    market, publisher = served(ring_frames)
    history = History(market.seq)
    history.ts_ns += 100 * MS_NS
    wanted = [
        ([BOOK], BOOK),
        ([BOOK, TRADES, TICKER], BOOK),
        ([TRADES, BOOK, TICKER], BOOK),
        ([WINDOWED], WINDOWED),
        (EVERY, WINDOWED),
    ]
    clients: dict[int, Client] = {}
    for step, takers, max_frames in script:
        history.batch([market], step)
        for n in sorted(takers):
            if n not in clients:
                clients[n] = Client(publisher, *wanted[n])
            client = clients[n]
            client.take(max_frames)
            if max_frames is None and client.book == BOOK:
                assert client.replica.levels(0) == book_of(market, 0)
                assert client.replica.levels(1) == book_of(market, 1)
            assert not (max_frames is None and client.subscriber.pending)
    cut(market)
    for client in clients.values():
        client.drain()
        assert client.replica.levels(0) == book_of(market, 0)
        assert client.replica.levels(1) == book_of(market, 1)
        assert client.trade_seqs == sorted(set(client.trade_seqs))


@given(st.lists(steps, max_size=10), st.lists(steps, min_size=1, max_size=10), st.randoms())
def test_a_follower_restored_midway_emits_the_same_bytes(
    before: list[Step], after: list[Step], random: Any
) -> None:
    market, publisher = served()
    history = History(market.seq)
    history.ts_ns += 100 * MS_NS
    subscriber = Subscriber(publisher)
    subscriber.subscribe(EVERY)
    for step in before:
        history.batch([market], step)
    follower = Market(tape_capacity=1000)
    second = Publisher(follower)
    other = Subscriber(second)
    follower.restore(market.snapshot())
    for instrument in BOTH:
        depth = market.board(instrument.instrument_id).depth
        follower.load_depth(instrument.instrument_id, depth.levels(0), depth.levels(1))
    shuffled = list(EVERY)
    random.shuffle(shuffled)
    other.subscribe(shuffled)
    subscriber.take()
    other.take()
    for step in after:
        history.batch([market, follower], step)
        if random.random() < 0.5:
            assert subscriber.take() == other.take()
    for one in (market, follower):
        cut(one)
    taken = subscriber.take()
    assert taken == other.take()
    assert second.counts.conflated == 0


def test_messages_before_and_after_are_the_documented_ones() -> None:
    market, publisher = served()
    set_bid(market, 5, 3)
    subscriber = Subscriber(publisher)
    assert subscriber.subscribe([BOOK, BOOK]) == [BOOK]
    set_bid(market, 9, 4, 201)
    set_bid(market, 12, 0, 202)
    first, *rest = bodies(subscriber.take())
    ms = T0_NS // MS_NS
    assert first == {
        "type": "snapshot",
        "timestamp": ms + 202,
        "instrument_name": "GPU1-31JAN27",
        "change_id": 12,
        "bids": [],
        "asks": [],
    }
    assert rest == []
    set_bid(market, 13, 7, 203)
    set_bid(market, 14, 6, 204)
    assert bodies(subscriber.take()) == [
        {
            "type": "change",
            "timestamp": ms + 203,
            "prev_change_id": 12,
            "instrument_name": "GPU1-31JAN27",
            "change_id": 13,
            "bids": [["new", 2.5, 7]],
            "asks": [],
        },
        {
            "type": "change",
            "timestamp": ms + 204,
            "prev_change_id": 13,
            "instrument_name": "GPU1-31JAN27",
            "change_id": 14,
            "bids": [["change", 2.5, 6]],
            "asks": [],
        },
    ]


def test_wrong_names_change_nothing() -> None:
    _, publisher = served()
    subscriber = Subscriber(publisher, limit=2)
    subscriber.subscribe([BOOK])
    subscriber.take()
    with pytest.raises(UnknownChannel):
        subscriber.subscribe([TRADES, "nothing"])
    with pytest.raises(TooManyChannels):
        subscriber.subscribe([TRADES, TICKER])
    assert subscriber.channels == [BOOK]
    assert not subscriber.pending
    assert subscriber.subscribe([BOOK, TRADES]) == [BOOK, TRADES]


def test_unsubscribing_ends_messages_and_names_what_was_there() -> None:
    market, publisher = served()
    subscriber = Subscriber(publisher)
    subscriber.subscribe([BOOK, TICKER])
    subscriber.take()
    assert subscriber.unsubscribe([TICKER, TRADES, TICKER]) == [TICKER]
    set_bid(market, 5, 3)
    assert len(subscriber.take()) == 1
    subscriber.unsubscribe_all()
    before = publisher.counts.messages
    set_bid(market, 6, 4)
    assert publisher.counts.messages == before
    assert subscriber.take() == []
    assert not subscriber.pending


def test_a_message_is_encoded_once_and_joined_bytes_are_shared() -> None:
    market, publisher = served()
    subscribers = [Subscriber(publisher) for _ in range(50)]
    for subscriber in subscribers:
        subscriber.subscribe([BOOK, TRADES])
        subscriber.take_wire()
    before = publisher.counts.messages
    set_bid(market, 5, 3)
    market.record_trade(trade(1, 250))
    set_bid(market, 6, 4)
    assert publisher.counts.messages - before == 3
    wires = [subscriber.take_wire() for subscriber in subscribers]
    assert all(wire is wires[0][0] for wire, _ in wires)
    assert {count for _, count in wires} == {3}


def test_wire_is_the_frames_of_take() -> None:
    market, publisher = served()
    one, two = Subscriber(publisher), Subscriber(publisher)
    for subscriber in (one, two):
        subscriber.subscribe(EVERY)
    for seq in range(5, 9):
        assert two.take_wire()[0] == b"".join(text_frame(frame) for frame in one.take())
        set_bid(market, seq, seq)


def test_a_lagging_subscriber_is_conflated_and_counted() -> None:
    market, publisher = served(ring_frames=4)
    slow, quick = Subscriber(publisher), Subscriber(publisher)
    for subscriber in (slow, quick):
        subscriber.subscribe([BOOK, TRADES, TICKER])
        subscriber.take()
    quick_seqs = []
    for n in range(1, 21):
        market.record_trade(trade(n, 250))
        set_bid(market, n + 10, n)
        for prints in bodies(quick.take(), TRADES):
            quick_seqs += [one["trade_seq"] for one in prints]
    assert quick_seqs == list(range(1, 21))
    frames = slow.take()
    assert len(frames) == 3
    (book,) = bodies(frames, BOOK)
    assert (book["type"], book["bids"]) == ("snapshot", [["new", 2.5, 20]])
    assert [one["trade_seq"] for one in bodies(frames, TRADES)[0]] == [20]
    assert bodies(frames, TICKER)[0]["best_bid_amount"] == 20
    assert slow.conflated == publisher.counts.conflated == 3
    assert quick.conflated == 0
    assert not slow.pending


def test_flush_callbacks_wake_once_a_batch_with_messages() -> None:
    market, publisher = served()
    woken: list[int] = []
    stop = publisher.on_flush(lambda: woken.append(publisher.number))
    set_bid(market, 5, 3)
    assert woken == []
    subscriber = Subscriber(publisher)
    subscriber.subscribe([BOOK, TICKER, WINDOWED])
    set_bid(market, 6, 4, 201)
    assert len(woken) == 1
    cut(market)
    assert len(woken) == 2
    stop()
    set_bid(market, 8, 5, 500)
    assert len(woken) == 2
    subscriber.close()


def test_subscribing_again_gives_the_state_anew() -> None:
    market, publisher = served()
    subscriber = Subscriber(publisher)
    subscriber.subscribe([BOOK])
    subscriber.take()
    set_bid(market, 5, 3)
    subscriber.subscribe([BOOK])
    (book,) = bodies(subscriber.take())
    assert (book["type"], book["change_id"]) == ("snapshot", 5)


def test_restore_sends_every_subscriber_a_new_snapshot() -> None:
    market, publisher = served()
    set_bid(market, 5, 3)
    subscriber = Subscriber(publisher)
    subscriber.subscribe([BOOK])
    subscriber.take()
    kept = market.snapshot()
    set_bid(market, 6, 4)
    market.restore(kept)
    market.load_depth(7, [(250, 3)], [])
    (book,) = bodies(subscriber.take())
    assert (book["type"], book["change_id"], book["bids"]) == ("snapshot", 5, [["new", 2.5, 3]])
