"""Answers to plain orders, that they rest or are cancelled, encoded once and then filled in.

Of such an answer only a dozen numbers differ from the one before. Its text is made the general way
(``order_fields``) of an order whose numbers mark where they stand; whatever is not plain is left to that
way entirely.
"""

from __future__ import annotations

import re
from functools import partial

import msgspec

from exchange.core.layout import (
    EVENT_ORDER_ID,
    EVENT_PRICE_TICKS,
    EVENT_QTY_LOTS,
    EVENT_RESTING_FEE_MICROS,
    EVENT_RESTING_LEAVES_LOTS,
    EVENT_SIDE,
    EVENT_TS_NS,
)
from exchange.gateway import envelope
from exchange.gateway.envelope import Prepared
from exchange.gateway.methods.order_fields import Execution, OrderFields, order_fields
from exchange.gateway.methods.order_words import PLAIN
from exchange.views.orders import Order, OrderState, Row
from marketdata.messages import NS_PER_MS, Instrument

MAX_PRICES = 65_536
"""Texts of prices that are remembered of each instrument."""

_OPEN = int(OrderState.OPEN)
_CANCELLED = int(OrderState.CANCELLED)

_ID, _ORDER, _PRICE, _LOTS, _LABEL, _CREATED, _UPDATED, _IN, _OUT, _TOOK = range(
    7_000_000_000_000_000, 7_000_000_000_000_010
)
_GAPS = re.compile(rb'"?(700000000000000[0-9])"?')
_TEXTS = frozenset((_ID, _PRICE, _LABEL))
"""Gaps for what is JSON already, with its quotes; the others are for integers."""
_IN_ORDER = [
    *(_ID, _ORDER, _PRICE, _LOTS, _LOTS, _LABEL, _CREATED, _UPDATED, _LOTS),
    *(_IN, _OUT, _TOOK),
]
"""The gaps as they follow on each other, which is the order in which they are filled."""

_json = msgspec.json.Encoder().encode
_NO_LABEL = _json("")


class PlainAnswers:
    """Answers to the plain orders of one venue."""

    def __init__(self) -> None:
        self._texts: dict[tuple[int, ...], bytes] = {}
        self._prices: dict[int, dict[int, bytes]] = {}

    def resting(self, row: Row, label: str, instrument: Instrument) -> Prepared:
        """Return the answer that the plain limit order of an ACCEPTED row rests, with no fill."""
        number = instrument.instrument_id
        side, tif = row[EVENT_SIDE], row[EVENT_RESTING_LEAVES_LOTS]
        instructions = row[EVENT_RESTING_FEE_MICROS]
        text = self._texts.get((number, side, tif, instructions))
        if text is None:
            order = _marked(number, side, tif, instructions)
            text = _with_gaps(Execution(_fields(order, instrument), []), instrument)
            self._texts[number, side, tif, instructions] = text
        lots = row[EVENT_QTY_LOTS]
        ts_ms = row[EVENT_TS_NS] // NS_PER_MS
        return Prepared(
            text,
            (
                row[EVENT_ORDER_ID],
                self._price(instrument, row[EVENT_PRICE_TICKS]),
                lots,
                lots,
                _json(label) if label else _NO_LABEL,
                ts_ms,
                ts_ms,
                lots,
            ),
        )

    def cancelled(self, order: Order, instrument: Instrument) -> Prepared | OrderFields:
        """Return the answer that an order is cancelled; prepared for a plain one without a fill."""
        instructions = order.instructions
        if (
            order.state != _CANCELLED
            or order.filled_lots
            or order.replaced
            or instructions | PLAIN != PLAIN
            or order.link
            or order.display_lots
            or order.expiry_ns
        ):
            return order_fields(order, instrument)
        number = instrument.instrument_id
        key = (number, order.side, order.tif, instructions, order.reason)
        text = self._texts.get(key)
        if text is None:
            marked = _marked(number, order.side, order.tif, instructions)
            marked.state, marked.reason = _CANCELLED, order.reason
            text = self._texts[key] = _with_gaps(_fields(marked, instrument), instrument)
        lots, label = order.qty_lots, order.label
        return Prepared(
            text,
            (
                order.order_id,
                self._price(instrument, order.price_ticks),
                lots,
                lots,
                _json(label) if label else _NO_LABEL,
                order.created_ns // NS_PER_MS,
                order.updated_ns // NS_PER_MS,
                lots,
            ),
        )

    def _price(self, instrument: Instrument, price_ticks: int) -> bytes:
        known = self._prices.get(instrument.instrument_id)
        if known is None:
            known = self._prices[instrument.instrument_id] = {}
        text = known.get(price_ticks)
        if text is None:
            if len(known) >= MAX_PRICES:
                known.clear()
            text = known[price_ticks] = _json(instrument.price(price_ticks))
        return text


def _marked(instrument: int, side: int, tif: int, instructions: int) -> Order:
    """Return a plain order whose numbers are gaps, as far as they are not milliseconds or a price."""
    return Order(
        order_id=_ORDER,
        account=0,
        instrument=instrument,
        side=side,
        tif=tif,
        instructions=instructions,
        price_ticks=0,
        qty_lots=_LOTS,
        leaves_lots=_LOTS,
        label=str(_LABEL),
        seq=0,
        created_ns=_CREATED * NS_PER_MS,
        updated_ns=_UPDATED * NS_PER_MS,
    )


def _fields(marked: Order, instrument: Instrument) -> OrderFields:
    return msgspec.structs.replace(order_fields(marked, instrument), price=_PRICE)


def _with_gaps(result: object, instrument: Instrument) -> bytes:
    """Encode an answer whose numbers are gaps as a template for ``bytes % values``.

    Raises ValueError where the gaps do not stand as they are filled.
    """
    written = envelope.answer(_ID, result, _IN * 1_000, _OUT * 1_000)
    written = written.replace(b'"usDiff":1,', b'"usDiff":%d,' % _TOOK).replace(b"%", b"%%")
    found: list[int] = []
    text = _GAPS.sub(partial(_gap, found), written)
    if found != _IN_ORDER:
        raise ValueError(f"{instrument.name}: the gaps of an answer stand in the order {found}")
    return text


def _gap(found: list[int], match: re.Match[bytes]) -> bytes:
    number = int(match[1])
    found.append(number)
    if number in _TEXTS:
        return b"%b"
    # What is quoted together with other text keeps its own quote.
    before = b'"' if match[0].startswith(b'"') else b""
    after = b'"' if match[0].endswith(b'"') else b""
    return before + b"%d" + after
