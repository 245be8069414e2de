"""Markets of linked spreads and random steps of them, which several tests share."""

from __future__ import annotations

import msgspec
from hypothesis import strategies as st

from marketdata.market import Market
from marketdata.messages import Instrument, InstrumentLeg, State
from tests.marketdata.examples import GPU1, MS_NS, T0_NS

Step = tuple[list[tuple[int, int, int, int]], tuple[int, int] | None, bool]
"""Levels (instrument_id, side, place from the middle, lots), a state (instrument_id, state), cut."""

MIDDLES = {0: 270, 1: 265, 2: 258, 3: 5, 4: 7, 5: -2}
"""Prices about which the books of ``linked_market`` stand, in ticks."""


def outright(number: int, name: str) -> Instrument:
    return msgspec.structs.replace(GPU1, instrument_id=number, name=name)


def spread(number: int, name: str, *legs: tuple[str, int]) -> Instrument:
    return msgspec.structs.replace(
        GPU1,
        instrument_id=number,
        name=name,
        family="GPU1-FS",
        legs=tuple(InstrumentLeg(leg, ratio) for leg, ratio in legs),
        implied=True,
    )


LINKED = (
    outright(0, "GPU1-29JAN27"),
    outright(1, "GPU1-26FEB27"),
    outright(2, "GPU1-31MAR27"),
    spread(3, "GPU1-FS-A", ("GPU1-29JAN27", 1), ("GPU1-26FEB27", -1)),
    spread(4, "GPU1-FS-B", ("GPU1-26FEB27", 1), ("GPU1-31MAR27", -1)),
    spread(5, "GPU1-FLY", ("GPU1-29JAN27", 1), ("GPU1-26FEB27", -2), ("GPU1-31MAR27", 1)),
)


def linked_market() -> Market:
    """Return three months, two calendar spreads and a butterfly, linked and open after batch 1."""
    market = Market(tape_capacity=10)
    for instrument in LINKED:
        market.list_instrument(instrument)
        market.set_state(instrument.instrument_id, State.OPEN, T0_NS)
    market.commit(1, T0_NS, cut=True)
    return market


_level = st.tuples(
    st.integers(0, 5), st.integers(0, 1), st.integers(1, 3), st.sampled_from([0, 1, 2, 5])
)
_state = st.tuples(st.integers(0, 5), st.sampled_from([State.OPEN, State.OPEN, State.HALTED]))
linked_steps = st.lists(
    st.tuples(st.lists(_level, max_size=6), st.none() | _state, st.booleans()), max_size=12
)


def apply(market: Market, seq: int, step: Step) -> None:
    """Apply one step as a batch."""
    levels, state, cut = step
    ts_ns = T0_NS + seq * MS_NS
    for number, side, place, lots in levels:
        away = -place if side == 0 else place
        market.set_level(number, side, MIDDLES[number] + away, lots)
    if state is not None:
        market.set_state(*state, ts_ns)
    market.commit(seq, ts_ns, cut=cut)
