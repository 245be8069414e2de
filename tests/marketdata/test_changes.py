"""A stream says exactly what differs since it spoke last."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from marketdata.changes import Stream, StreamRecord
from marketdata.depth import Depth

sets = st.lists(st.tuples(st.integers(0, 1), st.integers(1, 4), st.integers(0, 2)), max_size=12)


def change_levels(depth: Depth, stream: Stream, changes: list[tuple[int, int, int]]) -> None:
    for side, price, lots in changes:
        former = depth.qty_lots(side, price)
        if depth.set(side, price, lots) is not None:
            stream.note_level(side, price, former)


@given(sets, sets)
def test_taken_change_turns_the_former_book_into_the_new(
    first: list[tuple[int, int, int]], second: list[tuple[int, int, int]]
) -> None:
    depth, stream = Depth(), Stream("raw")
    change_levels(depth, stream, first)
    taken = stream.take(7, depth, 5, 0)
    former = [dict(depth.levels(side)) for side in (0, 1)]
    assert taken.change_id == (5 if any(former) else 0)
    change_levels(depth, stream, second)
    for side in (0, 1):
        assert stream.levels(depth, side) == sorted(former[side].items(), reverse=side == 0)
    change = stream.take(7, depth, 9, 0)
    for side, levels in ((0, change.bids), (1, change.asks)):
        rebuilt = dict(former[side])
        for action, price, lots in levels:
            assert (price in rebuilt) == (action != "new")
            assert (lots == 0) == (action == "delete")
            rebuilt[price] = lots
        assert {p: q for p, q in rebuilt.items() if q} == dict(depth.levels(side))
    differs = former != [dict(depth.levels(side)) for side in (0, 1)]
    assert differs == bool(change.bids or change.asks)
    assert change.prev_change_id == taken.change_id
    assert change.change_id == (9 if differs else taken.change_id)


@given(sets, sets)
def test_record_restores_an_open_window(
    first: list[tuple[int, int, int]], second: list[tuple[int, int, int]]
) -> None:
    depth, stream = Depth(), Stream("100ms")
    change_levels(depth, stream, first)
    stream.quote = True
    restored = Stream("100ms")
    packed = msgspec.msgpack.encode(stream.dump())
    restored.load(msgspec.msgpack.decode(packed, type=StreamRecord))
    copy = Depth()
    for side in (0, 1):
        for price, lots in depth.levels(side):
            copy.set(side, price, lots)
    change_levels(depth, stream, second)
    change_levels(copy, restored, second)
    assert restored.take(7, copy, 3, 1) == stream.take(7, depth, 3, 1)


def test_absorbing_keeps_the_oldest_size_and_all_trades() -> None:
    depth, raw, window = Depth(), Stream("raw"), Stream("100ms")
    change_levels(depth, raw, [(0, 1, 2)])
    window.absorb(raw)
    raw.take(7, depth, 1, 0)
    change_levels(depth, raw, [(0, 1, 0), (1, 3, 1)])
    raw.ticker = True
    window.absorb(raw)
    change = window.take(7, depth, 2, 0)
    assert change.bids == ()
    assert [tuple(level) for level in change.asks] == [("new", 3, 1)]
    assert change.ticker
    assert not change.quote
