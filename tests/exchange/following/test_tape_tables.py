"""Tables hold the rows, in words that need no code book."""

from __future__ import annotations

import pytest

from exchange.core import layout as at
from exchange.core.core import Core
from exchange.core.layout import EventKind
from exchange.following import tape_tables
from exchange.following.order_tape import OrderTape
from exchange.following.tape_tables import EVENT_COLUMNS, SCHEMAS
from tests.exchange import traffic


def test_every_row_comes_back() -> None:
    tape = OrderTape(Core())
    for batch in traffic.batches(61, 500):
        tape.apply(batch)
    core = tape.core
    trades = tape_tables.trades(core, tape.trades).to_pylist()
    assert len(trades) == len(tape.trades) > 5
    for row, made in zip(tape.trades, trades, strict=True):
        spec = core.specs[row.instrument]
        assert made["instrument"] == spec.name
        assert made["tick_micros"] == spec.tick_micros
        assert made["side"] == {-1: None, 0: "buy", 1: "sell"}[row.side]
        assert (made["trade_id"], made["kind"], made["qty_lots"]) == (
            row.trade_id,
            row.kind,
            row.qty_lots,
        )
    orders = tape_tables.orders(core, tape.orders).to_pylist()
    assert [(o["seq"], o["action"], o["order_id"]) for o in orders] == [
        (row.seq, row.action, row.order_id) for row in tape.orders
    ]
    levels = tape_tables.levels(core, tape.levels).to_pylist()
    assert [(level["price_ticks"], level["qty_lots"]) for level in levels] == [
        (row.price_ticks, row.qty_lots) for row in tape.levels
    ]
    events = tape_tables.events(tape.events)
    assert events["kind"].to_pylist() == [
        EventKind(row[at.EVENT_KIND]).name.lower() for row in tape.events
    ]
    for column, name in enumerate(EVENT_COLUMNS, 1):
        assert events[name].to_pylist() == [row[column] for row in tape.events]
        assert getattr(at, f"EVENT_{name.upper()}") == column


@pytest.mark.parametrize("name", ["trades", "orders", "levels"])
def test_nothing_is_a_table_of_the_same_columns(name: str) -> None:
    table = getattr(tape_tables, name)(Core(), [])
    assert table.num_rows == 0
    assert table.schema.equals(SCHEMAS[name])
    assert tape_tables.events([]).schema.equals(SCHEMAS["events"])
