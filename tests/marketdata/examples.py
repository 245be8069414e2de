"""Instruments, trades and random histories that the tests of market data share."""

from __future__ import annotations

import json
from typing import Any

import msgspec
from hypothesis import strategies as st

from marketdata.market import Market
from marketdata.messages import Instrument, Trade

T0_NS = 1_798_761_600_000_000_000
"""2027-01-01 00:00 UTC."""
MS_NS = 1_000_000

GPU1 = Instrument(
    instrument_id=7,
    name="GPU1-31JAN27",
    family="GPU1",
    underlying="H100",
    index_name="h100_usd",
    perpetual=False,
    tick_micros=10_000,
    contract_hours=730,
    creation_ns=T0_NS - 10**12,
    expiry_ns=T0_NS + 30 * 86_400 * 10**9,
    maker_fee_micros=3_650_000,
    taker_fee_micros=5_500_000,
    initial_margin_ppm=200_000,
    maintenance_margin_ppm=150_000,
    max_order_lots=500,
)
PERPETUAL = msgspec.structs.replace(
    GPU1,
    instrument_id=3,
    name="H100-PERPETUAL",
    family="H100",
    perpetual=True,
    tick_micros=1_000,
    contract_hours=1,
    expiry_ns=0,
)

BOTH = (GPU1, PERPETUAL)


def listed_market(*, tape_capacity: int = 1000) -> Market:
    """Return a market with both instruments listed and open after batch 1 at T0."""
    market = Market(tape_capacity=tape_capacity)
    for instrument in BOTH:
        market.list_instrument(instrument)
        market.set_state(instrument.instrument_id, 1, T0_NS)
    market.commit(1, T0_NS)
    return market


def cut(market: Market) -> None:
    """End the windows with a batch in which nothing else happens."""
    market.commit(market.seq + 1, market.ts_ns, cut=True)


def trade(
    n: int, price_ticks: int, qty_lots: int = 1, *, ts_ns: int = T0_NS, side: int = 0, of: int = 7
) -> Trade:
    """Return trade number n of an instrument."""
    return Trade(
        trade_id=100 + n,
        trade_seq=n,
        instrument_id=of,
        ts_ns=ts_ns,
        price_ticks=price_ticks,
        qty_lots=qty_lots,
        side=side,
        mark_ticks=250,
        index_micros=2_510_000,
    )


def bodies(frames: list[bytes], channel: str | None = None) -> list[Any]:
    """Return the data of notifications, of one channel or all."""
    decoded = [json.loads(frame) for frame in frames]
    assert all(m["jsonrpc"] == "2.0" and m["method"] == "subscription" for m in decoded)
    return [
        message["params"]["data"]
        for message in decoded
        if channel in (None, message["params"]["channel"])
    ]


levels = st.tuples(
    st.sampled_from([7, 3]),
    st.integers(0, 1),
    st.integers(1, 6),
    st.sampled_from([0, 0, 1, 2, 5]),
)
"""instrument_id, side, a price step away from the middle, qty_lots."""


class History:
    """Applies random steps to any number of markets alike."""

    def __init__(self, seq: int = 1) -> None:
        self.seq = seq
        self.ts_ns = T0_NS
        self.trades = {7: 0, 3: 0}

    def batch(self, markets: list[Market], step: Step) -> None:
        """Apply one batch to every market."""
        self.seq += step.seq_step
        self.ts_ns += step.elapsed_ms * MS_NS
        for market in markets:
            for instrument_id, side, away, qty_lots in step.levels:
                price_ticks = 250 - away if side == 0 else 250 + away
                market.set_level(instrument_id, side, price_ticks, qty_lots)
        for instrument_id, side, price_ticks in step.trades:
            self.trades[instrument_id] += 1
            n = self.trades[instrument_id]
            made = trade(n, price_ticks, ts_ns=self.ts_ns, side=side, of=instrument_id)
            for market in markets:
                market.record_trade(made)
        for market in markets:
            if step.mark_ticks:
                market.set_mark(7, step.mark_ticks)
            if step.index_micros:
                market.print_index("h100_usd", step.index_micros, self.ts_ns)
            if step.funding_micros:
                market.set_funding(3, step.funding_micros)
            market.commit(self.seq, self.ts_ns, cut=step.cut)


class Step(msgspec.Struct):
    """One random batch."""

    levels: list[tuple[int, int, int, int]]
    trades: list[tuple[int, int, int]]
    elapsed_ms: int
    seq_step: int
    mark_ticks: int
    index_micros: int
    funding_micros: int
    cut: bool


steps = st.builds(
    Step,
    levels=st.lists(levels, max_size=6),
    trades=st.lists(
        st.tuples(st.sampled_from([7, 3]), st.integers(0, 1), st.integers(245, 255)), max_size=2
    ),
    elapsed_ms=st.sampled_from([0, 0, 1, 30, 99, 100, 250]),
    seq_step=st.integers(1, 3),
    mark_ticks=st.sampled_from([0, 0, 249, 250, 251]),
    index_micros=st.sampled_from([0, 0, 0, 2_500_000, 2_510_000]),
    funding_micros=st.sampled_from([0, 0, 0, 0, -1200, 800]),
    cut=st.sampled_from([False, False, True]),
)
