"""Recent trades: tick direction and questions against filtering by hand."""

from __future__ import annotations

from typing import get_args

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from marketdata.tape import Sorting, Tape, TradeQuery
from tests.marketdata.examples import GPU1, T0_NS, trade


def test_tick_directions_follow_deribit() -> None:
    tape = Tape(100)
    prices = [250, 251, 251, 250, 250, 250, 252, 252]
    directions = [tape.record(trade(n, price)).tick_direction for n, price in enumerate(prices)]
    assert directions == [0, 0, 1, 2, 3, 3, 0, 1]


bounds = st.one_of(st.none(), st.integers(-2, 25))


@given(
    st.integers(0, 20),
    st.integers(1, 30),
    bounds,
    bounds,
    bounds,
    bounds,
    st.sampled_from(get_args(Sorting)),
)
def test_selection_equals_filtering_by_hand(
    n: int,
    count: int,
    start_seq: int | None,
    end_seq: int | None,
    start_ms: int | None,
    end_ms: int | None,
    sorting: Sorting,
) -> None:
    tape = Tape(15)
    made = [trade(i, 250, ts_ns=T0_NS + i * 500_000) for i in range(n)]
    for one in made:
        tape.record(one)
    t0_ms = T0_NS // 10**6
    query = TradeQuery(
        count=count,
        start_seq=start_seq,
        end_seq=end_seq,
        start_ms=None if start_ms is None else t0_ms + start_ms,
        end_ms=None if end_ms is None else t0_ms + end_ms,
        sorting=sorting,
    )
    expected = [
        one
        for one in made[-15:]
        if (start_seq is None or one.trade_seq >= start_seq)
        and (end_seq is None or one.trade_seq <= end_seq)
        and (start_ms is None or one.trade_seq // 2 >= start_ms)
        and (end_ms is None or one.trade_seq // 2 <= end_ms)
    ]
    has_start = start_seq is not None or start_ms is not None
    ascending = sorting == "asc" or (sorting == "default" and has_start)
    if not ascending:
        expected.reverse()
    found, has_more = query.select(tape.prints(ascending=query.ascending))
    assert [print_.trade for print_ in found] == expected[:count]
    assert has_more == (len(expected) > count)


def test_load_keeps_everything() -> None:
    tape, restored = Tape(5), Tape(5)
    for n in range(8):
        tape.record(trade(n, 250 + n % 3))
    restored.load(tape.dump())
    assert list(restored.prints(ascending=True)) == list(tape.prints(ascending=True))
    assert restored.record(trade(9, 250)) == tape.record(trade(9, 250))
    newest = restored.before_last(1)
    assert newest is not None
    assert newest.fields(GPU1)["trade_seq"] == 7
    assert restored.before_last(5) is None


def test_a_trade_beside_the_book_moves_nothing_and_one_by_implication_does() -> None:
    tape = Tape(10)
    tape.record(trade(1, 250))
    beside = replace(trade(2, 260), combo_name="S", combo_trade_id=9)
    by_implication = replace(trade(3, 255), combo_name="S", combo_trade_id=10, implied=True)
    block = replace(trade(4, 270), block=True)
    directions = [tape.record(one).tick_direction for one in (beside, by_implication, block)]
    assert directions == [0, 0, 0]
    assert tape.last is not None
    assert tape.last.trade == by_implication
    restored = Tape(10)
    restored.load(tape.dump())
    assert restored.last == tape.last
    assert tape.record(trade(5, 252)).tick_direction == 2
