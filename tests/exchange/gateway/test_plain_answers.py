"""Answers of plain orders are, byte for byte, those of the general way."""

from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.core import layout as at
from exchange.core.layout import EVENT_COLUMNS, EventKind, Instruction, Reason
from exchange.gateway import envelope
from exchange.gateway.envelope import Prepared
from exchange.gateway.methods.order_fields import Execution, order_fields, resting_fields
from exchange.gateway.methods.reasons import CANCEL_WORDS
from exchange.gateway.plain_answers import PlainAnswers
from exchange.views.orders import Order, OrderState, accepted, cancel
from marketdata.messages import Instrument
from matching.layout import Side, TimeInForce

POST_ONLY = int(Instruction.POST_ONLY)
REPRICED = int(Instruction.POST_ONLY | Instruction.REPRICE)
TS_NS = 1_790_000_000_123_456_789

ids = st.none() | st.integers(0, 2**63 - 1) | st.text(max_size=20)
labels = st.text(max_size=64)
lots = st.integers(1, 1 << 40)
sides = st.sampled_from([int(Side.BUY), int(Side.SELL)])
instructions = st.sampled_from([0, POST_ONLY, REPRICED, int(Instruction.REDUCE_ONLY)])
reasons = st.sampled_from(sorted(CANCEL_WORDS))
tifs = st.sampled_from([int(TimeInForce.GTC), int(TimeInForce.DAY)])


def instrument(tick_micros: int = 10_000) -> Instrument:
    return Instrument(
        instrument_id=4,
        name="GPU1-30%NOV26",
        family="GPU1",
        underlying="H100",
        index_name="h100_usd",
        perpetual=False,
        tick_micros=tick_micros,
        contract_hours=730,
        creation_ns=0,
        expiry_ns=1,
        maker_fee_micros=0,
        taker_fee_micros=0,
        initial_margin_ppm=0,
        maintenance_margin_ppm=0,
        max_order_lots=1,
    )


def accepted_row(
    order_id: int, side: int, tif: int, told: int, price_ticks: int, qty_lots: int
) -> list[int]:
    """Return an ACCEPTED row; see exchange.core.layout for its columns."""
    row = [0] * EVENT_COLUMNS
    row[at.EVENT_KIND] = int(EventKind.ACCEPTED)
    row[at.EVENT_ORDER_ID] = order_id
    row[at.EVENT_INSTRUMENT] = 4
    row[at.EVENT_SIDE] = side
    row[at.EVENT_RESTING_LEAVES_LOTS] = tif
    row[at.EVENT_RESTING_FEE_MICROS] = told
    row[at.EVENT_PRICE_TICKS] = price_ticks
    row[at.EVENT_QTY_LOTS] = qty_lots
    row[at.EVENT_TS_NS] = TS_NS
    return row


@given(
    ids, labels, lots, sides, instructions, tifs, st.integers(-500, 4_000), st.integers(1, 2**53)
)
def test_a_resting_order_reads_as_the_general_way_writes_it(
    request_id: int | str | None,
    label: str,
    qty_lots: int,
    side: int,
    told: int,
    tif: int,
    price_ticks: int,
    order_id: int,
) -> None:
    row = accepted_row(order_id, side, tif, told, price_ticks, qty_lots)
    answers, gpu1 = PlainAnswers(), instrument()
    general = Execution(resting_fields(row, label, gpu1), [])
    expected = envelope.answer(request_id, general, TS_NS, TS_NS + 5_000)
    for _ in range(2):
        prepared = answers.resting(row, label, gpu1)
        assert envelope.answer(request_id, prepared, TS_NS, TS_NS + 5_000) == expected


@given(
    ids,
    labels,
    lots,
    sides,
    instructions,
    tifs,
    st.integers(-500, 4_000),
    st.sampled_from(sorted(CANCEL_WORDS)),
)
def test_a_cancelled_order_reads_as_the_general_way_writes_it(
    request_id: int | str | None,
    label: str,
    qty_lots: int,
    side: int,
    told: int,
    tif: int,
    price_ticks: int,
    reason: int,
) -> None:
    order = cancelled(accepted_row(99, side, tif, told, price_ticks, qty_lots), label, reason)
    answers, gpu1 = PlainAnswers(), instrument()
    expected = envelope.answer(request_id, order_fields(order, gpu1), TS_NS, TS_NS)
    for _ in range(2):
        prepared = answers.cancelled(order, gpu1)
        assert isinstance(prepared, Prepared)
        assert envelope.answer(request_id, prepared, TS_NS, TS_NS) == expected


def cancelled(row: list[int], label: str, reason: int) -> Order:
    order = accepted(row, label)
    end = [0] * EVENT_COLUMNS
    end[at.EVENT_KIND] = int(EventKind.CANCELLED)
    end[at.EVENT_TAG] = int(reason)
    end[at.EVENT_TS_NS] = TS_NS + 1_000_000_000
    cancel(order, end)
    return order


@pytest.mark.parametrize(
    "change",
    [
        {"filled_lots": 1},
        {"replaced": True},
        {"display_lots": 2},
        {"expiry_ns": TS_NS},
        {"link": 1, "linked_to": 99},
        {"state": int(OrderState.FILLED)},
        {"instructions": int(Instruction.MARKET)},
        {"instructions": int(Instruction.PROTECTED)},
        {"instructions": int(Instruction.QUOTE)},
    ],
)
def test_an_order_of_which_more_is_to_be_said_is_left_to_the_general_way(
    change: dict[str, object],
) -> None:
    row = accepted_row(99, int(Side.BUY), int(TimeInForce.GTC), 0, 260, 5)
    order = msgspec.structs.replace(cancelled(row, "", Reason.REQUESTED), **change)
    assert PlainAnswers().cancelled(order, instrument()) == order_fields(order, instrument())


def test_instruments_do_not_share_their_prices() -> None:
    row = accepted_row(99, int(Side.BUY), int(TimeInForce.GTC), 0, 2_600, 5)
    answers = PlainAnswers()
    fine = msgspec.structs.replace(instrument(1_000), instrument_id=5)
    for one, price in ((instrument(), 26.0), (fine, 2.6)):
        written = envelope.answer(1, answers.resting(row, "", one), TS_NS, TS_NS)
        assert json.loads(written)["result"]["order"]["price"] == price
