"""Batches take effect whole; a restored market continues as the original."""

from __future__ import annotations

from collections.abc import Set
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketdata.changes import Change
from marketdata.market import IndexPrint, Market
from marketdata.messages import State
from marketdata.queries import UnknownInstrument
from tests.marketdata.examples import (
    BOTH,
    GPU1,
    MS_NS,
    PERPETUAL,
    T0_NS,
    History,
    Step,
    cut,
    listed_market,
    steps,
    trade,
)


class Recorder:
    """Keeps all that a market tells."""

    def __init__(self) -> None:
        self.heard: list[Any] = []
        self.moved: list[set[int]] = []
        self.ends = 0

    def on_index(self, index: IndexPrint) -> None:
        self.heard.append(index)

    def wants(self, instrument_id: int, interval: str) -> bool:
        return True

    def on_change(self, change: Change) -> None:
        self.heard.append(change)

    def on_window(self, moved: Set[int]) -> None:
        self.moved.append(set(moved))

    def on_end(self) -> None:
        self.ends += 1

    def on_restore(self) -> None:
        self.heard.clear()


def recorded(market: Market) -> Recorder:
    recorder = Recorder()
    market.attach(recorder)
    return recorder


def test_nothing_shows_before_the_commit() -> None:
    market = listed_market()
    before = market.order_book(7), market.trades(7), market.index_price("h100_usd")
    market.set_level(7, 0, 250, 4)
    market.record_trade(trade(1, 250))
    market.set_mark(7, 251)
    market.print_index("h100_usd", 2_000_000, T0_NS)
    market.set_state(7, State.HALTED, T0_NS)
    assert (market.order_book(7), market.trades(7), market.index_price("h100_usd")) == before
    market.commit(2, T0_NS + 1)
    book = market.order_book(7)
    assert (book["bids"], book["change_id"], book["mark_price"]) == ([[2.5, 4]], 2, 2.51)
    assert book["state"] == "halted"
    assert market.index_price("h100_usd") == {
        "index_price": 2.0,
        "estimated_delivery_price": 2.0,
        "timestamp": T0_NS // MS_NS,
    }


def test_windows_are_cut_by_batches_whatever_their_time() -> None:
    market = listed_market()
    cut(market)
    recorder = recorded(market)
    for seq, at_ms, ends in ((10, 101, 0), (11, 150, 0), (12, 199, 1), (13, 199, 1), (14, 950, 0)):
        market.set_level(7, 0, 250, seq)
        market.commit(seq, T0_NS + at_ms * MS_NS, cut=bool(ends))
    windows = [c for c in recorder.heard if c.interval == "100ms"]
    assert [(c.prev_change_id, c.change_id, c.bids[0].qty_lots) for c in windows] == [
        (0, 12, 12),
        (12, 13, 13),
    ]
    raw = [(c.prev_change_id, c.change_id) for c in recorder.heard if c.interval == "raw"]
    assert raw == [(0, 10), (10, 11), (11, 12), (12, 13), (13, 14)]
    assert market.has_open_window


def test_a_cut_tells_what_waits_once_and_nothing_else() -> None:
    market = listed_market()
    recorder = recorded(market)
    market.set_level(7, 0, 250, 1)
    market.commit(2, T0_NS + 1)
    recorder.heard.clear()
    assert market.has_open_window
    cut(market)
    assert [(c.interval, c.ts_ns) for c in recorder.heard] == [
        ("100ms", T0_NS),
        ("100ms", T0_NS + 1),
    ]
    assert not market.has_open_window
    # Of both, which were just listed, the window changed book or state.
    assert recorder.moved == [{3, 7}]
    cut(market)
    assert len(recorder.heard) == 2
    assert len(recorder.moved) == 1


def test_an_index_print_reaches_every_instrument_on_it() -> None:
    market = listed_market()
    recorder = recorded(market)
    market.print_index("h100_usd", 2_400_000, T0_NS + 5)
    market.commit(2, T0_NS + 5)
    assert recorder.heard[0] == IndexPrint("h100_usd", 2_400_000, T0_NS + 5)
    assert [c.instrument_id for c in recorder.heard[1:]] == [3, 7]
    assert market.ticker(3)["index_price"] == market.ticker(7)["index_price"] == 2.4


@pytest.mark.parametrize(("seq", "ts_ns"), [(1, T0_NS), (0, T0_NS), (2, T0_NS - 10**8)])
def test_a_batch_out_of_order_changes_nothing(seq: int, ts_ns: int) -> None:
    market = listed_market()
    before = market.snapshot()
    with pytest.raises(ValueError, match=r"follows|goes back"):
        market.commit(seq, ts_ns)
    assert market.snapshot() == before


def test_wrong_inputs_are_refused() -> None:
    market = listed_market()
    with pytest.raises(UnknownInstrument):
        market.set_level(99, 0, 1, 1)
    with pytest.raises(ValueError, match="lots"):
        market.set_level(7, 0, 1, -1)
    with pytest.raises(ValueError, match="lots"):
        market.set_level(7, 2, 1, 1)
    with pytest.raises(ValueError, match="not a valid State"):
        market.set_state(7, 9, T0_NS)
    with pytest.raises(ValueError, match="listed already"):
        market.list_instrument(GPU1)
    market.commit(2, T0_NS)


@given(st.lists(steps, max_size=12), st.lists(steps, max_size=12))
def test_a_restored_market_tells_the_same_for_the_same_tail(
    before: list[Step], after: list[Step]
) -> None:
    history = History()
    live = listed_market()
    for step in before:
        history.batch([live], step)
    restored = Market(tape_capacity=1000)
    restored.restore(live.snapshot())
    for instrument in BOTH:
        depth = live.board(instrument.instrument_id).depth
        restored.load_depth(instrument.instrument_id, depth.levels(0), depth.levels(1))
    ears = recorded(live), recorded(restored)
    for step in after:
        history.batch([live, restored], step)
    for market in (live, restored):
        cut(market)
    assert ears[0].heard == ears[1].heard
    assert live.snapshot() == restored.snapshot()
    for instrument in BOTH:
        at = instrument.instrument_id
        assert live.order_book(at, 100) == restored.order_book(at, 100)


@given(st.lists(steps, max_size=20))
def test_a_market_that_nobody_listens_to_is_the_same_market(history_of: list[Step]) -> None:
    history = History()
    heard, unheard = listed_market(), listed_market()
    recorded(heard)
    for step in history_of:
        history.batch([heard, unheard], step)
    assert heard.snapshot() == unheard.snapshot()
    for instrument in BOTH:
        at = instrument.instrument_id
        assert heard.board(at).raw.change_id == unheard.board(at).raw.change_id
        assert heard.order_book(at, 100) == unheard.order_book(at, 100)


def test_snapshots_are_refused_when_they_cannot_be_exact() -> None:
    market = listed_market()
    kept = market.snapshot()
    for wrong in (b"", b"\xff", kept[:-1], b"\x97\x09"):
        with pytest.raises(ValueError, match="snapshot"):
            market.restore(wrong)
    assert market.snapshot() == kept
    market.set_mark(7, 3)
    with pytest.raises(RuntimeError, match="batch is open"):
        market.snapshot()


def test_a_new_instrument_knows_an_index_printed_before() -> None:
    market = Market()
    market.print_index("h100_usd", 2_500_000, T0_NS)
    market.commit(1, T0_NS)
    market.list_instrument(PERPETUAL)
    market.commit(2, T0_NS + 1)
    assert market.ticker(3)["index_price"] == 2.5
