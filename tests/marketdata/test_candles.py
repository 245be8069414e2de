"""Bars against grouping of all trades by hand."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketdata.candles import MAX_BARS, RESOLUTIONS, Bar, CandleRecord, Candles

MINUTE_NS = 60 * 10**9
START_MINUTE = 1440 * 20_000

trade_lists = st.lists(
    st.tuples(
        st.sampled_from([0, 1, 20, 59, 61, 200, 3_600, 40_000]),
        st.integers(240, 260),
        st.integers(1, 9),
    ),
    min_size=1,
    max_size=40,
)


def naive(
    trades: list[tuple[int, int, int]], step: int, first: int, last: int
) -> list[tuple[int, ...]]:
    bars = []
    for start in range(first, last + 1, step):
        inside = [t for t in trades if start <= t[0] // MINUTE_NS < start + step]
        before = [t for t in trades if t[0] // MINUTE_NS < start]
        if inside:
            prices = [t[1] for t in inside]
            cost = sum(t[1] * t[2] for t in inside)
            lots = sum(t[2] for t in inside)
            bars.append((start, prices[0], max(prices), min(prices), prices[-1], lots, cost))
        elif before:
            close = before[-1][1]
            bars.append((start, close, close, close, close, 0, 0))
    return bars


@given(trade_lists, st.sampled_from(sorted(RESOLUTIONS)), st.integers(-900, 900), st.data())
def test_query_equals_grouping_by_hand(
    gaps: list[tuple[int, int, int]], resolution: str, offset: int, data: st.DataObject
) -> None:
    candles = Candles()
    trades = []
    ts_ns = START_MINUTE * MINUTE_NS
    for gap_s, price, lots in gaps:
        ts_ns += gap_s * 10**9
        trades.append((ts_ns, price, lots))
        candles.record(ts_ns, price, lots)
    now_ms = ts_ns // 10**6 + data.draw(st.integers(0, 10**7))
    start_ms = (START_MINUTE + offset) * 60_000
    end_ms = start_ms + data.draw(st.integers(-(10**6), 10**8))
    step = RESOLUTIONS[resolution]
    first = start_ms // 60_000 // step * step
    last = min(end_ms, now_ms) // 60_000 // step * step
    first = max(first, last - (MAX_BARS - 1) * step)
    expected = naive(trades, step, first, last)
    assert [
        msgspec.to_builtins(b) for b in candles.query(resolution, start_ms, end_ms, now_ms)
    ] == [list(bar) for bar in expected]
    current = candles.current(resolution)
    newest = ts_ns // MINUTE_NS // step * step
    assert msgspec.to_builtins(current) == list(naive(trades, step, newest, newest)[0])


@given(trade_lists, trade_lists)
def test_loaded_candles_continue_exactly(
    before: list[tuple[int, int, int]], after: list[tuple[int, int, int]]
) -> None:
    live, restored = Candles(), Candles()
    ts_ns = START_MINUTE * MINUTE_NS
    for gap_s, price, lots in before:
        ts_ns += gap_s * 10**9
        live.record(ts_ns, price, lots)
    packed = msgspec.msgpack.encode(live.dump())
    restored.load(msgspec.msgpack.decode(packed, type=CandleRecord))
    for gap_s, price, lots in after:
        ts_ns += gap_s * 10**9
        live.record(ts_ns, price, lots)
        restored.record(ts_ns, price, lots)
    assert restored.dump() == live.dump()


def test_no_trades_no_bars() -> None:
    assert Candles().query("1", 0, 10**15, 10**15) == []
    assert Candles().current("1D") is None


def test_retention_and_answers_are_bounded() -> None:
    candles = Candles(retention=10)
    for minute in range(50):
        candles.record((START_MINUTE + minute) * MINUTE_NS, 250, 1)
    now_ms = (START_MINUTE + 10**6) * 60_000
    kept = candles.dump().series["1"]
    assert [bar.start_minute - START_MINUTE for bar in kept] == list(range(39, 49))
    assert len(candles.query("1", 0, now_ms, now_ms)) == MAX_BARS
    assert candles.query("1", 0, 2**62, now_ms)[-1] == Bar(
        START_MINUTE + 10**6, 250, 250, 250, 250, 0, 0
    )


def test_unknown_resolution_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        Candles().query("2", 0, 1, 1)
