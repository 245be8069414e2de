"""The tape as Arrow tables: names, types and units of the columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from exchange.core import layout as at
from exchange.core.core import Core
from exchange.core.layout import EventKind
from exchange.following.order_tape import LevelRow, OrderRow, TradeRow

_WORD = pa.dictionary(pa.int32(), pa.string())
_KINDS = {int(kind): kind.name.lower() for kind in EventKind}
_SIDES = {-1: None, 0: "buy", 1: "sell"}

EVENT_COLUMNS = (
    "seq",
    "ts_ns",
    "instrument",
    "account",
    "order_id",
    "side",
    "price_ticks",
    "qty_lots",
    "leaves_lots",
    "tag",
    "fee_micros",
    "resting_account",
    "resting_order_id",
    "resting_leaves_lots",
    "resting_fee_micros",
)
"""The columns of the core's event rows behind KIND, in their order; what they mean depends on the kind."""

SCHEMAS: dict[str, pa.Schema] = {
    "trades": pa.schema(
        [
            ("seq", pa.int64()),
            ("ts_ns", pa.int64()),
            ("instrument", _WORD),
            ("trade_id", pa.int64()),
            ("trade_seq", pa.int64()),
            ("kind", _WORD),
            ("side", _WORD),
            ("price_ticks", pa.int64()),
            ("odd_micros", pa.int64()),
            ("qty_lots", pa.int64()),
            ("aggressor_order_id", pa.int64()),
            ("resting_order_id", pa.int64()),
            ("tick_micros", pa.int64()),
        ]
    ),
    "orders": pa.schema(
        [
            ("seq", pa.int64()),
            ("ts_ns", pa.int64()),
            ("instrument", _WORD),
            ("action", _WORD),
            ("side", _WORD),
            ("price_ticks", pa.int64()),
            ("qty_lots", pa.int64()),
            ("order_id", pa.int64()),
            ("tick_micros", pa.int64()),
        ]
    ),
    "levels": pa.schema(
        [
            ("seq", pa.int64()),
            ("ts_ns", pa.int64()),
            ("instrument", _WORD),
            ("side", _WORD),
            ("price_ticks", pa.int64()),
            ("qty_lots", pa.int64()),
            ("tick_micros", pa.int64()),
        ]
    ),
    "events": pa.schema(
        [("kind", _WORD), *((name, pa.int64()) for name in EVENT_COLUMNS)],
    ),
}


def trades(core: Core, rows: Sequence[TradeRow]) -> pa.Table:
    """Return trades as a table."""
    return _table("trades", core, rows, TradeRow._fields)


def orders(core: Core, rows: Sequence[OrderRow]) -> pa.Table:
    """Return the steps of the book of orders (L3) as a table."""
    return _table("orders", core, rows, OrderRow._fields)


def levels(core: Core, rows: Sequence[LevelRow]) -> pa.Table:
    """Return the levels after each command that changed them (L2) as a table."""
    return _table("levels", core, rows, LevelRow._fields)


def events(rows: Sequence[Sequence[int]]) -> pa.Table:
    """Return the core's event rows as a table."""
    array = np.array(rows, np.int64).reshape(-1, at.EVENT_COLUMNS)
    schema = SCHEMAS["events"]
    words = _words([_KINDS.get(kind, str(kind)) for kind in array[:, at.EVENT_KIND].tolist()])
    columns = [words, *(pa.array(array[:, 1 + n]) for n in range(len(EVENT_COLUMNS)))]
    return pa.Table.from_arrays(columns, schema=schema)


def _table(
    name: str, core: Core, rows: Sequence[tuple[Any, ...]], fields: Sequence[str]
) -> pa.Table:
    schema = SCHEMAS[name]
    columns = dict(zip(fields, zip(*rows, strict=True), strict=True)) if rows else {}
    numbers: Sequence[int] = columns.get("instrument", ())
    names = [spec.name for spec in core.specs]
    ticks = np.array([spec.tick_micros for spec in core.specs], np.int64)
    made: list[pa.Array] = []
    for field in schema:
        if field.name == "tick_micros":
            made.append(pa.array(ticks[np.array(numbers, np.int64)]))
        elif field.name == "instrument":
            made.append(_words([names[number] for number in numbers]))
        elif field.name == "side":
            made.append(_words([_SIDES[side] for side in columns.get("side", ())]))
        elif field.type == _WORD:
            made.append(_words(columns.get(field.name, ())))
        else:
            made.append(pa.array(columns.get(field.name, ()), pa.int64()))
    return pa.Table.from_arrays(made, schema=schema)


def _words(values: Sequence[str | None]) -> pa.Array:
    return pa.array(values, pa.string()).dictionary_encode().cast(_WORD)
