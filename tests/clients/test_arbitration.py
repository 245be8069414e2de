"""Whatever lines do (lag, join, break, come back), each message is given once and in order."""

from __future__ import annotations

import json
import random
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clients.arbitration import Arbiter
from marketdata.depth import DepthReplica
from marketdata.publisher import Publisher, Subscriber
from tests.marketdata.examples import History, Step, cut, listed_market, steps

BOOK = "book.GPU1-31JAN27.raw"
TRADES = "trades.future.any.raw"
TICKER = "ticker.GPU1-31JAN27.raw"
WINDOWED = "book.GPU1-31JAN27.100ms"
COMBINED = "book.GPU1-31JAN27.combined.100ms"
CHANNELS = [BOOK, TRADES, TICKER, WINDOWED, COMBINED, "quote.GPU1-31JAN27", "index.h100_usd"]


class Line:
    """A subscription whose messages wait until they are delivered."""

    def __init__(self, publisher: Publisher, number: int) -> None:
        self.number = number
        self.subscriber = Subscriber(publisher)
        self.subscriber.subscribe(CHANNELS)
        self.waiting: list[bytes] = []

    def fetch(self) -> None:
        self.waiting += self.subscriber.take()


def message(frame: bytes) -> tuple[str, msgspec.Raw]:
    params = msgspec.json.decode(frame, type=dict[str, Any])["params"]
    start = frame.index(b',"data":') + len(b',"data":')
    return params["channel"], msgspec.Raw(frame[start:-2])


def script(history: list[Step], draw: random.Random, most_lines: int) -> None:
    """Lines come, lag and go while one at least is up; what is given equals one unbroken line."""
    market = listed_market()
    publisher = Publisher(market)
    story = History(market.seq)
    witness = Subscriber(publisher)
    witness.subscribe(CHANNELS)
    expected = [message(frame) for frame in witness.take()]
    arbiter = Arbiter()
    given_: list[tuple[str, msgspec.Raw]] = []
    lines: dict[int, Line] = {}
    # (a, b): all that a got before b joined is delivered, so b alone can go on.
    spare: set[tuple[int, int]] = set()

    def join(number: int) -> None:
        lines[number] = Line(publisher, number)
        lines[number].fetch()
        arbiter.line_up(number)

    def deliver(number: int, most: int) -> None:
        line = lines[number]
        for frame in line.waiting[:most]:
            channel, raw = message(frame)
            given_.extend((channel, fresh) for fresh in arbiter.take(number, channel, raw))
        del line.waiting[:most]
        if not line.waiting:
            spare.update((number, other) for other in lines if other != number)

    join(0)
    deliver(0, 10**6)
    for step in history:
        story.batch([market], step)
        if draw.random() < 0.2:
            cut(market)
            story.seq = market.seq
        expected += [message(frame) for frame in witness.take()]
        for line in lines.values():
            line.fetch()
        for number in sorted(lines):
            deliver(number, draw.choice([0, 0, 1, 3, 10**6]))
        if len(lines) < most_lines and draw.random() < 0.3:
            join(min({0, 1, 2} - set(lines)))
        pairs = sorted(pair for pair in spare if set(pair) <= set(lines))
        if pairs and draw.random() < 0.3:
            # It dies with messages on the way; what the other one got comes sooner or later.
            number, _ = draw.choice(pairs)
            deliver(number, len(lines[number].waiting) // 2)
            del lines[number]
            spare -= {pair for pair in spare if number in pair}
            given_.extend(arbiter.line_down(number))
    for number in sorted(lines):
        deliver(number, 10**6)
    for channel in (BOOK, WINDOWED, COMBINED, TRADES):
        assert of(channel, given_) == of(channel, expected), channel
    for channel in CHANNELS if most_lines == 2 else ():
        # Without numbers a line's own state may replace what came just before it; the newest is always there.
        assert newest(channel, given_) == newest(channel, expected), channel


def newest(channel: str, messages: list[tuple[str, msgspec.Raw]]) -> Any:
    """The last message but for its time, which in a state is that of the last batch."""
    found = of(channel, messages)
    return {**json.loads(found[-1]), "timestamp": 0} if found else None


def of(channel: str, messages: list[tuple[str, msgspec.Raw]]) -> list[bytes]:
    found = [bytes(raw) for name, raw in messages if name == channel]
    if channel != TRADES:
        return found
    # Of one instrument in order, however many a message held; between instruments lines may differ.
    trades = [trade for raw in found for trade in json.loads(raw)]
    trades.sort(key=lambda trade: str(trade["instrument_name"]))
    return [json.dumps(trade).encode() for trade in trades]


@settings(max_examples=60)
@given(st.lists(steps, min_size=5, max_size=30), st.integers(0, 10**6), st.sampled_from([2, 3]))
def test_lines_that_lag_join_and_break_are_one_stream(
    history: list[Step], seed: int, most_lines: int
) -> None:
    script(history, random.Random(seed), most_lines)


def change(change_id: int, prev: int) -> msgspec.Raw:
    said = {
        "type": "change",
        "change_id": change_id,
        "prev_change_id": prev,
        "bids": [],
        "asks": [],
    }
    return msgspec.Raw(json.dumps(said).encode())


def snapshot(change_id: int) -> msgspec.Raw:
    said = {"type": "snapshot", "change_id": change_id, "bids": [], "asks": []}
    return msgspec.Raw(json.dumps(said).encode())


@pytest.mark.parametrize("book", [BOOK, WINDOWED, "book.GPU1-31JAN27.combined.100ms"])
def test_a_book_goes_on_without_a_snapshot_when_a_line_dies(book: str) -> None:
    arbiter = Arbiter()
    arbiter.line_up(0)
    assert arbiter.take(0, book, snapshot(5)) == [snapshot(5)]
    arbiter.line_up(1)
    # It joined when the book was at 7, which the first line has not told yet.
    assert arbiter.take(1, book, snapshot(7)) == []
    assert arbiter.take(1, book, change(8, 7)) == []
    assert arbiter.take(0, book, change(6, 5)) == [change(6, 5)]
    assert arbiter.take(0, book, change(7, 6)) == [change(7, 6), change(8, 7)]
    assert arbiter.take(0, book, change(8, 7)) == []
    assert arbiter.line_down(0) == []
    assert arbiter.take(1, book, change(9, 8)) == [change(9, 8)]
    assert (arbiter.counts.taken, arbiter.counts.repeated) == (5, 3)


def test_what_only_a_dead_line_could_have_brought_is_replaced_by_the_state() -> None:
    arbiter = Arbiter()
    arbiter.line_up(0)
    arbiter.take(0, BOOK, snapshot(5))
    arbiter.line_up(1)
    assert arbiter.take(1, BOOK, snapshot(9)) == []
    assert arbiter.line_down(0) == [(BOOK, snapshot(9))]
    # A gap that no line closes is given as it is: who keeps the book sees it, and asks anew.
    assert arbiter.take(1, BOOK, change(12, 11)) == [change(12, 11)]
    arbiter.forget([BOOK])
    assert arbiter.take(1, BOOK, snapshot(12)) == [snapshot(12)]


def test_lines_that_wait_for_one_another_do_not_wait_for_ever() -> None:
    arbiter = Arbiter()
    for line in (0, 1):
        arbiter.line_up(line)
    arbiter.take(0, BOOK, snapshot(5))
    arbiter.take(1, BOOK, snapshot(5))
    # Both were too slow and were given the state.
    assert arbiter.take(0, BOOK, snapshot(9)) == []
    assert arbiter.take(1, BOOK, snapshot(8)) == [snapshot(8)]
    assert arbiter.take(1, BOOK, change(9, 8)) == [change(9, 8)]
    assert arbiter.take(0, BOOK, change(10, 9)) == [change(10, 9)]


def test_a_book_kept_from_two_lines_is_right_at_every_message() -> None:
    replica = DepthReplica()
    market = listed_market()
    publisher = Publisher(market)
    lines = [Line(publisher, number) for number in (0, 1)]
    arbiter, draw = Arbiter(), random.Random(7)
    for line in lines:
        arbiter.line_up(line.number)
    for seq in range(2, 300):
        market.set_level(7, seq % 2, 250 + (-1) ** (seq + 1) * (1 + seq % 5), draw.randrange(9))
        market.commit(seq, market.ts_ns + 1)
        for line in draw.sample(lines, 2):
            line.fetch()
            most = draw.choice([0, 1, 100])
            for frame in line.waiting[:most]:
                channel, raw = message(frame)
                for fresh in arbiter.take(line.number, channel, raw):
                    if channel == BOOK:
                        replica.apply(json.loads(bytes(fresh)))
            del line.waiting[:most]
    for line in lines:
        for frame in line.waiting:
            channel, raw = message(frame)
            for fresh in arbiter.take(line.number, channel, raw):
                if channel == BOOK:
                    replica.apply(json.loads(bytes(fresh)))
    board = market.board(7)
    for side in (0, 1):
        shown = [(board.instrument.price(p), lots) for p, lots in board.depth.levels(side)]
        assert replica.levels(side) == shown


@pytest.mark.parametrize("channel", [TICKER, TRADES, BOOK])
def test_one_line_alone_gives_everything(channel: str) -> None:
    arbiter = Arbiter()
    arbiter.line_up(0)
    if channel == BOOK:
        told = [snapshot(1), change(2, 1), change(3, 2)]
    elif channel == TRADES:
        told = [
            msgspec.Raw(json.dumps([{"instrument_name": "x", "trade_seq": n}]).encode())
            for n in (4, 5, 9)
        ]
    else:
        told = [msgspec.Raw(b'{"a":1}'), msgspec.Raw(b'{"a":2}'), msgspec.Raw(b'{"a":3}')]
    assert [json.loads(bytes(raw)) for one in told for raw in arbiter.take(0, channel, one)] == [
        json.loads(bytes(raw)) for raw in told
    ]
